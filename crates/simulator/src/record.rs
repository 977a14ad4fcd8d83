//! The record of a run: its timeline, its decisions, its executions and its figures.

pub(crate) mod decisions;
pub(crate) mod recording;
pub(crate) mod summary;
pub(crate) mod timeline;
