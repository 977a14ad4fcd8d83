//! What each look is worth as a metric: the conditions that last, for which a person is told when they begin and when
//! they end, and not at every heartbeat.

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
    /// The KPUs that the application has.
    Kpus,
    /// The smallest size that is in force, in KPUs.
    MinimumKpus,
    /// The largest.
    MaximumKpus,
    /// The shards that the stream has. CloudWatch has no such metric, and the utilisation of the shards is reckoned with it.
    Shards,
    /// The smallest number of shards that is in force.
    MinimumShards,
    /// The largest.
    MaximumShards,
    /// 1 if the alarm to scale out rings and there is no KPU left to add, or none that the budget pays for, 0 if not.
    PinnedAtMaximum,
    /// 1 if an alarm is in ALARM and something keeps its step from being made, 0 if not: the application is being changed or
    /// does not run, an update has failed, there is no fresh data.
    Blocked,
    /// 1 if the alarm to scale out rings and the last step out has brought nothing, 0 if not.
    Ineffective,
    /// 1 if a task could not read what it needs, 0 if it could.
    Unreadable,
    /// 1 if MSF's own autoscaling is on, 0 if not.
    BuiltInAutoscaling,
}

impl Metric {
    /// Every metric there is.
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

    /// Its name in CloudWatch.
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

/// What was measured of an application or of a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    /// When the state machine asked.
    pub at: Timestamp,
    /// What its capacity is counted in.
    pub unit: Unit,
    /// Its name.
    pub name: String,
    /// The values, each metric once.
    pub values: Vec<(Metric, f64)>,
    /// Why it was left as it is, though something called for another size.
    pub hold: Option<Reason>,
}

/// What a task's answer is worth. `None` if nothing was measured, or the payload names neither what is scaled nor a time.
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

/// The metrics of a size and of its bounds.
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
    // If an alarm rings, it is `scale` that finds out whether all can be read, and whether there is a KPU left.
    if answer.call.is_none() {
        values.push((Metric::Unreadable, 0.0));
        values.push((Metric::Blocked, flag(answer.reason.is_some())));
    }
    // A doubt says nothing of the maximum.
    let direction = answer.direction();
    if direction != Some(Direction::Out) && answer.reason.is_none() {
        values.push((Metric::PinnedAtMaximum, 0.0));
        values.extend((unit == Unit::Kpu).then_some((Metric::Ineffective, 0.0)));
    }
    values
}

/// A step is seen when it is done, and not only at the next look.
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
