//! The door for Application Auto Scaling, to which a custom resource is an API with two methods: `GET` says which size a scalable
//! target has and what becomes of it, and `PATCH` wishes for another.
//!
//! Nothing is scaled here. A wish starts an execution of the state machine, in which the same rule decides as for an alarm: bounds, grace
//! period, pauses and the lock hold for a wish as for every other call. What became of it is read from the resource's own operations
//! and from how that execution ended; nothing is stored.
//!
//! Source of the protocol: the API that AWS publishes for custom resources (`ScalableTargetDimension`).

mod answer;
mod request;
mod runs;
mod target;

pub use answer::{Scaled, answer};
pub use request::{Method, Request};
pub use runs::{Run, RunEnd, Runs};
pub use target::{Response, ScalableTarget, ScalingStatus};
