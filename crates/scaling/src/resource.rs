//! The state of a resource that the rule needs.

use crate::{Parallelism, PerDirection, Size, Units};
use jiff::Timestamp;

/// A resource as it was read just before the decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resource {
    /// Whether it can be scaled now.
    pub activity: Activity,
    /// The parallelism that runs now (`CurrentParallelism`, not the configured `Parallelism`).
    pub parallelism: Parallelism,
    /// The number of subtasks that share a KPU.
    pub parallelism_per_kpu: Parallelism,
    /// The end of its newest operation of any kind: an update, a start, a rollback, a maintenance.
    /// `None` if no operation is known.
    pub last_change: Option<Timestamp>,
    /// The time of the newest failed scaling in each direction, if there was one recently. A failed update with an unreadable
    /// direction counts for both.
    pub failed: PerDirection<Option<Timestamp>>,
    /// The number of updates that were started in the last 24 hours. Only the changes of a stream are limited.
    pub changes_of_the_day: u32,
}

/// A finished scaling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scaling {
    /// When the size before it was reached, if that is known.
    pub since: Option<Timestamp>,
    /// When it began.
    pub began: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// The size before it.
    pub from: Units,
    /// The size after it.
    pub to: Units,
}

/// Whether a resource can be scaled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activity {
    /// It runs, and no change is in progress.
    Running,
    /// A change is in progress: by the autoscaler, by a deployment, by MSF. An unknown status counts as busy.
    Busy,
    /// It is stopped. Scaling would not start it, so it keeps its size.
    Stopped,
}

impl Resource {
    /// Returns the present size.
    #[must_use]
    pub fn size(&self) -> Size {
        Size {
            units: Units::holding(self.parallelism, self.parallelism_per_kpu),
            parallelism: self.parallelism,
        }
    }
}
