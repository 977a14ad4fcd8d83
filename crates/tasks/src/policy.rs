//! The policy as the template states it, and as it is once parsed.

use crate::TaskError;
use jiff::SignedDuration;
use scaling::{Adjustment, Bounds, BreachSteps, Demand, Kpus, Parallelism, Sizing};
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

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
    /// The job's maximum parallelism, or nothing.
    pub max_parallelism: String,
    /// `Multiply/Divide`, `Add/Subtract`, `Steps` or `Demand`.
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
    /// For `Demand`: `latency`, `balanced` or `cost`.
    #[serde(default)]
    pub preset: String,
    /// For `Demand`: in what time a backlog is to be worked off, in seconds.
    #[serde(default)]
    pub catch_up_seconds: String,
    /// How long nothing is scaled after a change, in seconds.
    pub grace_period_seconds: String,
    /// After how many minutes a direction in which an update has failed is tried again.
    #[serde(default = "failure_pause_of_the_first_version")]
    pub failure_pause_minutes: String,
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

/// A policy that makes sense.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// The name of the application.
    pub application: String,
    /// The name of the alarm that asks for more.
    pub scale_out_alarm: String,
    /// The name of the alarm that asks for less.
    pub scale_in_alarm: String,
    /// If given, nothing is scaled in while what the scale-out alarm watches is above this.
    ///
    /// A lag alone cannot say that there are too many KPUs: it is zero in health, so that scaling in on it halves the job
    /// until it drowns. So a lag scales out, a utilisation scales in, and the lag has to be low as well.
    pub scale_in_max_lag: Option<f64>,
    /// What the rule has to know.
    pub scaling: scaling::Policy,
    /// The name of the alarm that watches the load, if it is sized by demand.
    pub load_alarm: Option<String>,
    /// How long to wait between two looks at an update.
    pub poll_interval: SignedDuration,
    /// After how long an update counts as stuck, or three times the longest of the last three.
    pub update_timeout: SignedDuration,
    /// After how long a run ends.
    pub run_deadline: SignedDuration,
}

impl Policy {
    /// Parses the text of the parameters.
    ///
    /// # Errors
    /// `Fatal`, with a message that names the parameters at fault and the remedy.
    pub fn parse(text: &PolicyText) -> Result<Self, TaskError> {
        let minimum = number("MinKpu", &text.min_kpu, 1..=10_000, Kpus::new)?;
        let maximum = number("MaxKpu", &text.max_kpu, 1..=10_000, Kpus::new)?;
        let Some(bounds) = Bounds::new(minimum, maximum) else {
            return refuse(&format!(
                "MinKpu is {} and MaxKpu is {}; set MinKpu to at most MaxKpu",
                minimum.count(),
                maximum.count()
            ));
        };
        let max_parallelism = match text.max_parallelism.as_str() {
            "" => None,
            text => Some(number("MaxParallelism", text, 1..=32_768, Parallelism::new)?),
        };
        let operation = text.scaling_operation.as_str();
        let scaling = scaling::Policy {
            bounds,
            sizing: match operation {
                DEMAND => Sizing::Demand(demand(text)?),
                "Steps" => Sizing::Breach {
                    out: steps("ScaleOutSteps", &text.scale_out_steps)?,
                    r#in: steps("ScaleInSteps", &text.scale_in_steps)?,
                    least: number("MinimumStepKpu", &text.minimum_step_kpu, 1..=10_000, Kpus::new)?,
                },
                _ => Sizing::Steps {
                    out: adjustment(operation, "ScaleOutFactor", &text.scale_out_factor)?,
                    r#in: adjustment(operation, "ScaleInFactor", &text.scale_in_factor)?,
                },
            },
            grace_period: whole("GracePeriodSeconds", &text.grace_period_seconds, 30..=86_400)
                .map(seconds)?,
            failure_pause: whole("FailurePauseMinutes", &text.failure_pause_minutes, 1..=1_440)
                .map(minutes)?,
            max_parallelism,
        };
        Ok(Self {
            application: name("ApplicationName", &text.application_name)?,
            scale_out_alarm: name("ScaleOutAlarm", &text.scale_out_alarm)?,
            scale_in_alarm: name("ScaleInAlarm", &text.scale_in_alarm)?,
            scale_in_max_lag: optional_number("ScaleInMaxLag", &text.scale_in_max_lag)?,
            load_alarm: match operation {
                DEMAND => Some(name("LoadAlarm", &text.load_alarm)?),
                _ => None,
            },
            scaling,
            poll_interval: whole("PollIntervalSeconds", &text.poll_interval_seconds, 5..=600).map(seconds)?,
            update_timeout: whole("UpdateTimeoutMinutes", &text.update_timeout_minutes, 1..=600)
                .map(minutes)?,
            run_deadline: whole("RunDeadlineMinutes", &text.run_deadline_minutes, 10..=600).map(minutes)?,
        })
    }
}

