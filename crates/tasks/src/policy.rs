//! The parsed policy.

mod applicable;
mod budget;
mod parameters;
mod parse;
mod sizing;
mod text;
mod uses;

pub use parameters::{ALARM_PARAMETERS, POLICY_PARAMETERS, Parameter, STACK_VALUES, parameter};
pub use text::PolicyText;
pub use uses::{USES, Unused, Use, unused};

use crate::{ResourceKind, TaskError};
use applicable::applicable;
use budget::{budget, state_gigabytes};
use jiff::{SignedDuration, Timestamp};
use parse::{minutes, name, number, optional, optional_number, refuse, seconds, whole};
use scaling::{Bounds, Direction, Limits, Parallelism, PerDirection, Unit, Units};
use schedule::{InForce, Schedule, ScheduleText};
use sizing::{DEMAND, sizing};
use std::borrow::Cow;
use text::{further, names_in};

/// The mode of the autoscaler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The autoscaler decides and scales.
    Active,
    /// The autoscaler decides and reports its decisions, and scales nothing.
    Observe,
    /// The autoscaler neither decides nor scales.
    Off,
}

/// The sources of calls for another size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CapacitySource {
    /// Alarms and capacity requests both call for another size.
    AlarmsAndRequests,
    /// Another system decides and requests capacity. The alarms call for no size, and only block a request from scaling in under a backlog.
    RequestsOnly,
}

/// A valid policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// The name of the scaled resource: an application or a stream, by the unit of `scaling`.
    pub resource: String,
    /// The name of the stream whose number of shards the parallelism should not exceed, if this limit is set.
    pub source: Option<String>,
    /// The name of the alarm that scales out.
    pub scale_out_alarm: String,
    /// The name of the alarm that scales in.
    pub scale_in_alarm: String,
    /// The names of the user alarms: any of them may scale out, all of them must agree to scale in.
    pub more_alarms: PerDirection<Vec<String>>,
    /// Whether the first alarm of a direction is a user alarm as well, because the stack has none of its own.
    only_user_alarms: PerDirection<bool>,
    /// The largest value of the scale-out alarm's metric at which a scale-in is allowed, if there is such a limit.
    ///
    /// A lag alone cannot show that there are too many KPUs: it is zero while the job keeps up. Scaling in on a lag would halve the job
    /// until it cannot keep up. So a lag scales out, a utilization scales in, and the lag must be low as well.
    pub scale_in_max_lag: Option<f64>,
    /// The policy of the rule, with the bounds that apply while no window is open: see [`Policy::at`].
    pub scaling: scaling::Policy,
    /// The bounds as a function of the time.
    pub schedule: Schedule,
    /// The mode of the autoscaler.
    pub mode: Mode,
    /// The sources of calls for another size.
    pub capacity_source: CapacitySource,
    /// The lag up to which records are processed in time.
    pub lag_objective: SignedDuration,
    /// The name of the alarm that watches the load, if there is one. Sizing by demand requires it.
    pub load_alarm: Option<String>,
    /// The name of the alarm that watches the cost of a month, if there is a budget.
    pub budget_alarm: Option<String>,
    /// The state of the application in gigabytes, or 0 if no parameter states it. Every rescale leaves a snapshot of it.
    pub state_gigabytes: f64,
    /// The time between two checks that no alarm has started.
    pub heartbeat: SignedDuration,
    /// The time between two reads of the state of an update.
    pub poll_interval: SignedDuration,
    /// The age from which an update counts as stuck, or three times the duration of the longest of the last three updates, if that is
    /// longer.
    pub update_timeout: SignedDuration,
}

