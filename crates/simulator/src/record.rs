//! The record of a run: its timeline, decisions, executions and figures.

pub(crate) mod decisions;
mod own_cost;
pub(crate) mod recording;
pub(crate) mod summary;
pub(crate) mod timeline;
