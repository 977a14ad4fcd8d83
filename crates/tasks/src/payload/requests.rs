//! The requests to the tasks, and the state of an execution of which each task reads its part.

use super::answers::{CheckAnswer, ScaleAnswer};
use crate::{PolicyText, TaskError};
use jiff::Timestamp;
use scaling::Units;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

/// What `check` is asked.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckRequest {
    /// When the state machine asks.
    pub now: Timestamp,
    /// When the execution began.
    pub started_at: Timestamp,
    /// The policy, of which this is the only statement.
    pub policy: PolicyText,
    /// The run so far.
    pub run: Run,
}

/// What `scale` is asked.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScaleRequest {
    /// When the state machine asks.
    pub now: Timestamp,
    /// The run so far.
    pub run: Run,
}

/// What `poll` is asked.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PollRequest {
    /// When the state machine asks.
    pub now: Timestamp,
    /// The ARN of the execution, for people to find it.
    #[serde(default)]
    pub execution: String,
    /// The run so far.
    pub run: Run,
}

/// What the run has been told and has found out so far: the state machine's own data.
/// Each task writes its answer into the field of its name, and the next ones read of it what they need.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Run {
    /// The size that is wished for, if the run was started to wish for one: see [`Run::requested_capacity`].
    #[serde(rename = "desiredCapacity")]
    pub desired_capacity: Value,
    /// The detail of the event that started the run. An alarm's is an [`AlarmEvent`].
    pub detail: Value,
    /// The last answer of `check`.
    pub check: Option<CheckAnswer>,
    /// The last answer of `scale`.
    pub scale: Option<ScaleAnswer>,
    /// The last answer of `poll`, of which only the presence counts: a run that has one has scaled.
    pub poll: Option<IgnoredAny>,
}

/// The size that `desiredCapacity` states. Application Auto Scaling writes it with a fraction, as `8.0`.
///
/// # Errors
/// Why it is no size, in a sentence.
pub fn requested_units(desired_capacity: &Value) -> Result<Units, String> {
    let whole = desired_capacity.as_f64().filter(|number| number.fract() == 0.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is whole and in the range"
    )]
    let units = whole.filter(|number| (1.0..=10_000.0).contains(number)).map(|number| number as u32);
    units.and_then(Units::new).ok_or_else(|| {
        format!("desiredCapacity takes a whole number from 1 to 10000, not {desired_capacity}")
    })
}

/// The part that matters of a CloudWatch alarm state change.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AlarmEvent {
    /// The alarm.
    pub alarm_name: String,
    /// Its new state.
    pub state: AlarmEventState,
}

/// The new state of an alarm.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct AlarmEventState {
    /// `ALARM`, `OK` or `INSUFFICIENT_DATA`.
    pub value: String,
    /// Since when.
    pub timestamp: Timestamp,
}

impl Run {
    /// The alarm event that started the run, if it was one. Whatever else started it is only a wake-up call.
    #[must_use]
    pub fn alarm_event(&self) -> Option<AlarmEvent> {
        AlarmEvent::deserialize(&self.detail).ok()
    }

    /// The size that the execution was started to request, in KPUs or shards.
    ///
    /// # Errors
    /// `Fatal` if it is no such number.
    pub fn requested_capacity(&self) -> Result<Option<Units>, TaskError> {
        if self.desired_capacity.is_null() {
            return Ok(None);
        }
        let refused = |why| TaskError::Fatal(format!("failed to read the run: {why}"));
        requested_units(&self.desired_capacity).map(Some).map_err(refused)
    }

    /// Whether this run has changed the application. Such a run stays and sees its work through;
    /// any other leaves the next look to the heartbeat.
    #[must_use]
    pub fn has_scaled(&self) -> bool {
        self.poll.is_some()
    }
}
