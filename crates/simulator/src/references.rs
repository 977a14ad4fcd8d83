//! What people have today, for comparison. None of it is used by the autoscaler.

mod builtin;
mod fixed;
mod path;
mod sample;
mod step_sample;

pub(crate) use builtin::BuiltIn;
pub(crate) use fixed::Fixed;
pub(crate) use path::Path;
pub use sample::{SampleLoop, SampleOperation};
pub use step_sample::StepSample;
