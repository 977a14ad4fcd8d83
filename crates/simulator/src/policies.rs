//! The policies under comparison: the autoscaler, the policies that users run without it, and the oracle.

pub(crate) mod autoscaler;
pub(crate) mod built_in;
pub(crate) mod fixed;
pub(crate) mod oracle;
pub(crate) mod path;
pub(crate) mod sample_loop;
pub(crate) mod step_sample;
