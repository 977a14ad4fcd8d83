//! What the tests at the boundary share.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

pub mod fixtures;
pub mod outside;
pub mod scenario;
pub mod traces;
