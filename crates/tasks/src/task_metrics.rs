//! The metrics that follow from the answer of each task. They show the lasting conditions. Users are notified when a lasting condition
//! begins and when it ends, and not at every heartbeat.

use crate::payload::{CheckAnswer, PollAnswer, PollVerdict, ScaleAnswer};
use crate::run::POLICIES;
use crate::{Task, TaskError};
use jiff::Timestamp;
use scaling::{Direction, Reason, Unit};
use serde::Deserialize;
use serde_json::Value;

/// A metric that the tasks write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metric {
    /// The number of KPUs that the application has.
    Kpus,
    /// The minimum size that is in force, in KPUs.
    MinimumKpus,
    /// The maximum size that is in force, in KPUs.
    MaximumKpus,
    /// The number of shards that the stream has. CloudWatch has no metric for this number, and the utilization of the shards is computed
    /// from it.
    Shards,
    /// The minimum number of shards that is in force.
    MinimumShards,
    /// The maximum number of shards that is in force.
    MaximumShards,
    /// The value 1 if the scale-out alarm is breaching and no KPU is left to add, or no KPU that the budget pays for, and 0 otherwise.
    PinnedAtMaximum,
    /// The value 1 if an alarm is in `ALARM` and a condition blocks its step, and 0 otherwise. The conditions are that the application is
    /// being changed or does not run, that an update has failed, and that there is no fresh data.
    Blocked,
    /// The value 1 if the scale-out alarm is breaching and the last scale-out had no effect, and 0 otherwise.
    Ineffective,
    /// The value 1 if a task could not read the data that it needs, and 0 otherwise.
    Unreadable,
    /// The value 1 if MSF's built-in autoscaling is on, and 0 otherwise.
    BuiltInAutoscaling,
}

impl Metric {
    /// All metrics.
    pub const ALL: [Self; 11] = [
        Self::Kpus,
        Self::MinimumKpus,
        Self::MaximumKpus,
        Self::Shards,
        Self::MinimumShards,
        Self::MaximumShards,
        Self::PinnedAtMaximum,
        Self::Blocked,
        Self::Ineffective,
        Self::Unreadable,
        Self::BuiltInAutoscaling,
    ];

    /// Returns the metric's name in CloudWatch.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Kpus => "Kpus",
            Self::MinimumKpus => "MinimumKpus",
            Self::MaximumKpus => "MaximumKpus",
            Self::Shards => "Shards",
            Self::MinimumShards => "MinimumShards",
            Self::MaximumShards => "MaximumShards",
            Self::PinnedAtMaximum => "PinnedAtMaximum",
            Self::Blocked => "Blocked",
            Self::Ineffective => "Ineffective",
            Self::Unreadable => "Unreadable",
            Self::BuiltInAutoscaling => "BuiltInAutoscaling",
        }
    }
}

/// The measurement of an application or of a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    /// The time of the state machine's request.
    pub at: Timestamp,
    /// The unit of the resource's capacity.
    pub unit: Unit,
    /// The resource's name.
    pub name: String,
    /// The values, with each metric once.
    pub values: Vec<(Metric, f64)>,
    /// The reason why the size was left unchanged although another size was called for.
    pub hold: Option<Reason>,
}

