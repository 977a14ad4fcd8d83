//! The port to the event bus.

use crate::{ScalingEvent, TaskError};

/// Publishes the outcomes of scalings.
#[expect(
    async_fn_in_trait,
    reason = "the callers are generic and bring their own executor; no Send bound is needed"
)]
pub trait EventBus {
    /// Publishes the event. A subscriber may receive the event twice.
    ///
    /// # Errors
    /// Returns an error if the event could not be published, or if it is unknown whether it was published.
    async fn publish(&self, event: &ScalingEvent) -> Result<(), TaskError>;
}
