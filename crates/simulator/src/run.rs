//! Runs: scenarios of an application, pipelines of a stream and an application, trials of many policies, and storms of random scenarios.

pub(crate) mod pipeline;
pub(crate) mod simulation;
pub(crate) mod storm;
pub(crate) mod trial;
