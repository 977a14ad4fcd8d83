//! The port to what is scaled, a Flink application or a Kinesis stream, and what is seen through it.

use crate::TaskError;
use jiff::{SignedDuration, Timestamp};
use scaling::{Activity, Direction, Parallelism, Size, Unit, Units};

/// Reads and updates what is scaled, by name. Its documents speak of applications; how a stream is seen: [`crate::ScaledStream`].
#[expect(
    async_fn_in_trait,
    reason = "the callers are generic and bring their own executor; no Send bound is needed"
)]
pub trait Resources {
    /// The application as it is now, or `None` if there is none of that name.
    ///
    /// # Errors
    /// If it cannot be read.
    async fn describe(&self, application: &str) -> Result<Option<ResourceDescription>, TaskError>;

    /// Its newest operations, in any order, at least the last ten.
    ///
    /// # Errors
    /// If they cannot be read.
    async fn operations(&self, application: &str) -> Result<Vec<Operation>, TaskError>;

    /// One operation, or `None` if there is none of that identity.
    ///
    /// # Errors
    /// If it cannot be read.
    async fn operation(&self, application: &str, id: &str) -> Result<Option<Operation>, TaskError>;

    /// The parallelism before and after the change that an operation made, or was to make. `None` if that is not
    /// known any more.
    ///
    /// # Errors
    /// If it cannot be read.
    async fn change(&self, application: &str, id: &str) -> Result<Option<ParallelismChange>, TaskError>;

    /// Since when a snapshot of it is being taken, if one is.
    ///
    /// # Errors
    /// If that cannot be read.
    async fn snapshot(&self, application: &str) -> Result<Option<Timestamp>, TaskError>;

    /// The value of a tag of the application with this ARN, if it has one of this key.
    ///
    /// # Errors
    /// If it cannot be read.
    async fn tag(&self, arn: &str, key: &str) -> Result<Option<String>, TaskError>;

    /// Gives it another parallelism, provided that its version is still the one that was described.
    /// MSF's own autoscaling is switched off by the same update.
    ///
    /// # Errors
    /// If the update is refused for a reason that is not in [`Refusal`], or it is not known whether it was made.
    async fn update(&self, update: &Update) -> Result<UpdateOutcome, TaskError>;

    /// Remembers that an update was seen to be over at this time. MSF does so itself.
    ///
    /// # Errors
    /// If it cannot be written.
    async fn remember_end(&self, _name: &str, _over: &Operation, _at: Timestamp) -> Result<(), TaskError> {
        Ok(())
    }
}

/// What is scaled, as it was described.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceDescription {
    /// Its ARN.
    pub arn: String,
    /// Its status.
    pub status: ResourceStatus,
    /// Its version. Every accepted change of it makes a new one.
    pub version: i64,
    /// The parallelism that runs now.
    pub current_parallelism: Parallelism,
    /// How many subtasks share a KPU.
    pub parallelism_per_kpu: Parallelism,
    /// When it was last updated, if that is known.
    pub last_updated: Option<Timestamp>,
    /// Whether MSF's own autoscaling is on, which would move the application, too.
    pub autoscaling_enabled: bool,
    /// Whether it may start without state that no longer belongs to any operator.
    /// An update that does not repeat it resets it.
    pub allow_non_restored_state: Option<bool>,
}

/// The status of what is scaled, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResourceStatus {
    /// `RUNNING`: the cluster runs; the job in it need not be healthy.
    Running,
    /// `READY`: stopped. An update that fails while system rollback is off ends here, too.
    Ready,
    /// `ROLLED_BACK`: an application that was not running was rolled back.
    RolledBack,
    /// `ROLLING_BACK`: an update has failed and is being undone.
    RollingBack,
    /// `DELETING`: it will soon be gone.
    Deleting,
    /// Every other status, known to us or not, by its name: something is being changed.
    Changing(String),
}

