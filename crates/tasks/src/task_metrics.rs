//! The metrics that follow from the answer of each task. They show the lasting conditions. Users are notified when a lasting condition
//! begins and when it ends, and not at every heartbeat.

use crate::payload::{CheckAnswer, PollAnswer, PollVerdict, ScaleAnswer};
use crate::run::policy_of;
use crate::{Metric, ResourceKind, Task, TaskError};
use jiff::Timestamp;
use scaling::{Direction, Reason, Unit};
use serde::Deserialize;
use serde_json::Value;

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
    let (policy, kind) = policy_of(payload)?;
    let name = policy[kind.name_parameter].as_str()?.to_owned();
    let (values, hold) = match (task, answer) {
        (_, Err(_)) => (vec![(Metric::Unreadable, 1.0)], None),
        (Task::Check, Ok(answer)) => {
            let answer = CheckAnswer::deserialize(answer).ok()?;
            (of_check(kind, &answer), answer.reason)
        }
        (Task::Scale, Ok(answer)) => {
            let answer = ScaleAnswer::deserialize(answer).ok()?;
            (of_scale(kind, payload, &answer), answer.reason)
        }
        (Task::Poll, Ok(answer)) => (of_poll(kind, &PollAnswer::deserialize(answer).ok()?), None),
    };
    let at = Timestamp::deserialize(payload.get("now")?).ok()?;
    (!values.is_empty()).then_some(Measurement { at, unit: kind.unit, name, values, hold })
}

fn of_check(kind: &ResourceKind, answer: &CheckAnswer) -> Vec<(Metric, f64)> {
    let Some(units) = answer.units else { return Vec::new() };
    let [size, smallest, largest] = kind.size_metrics;
    let mut values = vec![(size, f64::from(units))];
    if let Some([minimum, maximum]) = answer.bounds {
        values.push((smallest, f64::from(minimum)));
        values.push((largest, f64::from(maximum)));
    }
    values.extend(answer.built_in_autoscaling.map(|on| (Metric::BuiltInAutoscaling, flag(on))));
    // If an alarm is breaching, `scale` determines whether all data can be read, and whether a KPU is left.
    if answer.call.is_none() {
        values.push((Metric::Unreadable, 0.0));
        // A job that works off its backlog is well.
        let blocked = answer.reason.is_some_and(|reason| reason != Reason::CatchingUp);
        values.push((Metric::Blocked, flag(blocked)));
    }
    // An uncertain result says nothing about the maximum.
    let direction = answer.direction();
    if direction != Some(Direction::Out) && answer.reason.is_none() {
        values.push((Metric::PinnedAtMaximum, 0.0));
        values.extend(kind.effect_metric.map(|metric| (metric, 0.0)));
    }
    values
}

/// Returns the size after a step, so that the metric shows the step when the step is complete, and not only at the next check.
fn of_poll(kind: &ResourceKind, answer: &PollAnswer) -> Vec<(Metric, f64)> {
    let settled = answer.event.as_ref().filter(|_| answer.verdict == PollVerdict::Settled);
    let [size, ..] = kind.size_metrics;
    settled.map(|event| (size, f64::from(event.moved.to()))).into_iter().collect()
}

fn of_scale(kind: &ResourceKind, payload: &Value, answer: &ScaleAnswer) -> Vec<(Metric, f64)> {
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
        values.extend(kind.effect_metric.map(|metric| (metric, ineffective)));
    }
    values
}

fn flag(holds: bool) -> f64 {
    f64::from(u8::from(holds))
}
