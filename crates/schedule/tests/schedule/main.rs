//! Specification of schedules: effects, messages, clock changes, and a comparison with AWS's sample.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod aws_sample;
mod bounds;
mod daylight_saving;
mod errors;
mod warnings;
mod world;
