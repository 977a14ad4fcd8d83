//! Judges an update, without a port: its state, the answer, and the event that publishes it.

use super::notification::{End, Outcome};
use super::state::{UpdateState, update_state};
use crate::payload::{BOUNDS_HAVE_MOVED, BegunUpdate, CheckAnswer, PollAnswer, PollRequest, PollVerdict};
use crate::{Operation, Policy, ResourceDescription, ResourceKind, ScalingEvent, UpdateFailure};
use jiff::SignedDuration;
use scaling::{Direction, Units};

/// The factor for a stuck update. An update is stuck when it takes this many times as long as the longest of the last successful updates,
/// and longer than the policy's timeout.
const STUCK_AT_TIMES_EXPECTED: i32 = 3;

/// The observed state of the update that the task follows.
pub(crate) struct Observed {
    /// The operation of the update, if MSF named an operation and still has it.
    pub(crate) operation: Option<Operation>,
    /// The application or stream, unless it was deleted.
    pub(crate) description: Option<ResourceDescription>,
}

/// The answer of `poll`.
pub(crate) fn judge(
    request: &PollRequest,
    policy: &Policy,
    check: &CheckAnswer,
    update: &BegunUpdate,
    observed: &Observed,
) -> PollAnswer {
    let Observed { operation, description } = observed;
    let age = request.now.duration_since(update.asked);
    let expected = SignedDuration::from_secs(update.expected_seconds.unwrap_or(0));
    let (state, why) = match update_state(policy.kind(), update, operation.as_ref(), description.as_ref()) {
        (UpdateState::Updating, why) if age >= stuck_after(policy, expected) => {
            (UpdateState::Failed(UpdateFailure::UpdateStuck), stuck(&why, age, expected, policy))
        }
        found => found,
    };
    let (verdict, failure, end) = match state {
        UpdateState::Updating => (PollVerdict::Updating, None, None),
        UpdateState::Settled => (PollVerdict::Settled, None, Some(End::Settled)),
        UpdateState::Superseded => (PollVerdict::Superseded, None, Some(End::Superseded)),
        UpdateState::Failed(failure) => (PollVerdict::Failed, Some(failure), Some(End::Failed)),
    };
    let event = end.map(|end| {
        let size = description.as_ref().map(|description| description.size().units);
        event((end, failure, &why), request, (policy, check), update, size)
    });
    let why = with_remedy(&why, failure, policy.kind());
    // The older the update, the longer the wait: a few seconds matter less, and an execution can have only 25,000 events.
    let wait = policy.poll_interval.max(age / 20);
    PollAnswer { verdict, failure, why, wait_seconds: wait.as_secs(), event }
}

/// Returns the age from which an update counts as stuck, given the longest duration of the last updates.
#[must_use]
pub fn stuck_after(policy: &Policy, expected: SignedDuration) -> SignedDuration {
    policy.update_timeout.max(expected.saturating_mul(STUCK_AT_TIMES_EXPECTED))
}

/// The explanation of a stuck update: its age and the limits that it exceeds.
fn stuck(why: &str, age: SignedDuration, expected: SignedDuration, policy: &Policy) -> String {
    let (minutes, timeout) = (age.as_mins(), policy.update_timeout.as_mins());
    let last = if expected.is_zero() {
        String::new()
    } else {
        format!(", and than {STUCK_AT_TIMES_EXPECTED} times its last updates ({} s)", expected.as_secs())
    };
    format!("{why} for {minutes} minutes, longer than UpdateTimeoutMinutes ({timeout}){last}")
}

/// The state of an update, and the remedy if it has failed.
fn with_remedy(why: &str, failure: Option<UpdateFailure>, kind: &ResourceKind) -> String {
    failure.map_or_else(|| why.to_owned(), |failure| format!("{why}; {}", kind.remedy(failure)))
}

/// The detail type of the event.
fn kind(end: End, policy: &Policy) -> &'static str {
    match end {
        End::Settled => policy.kind().scaled_event,
        End::Superseded => "Scaling Superseded",
        End::Failed => "Scaling Failed",
    }
}

/// The event about an update of an application that has this size now.
fn event(
    (end, failure, why): (End, Option<UpdateFailure>, &str),
    PollRequest { now, execution, .. }: &PollRequest,
    (policy, check): (&Policy, &CheckAnswer),
    update: &BegunUpdate,
    size: Option<Units>,
) -> ScalingEvent {
    let asked = check.direction();
    let from = update.from.units;
    // For a recovered update, MSF may not return its target size.
    let to = update.to.map(|to| to.units).or(size).unwrap_or(from);
    // If the bounds have changed since the check, the update can lead in the other direction than the call.
    let direction = Direction::between(from, to).or(asked).unwrap_or(Direction::Out);
    let as_asked = asked.is_none_or(|asked| asked == direction);
    let outcome = Outcome {
        kind: policy.kind(),
        resource: &policy.resource,
        direction,
        from,
        to,
        end,
        seconds: now.duration_since(update.asked).as_secs(),
        because: if as_asked { &check.why } else { BOUNDS_HAVE_MOVED },
        result: why,
        remedy: failure.map(|failure| policy.kind().remedy(failure)),
        execution,
    };
    ScalingEvent {
        kind: kind(end, policy).to_owned(),
        moved: outcome.moved(),
        failure,
        direction,
        seconds: outcome.seconds,
        because: outcome.because.to_owned(),
        execution: execution.clone(),
        message: outcome.message(),
        subject: outcome.subject(),
        text: outcome.text(),
    }
}
