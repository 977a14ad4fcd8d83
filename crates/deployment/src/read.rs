//! The calls to AWS, with their answers as facts.

mod application;
mod executions;
mod limits;
mod metrics;
mod newest_execution;
mod observations;
mod permissions;
mod queue;
mod runs;
mod snapshots;
mod stack;
mod stream;
mod wiring;

pub(crate) use stack::Resources;
