//! The decision of the rule.

use crate::{Parallelism, Units};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::fmt;

/// The direction of a scaling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Direction {
    /// More units.
    Out,
    /// Fewer units.
    In,
}

impl Direction {
    /// Returns the opposite direction.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Out => Self::In,
            Self::In => Self::Out,
        }
    }

    /// Returns the direction from one size to another. `None` if the sizes are equal.
    #[must_use]
    pub fn between<Unit: Ord + Copy>(from: Unit, to: Unit) -> Option<Self> {
        match from.cmp(&to) {
            Ordering::Less => Some(Self::Out),
            Ordering::Greater => Some(Self::In),
            Ordering::Equal => None,
        }
    }

    /// Whether a change from one size to another has this direction. Equal sizes have no direction.
    #[must_use]
    pub fn leads<Unit: Ord + Copy>(self, from: Unit, to: Unit) -> bool {
        Self::between(from, to) == Some(self)
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Out => "out",
            Self::In => "in",
        })
    }
}

/// One value for each direction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PerDirection<T> {
    /// The value for scaling out.
    pub out: T,
    /// The value for scaling in.
    pub r#in: T,
}

impl<T: Copy> PerDirection<T> {
    /// Returns the value for a direction.
    #[must_use]
    pub fn of(&self, direction: Direction) -> T {
        match direction {
            Direction::Out => self.out,
            Direction::In => self.r#in,
        }
    }
}

/// A size as units and as parallelism. For an application, the parallelism is sent to MSF and the units are the KPUs that it occupies. For
/// a stream, both are the number of its shards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// Units of capacity, which are billed.
    #[serde(alias = "kpus")]
    pub units: Units,
    /// Parallelism of the job.
    pub parallelism: Parallelism,
}

/// The decision of the rule. It leaves no choice to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a decision scales nothing unless the caller carries it out"]
pub enum Decision {
    /// Scale the resource to this size.
    Scale {
        /// The present size.
        from: Size,
        /// The new size. It differs from `from`.
        to: Size,
    },
    /// Keep the present size, for this reason.
    Hold(Reason),
}

/// The reason for keeping the present size. The list is closed: a reader of a hold can know every reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Reason {
    /// The resource is stopped.
    NotRunning,
    /// The resource is being changed.
    Busy,
    /// The resource has the largest size already.
    AtMaximum,
    /// The resource has the smallest size already.
    AtMinimum,
    /// The job's maximum parallelism, the quota of parallelism or the partitions of the source allow no change, or allow less than the minimum.
    AtMaximumParallelism,
    /// An update in this direction, or an update that cannot be read, failed within the failure pause.
    AfterFailure,
    /// The last change of the resource is younger than the cooldown of this direction.
    CoolingDown,
    /// An alarm is in ALARM, but no data since the last restart confirms it.
    NoFreshData,
    /// Another party changed the resource between the read and the write of the autoscaler, and MSF rejected the write.
    ConcurrentModification,
    /// The resource is processing its backlog: its present size is enough for that, or it is given the time.
    CatchingUp,
    /// The savings of a smaller size are less than the cost of its restart.
    NotCostEffective,
    /// The resource has the requested size already, or is beyond it.
    AtDesiredCapacity,
    /// The application was updated many times in a day, so that a scale-in waits longer after each update.
    Stabilizing,
    /// A snapshot of the application is being taken, which resembles load in the metrics.
    TakingSnapshot,
    /// The last scale-out had no effect.
    Ineffective,
    /// The rest of the monthly budget does not pay for more units.
    OverBudget,
    /// The resource was out of its bounds and is within them again.
    WithinBounds,
    /// A window that blocks scaling is open.
    BlockedWindow,
    /// Scaling of the resource is paused.
    Paused,
    /// The autoscaler only observes.
    Observing,
    /// A smaller size would not hold the heap or the state of the job.
    DoesNotFit,
    /// The remaining changes that a stream may have in a day are reserved for scaling out, or no change remains.
    DailyLimit,
    /// The job restarts in a loop: its metrics show the restarts and not the load, and a snapshot of it would fail.
    RestartLoop,
}

impl Reason {
    /// All reasons.
    pub const ALL: [Self; 23] = [
        Self::NotRunning,
        Self::Busy,
        Self::AtMaximum,
        Self::AtMinimum,
        Self::AtMaximumParallelism,
        Self::AfterFailure,
        Self::CoolingDown,
        Self::NoFreshData,
        Self::ConcurrentModification,
        Self::CatchingUp,
        Self::NotCostEffective,
        Self::AtDesiredCapacity,
        Self::Stabilizing,
        Self::TakingSnapshot,
        Self::Ineffective,
        Self::OverBudget,
        Self::WithinBounds,
        Self::BlockedWindow,
        Self::Paused,
        Self::Observing,
        Self::DoesNotFit,
        Self::DailyLimit,
        Self::RestartLoop,
    ];

    /// Whether the decision can change after a cooldown without any intervention.
    #[must_use]
    pub fn passes_by_itself(self) -> bool {
        matches!(self, Self::CoolingDown | Self::NoFreshData | Self::CatchingUp | Self::TakingSnapshot)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NotRunning => "it is not running, and scaling does not start it",
            Self::Busy => "it is being changed already",
            Self::AtMaximum => "it is at its maximum size",
            Self::AtMinimum => "it is at its minimum size",
            Self::AtMaximumParallelism => "MaxParallelism (256 if it is empty) or SourcePartitions leave nothing to move",
            Self::AfterFailure => {
                "the last update this way failed, and another is not tried before FailurePauseMinutes have passed"
            }
            Self::CoolingDown => "its last change is more recent than the cooldown",
            Self::NoFreshData => "nothing fresh has been measured since its last change",
            Self::ConcurrentModification => "another update changed it at the same moment",
            Self::CatchingUp => "it works off its backlog",
            Self::NotCostEffective => "a smaller size would save less than its restart costs",
            Self::AtDesiredCapacity => "it has the size already that is asked for, or is beyond it",
            Self::Stabilizing => "it was updated many times within 24 hours, so that a scale-in waits longer after each update",
            Self::TakingSnapshot => "a snapshot of it is being taken, which looks like load",
            Self::Ineffective => {
                "the last scale-out did not raise the throughput: look for the bottleneck of the job, such as a sink or a skew; the next scale-out is tried after IneffectivePauseMinutes"
            }
            Self::OverBudget => "the rest of MonthlyBudgetDollars does not pay for more",
            Self::WithinBounds => "it is within its bounds again",
            Self::BlockedWindow => "a window of Windows is open in which nothing is scaled",
            Self::Paused => "its scaling is paused; its tag for pauses says until when",
            Self::Observing => "Mode is observe, in which nothing is scaled",
            Self::DoesNotFit => "a smaller size would not hold the heap or the state of its job",
            Self::RestartLoop => {
                "its job restarts in a loop, and its metrics do not show the load; look at the exception in the application's log"
            }
            Self::DailyLimit => {
                "Kinesis changes the shards of a stream ten times a day at most: the remaining changes are kept for scaling out, or none is left"
            }
        })
    }
}
