//! The port to the scaled resource: the part that a Flink application and a Kinesis stream have in common, and the values that the port
//! returns.

use super::applications::ApplicationDescription;
use crate::TaskError;
use jiff::{SignedDuration, Timestamp};
use scaling::{Activity, Direction, Parallelism, Size, Units};

/// Reads and updates a scaled resource, by name: an application, or a stream as a [`crate::ScaledStream`].
#[expect(
    async_fn_in_trait,
    reason = "the callers are generic and bring their own executor; no Send bound is needed"
)]
pub trait Resources {
    /// Returns the resource as it is now, or `None` if no resource has this name.
    ///
    /// # Errors
    /// Returns an error if the resource cannot be read.
    async fn describe(&self, name: &str) -> Result<Option<ResourceDescription>, TaskError>;

    /// Returns the resource's newest operations, in any order, and at least the last ten.
    ///
    /// # Errors
    /// Returns an error if the operations cannot be read.
    async fn operations(&self, name: &str) -> Result<Vec<Operation>, TaskError>;

    /// Returns one operation, or `None` if no operation has this ID.
    ///
    /// # Errors
    /// Returns an error if the operation cannot be read.
    async fn operation(&self, name: &str, id: &str) -> Result<Option<Operation>, TaskError>;

    /// Returns the parallelism before and after the change that an operation made, or was to make. Returns `None` if the change is no
    /// longer known.
    ///
    /// # Errors
    /// Returns an error if the change cannot be read.
    async fn change(&self, name: &str, id: &str) -> Result<Option<ParallelismChange>, TaskError>;

    /// Returns the value of the tag with this key on the resource with this ARN, or `None` if the resource has no tag with this key.
    ///
    /// # Errors
    /// Returns an error if the tag cannot be read.
    async fn tag(&self, arn: &str, key: &str) -> Result<Option<String>, TaskError>;

    /// Sets the resource's parallelism. MSF rejects the update of an application that no longer has the described version, and the same
    /// update switches MSF's built-in autoscaling off.
    ///
    /// # Errors
    /// Returns an error if the update is rejected for a reason that is not in [`Refusal`], or if it is unknown whether the update was
    /// made.
    async fn update(&self, update: &Update) -> Result<UpdateOutcome, TaskError>;
}

/// The description of a scaled resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceDescription {
    /// The resource's ARN.
    pub arn: String,
    /// The resource's status.
    pub status: ResourceStatus,
    /// The parallelism with which the resource runs now: the subtasks of an application, or the shards of a stream.
    pub current_parallelism: Parallelism,
    /// The part of the description that only an application has.
    pub application: Option<ApplicationDescription>,
}

/// The status of a scaled resource, reduced to the differences that matter for scaling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResourceStatus {
    /// `RUNNING`: the cluster runs, and the job in the cluster need not be healthy. `ACTIVE`: the stream is not being changed.
    Running,
    /// `READY`: the application is stopped. An update that fails while system rollback is off ends in this status, too.
    Ready,
    /// `ROLLED_BACK`: an application that was not running was rolled back.
    RolledBack,
    /// `ROLLING_BACK`: an update has failed and is being undone.
    RollingBack,
    /// `DELETING`: the resource is being deleted.
    Deleting,
    /// Every other status by its name, including statuses that the autoscaler does not know: the resource is being changed.
    Changing(String),
}

impl ResourceStatus {
    /// Returns the activity for the scaling rule that follows from the status alone.
    #[must_use]
    pub fn activity(&self) -> Activity {
        match self {
            Self::Running => Activity::Running,
            Self::Ready | Self::RolledBack => Activity::Stopped,
            Self::RollingBack | Self::Deleting | Self::Changing(_) => Activity::Busy,
        }
    }
}

/// The kind of operation by which MSF scales an application.
pub(crate) const UPDATE_APPLICATION: &str = "UpdateApplication";

/// The kind of operation by which Kinesis scales a stream.
pub(crate) const UPDATE_SHARD_COUNT: &str = "UpdateShardCount";

/// An operation on a scaled resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// The operation's ID.
    pub id: String,
    /// The kind of operation, such as `UpdateApplication`. The list of kinds is open.
    pub kind: String,
    /// The operation's status.
    pub status: OperationStatus,
    /// The time at which the operation began.
    pub started: Timestamp,
    /// The time at which the operation ended. `None` while the operation is in progress, and while its end is unknown.
    pub ended: Option<Timestamp>,
    /// The cause of the failure, in the words of MSF.
    pub failure: Option<String>,
    /// The operation that rolled this operation back.
    pub rolled_back_by: Option<String>,
}

