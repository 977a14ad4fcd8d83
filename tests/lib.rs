//! The shared parts of the tests at the boundary.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

pub mod fixtures;
pub mod outside;
pub mod scenario;
pub mod traces;
