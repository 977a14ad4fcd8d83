//! The policy as the template states it, and as it is once parsed.

use crate::TaskError;
use crate::parse::{minutes, name, number, optional, optional_number, refuse, seconds, whole};
use crate::sizing::{DEMAND, sizing};
use jiff::SignedDuration;
use scaling::{Bounds, Budget, Direction, Kpus, Limits, Parallelism, PerDirection};
use serde::{Deserialize, Serialize};

/// The policy as it stands in the state machine: every value is the text of the template parameter of that name.
/// It is stated once, in the input of `Check`, and goes from there with the execution, so that a run is decided
/// by one policy even if the stack is updated meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PolicyText {
    /// The name of the application.
    pub application_name: String,
    /// The name of the alarm that asks for more.
    pub scale_out_alarm: String,
    /// The name of the alarm that asks for less.
    pub scale_in_alarm: String,
    /// The names of further alarms of which any may ask for more, with commas between them.
    #[serde(default)]
    pub more_scale_out_alarms: String,
    /// The names of further alarms that must all ask for less as well.
    #[serde(default)]
    pub more_scale_in_alarms: String,
    /// For `Demand`: the name of an alarm that watches the load, whatever it makes of it.
    #[serde(default)]
    pub load_alarm: String,
    /// The largest value of what the scale-out alarm watches at which scaling in is allowed, or nothing.
    #[serde(default)]
    pub scale_in_max_lag: String,
    /// The smallest size, in KPUs.
    pub min_kpu: String,
    /// The largest size, in KPUs.
    pub max_kpu: String,
    /// The KPUs that an application may have by its quota, or nothing.
    #[serde(default)]
    pub kpu_quota: String,
    /// The job's maximum parallelism, or nothing.
    pub max_parallelism: String,
    /// The partitions or shards of its source, or nothing.
    #[serde(default)]
    pub source_partitions: String,
    /// `Multiply/Divide`, `Add/Subtract`, `Steps`, `Target` or `Demand`.
    pub scaling_operation: String,
    /// The factor, or the number of KPUs to add.
    pub scale_out_factor: String,
    /// The divisor, or the number of KPUs to subtract.
    pub scale_in_factor: String,
    /// For `Steps`: the steps out, by the size of the breach.
    #[serde(default)]
    pub scale_out_steps: String,
    /// For `Steps`: the steps in.
    #[serde(default)]
    pub scale_in_steps: String,
    /// For `Steps`: the KPUs by which a step by percent changes it at least.
    #[serde(default)]
    pub minimum_step_kpu: String,
    /// For `Target`: the value to which the metric is brought.
    #[serde(default)]
    pub target_value: String,
    /// For `Demand`: `latency`, `balanced` or `cost`.
    #[serde(default)]
    pub preset: String,
    /// For `Demand`: in what time a backlog is to be worked off, in seconds.
    #[serde(default)]
    pub catch_up_seconds: String,
    /// The most KPUs that one step may add or remove, or nothing.
    #[serde(default)]
    pub largest_step_kpu: String,
    /// How long nothing is scaled after a change, in seconds.
    pub grace_period_seconds: String,
    /// How long nothing is scaled in after a change, in seconds; as long as nothing is scaled at all, if it is empty.
    #[serde(default)]
    pub scale_in_grace_period_seconds: String,
    /// How long it is not scaled the other way after a scaling, in minutes; nothing is none.
    #[serde(default)]
    pub reversal_window_minutes: String,
    /// After how many minutes a direction in which an update has failed is tried again.
    #[serde(default = "failure_pause_of_the_first_version")]
    pub failure_pause_minutes: String,
    /// How long it is not scaled out after a step out that has brought nothing, in minutes.
    #[serde(default)]
    pub ineffective_pause_minutes: String,
    /// What a month may cost, in dollars, or nothing.
    #[serde(default)]
    pub monthly_budget_dollars: String,
    /// The price of a KPU-hour, in dollars.
    #[serde(default)]
    pub kpu_hour_dollars: String,
    /// The name of an alarm that watches what a month costs at the size of each period, if there is a budget.
    #[serde(default)]
    pub budget_alarm: String,
    /// How long to wait between two looks at an update that takes longer than usual, in seconds.
    pub poll_interval_seconds: String,
    /// After how many minutes an update counts as stuck, or three times the longest of the last three.
    pub update_timeout_minutes: String,
    /// After how many minutes a run ends, to be followed by one that the heartbeat starts.
    pub run_deadline_minutes: String,
}

