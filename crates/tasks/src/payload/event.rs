//! The outcome of an update, as it is published to users and to other programs.

use scaling::{Direction, Unit, Units};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The kind of failure of an update. The run ends with an error of this name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum UpdateFailure {
    /// The update failed, and the application runs as before or is in an unknown state.
    UpdateFailed,
    /// The update was cancelled.
    UpdateCancelled,
    /// The update failed and was rolled back.
    UpdateRolledBack,
    /// The update has been in progress for longer than is allowed.
    UpdateStuck,
    /// The application has stopped.
    ApplicationStopped,
    /// The application, or the stream, was deleted.
    ApplicationDeleted,
}

impl UpdateFailure {
    /// All kinds of failure.
    pub const ALL: [Self; 6] = [
        Self::UpdateFailed,
        Self::UpdateCancelled,
        Self::UpdateRolledBack,
        Self::UpdateStuck,
        Self::ApplicationStopped,
        Self::ApplicationDeleted,
    ];
}

impl fmt::Display for UpdateFailure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, formatter)
    }
}

/// The scaled resource and its sizes before and after the update. The size after the update is the requested size, or the running size
/// if the requested size is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum Moved {
    /// An application, with its sizes in KPUs.
    Application {
        /// The application's name.
        application: String,
        /// The number of KPUs before the update.
        from_kpus: u32,
        /// The number of KPUs after the update.
        to_kpus: u32,
    },
    /// A stream, with its sizes in shards.
    Stream {
        /// The stream's name.
        stream: String,
        /// The number of shards before the update.
        from_shards: u32,
        /// The number of shards after the update.
        to_shards: u32,
    },
}

impl Moved {
    /// Creates the value from the resource's name and its sizes before and after the update.
    #[must_use]
    pub fn new(unit: Unit, name: String, from: Units, to: Units) -> Self {
        let (from, to) = (from.count(), to.count());
        match unit {
            Unit::Kpu => Self::Application { application: name, from_kpus: from, to_kpus: to },
            Unit::Shard => Self::Stream { stream: name, from_shards: from, to_shards: to },
        }
    }

    /// Returns the name of the scaled resource.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Application { application: name, .. } | Self::Stream { stream: name, .. } => name,
        }
    }

    /// Returns the size after the update, in KPUs or shards.
    #[must_use]
    pub fn to(&self) -> u32 {
        match self {
            Self::Application { to_kpus: to, .. } | Self::Stream { to_shards: to, .. } => *to,
        }
    }
}

/// The event that is published for a scaling: the detail of the event on EventBridge. Fields are only ever added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScalingEvent {
    /// The event's detail type: `Application Scaled`, `Stream Scaled`, `Scaling Superseded` or `Scaling Failed`.
    pub kind: String,
    /// The scaled resource and its sizes.
    #[serde(flatten)]
    pub moved: Moved,
    /// The kind of failure, if the scaling failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<UpdateFailure>,
    /// The direction of the scaling.
    pub direction: Direction,
    /// The time from the request for the update until the outcome was known, in seconds.
    pub seconds: i64,
    /// The reason for the request.
    pub because: String,
    /// The execution that requested the update.
    pub execution: String,
    /// The whole event in a few human-readable sentences.
    pub message: String,
    /// The subject of the notification: ASCII text of less than 100 characters.
    #[serde(default)]
    pub subject: String,
    /// The text of the notification, in several lines.
    #[serde(default)]
    pub text: String,
}
