//! The port to the Kinesis data streams.

use crate::{Refusal, ResourceStatus, TaskError};
use scaling::Parallelism;

/// Reads and changes streams by name.
#[expect(
    async_fn_in_trait,
    reason = "the callers are generic and bring their own executor; no Send bound is needed"
)]
pub trait Streams {
    /// Returns the stream as it is now, or `None` if no stream has this name.
    ///
    /// # Errors
    /// Returns an error if the stream cannot be read.
    async fn summary(&self, stream: &str) -> Result<Option<StreamSummary>, TaskError>;

    /// Returns the value of the stream's tag with this key, or `None` if the stream has no tag with this key.
    ///
    /// # Errors
    /// Returns an error if the tag cannot be read.
    async fn tag(&self, stream: &str, key: &str) -> Result<Option<String>, TaskError>;

    /// Sets the value of the stream's tag with this key.
    ///
    /// # Errors
    /// Returns an error if the tag cannot be written, or if it is unknown whether the tag was written.
    async fn set_tag(&self, stream: &str, key: &str, value: &str) -> Result<(), TaskError>;

    /// Begins to change the stream's number of shards. Returns the [`Refusal`] if nothing was changed.
    ///
    /// # Errors
    /// Returns an error if the change is rejected for a reason that is not in [`Refusal`], or if it is unknown whether the change was
    /// begun.
    async fn update_shard_count(
        &self,
        stream: &str,
        shards: Parallelism,
    ) -> Result<Option<Refusal>, TaskError>;
}

/// The description of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamSummary {
    /// The stream's ARN.
    pub arn: String,
    /// The stream's status.
    pub status: ResourceStatus,
    /// The number of open shards.
    pub shards: Parallelism,
    /// Whether the stream's capacity mode is on-demand. Kinesis then scales the stream itself and rejects all other scaling.
    pub is_on_demand: bool,
}
