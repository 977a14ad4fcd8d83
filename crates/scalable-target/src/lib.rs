//! The scalable-target API, through which Application Auto Scaling sees an application or a stream as a custom resource. `GET` returns the
//! size of the scalable target and the state of its last scaling. `PATCH` requests a capacity.
//!
//! This crate scales nothing. A capacity request starts an execution of the state machine, in which the rule decides as for an alarm:
//! bounds, cooldown, pauses and the lock apply to a capacity request as to every other call. The state of the request is read from the
//! resource's operations and from the end of that execution. Nothing is stored.
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
