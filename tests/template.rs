//! The template: its agreement with the code, and the resources that its parameters give.

mod agreement;
mod cost;
mod dashboard;
mod deployed;
mod deployer;
mod metrics;
mod needed;
mod notifications;
mod parameters;
mod permissions;
mod picture;
mod resolve;
mod resources;
mod rules;
mod samples;
mod scalable_target;
mod size;
mod stream;

const TEMPLATE: &str = include_str!("../template.yaml");
const DASHBOARD: &str = include_str!("../dashboard.yaml");
const SCALABLE_TARGET: &str = include_str!("../scalable-target.yaml");
