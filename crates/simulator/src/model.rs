//! The simulated world: a Flink application on MSF, the stream that it reads, their metrics and their alarms, in virtual time.

pub(crate) mod alarm;
pub(crate) mod application;
pub(crate) mod committed;
pub(crate) mod conditions;
pub(crate) mod constants;
pub(crate) mod fault;
pub(crate) mod job;
pub(crate) mod lifecycle;
pub(crate) mod metric;
pub(crate) mod minute;
pub(crate) mod rng;
pub(crate) mod samples;
pub(crate) mod throughput;
pub(crate) mod time;
pub(crate) mod trace;
pub(crate) mod world;
