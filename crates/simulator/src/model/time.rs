//! Virtual time: its start, and the ticks and minutes into which it is divided.

use jiff::{SignedDuration, Timestamp};

/// The start of the simulated time: a Monday, at midnight UTC.
pub(crate) const START: Timestamp = Timestamp::constant(1_767_571_200, 0); // 2026-01-05T00:00:00Z

/// The length of a tick, the step of the model, in seconds.
pub(crate) const TICK_SECONDS: usize = 10;

/// The number of ticks in a minute.
pub(crate) const TICKS_PER_MINUTE: usize = 60 / TICK_SECONDS;

/// The length of a tick as a float, in seconds.
pub(crate) const TICK: f64 = 10.0;

/// The start of a minute.
pub(crate) fn at_minute(minute: usize) -> Timestamp {
    START + SignedDuration::from_mins(i64::try_from(minute).unwrap_or(0))
}

/// The seconds from the start until a time.
pub(crate) fn seconds(time: Timestamp) -> f64 {
    time.duration_since(START).as_secs_f64()
}

/// The start of a tick.
pub(crate) fn at_tick(tick: usize) -> Timestamp {
    let seconds = i64::try_from(tick * TICK_SECONDS).unwrap_or(i64::MAX);
    START.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}

/// The tick whose start is nearest to a time.
pub(crate) fn nearest_tick(time: Timestamp) -> usize {
    let seconds = usize::try_from(time.duration_since(START).as_secs()).unwrap_or(0);
    (seconds + TICK_SECONDS / 2) / TICK_SECONDS
}

/// A duration rounded to ticks. A duration above zero is at least one tick long.
pub(crate) fn in_ticks(seconds: f64) -> SignedDuration {
    let ticks = if seconds == 0.0 { 0.0 } else { (seconds / TICK).round().max(1.0) };
    SignedDuration::try_from_secs_f64(ticks * TICK).unwrap_or(SignedDuration::MAX)
}