fn refuse<T>(message: &str) -> Result<T, TaskError> {
    Err(TaskError::Fatal(format!("failed to read the policy: {message}")))
}

fn name(parameter: &str, text: &str) -> Result<String, TaskError> {
    if text.is_empty() {
        refuse(&format!("{parameter} is empty; give it a name"))
    } else {
        Ok(text.to_owned())
    }
}

fn adjustment(operation: &str, parameter: &str, text: &str) -> Result<Adjustment, TaskError> {
    match operation {
        "Multiply/Divide" => text
            .parse()
            .map(Adjustment::Times)
            .or_else(|reason| refuse(&format!("{parameter} does not fit Multiply/Divide: {reason}"))),
        "Add/Subtract" => match text.parse().ok().and_then(Kpus::new) {
            Some(step) => Ok(Adjustment::By(step)),
            None => refuse(&format!(
                "{parameter} does not fit Add/Subtract: it takes a whole number of KPUs of at least 1, not '{text}'"
            )),
        },
        _ => refuse(&format!(
            "ScalingOperation is '{operation}'; set it to Multiply/Divide, Add/Subtract, Steps or Demand"
        )),
    }
}

fn steps(parameter: &str, text: &str) -> Result<BreachSteps, TaskError> {
    text.parse().or_else(|reason| refuse(&format!("{parameter} cannot be read: {reason}")))
}

/// The scaling operation by which the size follows the demand.
const DEMAND: &str = "Demand";

/// How an application is sized by its demand. How the presets were found: `docs/decisions/0013-sizing-by-demand.md`.
fn demand(text: &PolicyText) -> Result<Demand, TaskError> {
    let (target_out, target_in, restart_price) = match text.preset.as_str() {
        "latency" => (0.64, 0.75, 1.6),
        "balanced" => (0.76, 0.85, 1.4),
        "cost" => (0.8, 0.85, 0.75),
        other => return refuse(&format!("Preset is '{other}'; set it to latency, balanced or cost")),
    };
    let catch_up = whole("CatchUpSeconds", &text.catch_up_seconds, 60..=86_400).map(seconds)?;
    Ok(Demand { target_out, target_in, restart_price, catch_up })
}

fn optional_number(parameter: &str, text: &str) -> Result<Option<f64>, TaskError> {
    match (text, text.parse::<f64>()) {
        ("", _) => Ok(None),
        (_, Ok(number)) if number.is_finite() => Ok(Some(number)),
        _ => refuse(&format!("{parameter} takes a number or nothing, not '{text}'")),
    }
}

fn seconds(count: u32) -> SignedDuration {
    SignedDuration::from_secs(count.into())
}

fn minutes(count: u32) -> SignedDuration {
    SignedDuration::from_mins(count.into())
}

fn whole(parameter: &str, text: &str, range: RangeInclusive<u32>) -> Result<u32, TaskError> {
    number(parameter, text, range, Some)
}

fn number<Unit>(
    parameter: &str,
    text: &str,
    range: RangeInclusive<u32>,
    unit: fn(u32) -> Option<Unit>,
) -> Result<Unit, TaskError> {
    let (least, most) = (range.start(), range.end());
    match text.parse().ok().filter(|number| range.contains(number)).and_then(unit) {
        Some(number) => Ok(number),
        None => refuse(&format!("{parameter} takes a whole number from {least} to {most}, not '{text}'")),
    }
}