impl Policy {
    /// The kind of the scaled resource.
    #[must_use]
    pub fn kind(&self) -> &'static ResourceKind {
        ResourceKind::of(self.scaling.unit)
    }

    /// The error that the application or stream of the policy does not exist.
    pub(crate) fn missing(&self) -> TaskError {
        TaskError::Fatal(self.kind().missing(&self.resource))
    }

    /// The alarms for a direction: the stack alarm on the policy's metric, and the user alarms.
    #[must_use]
    pub fn alarms(&self, direction: Direction) -> (&str, &[String]) {
        match direction {
            Direction::Out => (&self.scale_out_alarm, &self.more_alarms.out),
            Direction::In => (&self.scale_in_alarm, &self.more_alarms.r#in),
        }
    }

    /// Whether the stack has no alarm of its own for a direction: the first alarm is a user alarm like the others.
    #[must_use]
    pub fn has_only_user_alarms(&self, direction: Direction) -> bool {
        match direction {
            Direction::Out => self.only_user_alarms.out,
            Direction::In => self.only_user_alarms.r#in,
        }
    }

    /// The names of all alarms that scale.
    #[must_use]
    pub fn alarm_names(&self) -> Vec<&str> {
        self.alarm_names_of(Direction::Out).chain(self.alarm_names_of(Direction::In)).collect()
    }

    /// The names of the alarms for a direction, the stack alarm first.
    pub fn alarm_names_of(&self, direction: Direction) -> impl Iterator<Item = &str> {
        let (own, more) = self.alarms(direction);
        std::iter::once(own).chain(more.iter().map(String::as_str))
    }

    /// The policy of the rule for an application of this size at a given time, with the bounds that are in force then.
    #[must_use]
    pub fn at(&self, now: Timestamp, kpus: Units) -> Cow<'_, scaling::Policy> {
        if self.schedule.is_constant() {
            return Cow::Borrowed(&self.scaling);
        }
        let InForce { bounds, blocked } = self.schedule.at(now);
        let too_large_since =
            if kpus > bounds.maximum() { self.schedule.too_large_since(kpus, now) } else { None };
        Cow::Owned(scaling::Policy { bounds, blocked, too_large_since, ..self.scaling.clone() })
    }

    /// The windows that are in force at a given time, in brackets for the end of a sentence. Empty if there are none.
    pub(crate) fn by_windows(&self, now: Timestamp) -> String {
        self.schedule.words_at(now).map_or_else(String::new, |windows| format!(" ({windows})"))
    }

    /// Parses the text of the parameters.
    ///
    /// # Errors
    /// `Fatal`, with a message that names the parameters at fault and the remedy.
    pub fn parse(text: &PolicyText) -> Result<Self, TaskError> {
        let kind = kind(text.get("Target"))?;
        let ResourceKind { unit, name_parameter, default_quota, .. } = *kind;
        let text = &*applicable(text, kind)?;
        let bounds = bounds(text, unit)?;
        let (source, partitions) = source(text)?;
        let max_parallelism = optional(text, "MaxParallelism", 1..=32_768, Parallelism::new)?;
        // A user with a raised quota sets MaxParallelism.
        let quota = default_quota.filter(|_| max_parallelism.is_none());
        let limits = Limits { max_parallelism, partitions, quota };
        let out = whole(text, "GracePeriodSeconds", 30..=86_400).map(seconds)?;
        let r#in = optional(text, "ScaleInGracePeriodSeconds", 30..=86_400, Some)?;
        let ineffective = optional(text, "IneffectivePauseMinutes", 0..=1_440, Some)?;
        let state_gigabytes = state_gigabytes(text)?;
        let budget = budget(text, state_gigabytes)?;
        let operation = text.get("ScalingOperation");
        let lag_objective = whole(text, "LagObjectiveSeconds", 10..=86_400).map(seconds)?;
        let backlog_wait = optional(text, "BacklogWaitMinutes", 0..=1_440, Some)?.unwrap_or(0);
        let scaling = scaling::Policy {
            unit,
            bounds,
            smallest: bounds.minimum(),
            largest: bounds.maximum(),
            too_large_since: None,
            blocked: false,
            backlog_wait: minutes(backlog_wait),
            sizing: sizing(text, lag_objective)?,
            largest_step: optional(text, "LargestStepKpu", 1..=10_000, Units::new)?,
            grace_period: PerDirection { out, r#in: r#in.map_or(out, seconds) },
            ineffective_pause: minutes(ineffective.unwrap_or(0)),
            budget,
            failure_pause: whole(text, "FailurePauseMinutes", 1..=1_440).map(minutes)?,
            limits,
        };
        Ok(Self {
            resource: name(text, name_parameter)?,
            source,
            scale_out_alarm: name(text, "ScaleOutAlarm")?,
            scale_in_alarm: name(text, "ScaleInAlarm")?,
            more_alarms: PerDirection {
                out: further(text.get("MoreScaleOutAlarms"), text.get("ScaleOutAlarm")),
                r#in: further(text.get("MoreScaleInAlarms"), text.get("ScaleInAlarm")),
            },
            only_user_alarms: PerDirection {
                out: names_in(text.get("MoreScaleOutAlarms")).any(|name| name == text.get("ScaleOutAlarm")),
                r#in: names_in(text.get("MoreScaleInAlarms")).any(|name| name == text.get("ScaleInAlarm")),
            },
            scale_in_max_lag: optional_number(text, "ScaleInMaxLag")?,
            lag_objective,
            load_alarm: match operation {
                DEMAND => Some(name(text, "LoadAlarm")?),
                _ => Some(text.get("LoadAlarm")).filter(|name| !name.is_empty()).map(str::to_owned),
            },
            state_gigabytes,
            budget_alarm: match budget {
                Some(_) => Some(name(text, "BudgetAlarm")?),
                None => None,
            },
            scaling,
            schedule: schedule(text, unit, bounds)?,
            mode: mode(text.get("Mode"))?,
            capacity_source: capacity_source(text.get("ApplicationAutoScaling"))?,
            heartbeat: whole(text, "HeartbeatMinutes", 1..=60).map(minutes)?,
            poll_interval: whole(text, "PollIntervalSeconds", 5..=600).map(seconds)?,
            update_timeout: whole(text, "UpdateTimeoutMinutes", 1..=600).map(minutes)?,
        })
    }
}

