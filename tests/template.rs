//! The template: agreement with the code, and what it makes of its parameters.

mod agreement;
mod dashboard;
mod metrics;
mod picture;
mod resolve;
mod resources;
mod scalable_target;
mod simulated;
mod size;
mod stream;
mod telling;

const TEMPLATE: &str = include_str!("../template.yaml");
const DASHBOARD: &str = include_str!("../dashboard.yaml");
const SCALABLE_TARGET: &str = include_str!("../scalable-target.yaml");