/// Returns the metrics that follow from a task's answer. Returns `None` if the answer contains no metric, or if the payload does not
/// name the resource and a time.
#[must_use]
pub fn measure(task: Task, payload: &Value, answer: &Result<Value, TaskError>) -> Option<Measurement> {
    let policy = POLICIES.iter().find_map(|path| payload.pointer(path))?;
    let (unit, name) = match policy["Target"].as_str() {
        Some("stream") => (Unit::Shard, &policy["KinesisStreamName"]),
        _ => (Unit::Kpu, &policy["ApplicationName"]),
    };
    let name = name.as_str()?.to_owned();
    let (values, hold) = match (task, answer) {
        (_, Err(_)) => (vec![(Metric::Unreadable, 1.0)], None),
        (Task::Check, Ok(answer)) => {
            let answer = CheckAnswer::deserialize(answer).ok()?;
            (of_check(unit, &answer), answer.reason)
        }
        (Task::Scale, Ok(answer)) => {
            let answer = ScaleAnswer::deserialize(answer).ok()?;
            (of_scale(unit, payload, &answer), answer.reason)
        }
        (Task::Poll, Ok(answer)) => (of_poll(unit, &PollAnswer::deserialize(answer).ok()?), None),
    };
    let at = Timestamp::deserialize(payload.get("now")?).ok()?;
    (!values.is_empty()).then_some(Measurement { at, unit, name, values, hold })
}

/// Returns the metrics of a size and of its bounds.
fn sizes(unit: Unit) -> [Metric; 3] {
    match unit {
        Unit::Kpu => [Metric::Kpus, Metric::MinimumKpus, Metric::MaximumKpus],
        Unit::Shard => [Metric::Shards, Metric::MinimumShards, Metric::MaximumShards],
    }
}

fn of_check(unit: Unit, answer: &CheckAnswer) -> Vec<(Metric, f64)> {
    let Some(units) = answer.units else { return Vec::new() };
    let [size, smallest, largest] = sizes(unit);
    let mut values = vec![(size, f64::from(units))];
    if let Some([minimum, maximum]) = answer.bounds {
        values.push((smallest, f64::from(minimum)));
        values.push((largest, f64::from(maximum)));
    }
    values.extend(answer.built_in_autoscaling.map(|on| (Metric::BuiltInAutoscaling, flag(on))));
    // If an alarm is breaching, `scale` determines whether all data can be read, and whether a KPU is left.
    if answer.call.is_none() {
        values.push((Metric::Unreadable, 0.0));
        values.push((Metric::Blocked, flag(answer.reason.is_some())));
    }
    // An uncertain result says nothing about the maximum.
    let direction = answer.direction();
    if direction != Some(Direction::Out) && answer.reason.is_none() {
        values.push((Metric::PinnedAtMaximum, 0.0));
        values.extend((unit == Unit::Kpu).then_some((Metric::Ineffective, 0.0)));
    }
    values
}

/// Returns the size after a step, so that the metric shows the step when the step is complete, and not only at the next check.
fn of_poll(unit: Unit, answer: &PollAnswer) -> Vec<(Metric, f64)> {
    let settled = answer.event.as_ref().filter(|_| answer.verdict == PollVerdict::Settled);
    let [size, ..] = sizes(unit);
    settled.map(|event| (size, f64::from(event.moved.to()))).into_iter().collect()
}

fn of_scale(unit: Unit, payload: &Value, answer: &ScaleAnswer) -> Vec<(Metric, f64)> {
    let out = payload.pointer("/run/check/call/direction").is_some_and(|direction| direction == "Out");
    let pinned = out
        && matches!(
            answer.reason,
            Some(Reason::AtMaximum | Reason::AtMaximumParallelism | Reason::OverBudget | Reason::DailyLimit)
        );
    let mut values = vec![(Metric::Unreadable, flag(answer.warning.is_some()))];
    let blocked = matches!(
        answer.reason,
        Some(
            Reason::Busy
                | Reason::NotRunning
                | Reason::AfterFailure
                | Reason::ConcurrentModification
                | Reason::TakingSnapshot
        )
    );
    values.push((Metric::Blocked, flag(blocked)));
    if out {
        values.push((Metric::PinnedAtMaximum, flag(pinned)));
        let ineffective = flag(answer.reason == Some(Reason::Ineffective));
        values.extend((unit == Unit::Kpu).then_some((Metric::Ineffective, ineffective)));
    }
    values
}

fn flag(holds: bool) -> f64 {
    f64::from(u8::from(holds))
}
