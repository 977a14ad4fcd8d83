//! What became of an update, in the words in which it is told to people and to other programs.

use scaling::{Direction, Unit, Units};
use serde::{Deserialize, Serialize};
use std::fmt;

/// How an update failed. The run ends with an error of this name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum UpdateFailure {
    /// It failed, and the application runs as before or is in an unknown state.
    UpdateFailed,
    /// Somebody cancelled it.
    UpdateCancelled,
    /// It failed and was undone.
    UpdateRolledBack,
    /// It goes on for longer than an update may.
    UpdateStuck,
    /// The application has stopped.
    ApplicationStopped,
    /// The application, or the stream, is gone.
    ApplicationDeleted,
}

impl UpdateFailure {
    /// Every failure there is.
    pub const ALL: [Self; 6] = [
        Self::UpdateFailed,
        Self::UpdateCancelled,
        Self::UpdateRolledBack,
        Self::UpdateStuck,
        Self::ApplicationStopped,
        Self::ApplicationDeleted,
    ];

    /// What a person should do about it.
    #[must_use]
    pub fn remedy(self, unit: Unit) -> &'static str {
        if unit == Unit::Shard {
            return match self {
                Self::ApplicationDeleted => "create the stream again, or delete this stack as well",
                Self::UpdateStuck => "look at the stream; raise UpdateTimeoutMinutes if it has many shards",
                _ => {
                    "look at the stream, and change its number of shards by hand once to see whether it can be changed at all"
                }
            };
        }
        match self {
            Self::UpdateFailed => {
                "look at the operation in the application's history, and scale it by hand once to see whether it can be scaled at all"
            }
            Self::UpdateCancelled => "if nobody meant to cancel it, look at the application's history",
            Self::UpdateRolledBack => {
                "it runs with its old size; a maximum parallelism below the wanted size is a common cause, which MaxParallelism tells this stack"
            }
            Self::UpdateStuck => {
                "look at the application; roll it back if it does not move, or raise UpdateTimeoutMinutes if its state is large"
            }
            Self::ApplicationStopped => {
                "start the application, and switch its system rollback on, so that a failed update does not stop it"
            }
            Self::ApplicationDeleted => "create the application again, or delete this stack as well",
        }
    }
}

impl fmt::Display for UpdateFailure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, formatter)
    }
}

/// What was scaled, and from where to where: to the size asked for, or to the one that runs, if it is not known what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum Moved {
    /// An application, by its KPUs.
    Application {
        /// Its name.
        application: String,
        /// KPUs before.
        from_kpus: u32,
        /// KPUs after.
        to_kpus: u32,
    },
    /// A stream, by its shards.
    Stream {
        /// Its name.
        stream: String,
        /// Shards before.
        from_shards: u32,
        /// Shards after.
        to_shards: u32,
    },
}

impl Moved {
    /// What it is, by its name, and the sizes before and after.
    #[must_use]
    pub fn new(unit: Unit, name: String, from: Units, to: Units) -> Self {
        let (from, to) = (from.count(), to.count());
        match unit {
            Unit::Kpu => Self::Application { application: name, from_kpus: from, to_kpus: to },
            Unit::Shard => Self::Stream { stream: name, from_shards: from, to_shards: to },
        }
    }

    /// The name of what was scaled.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Application { application: name, .. } | Self::Stream { stream: name, .. } => name,
        }
    }

    /// The size after.
    #[must_use]
    pub fn to(&self) -> u32 {
        match self {
            Self::Application { to_kpus: to, .. } | Self::Stream { to_shards: to, .. } => *to,
        }
    }
}

/// What is told of a scaling: the detail of the event on EventBridge. Fields are only ever added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScalingEvent {
    /// Whether it is `Application Scaled`, `Stream Scaled`, `Scaling Superseded` or `Scaling Failed`: the event's detail type.
    pub kind: String,
    /// What it was that was scaled.
    #[serde(flatten)]
    pub moved: Moved,
    /// How it failed, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<UpdateFailure>,
    /// Which way it went.
    pub direction: Direction,
    /// Seconds from asking for the update until it was known what became of it.
    pub seconds: i64,
    /// Why it was asked for.
    pub because: String,
    /// The execution that asked for it.
    pub execution: String,
    /// All of it in a few sentences for people.
    pub message: String,
}
