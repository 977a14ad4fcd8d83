//! The template: agreement with the code, and what it makes of its parameters.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod agreement;
mod dashboard;
mod metrics;
mod picture;
mod resolve;
mod resources;
mod samples;
mod scalable_target;
mod simulated;
mod size;
mod stream;
mod telling;

const TEMPLATE: &str = include_str!("../../template.yaml");
const DASHBOARD: &str = include_str!("../../dashboard.yaml");
const SCALABLE_TARGET: &str = include_str!("../../scalable-target.yaml");
