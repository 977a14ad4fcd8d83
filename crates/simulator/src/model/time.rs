//! Virtual time: its start, and the ticks and minutes into which it is divided.

use jiff::{SignedDuration, Timestamp};

/// The start of a run whose trace has no date: a Monday, at midnight UTC.
pub(crate) const START: Timestamp = Timestamp::constant(1_767_571_200, 0); // 2026-01-05T00:00:00Z

/// The length of a tick, the step of the model, in seconds.
pub(crate) const TICK_SECONDS: usize = 10;

/// The number of ticks in a minute.
pub(crate) const TICKS_PER_MINUTE: usize = 60 / TICK_SECONDS;

/// The length of a tick as a float, in seconds.
pub(crate) const TICK: f64 = 10.0;

/// The clock of a run: its start, and the ticks and minutes after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Clock {
    pub(crate) start: Timestamp,
}

impl Default for Clock {
    fn default() -> Self {
        Self { start: START }
    }
}

impl Clock {
    /// The start of a minute.
    pub(crate) fn at_minute(self, minute: usize) -> Timestamp {
        self.start + SignedDuration::from_mins(i64::try_from(minute).unwrap_or(0))
    }

    /// The seconds from the start until a time.
    pub(crate) fn seconds(self, time: Timestamp) -> f64 {
        time.duration_since(self.start).as_secs_f64()
    }

    /// The start of a tick.
    pub(crate) fn at_tick(self, tick: usize) -> Timestamp {
        let seconds = i64::try_from(tick * TICK_SECONDS).unwrap_or(i64::MAX);
        self.start.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
    }

    /// The tick whose start is nearest to a time.
    pub(crate) fn nearest_tick(self, time: Timestamp) -> usize {
        let seconds = usize::try_from(time.duration_since(self.start).as_secs()).unwrap_or(0);
        (seconds + TICK_SECONDS / 2) / TICK_SECONDS
    }

    /// The last minute, up to `minute`, with which a period of `length` minutes begins. CloudWatch aligns periods with multiples of their length.
    /// `None` if no period has begun since the start.
    pub(crate) fn period_start(self, minute: usize, length: usize) -> Option<usize> {
        minute.checked_sub((self.minutes_since_1970() + minute % length) % length)
    }

    fn minutes_since_1970(self) -> usize {
        usize::try_from(self.start.as_second() / 60).unwrap_or(0)
    }
}

/// A duration rounded to ticks. A duration above zero is at least one tick long.
pub(crate) fn in_ticks(seconds: f64) -> SignedDuration {
    let ticks = if seconds == 0.0 { 0.0 } else { (seconds / TICK).round().max(1.0) };
    SignedDuration::try_from_secs_f64(ticks * TICK).unwrap_or(SignedDuration::MAX)
}
