//! The price of the autoscaler itself, at the rate of a run.

use crate::model::time::TICKS_PER_MINUTE;
use crate::{Parameters, Run};
use scaling::HOURS_OF_A_MONTH;
use tasks::{MonthOfExecutions, OwnCost, own_cost};

impl Run {
    /// Returns the executions of a month at the rate of this run.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    pub fn month(&self) -> MonthOfExecutions {
        let hours = self.application.job.past().len() as f64 / TICKS_PER_MINUTE as f64 / 60.0;
        let a_month = |count: u64| count as f64 / hours * HOURS_OF_A_MONTH;
        MonthOfExecutions {
            executions: a_month(self.cost.executions),
            transitions: a_month(self.cost.transitions),
        }
    }

    /// Returns the price of the autoscaler itself for a month at the rate of this run. The notifications have a subscriber.
    #[must_use]
    pub fn own_cost(&self, parameters: &Parameters) -> OwnCost {
        let parameter = |name: &str| match name {
            "NotificationEmail" => "a subscriber".to_owned(),
            name => parameters.get(name).to_owned(),
        };
        own_cost(&parameter, self.month())
    }
}
