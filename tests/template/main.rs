//! The template: agreement with the code, and what it makes of its parameters.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod agreement;
mod dashboard;
mod front;
mod picture;
mod resolve;
mod resources;
mod simulated;
mod stream;
mod telling;

const TEMPLATE: &str = include_str!("../../template.yaml");
