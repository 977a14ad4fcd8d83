//! What the rule answers.

use crate::{Parallelism, Units};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::fmt;

/// Which way an alarm asks to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Direction {
    /// More units.
    Out,
    /// Fewer units.
    In,
}

impl Direction {
    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Out => Self::In,
            Self::In => Self::Out,
        }
    }

    /// The way from one size to another; `None` from a size to itself.
    #[must_use]
    pub fn between<Unit: Ord + Copy>(from: Unit, to: Unit) -> Option<Self> {
        match from.cmp(&to) {
            Ordering::Less => Some(Self::Out),
            Ordering::Greater => Some(Self::In),
            Ordering::Equal => None,
        }
    }

    /// Whether going from one size to another goes this way. Staying goes neither way.
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

/// One of something for each direction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PerDirection<T> {
    /// On the way out.
    pub out: T,
    /// On the way in.
    pub r#in: T,
}

impl<T: Copy> PerDirection<T> {
    /// That of a direction.
    #[must_use]
    pub fn of(&self, direction: Direction) -> T {
        match direction {
            Direction::Out => self.out,
            Direction::In => self.r#in,
        }
    }
}

/// A size in both of its numbers. Of an application, the parallelism is what is written to MSF and the units are the KPUs that it
/// occupies; of a stream, both are its shards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// Units of capacity: what is paid for.
    #[serde(alias = "kpus")]
    pub units: Units,
    /// Parallelism of the job.
    pub parallelism: Parallelism,
}

/// The answer of the rule. It leaves nothing to choose for whoever carries it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a decision that nobody carries out scales nothing"]
pub enum Decision {
    /// Give the resource this size.
    Scale {
        /// The size it has.
        from: Size,
        /// The size it shall have. It differs from `from`.
        to: Size,
    },
    /// Leave it as it is.
    Hold(Reason),
}

/// Why a resource is left as it is. The list is closed: whoever reads a hold can know every reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Reason {
    /// The resource is stopped.
    NotRunning,
    /// The resource is being changed.
    Busy,
    /// It has the largest size already.
    AtMaximum,
    /// It has the smallest size already.
    AtMinimum,
    /// The job's maximum parallelism, or its source's partitions, leave nothing to move, or less than the minimum.
    AtMaximumParallelism,
    /// An update this way, or one that cannot be read, failed within the failure pause.
    AfterFailure,
    /// Its last change is younger than the grace period of this direction.
    CoolingDown,
    /// An alarm rings, but nothing measured since the last restart bears it out.
    NoFreshData,
    /// Someone changed it between our reading and our writing; MSF refused our write.
    ConcurrentModification,
    /// It works off what waits: its present size is enough for that, or it is given the time.
    CatchingUp,
    /// What a smaller size would save is less than its restart costs.
    NotCostEffective,
    /// It has the size already that is asked for, or is beyond it.
    AtDesiredCapacity,
    /// It was scaled the other way within the reversal window.
    Reversal,
    /// A snapshot of it is being taken, which looks like load.
    TakingSnapshot,
    /// The last step out has brought nothing.
    Ineffective,
    /// What is left of the month's budget does not pay for more.
    OverBudget,
    /// It was out of its bounds and is within them again.
    WithinBounds,
    /// A window is open in which nothing is scaled.
    BlockedWindow,
    /// Somebody has paused its scaling.
    Paused,
    /// The autoscaler only observes.
    Observing,
    /// What is left of the changes that a stream may have in a day is kept for scaling out, or nothing is left.
    DailyLimit,
}

impl Reason {
    /// Every reason there is.
    pub const ALL: [Self; 21] = [
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
        Self::Reversal,
        Self::TakingSnapshot,
        Self::Ineffective,
        Self::OverBudget,
        Self::WithinBounds,
        Self::BlockedWindow,
        Self::Paused,
        Self::Observing,
        Self::DailyLimit,
    ];

    /// Whether waiting a grace period and looking again can change the answer without anybody's doing.
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
            Self::AtMaximumParallelism => "the job's maximum parallelism, or the partitions of its source, leave nothing to move",
            Self::AfterFailure => {
                "the last update this way failed, and another is not tried before FailurePauseMinutes have passed"
            }
            Self::CoolingDown => "its last change is younger than the grace period",
            Self::NoFreshData => "nothing fresh has been measured since its last change",
            Self::ConcurrentModification => "somebody else changed it at the same moment",
            Self::CatchingUp => "it works off what waits",
            Self::NotCostEffective => "what a smaller size would save is less than its restart costs",
            Self::AtDesiredCapacity => "it has the size already that is asked for, or is beyond it",
            Self::Reversal => "it was scaled the other way within ReversalWindowMinutes",
            Self::TakingSnapshot => "a snapshot of it is being taken, which looks like load",
            Self::Ineffective => {
                "the last step out has brought nothing: look for what holds the job, such as a sink or a skew; another is tried after IneffectivePauseMinutes"
            }
            Self::OverBudget => "what is left of MonthlyBudgetDollars does not pay for more",
            Self::WithinBounds => "it is within its bounds again",
            Self::BlockedWindow => "a window of Windows is open in which nothing is scaled",
            Self::Paused => "its scaling is paused; its tag for pauses says until when",
            Self::Observing => "Mode is observe, in which nothing is scaled",
            Self::DailyLimit => {
                "Kinesis changes the shards of a stream ten times a day at most: what is left of them is kept for scaling out, or none is left"
            }
        })
    }
}
