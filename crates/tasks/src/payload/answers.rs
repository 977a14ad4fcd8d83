//! The answers of the tasks.

use super::event::{ScalingEvent, UpdateFailure};
use crate::PolicyText;
use jiff::Timestamp;
use scaling::{Breach, Call, Direction, Reason, Size};
use serde::{Deserialize, Serialize};

/// The cause of a step in another direction than the one that `check` called for.
pub(crate) const BOUNDS_HAVE_MOVED: &str = "its bounds have moved since it was checked";

/// The answer of `check`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckAnswer {
    /// What the state machine does next.
    pub verdict: CheckVerdict,
    /// The call for another size, which `scale` carries out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<Call>,
    /// The alarms for the direction of the call that breach, and how far their metrics are beyond their thresholds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub breaches: Vec<Breach>,
    /// The reason in a sentence for people.
    pub why: String,
    /// Why an alarm in ALARM is not followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// A setting that is allowed and not advisable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
    /// The present KPUs or shards, if they were read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units: Option<u32>,
    /// The minimum and the maximum that are in force, in KPUs or shards, if the size was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounds: Option<[u32; 2]>,
    /// Whether the built-in autoscaling of MSF is on, if the application was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub built_in_autoscaling: Option<bool>,
    /// How long to wait before the next check, in seconds.
    pub grace_seconds: i64,
    /// The policy, passed on.
    pub policy: PolicyText,
}

/// What `check` found, as the state machine branches on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CheckVerdict {
    /// An alarm is in ALARM, and fresh data breaches its threshold.
    Breaching,
    /// A caller requests another size.
    CapacityRequested,
    /// The size is out of the bounds that are in force.
    OutOfBounds,
    /// Nothing calls for another size.
    Quiet,
    /// An alarm is in ALARM, and no data since the last restart confirms it yet.
    RecheckLater,
    /// The execution has reached its deadline.
    Overdue,
}

/// The answer of `scale`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScaleAnswer {
    /// What the state machine does next.
    pub verdict: ScaleVerdict,
    /// Why it leaves the size as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The reason in a sentence for people.
    pub why: String,
    /// The step that was decided on, whether it is made or only observed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<DecidedStep>,
    /// The update that was started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update: Option<BegunUpdate>,
    /// What could not be read, and what follows from that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
    /// How long to wait before the first poll of the update, in seconds.
    pub wait_seconds: i64,
}

/// A step that was decided on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecidedStep {
    /// The size before.
    pub from: Size,
    /// The size wanted.
    pub to: Size,
}

/// An update that is under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BegunUpdate {
    /// The size before.
    pub from: Size,
    /// The size asked for. Of an update that was adopted, MSF may not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Size>,
    /// The version of the application on which it was decided.
    pub version: i64,
    /// The operation that carries it out. Older releases of MSF name none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// When it was asked for.
    pub asked: Timestamp,
    /// How long the last updates of this application took at most, in seconds, if there were any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_seconds: Option<i64>,
}

/// What `scale` did, as the state machine branches on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ScaleVerdict {
    /// It has started an update.
    Scaling,
    /// It has left the size as it is, and the execution ends.
    Hold,
    /// It has left the size as it is, for a reason that passes by itself.
    RecheckLater,
}

/// The answer of `poll`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PollAnswer {
    /// What the state machine does next.
    pub verdict: PollVerdict,
    /// How the update failed. The execution ends with an error of this name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<UpdateFailure>,
    /// The reason in a sentence for people, and the remedy.
    pub why: String,
    /// How long to wait before the next poll, in seconds.
    pub wait_seconds: i64,
    /// The published event, once the outcome of the update is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<ScalingEvent>,
}

/// The state of the update, as the state machine branches on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PollVerdict {
    /// It goes on.
    Updating,
    /// It succeeded, and the application runs with the parallelism asked for.
    Settled,
    /// It succeeded, and then another hand changed the application again.
    Superseded,
    /// It failed; [`UpdateFailure`] says how.
    Failed,
}

impl CheckAnswer {
    /// The direction of the call.
    #[must_use]
    pub fn direction(&self) -> Option<Direction> {
        self.call.map(Call::found_direction)
    }
}

impl CheckVerdict {
    /// Every verdict there is.
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
    /// Every verdict there is.
    pub const ALL: [Self; 3] = [Self::Scaling, Self::Hold, Self::RecheckLater];
}

impl PollVerdict {
    /// Every verdict there is.
    pub const ALL: [Self; 4] = [Self::Updating, Self::Settled, Self::Superseded, Self::Failed];
}
