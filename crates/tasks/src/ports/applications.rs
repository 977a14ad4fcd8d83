//! The port to the snapshots, and the part of a description that only an application of MSF has.

use crate::TaskError;
use jiff::Timestamp;
use scaling::Parallelism;

/// Reads the snapshots, which only an application takes.
#[expect(
    async_fn_in_trait,
    reason = "the callers are generic and bring their own executor; no Send bound is needed"
)]
pub trait Snapshots {
    /// Returns the start of the application's snapshot that is in progress, or `None` if no snapshot is in progress.
    ///
    /// # Errors
    /// Returns an error if the snapshots cannot be read.
    async fn snapshot(&self, application: &str) -> Result<Option<Timestamp>, TaskError>;
}

/// The part of a description that only an application of MSF has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApplicationDescription {
    /// The application's version. Every accepted change of the application makes a new version.
    pub version: i64,
    /// The number of subtasks that share a KPU.
    pub parallelism_per_kpu: Parallelism,
    /// The time of the last update, if it is known.
    pub last_updated: Option<Timestamp>,
    /// Whether MSF's built-in autoscaling is on. It would scale the application, too.
    pub autoscaling_enabled: bool,
    /// Whether the application may start without the state that no longer belongs to any operator.
    /// An update that does not repeat this setting resets it.
    pub allow_non_restored_state: Option<bool>,
}
