//! The answers of the tasks.

use super::event::{ScalingEvent, UpdateFailure};
use crate::PolicyText;
use jiff::Timestamp;
use scaling::{Breach, Call, DemandFigures, Direction, Reason, Size};
use serde::{Deserialize, Serialize};

/// The cause of a step in another direction than `check` called for.
pub(crate) const BOUNDS_HAVE_MOVED: &str = "its bounds have moved since it was checked";

/// The answer of `check`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckAnswer {
    /// The verdict on which the state machine branches.
    pub verdict: CheckVerdict,
    /// The call for another size, which `scale` carries out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<Call>,
    /// The breaching alarms for the direction of the call, and how far their metrics are beyond their thresholds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub breaches: Vec<Breach>,
    /// The reason, as a human-readable sentence.
    pub why: String,
    /// The reason why an alarm in `ALARM` is not followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// A warning about a setting that is allowed but not advisable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
    /// The current number of KPUs or shards, if it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units: Option<u32>,
    /// The minimum and the maximum that are in force, in KPUs or shards, if the size was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounds: Option<[u32; 2]>,
    /// Whether the built-in autoscaling of MSF is on, if the application was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub built_in_autoscaling: Option<bool>,
    /// The wait before the next check, in seconds.
    pub grace_seconds: i64,
    /// The policy, passed on to the next tasks.
    pub policy: PolicyText,
}

/// The result of `check`, on which the state machine branches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CheckVerdict {
    /// An alarm is in `ALARM`, and fresh data breaches its threshold.
    Breaching,
    /// A caller requests another size.
    CapacityRequested,
    /// The size is out of the bounds that are in force.
    OutOfBounds,
    /// Nothing calls for another size.
    Quiet,
    /// An alarm is in `ALARM`, and no data since the last restart confirms it yet.
    RecheckLater,
    /// The execution has reached its deadline.
    Overdue,
}

/// The answer of `scale`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScaleAnswer {
    /// The verdict on which the state machine branches.
    pub verdict: ScaleVerdict,
    /// The reason why the task leaves the size unchanged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The reason, as a human-readable sentence.
    pub why: String,
    /// The step that was decided on, whether the step is made or, in observe mode, only reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<DecidedStep>,
    /// The update that was started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update: Option<BegunUpdate>,
    /// The figures from which sizing by demand found the size, or the reason to hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub demand: Option<DemandFigures>,
    /// A warning that names the data that could not be read, and the consequence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
    /// The wait before the first poll of the update, in seconds.
    pub wait_seconds: i64,
}

/// A step that was decided on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecidedStep {
    /// The size before the step.
    pub from: Size,
    /// The desired size.
    pub to: Size,
}

/// An update that is in progress.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BegunUpdate {
    /// The size before the step.
    pub from: Size,
    /// The requested size. MSF may not state the requested size of a recovered update.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Size>,
    /// The version of the application on which the decision was based. A stream has no version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    /// The operation that carries the update out. Older releases of MSF do not name an operation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// The time at which the update was requested.
    pub asked: Timestamp,
    /// The longest duration of the application's last updates, in seconds, if there were any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_seconds: Option<i64>,
}

/// The result of `scale`, on which the state machine branches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ScaleVerdict {
    /// The task has started an update.
    Scaling,
    /// The task has left the size unchanged, and the execution ends.
    Hold,
    /// The task has left the size unchanged, for a reason that passes by itself.
    RecheckLater,
}

/// The answer of `poll`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PollAnswer {
    /// The verdict on which the state machine branches.
    pub verdict: PollVerdict,
    /// The kind of failure, if the update failed. The execution ends with an error of this name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<UpdateFailure>,
    /// The reason, as a human-readable sentence, and the remedy.
    pub why: String,
    /// The wait before the next poll, in seconds.
    pub wait_seconds: i64,
    /// The published event, once the outcome of the update is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<ScalingEvent>,
}

/// The state of the update, on which the state machine branches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PollVerdict {
    /// The update is in progress.
    Updating,
    /// The update succeeded, and the application runs with the requested parallelism.
    Settled,
    /// The update succeeded, and then another user or program changed the application again.
    Superseded,
    /// The update failed. [`UpdateFailure`] states the kind of failure.
    Failed,
}

impl CheckAnswer {
    /// Returns the direction of the call.
    #[must_use]
    pub fn direction(&self) -> Option<Direction> {
        self.call.map(Call::found_direction)
    }
}

impl CheckVerdict {
    /// All verdicts.
    pub const ALL: [Self; 6] = [
        Self::Breaching,
        Self::CapacityRequested,
        Self::OutOfBounds,
        Self::Quiet,
        Self::RecheckLater,
        Self::Overdue,
    ];
}

impl ScaleVerdict {
    /// All verdicts.
    pub const ALL: [Self; 3] = [Self::Scaling, Self::Hold, Self::RecheckLater];
}

impl PollVerdict {
    /// All verdicts.
    pub const ALL: [Self; 4] = [Self::Updating, Self::Settled, Self::Superseded, Self::Failed];
}