impl ResourceDescription {
    /// Returns the resource's size.
    #[must_use]
    pub fn size(&self) -> Size {
        self.size_of(self.current_parallelism)
    }

    /// Returns the size that the resource has with this parallelism.
    #[must_use]
    pub fn size_of(&self, parallelism: Parallelism) -> Size {
        Size { units: Units::holding(parallelism, self.parallelism_per_unit()), parallelism }
    }

    /// Returns the number of subtasks that share a KPU. A shard is one unit of parallelism.
    #[must_use]
    pub fn parallelism_per_unit(&self) -> Parallelism {
        self.application.map_or(Parallelism::ONE, |application| application.parallelism_per_kpu)
    }

    /// Returns the application's version. A stream has no version.
    #[must_use]
    pub fn version(&self) -> Option<i64> {
        self.application.map(|application| application.version)
    }
}

/// The change that an operation made to the parallelism.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParallelismChange {
    /// The version of the application before the change. A stream has no version.
    pub version: Option<i64>,
    /// The parallelism before the change.
    pub from: Parallelism,
    /// The parallelism after the change.
    pub to: Parallelism,
}

/// The status of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OperationStatus {
    /// The operation is in progress. An unknown status counts as in progress, never as success.
    InProgress,
    /// The operation succeeded.
    Successful,
    /// The operation failed.
    Failed,
    /// The operation was cancelled.
    Cancelled,
}

/// A request to update a scaled resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// The resource's name.
    pub resource: String,
    /// The time at which the update was requested.
    pub asked: Timestamp,
    /// The version of the application on which the decision was based. A stream has no version.
    pub version: Option<i64>,
    /// The parallelism that was described.
    pub from: Parallelism,
    /// The requested parallelism.
    pub parallelism: Parallelism,
    /// The setting of the application, passed on as it was described.
    pub allow_non_restored_state: Option<bool>,
}

/// The outcome of the request to update a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UpdateOutcome {
    /// The update is being carried out as this operation. Older releases of MSF do not name an operation.
    Accepted {
        /// The operation to follow.
        operation: Option<String>,
    },
    /// The update was not made, and nothing was changed.
    Refused(Refusal),
}

/// The reason why an update was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The resource's version differs from the described version: another change came first.
    VersionChanged,
    /// The application is being changed.
    Busy,
    /// The resource has reached its daily limit of changes.
    LimitReached,
}

impl ParallelismChange {
    /// Returns whether the change leads in this direction, from the configuration before the change or from the running parallelism.
    /// The two differ after a failed update: the same update then changes nothing in the configuration, and yet is a scaling.
    #[must_use]
    pub fn leads(&self, direction: Direction, running: Parallelism) -> bool {
        direction.leads(self.from, self.to) || (self.from == self.to && direction.leads(running, self.to))
    }
}

impl Operation {
    /// Returns whether the operation was to change the size.
    #[must_use]
    pub fn is_update(&self) -> bool {
        self.kind == UPDATE_APPLICATION || self.kind == UPDATE_SHARD_COUNT
    }

    /// Returns whether the operation began after a moment on the clock of another service. The comparison allows for the skew between
    /// the two clocks.
    #[must_use]
    pub fn began_since(&self, moment: Timestamp) -> bool {
        const CLOCK_SKEW: SignedDuration = SignedDuration::from_secs(5);
        self.started.duration_since(moment) >= -CLOCK_SKEW
    }

    /// Returns whether the operation is over and its end has not been observed yet.
    pub(crate) fn is_over_unseen(&self) -> bool {
        self.status != OperationStatus::InProgress && self.ended.is_none()
    }

    /// Returns the operation. A change of the number of shards that appears to have failed shortly after its start is returned as in
    /// progress, because the start of the change may not be visible yet.
    pub(crate) fn settled_by(self, now: Timestamp) -> Self {
        const SOON: SignedDuration = SignedDuration::from_mins(3);
        let is_soon = now.duration_since(self.started) < SOON;
        match self.status {
            OperationStatus::Failed if self.kind == UPDATE_SHARD_COUNT && self.ended.is_none() && is_soon => {
                Self { status: OperationStatus::InProgress, failure: None, ..self }
            }
            _ => self,
        }
    }

    /// Returns the duration of the operation, if the operation has ended.
    #[must_use]
    pub fn duration(&self) -> Option<SignedDuration> {
        self.ended.map(|ended| ended.duration_since(self.started))
    }
}