/// Executions that were started before there was this parameter do not state it.
fn failure_pause_of_the_first_version() -> String {
    "30".to_owned()
}

impl PolicyText {
    /// The names of the alarms that were added.
    pub fn more_alarms(&self) -> impl Iterator<Item = String> {
        let out = further(&self.more_scale_out_alarms, &self.scale_out_alarm);
        out.into_iter().chain(further(&self.more_scale_in_alarms, &self.scale_in_alarm))
    }
}

/// A policy that makes sense.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// The name of the application.
    pub application: String,
    /// The name of the alarm that asks for more.
    pub scale_out_alarm: String,
    /// The name of the alarm that asks for less.
    pub scale_in_alarm: String,
    /// The names of further alarms: any of them may scale out, all of them must agree to scale in.
    pub more_alarms: PerDirection<Vec<String>>,
    /// If given, nothing is scaled in while what the scale-out alarm watches is above this.
    ///
    /// A lag alone cannot say that there are too many KPUs: it is zero in health, so that scaling in on it halves the job
    /// until it drowns. So a lag scales out, a utilisation scales in, and the lag has to be low as well.
    pub scale_in_max_lag: Option<f64>,
    /// What the rule has to know.
    pub scaling: scaling::Policy,
    /// The largest size that is wished for. The bounds of the rule are lower if the quota is.
    pub max_kpu: Kpus,
    /// The name of the alarm that watches the load, if there is one. To size by demand there must be.
    pub load_alarm: Option<String>,
    /// The name of the alarm that watches what a month costs, if there is a budget.
    pub budget_alarm: Option<String>,
    /// How long to wait between two looks at an update.
    pub poll_interval: SignedDuration,
    /// After how long an update counts as stuck, or three times the longest of the last three.
    pub update_timeout: SignedDuration,
    /// After how long a run ends.
    pub run_deadline: SignedDuration,
}

