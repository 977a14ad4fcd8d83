//! The port to the Kinesis data streams.

use crate::{Refusal, TaskError};
use scaling::Parallelism;

/// Reads and changes streams by name.
#[expect(
    async_fn_in_trait,
    reason = "the callers are generic and bring their own executor; no Send bound is needed"
)]
pub trait Streams {
    /// The stream as it is now, or `None` if there is none of that name.
    ///
    /// # Errors
    /// If it cannot be read.
    async fn summary(&self, stream: &str) -> Result<Option<StreamSummary>, TaskError>;

    /// The value of its tag of this key, if it has one.
    ///
    /// # Errors
    /// If it cannot be read.
    async fn tag(&self, stream: &str, key: &str) -> Result<Option<String>, TaskError>;

    /// Gives its tag of this key another value.
    ///
    /// # Errors
    /// If it cannot be written, or it is not known whether it was.
    async fn set_tag(&self, stream: &str, key: &str, value: &str) -> Result<(), TaskError>;

    /// Begins to change its number of shards. `Some` if nothing was changed.
    ///
    /// # Errors
    /// If the change is refused for a reason that is not in [`Refusal`], or it is not known whether it was begun.
    async fn update_shard_count(
        &self,
        stream: &str,
        shards: Parallelism,
    ) -> Result<Option<Refusal>, TaskError>;
}

/// A stream as it was described.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamSummary {
    /// Its ARN.
    pub arn: String,
    /// Its status.
    pub status: StreamStatus,
    /// Its open shards.
    pub shards: Parallelism,
    /// Whether it is on demand, so that Kinesis scales it itself and refuses that anybody else does.
    pub is_on_demand: bool,
}

/// The status of a stream, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StreamStatus {
    /// `ACTIVE`: nothing is being changed.
    Active,
    /// `DELETING`: it will soon be gone.
    Deleting,
    /// Every other status, known to us or not, by its name: something is being changed.
    Changing(String),
}
