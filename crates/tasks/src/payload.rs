//! What goes between the state machine and the tasks, as JSON.
//!
//! Executions outlive deployments: a task may be told what its predecessor's release has answered.
//! So fields are only ever added, with a default, and unknown ones are ignored.

use crate::so_far::Run;
use crate::{PolicyText, ScalingEvent, UpdateFailure};
use jiff::Timestamp;
use scaling::{Breach, Direction, Reason, Size, Units};
use serde::{Deserialize, Serialize};

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

/// What `check` answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckAnswer {
    /// What to do next.
    pub verdict: CheckVerdict,
    /// Which way the ringing alarms ask to go, or the wish or the bounds lie.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// The alarms that ring, and how far their metrics are beyond their thresholds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub breaches: Vec<Breach>,
    /// The size that is wished for, in KPUs or shards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wish: Option<Units>,
    /// For a wish for less, and for a size out of its bounds: whether there is more to do than the application keeps up with, or that is in doubt.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub backlog: bool,
    /// In a sentence for people, why.
    pub why: String,
    /// Why an alarm in ALARM is not acted upon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// What is allowed, but not wise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
    /// The KPUs or shards that it has now, if it was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units: Option<u32>,
    /// The smallest and the largest size that are in force, in KPUs or shards, if it was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounds: Option<[u32; 2]>,
    /// Whether MSF's own autoscaling is on, if it was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub built_in_autoscaling: Option<bool>,
    /// How long to wait before looking again, in seconds.
    pub grace_seconds: i64,
    /// The policy, passed on.
    pub policy: PolicyText,
}

/// What `check` found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CheckVerdict {
    /// An alarm is in ALARM, and fresh data bears it out.
    Breaching,
    /// Somebody wishes for another size.
    CapacityRequested,
    /// Whatever rings, its size is out of the bounds that are in force.
    OutOfBounds,
    /// No alarm rings.
    Quiet,
    /// An alarm is in ALARM, but nothing measured since the last restart says whether it is right.
    RecheckLater,
    /// The run has lasted as long as a run may.
    Overdue,
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

/// What `scale` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScaleAnswer {
    /// What to do next.
    pub verdict: ScaleVerdict,
    /// Why it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// In a sentence for people, why.
    pub why: String,
    /// The step that was decided on, whether it is made or only observed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<DecidedStep>,
    /// The update that was begun.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update: Option<BegunUpdate>,
    /// What could not be read, and blocks for that reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
    /// How long to wait before looking at the update, in seconds.
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

/// What `scale` did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ScaleVerdict {
    /// It has begun an update.
    Scaling,
    /// It has left the application as it is, and the run is over.
    Hold,
    /// It has left the application as it is, for a reason that passes by itself.
    RecheckLater,
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

/// What `poll` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PollAnswer {
    /// What to do next.
    pub verdict: PollVerdict,
    /// How the update failed. The run ends with an error of this name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<UpdateFailure>,
    /// In a sentence for people, why, and what to do about it.
    pub why: String,
    /// How long to wait before the next look, in seconds.
    pub wait_seconds: i64,
    /// What is told to the world, once it is known what became of the update.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<ScalingEvent>,
}

/// What became of the update.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PollVerdict {
    /// It goes on.
    Updating,
    /// It succeeded, and the application runs with the parallelism asked for.
    Settled,
    /// It succeeded, and then somebody else changed the application again.
    Superseded,
    /// It failed; [`UpdateFailure`] says how.
    Failed,
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
