//! The timeline event of a task's answer.

use crate::record::timeline::TimelineEvent;
use asl::Execution;
use jiff::Timestamp;
use scaling::{Direction, Reason};
use serde::Deserialize;
use serde_json::Value;
use tasks::{CheckAnswer, PollAnswer, PollVerdict, ScaleAnswer};

/// Returns the event of an answer, if the timeline shows it.
pub(crate) fn timeline_event(
    execution: &Execution<'_>,
    answer: &Value,
    at: Timestamp,
    kpus: u32,
) -> Option<TimelineEvent> {
    match execution.state_name() {
        "Check" => CheckAnswer::deserialize(answer).ok().and_then(|answer| checked(answer, kpus)),
        "Scale" => ScaleAnswer::deserialize(answer).ok().and_then(|answer| scaled(answer, execution, kpus)),
        "Poll" => PollAnswer::deserialize(answer).ok().and_then(|answer| polled(answer, execution, at)),
        _ => None,
    }
}

fn checked(answer: CheckAnswer, kpus: u32) -> Option<TimelineEvent> {
    answer.reason.map(|reason| TimelineEvent::Unconfirmed { kpus, reason, why: answer.why })
}

fn scaled(answer: ScaleAnswer, execution: &Execution<'_>, kpus: u32) -> Option<TimelineEvent> {
    let check = execution.data().get("check")?;
    let direction = Direction::deserialize(check.pointer("/call/direction")?).ok()?;
    match (answer.update, answer.reason) {
        (Some(update), _) => Some(match update.to {
            Some(to) => TimelineEvent::Scaling {
                direction,
                from: update.from.units.count(),
                to: to.units.count(),
                why: check.get("why")?.as_str()?.to_owned(),
            },
            None => TimelineEvent::Recovered { why: answer.why },
        }),
        (None, Some(Reason::Observing)) => answer.step.map(|step| TimelineEvent::Observed {
            direction,
            from: step.from.units.count(),
            to: step.to.units.count(),
            why: check.get("why").and_then(Value::as_str).unwrap_or_default().to_owned(),
        }),
        (None, Some(reason)) => Some(TimelineEvent::Hold { direction, kpus, reason }),
        (None, None) => None,
    }
}

fn polled(answer: PollAnswer, execution: &Execution<'_>, at: Timestamp) -> Option<TimelineEvent> {
    let asked = execution.data().pointer("/scale/update/asked")?;
    let asked = Timestamp::deserialize(asked).ok()?;
    (answer.verdict != PollVerdict::Updating).then_some(TimelineEvent::Update {
        verdict: answer.verdict,
        seconds: at.duration_since(asked).as_secs(),
        why: answer.why,
    })
}
