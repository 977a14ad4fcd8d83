//! The port to whoever listens.

use crate::{ScalingEvent, TaskError};

/// Tells what became of scalings.
#[expect(
    async_fn_in_trait,
    reason = "the callers are generic and bring their own executor; no Send bound is needed"
)]
pub trait EventBus {
    /// Tells it. Whoever listens may hear it twice.
    ///
    /// # Errors
    /// If it could not be told, or it is not known whether it was.
    async fn publish(&self, event: &ScalingEvent) -> Result<(), TaskError>;
}
