//! The requests to the tasks, and the execution state, from which each task reads its part.

use super::answers::{CheckAnswer, ScaleAnswer};
use crate::{PolicyText, TaskError};
use jiff::Timestamp;
use scaling::Units;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

/// The request to `check`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckRequest {
    /// The time of the state machine's request.
    pub now: Timestamp,
    /// The time at which the execution began.
    pub started_at: Timestamp,
    /// The policy. The state machine states the policy only in this field.
    pub policy: PolicyText,
    /// The execution state.
    pub run: Run,
}

/// The request to `scale`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScaleRequest {
    /// The time of the state machine's request.
    pub now: Timestamp,
    /// The execution state.
    pub run: Run,
}

/// The request to `poll`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PollRequest {
    /// The time of the state machine's request.
    pub now: Timestamp,
    /// The ARN of the execution, with which an operator can find the execution.
    #[serde(default)]
    pub execution: String,
    /// The execution state.
    pub run: Run,
}

/// The execution state: the input and the results of the run so far, as the state machine's own data.
/// Each task writes its answer into the field of its name, and the next tasks read the parts that they need.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Run {
    /// The requested capacity, if the run was started to request a capacity: see [`Run::requested_capacity`].
    #[serde(rename = "desiredCapacity")]
    pub desired_capacity: Value,
    /// The detail of the event that started the run. The detail of an alarm's event is an [`AlarmEvent`].
    pub detail: Value,
    /// The last answer of `check`.
    pub check: Option<CheckAnswer>,
    /// The last answer of `scale`.
    pub scale: Option<ScaleAnswer>,
    /// The last answer of `poll`. Only its presence counts: a run with an answer of `poll` has scaled.
    pub poll: Option<IgnoredAny>,
}

/// Returns the size that `desiredCapacity` states. Application Auto Scaling writes the number with a fraction, as in `8.0`.
///
/// # Errors
/// Returns a sentence that explains why the value is not a size.
pub fn requested_units(desired_capacity: &Value) -> Result<Units, String> {
    let whole = desired_capacity.as_f64().filter(|number| number.fract() == 0.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is whole and in the range"
    )]
    let units = whole.filter(|number| (1.0..=10_000.0).contains(number)).map(|number| number as u32);
    units.and_then(Units::new).ok_or_else(|| {
        format!("desiredCapacity is {desired_capacity}; set it to a whole number from 1 to 10000")
    })
}

/// The relevant part of a CloudWatch alarm state change.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AlarmEvent {
    /// The alarm's name.
    pub alarm_name: String,
    /// The alarm's new state.
    pub state: AlarmEventState,
}

/// The new state of an alarm.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct AlarmEventState {
    /// The state: `ALARM`, `OK` or `INSUFFICIENT_DATA`.
    pub value: String,
    /// The time since which the alarm has this state.
    pub timestamp: Timestamp,
}

impl Run {
    /// Returns the alarm event that started the run, or `None` if the run has another trigger. Any other trigger is only a wake-up call.
    #[must_use]
    pub fn alarm_event(&self) -> Option<AlarmEvent> {
        AlarmEvent::deserialize(&self.detail).ok()
    }

    /// Returns the size that the execution was started to request, in KPUs or shards.
    ///
    /// # Errors
    /// Returns `Fatal` if the requested capacity is not a number of KPUs or shards.
    pub fn requested_capacity(&self) -> Result<Option<Units>, TaskError> {
        if self.desired_capacity.is_null() {
            return Ok(None);
        }
        let refused = |why| TaskError::Fatal(format!("failed to read the run: {why}"));
        requested_units(&self.desired_capacity).map(Some).map_err(refused)
    }

    /// Returns whether this run has changed the application. A run that has changed the application continues until its work is complete.
    /// Any other run leaves the next check to the heartbeat.
    #[must_use]
    pub fn has_scaled(&self) -> bool {
        self.poll.is_some()
    }
}
