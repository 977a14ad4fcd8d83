//! A window: days, a time of day, and its effect while it is open.

use crate::local::first_moment;
use crate::sizes::Sizes;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use std::ops::Range;

/// Minutes in a day.
pub(crate) const MINUTES_PER_DAY: u32 = 1_440;

/// A range of local time that recurs on certain days of the week, or occurs once on a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Window {
    /// The window as the user wrote it.
    pub(crate) text: String,
    /// Whether the window comes from `HighKpu`, and not from `Windows`.
    pub(crate) is_high: bool,
    /// Days on which the window opens.
    pub(crate) days: Days,
    /// Start, in minutes of the day.
    pub(crate) start: u32,
    /// End, in minutes of the day, at most 24:00. A value that is not later than the start is a time of the next day.
    pub(crate) end: u32,
    /// Effect while the window is open.
    pub(crate) allows: Allows,
}

/// Effect of an open window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Allows {
    /// Only these sizes are allowed.
    Sizes(Sizes),
    /// Scaling is blocked.
    Nothing,
}

/// Days on which a window opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Days {
    /// These days of every week, Monday first.
    Weekly([bool; 7]),
    /// One date.
    On(Date),
}

impl Days {
    pub(crate) fn contains(self, date: Date) -> bool {
        match self {
            Self::Weekly(days) => days[index(date.weekday())],
            Self::On(day) => day == date,
        }
    }
}

/// Returns the index of a day of the week, 0 for Monday.
pub(crate) fn index(day: Weekday) -> usize {
    usize::try_from(day.to_monday_zero_offset()).unwrap_or(0)
}

impl Window {
    /// Returns the length in minutes of local time.
    pub(crate) fn minutes(&self) -> u32 {
        if self.end > self.start { self.end - self.start } else { self.end + MINUTES_PER_DAY - self.start }
    }

    /// Returns the time range of the window that opens on this date, or `None` if it does not open then. The range is empty
    /// if daylight saving time skips the whole window.
    pub(crate) fn opened_on(&self, date: Date, zone: &TimeZone) -> Option<Range<Timestamp>> {
        if !self.days.contains(date) {
            return None;
        }
        let moment = |minute: u32| {
            let date = if minute < MINUTES_PER_DAY { date } else { date.checked_add(1.day()).ok()? };
            first_moment(date.to_datetime(time(minute % MINUTES_PER_DAY)), zone)
        };
        Some(moment(self.start)?..moment(self.start + self.minutes())?)
    }

    /// Returns whether the window is open at a time.
    pub(crate) fn is_open(&self, now: Timestamp, zone: &TimeZone) -> bool {
        self.near(now, now, zone).any(|open| open.start <= now && now < open.end)
    }

    /// Returns the next opening after `now` and at most `lead` later.
    pub(crate) fn opens_within(
        &self,
        now: Timestamp,
        lead: SignedDuration,
        zone: &TimeZone,
    ) -> Option<Timestamp> {
        let ahead = now.saturating_add(lead).map_or(Timestamp::MAX, |ahead| ahead);
        let opens = |open: Range<Timestamp>| (!open.is_empty()).then_some(open.start);
        self.near(now, ahead, zone).filter_map(opens).find(|start| now < *start && *start <= ahead)
    }

    /// Returns all time ranges of the window that can include a time between `from` and `until`.
    fn near(
        &self,
        from: Timestamp,
        until: Timestamp,
        zone: &TimeZone,
    ) -> impl Iterator<Item = Range<Timestamp>> {
        let last = zone.to_datetime(until).date().saturating_add(1.day());
        // A window from two days ago can still be open, if the clocks were set back at midnight and a date repeated.
        let first = zone.to_datetime(from).date().saturating_sub(2.days());
        let days = first.series(1.day()).take_while(move |date| *date <= last);
        days.filter_map(move |date| self.opened_on(date, zone))
    }

    /// Returns the window's name for messages.
    pub(crate) fn name(&self) -> String {
        if self.is_high {
            format!("HighKpu ('{}')", self.text)
        } else {
            format!("the window '{}'", self.text)
        }
    }

    /// Returns the allowed sizes, or `None` for a blocking window.
    pub(crate) fn sizes(&self) -> Option<Sizes> {
        match self.allows {
            Allows::Sizes(sizes) => Some(sizes),
            Allows::Nothing => None,
        }
    }

    /// Returns whether the window has a date.
    pub(crate) fn is_dated(&self) -> bool {
        matches!(self.days, Days::On(_))
    }
}

/// Converts a minute of the day to a time.
fn time(minute: u32) -> Time {
    let part = |number: u32| i8::try_from(number).unwrap_or(0);
    Time::new(part(minute / 60), part(minute % 60), 0, 0).unwrap_or(Time::midnight())
}
