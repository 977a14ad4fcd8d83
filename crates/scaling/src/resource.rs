//! What the rule has to know of the resource.

use crate::{Parallelism, PerDirection, Size, Units};
use jiff::Timestamp;

/// A resource as it was read, just before deciding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resource {
    /// Whether it can be scaled now.
    pub activity: Activity,
    /// The parallelism that runs now (`CurrentParallelism`, not the configured `Parallelism`).
    pub parallelism: Parallelism,
    /// How many subtasks share a KPU.
    pub parallelism_per_kpu: Parallelism,
    /// When its newest operation of any kind ended: an update, a start, a rollback, a maintenance.
    /// `None` if it is not known to have had one.
    pub last_change: Option<Timestamp>,
    /// When the newest update that should have scaled it failed, if one did lately. One whose direction cannot be read counts
    /// for both.
    pub failed: PerDirection<Option<Timestamp>>,
    /// How often it was changed in the last 24 hours, as far as that is limited.
    pub changes_of_the_day: u32,
}

/// Whether a resource can be scaled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activity {
    /// It runs, and nothing is being changed.
    Running,
    /// Something is being changed: by us, by a deployment, by MSF. Every status we do not know counts as this.
    Busy,
    /// It is stopped. Scaling would not start it, so it is left alone.
    Stopped,
}

impl Resource {
    /// Its size now.
    #[must_use]
    pub fn size(&self) -> Size {
        Size {
            units: Units::holding(self.parallelism, self.parallelism_per_kpu),
            parallelism: self.parallelism,
        }
    }
}
