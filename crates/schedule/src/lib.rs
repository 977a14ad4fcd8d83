//! Time-dependent scaling bounds, defined by windows of local time.
//!
//! A [`Schedule`] sets no size. While a window is open, it either narrows the bounds or blocks all scaling. The bounds
//! depend only on the schedule and the time, see [`Schedule::at`], so a late or repeated check gets the same result.

mod local;
mod overlap;
mod parse;
mod schedule;
mod sizes;
mod warnings;
mod window;
mod zone;

pub use parse::ScheduleText;
pub use schedule::{Edge, InForce, Schedule};
pub use zone::zone;