impl Policy {
    /// The alarms for a direction: its own, and those that were added.
    #[must_use]
    pub fn alarms(&self, direction: Direction) -> (&str, &[String]) {
        match direction {
            Direction::Out => (&self.scale_out_alarm, &self.more_alarms.out),
            Direction::In => (&self.scale_in_alarm, &self.more_alarms.r#in),
        }
    }

    /// The names of all alarms that scale.
    #[must_use]
    pub fn alarm_names(&self) -> Vec<&str> {
        self.alarm_names_of(Direction::Out).chain(self.alarm_names_of(Direction::In)).collect()
    }

    /// The names of the alarms for a direction, its own first.
    pub fn alarm_names_of(&self, direction: Direction) -> impl Iterator<Item = &str> {
        let (own, more) = self.alarms(direction);
        std::iter::once(own).chain(more.iter().map(String::as_str))
    }

    /// Parses the text of the parameters.
    ///
    /// # Errors
    /// `Fatal`, with a message that names the parameters at fault and the remedy.
    pub fn parse(text: &PolicyText) -> Result<Self, TaskError> {
        let max_kpu = number("MaxKpu", &text.max_kpu, 1..=10_000, Kpus::new)?;
        let bounds = bounds(text, max_kpu)?;
        let limits = Limits {
            max_parallelism: optional("MaxParallelism", &text.max_parallelism, 1..=32_768, Parallelism::new)?,
            partitions: optional("SourcePartitions", &text.source_partitions, 1..=32_768, Parallelism::new)?,
        };
        let out = whole("GracePeriodSeconds", &text.grace_period_seconds, 30..=86_400).map(seconds)?;
        let r#in =
            optional("ScaleInGracePeriodSeconds", &text.scale_in_grace_period_seconds, 30..=86_400, Some)?;
        let ineffective =
            optional("IneffectivePauseMinutes", &text.ineffective_pause_minutes, 0..=1_440, Some)?;
        let budget = budget(text)?;
        let reversal = optional("ReversalWindowMinutes", &text.reversal_window_minutes, 0..=1_440, Some)?;
        let operation = text.scaling_operation.as_str();
        let scaling = scaling::Policy {
            bounds,
            sizing: sizing(text)?,
            largest_step: optional("LargestStepKpu", &text.largest_step_kpu, 1..=10_000, Kpus::new)?,
            grace_period: PerDirection { out, r#in: r#in.map_or(out, seconds) },
            reversal_window: minutes(reversal.unwrap_or(0)),
            ineffective_pause: minutes(ineffective.unwrap_or(0)),
            budget,
            failure_pause: whole("FailurePauseMinutes", &text.failure_pause_minutes, 1..=1_440)
                .map(minutes)?,
            limits,
        };
        Ok(Self {
            application: name("ApplicationName", &text.application_name)?,
            scale_out_alarm: name("ScaleOutAlarm", &text.scale_out_alarm)?,
            scale_in_alarm: name("ScaleInAlarm", &text.scale_in_alarm)?,
            more_alarms: PerDirection {
                out: further(&text.more_scale_out_alarms, &text.scale_out_alarm),
                r#in: further(&text.more_scale_in_alarms, &text.scale_in_alarm),
            },
            scale_in_max_lag: optional_number("ScaleInMaxLag", &text.scale_in_max_lag)?,
            load_alarm: match operation {
                DEMAND => Some(name("LoadAlarm", &text.load_alarm)?),
                _ => Some(text.load_alarm.clone()).filter(|name| !name.is_empty()),
            },
            budget_alarm: match budget {
                Some(_) => Some(name("BudgetAlarm", &text.budget_alarm)?),
                None => None,
            },
            scaling,
            max_kpu,
            poll_interval: whole("PollIntervalSeconds", &text.poll_interval_seconds, 5..=600).map(seconds)?,
            update_timeout: whole("UpdateTimeoutMinutes", &text.update_timeout_minutes, 1..=600)
                .map(minutes)?,
            run_deadline: whole("RunDeadlineMinutes", &text.run_deadline_minutes, 10..=600).map(minutes)?,
        })
    }
}

/// The sizes that are allowed: the maximum is never above the quota.
fn bounds(text: &PolicyText, max_kpu: Kpus) -> Result<Bounds, TaskError> {
    let minimum = number("MinKpu", &text.min_kpu, 1..=10_000, Kpus::new)?;
    let quota = optional("KpuQuota", &text.kpu_quota, 1..=10_000, Kpus::new)?;
    let (name, most) = match quota {
        Some(quota) if quota < max_kpu => ("KpuQuota", quota),
        _ => ("MaxKpu", max_kpu),
    };
    match Bounds::new(minimum, most) {
        Some(bounds) => Ok(bounds),
        None => refuse(&format!(
            "MinKpu is {} and {name} is {}; set MinKpu to at most {name}",
            minimum.count(),
            most.count()
        )),
    }
}

/// What a month may cost, if that is limited.
fn budget(text: &PolicyText) -> Result<Option<Budget>, TaskError> {
    let positive = |parameter, text| match optional_number(parameter, text)? {
        Some(number) if number <= 0.0 => {
            refuse(&format!("{parameter} is {number}; set it to a number of dollars above 0"))
        }
        number => Ok(number),
    };
    let dollars = positive("MonthlyBudgetDollars", &text.monthly_budget_dollars)?;
    let price = positive("KpuHourDollars", &text.kpu_hour_dollars)?;
    match (dollars, price) {
        (Some(dollars), Some(dollars_per_kpu_hour)) => Ok(Some(Budget { dollars, dollars_per_kpu_hour })),
        (Some(_), None) => {
            refuse("KpuHourDollars is empty; set it to the price of a KPU-hour in your Region, such as 0.11")
        }
        (None, _) => Ok(None),
    }
}

/// The names in a list, but for that which is known already.
fn further(list: &str, known: &str) -> Vec<String> {
    let names = list.split(',').map(str::trim).filter(|name| !name.is_empty() && *name != known);
    names.map(str::to_owned).collect()
}