/// The kind of the scaled resource.
fn kind(target: &str) -> Result<&'static ResourceKind, TaskError> {
    ResourceKind::targeted(target)
        .map_or_else(|| refuse(&format!("Target takes application or stream, not '{target}'")), Ok)
}

/// The allowed sizes.
fn bounds(text: &PolicyText, unit: Unit) -> Result<Bounds, TaskError> {
    let (smallest, largest) = unit.parameters();
    let maximum = number(text, largest, 1..=10_000, Units::new)?;
    let minimum = number(text, smallest, 1..=10_000, Units::new)?;
    Bounds::new(minimum, maximum).map_or_else(
        || {
            refuse(&format!(
                "{smallest} is {} and {largest} is {}; set {smallest} to at most {largest}",
                minimum.count(),
                maximum.count()
            ))
        },
        Ok,
    )
}

/// The stream whose shards limit the parallelism, and the limit if it is known already.
fn source(text: &PolicyText) -> Result<(Option<String>, Option<Parallelism>), TaskError> {
    match text.get("SourcePartitions") {
        "shards" if text.get("KinesisStreamName").is_empty() => refuse(
            "SourcePartitions is shards, and KinesisStreamName is empty; name the stream that the application reads",
        ),
        "shards" => Ok((Some(text.get("KinesisStreamName").to_owned()), None)),
        _ => Ok((None, optional(text, "SourcePartitions", 1..=32_768, Parallelism::new)?)),
    }
}

/// The bounds as a function of the time.
fn schedule(text: &PolicyText, unit: Unit, bounds: Bounds) -> Result<Schedule, TaskError> {
    let schedule = ScheduleText {
        high_kpu: text.get("HighKpu"),
        low_kpu: text.get("LowKpu"),
        high_start: text.get("HighStart"),
        high_end: text.get("HighEnd"),
        high_days: text.get("HighDays"),
        windows: text.get("Windows"),
        time_zone: text.get("TimeZone"),
        lead_minutes: text.get("LeadMinutes"),
    };
    Schedule::parse(&schedule, unit, bounds).or_else(|why| refuse(&why))
}

fn mode(text: &str) -> Result<Mode, TaskError> {
    match text {
        "active" | "" => Ok(Mode::Active),
        "observe" => Ok(Mode::Observe),
        "off" => Ok(Mode::Off),
        _ => refuse(&format!("Mode is '{text}'; set it to active, observe or off")),
    }
}

fn capacity_source(application_auto_scaling: &str) -> Result<CapacitySource, TaskError> {
    match application_auto_scaling {
        "on" => Ok(CapacitySource::RequestsOnly),
        "off" | "" => Ok(CapacitySource::AlarmsAndRequests),
        other => refuse(&format!("ApplicationAutoScaling is '{other}'; set it to on or off")),
    }
}