impl ResourceStatus {
    /// What the rule makes of it, as far as the status alone tells.
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

/// Something that was done to what is scaled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Its identity.
    pub id: String,
    /// What was done, such as `UpdateApplication`. The list of names is open.
    pub kind: String,
    /// How far it is.
    pub status: OperationStatus,
    /// When it began.
    pub started: Timestamp,
    /// When it ended; `None` while it goes on, and while nobody knows.
    pub ended: Option<Timestamp>,
    /// Why it failed, in the words of MSF.
    pub failure: Option<String>,
    /// The operation that undid this one.
    pub rolled_back_by: Option<String>,
}

impl ResourceDescription {
    /// The size that it has.
    #[must_use]
    pub fn size(&self) -> Size {
        self.size_of(self.current_parallelism)
    }

    /// The size that it has with this parallelism.
    #[must_use]
    pub fn size_of(&self, parallelism: Parallelism) -> Size {
        Size { units: Units::holding(parallelism, self.parallelism_per_kpu), parallelism }
    }
}

/// What an operation did to the parallelism.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParallelismChange {
    /// The version of the application before it.
    pub version: i64,
    /// Before it.
    pub from: Parallelism,
    /// After it.
    pub to: Parallelism,
}

/// How far an operation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OperationStatus {
    /// It goes on. A status that we do not know counts as this, never as success.
    InProgress,
    /// It succeeded.
    Successful,
    /// It failed.
    Failed,
    /// It was cancelled.
    Cancelled,
}

/// An update to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// The name of what is scaled.
    pub resource: String,
    /// When it was asked for.
    pub asked: Timestamp,
    /// The version on which the decision was made.
    pub version: i64,
    /// The parallelism that was described.
    pub from: Parallelism,
    /// The parallelism it shall have.
    pub parallelism: Parallelism,
    /// Passed on as it was described.
    pub allow_non_restored_state: Option<bool>,
}

/// What came of an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UpdateOutcome {
    /// It is being carried out, as this operation. Older releases of MSF name none.
    Accepted {
        /// The operation to follow.
        operation: Option<String>,
    },
    /// It was not made, and nothing was changed.
    Refused(Refusal),
}

/// Why an update was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The version is no longer the one that was described: someone else was faster.
    VersionChanged,
    /// The application is being changed.
    Busy,
    /// It was changed as often as it may be in a day.
    LimitReached,
}

/// The message that an application or a stream, whose capacity is counted in these units, does not exist.
#[must_use]
pub fn missing_resource(unit: Unit, name: &str) -> String {
    let (what, parameter) = match unit {
        Unit::Kpu => ("application", "ApplicationName"),
        Unit::Shard => ("stream", "KinesisStreamName"),
    };
    format!(
        "failed to find the {what} '{name}': {parameter} names one that does not exist in this account and Region; correct it, or delete this stack"
    )
}

impl ParallelismChange {
    /// Whether it leads this way, from the configuration before it or from what runs. The two differ after an update
    /// that has failed: then the same update again changes nothing in the configuration, and yet is a scaling.
    #[must_use]
    pub fn leads(&self, direction: Direction, running: Parallelism) -> bool {
        direction.leads(self.from, self.to) || (self.from == self.to && direction.leads(running, self.to))
    }
}

impl Operation {
    /// Whether it was to change the size.
    #[must_use]
    pub fn is_update(&self) -> bool {
        self.kind == UPDATE_APPLICATION || self.kind == UPDATE_SHARD_COUNT
    }

    /// Whether it began after something that another service has timed, as far as their clocks may be apart.
    #[must_use]
    pub fn began_since(&self, moment: Timestamp) -> bool {
        const CLOCK_SKEW: SignedDuration = SignedDuration::from_secs(5);
        self.started.duration_since(moment) >= -CLOCK_SKEW
    }

    /// Whether it is over, and nobody has seen yet when that was.
    pub(crate) fn is_over_unseen(&self) -> bool {
        self.status != OperationStatus::InProgress && self.ended.is_none()
    }

    /// The same, but that what has failed so soon, as far as is seen, may only not be seen to have begun.
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

    /// How long it took, if it has ended.
    #[must_use]
    pub fn duration(&self) -> Option<SignedDuration> {
        self.ended.map(|ended| ended.duration_since(self.started))
    }
}
