//! The built-in autoscaling of MSF.

use crate::model::application::ManagedApplication;
use crate::model::world::{Scaler, World};
use crate::{Metric, Statistic};

/// A policy that doubles after 15 minutes with a maximum CPU utilization of at least 75 % and halves after 360 minutes below 10 %. Every data
/// point must exist and be newer than the last restart.
/// Source: MSF developer guide, "Use automatic scaling".
pub(crate) struct BuiltIn {
    pub(crate) least: u32,
    pub(crate) most: u32,
}

impl Scaler for BuiltIn {
    type Event = ();

    fn start(&mut self, world: &mut World<()>) {
        world.at_first_evaluation(());
    }

    fn handle(&mut self, (): (), world: &mut World<()>) {
        world.at_next_evaluation(());
        let application = &mut world.application;
        let kpus = application.kpus();
        if last_minutes_are(application, 15, |cpu| cpu >= 75.0) {
            application.rescale((kpus * 2).min(self.most));
        } else if last_minutes_are(application, 360, |cpu| cpu < 10.0) {
            application.rescale(kpus.div_ceil(2).max(self.least));
        }
    }
}

fn last_minutes_are(application: &ManagedApplication, count: usize, condition: fn(f64) -> bool) -> bool {
    let Some(first) = application.newest_minute().and_then(|newest| (newest + 1).checked_sub(count)) else {
        return false;
    };
    let start = application.clock.start;
    let restart = application.updates.last().map_or(start, |update| update.down_to).duration_since(start);
    let first_after_restart = restart.as_secs().div_euclid(60) + i64::from(restart.as_secs() % 60 != 0);
    let cpu = |minute| {
        application.metrics.data_point(Metric::ContainerCpuUtilization, Statistic::Maximum, minute, 1)
    };
    i64::try_from(first).is_ok_and(|first| first >= first_after_restart)
        && (first..first + count).all(|minute| cpu(minute).is_some_and(condition))
}
