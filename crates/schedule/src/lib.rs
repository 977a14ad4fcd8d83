//! Bounds that follow the clock: which sizes are allowed at a moment, from windows of local time.
//!
//! A [`Schedule`] sets no size. Each of its windows narrows the bounds while it is open, or keeps everything as it is. What is in force
//! is a function of the schedule and the time alone, see [`Schedule::at`], so that whoever looks late finds the same.

mod local;
mod overlap;
mod parse;
mod schedule;
mod sizes;
mod window;
mod zone;

pub use parse::ScheduleText;
pub use schedule::{Edge, InForce, Schedule};
pub use zone::zone;
