//! A window: days, a time of day, and what is allowed meanwhile.

use crate::local::first_moment;
use crate::sizes::Sizes;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use std::ops::Range;

/// The minutes of a day.
pub(crate) const DAY: u32 = 1_440;

/// A stretch of local time that comes again on certain days of the week, or once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Window {
    /// As it was written.
    pub(crate) text: String,
    /// Whether it is that of `HighKpu`, and not one of `Windows`.
    pub(crate) is_high: bool,
    /// The days on which it opens.
    pub(crate) days: Days,
    /// When it opens, in minutes of the day.
    pub(crate) start: u32,
    /// When it closes, in minutes of the day: of the next day, unless it is later than the start. It may be the day's end, 24:00.
    pub(crate) end: u32,
    /// What is allowed meanwhile.
    pub(crate) allows: Allows,
}

/// What is allowed while a window is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Allows {
    /// These sizes.
    Sizes(Sizes),
    /// No scaling at all.
    Nothing,
}

/// On which days a window opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Days {
    /// On these days of every week, Monday first.
    Weekly([bool; 7]),
    /// On one day only.
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

/// The number of a day of the week, 0 for Monday.
pub(crate) fn index(day: Weekday) -> usize {
    usize::try_from(day.to_monday_zero_offset()).unwrap_or(0)
}

impl Window {
    /// How long it is open by the clock on the wall, in minutes.
    pub(crate) fn minutes(&self) -> u32 {
        if self.end > self.start { self.end - self.start } else { self.end + DAY - self.start }
    }

    /// From when to when it is open, if it opens on this day: empty, if the clocks skip all of it.
    pub(crate) fn opened_on(&self, date: Date, zone: &TimeZone) -> Option<Range<Timestamp>> {
        if !self.days.contains(date) {
            return None;
        }
        let moment = |minute: u32| {
            let date = if minute < DAY { date } else { date.checked_add(1.day()).ok()? };
            first_moment(date.to_datetime(time(minute % DAY)), zone)
        };
        Some(moment(self.start)?..moment(self.start + self.minutes())?)
    }

    /// Whether it is open at a moment.
    pub(crate) fn is_open(&self, now: Timestamp, zone: &TimeZone) -> bool {
        self.near(now, now, zone).any(|open| open.start <= now && now < open.end)
    }

    /// When it opens next, if that is later than now and within `lead`.
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

    /// From when to when it is open, each time, around two moments.
    fn near(
        &self,
        from: Timestamp,
        until: Timestamp,
        zone: &TimeZone,
    ) -> impl Iterator<Item = Range<Timestamp>> {
        let last = zone.to_datetime(until).date().saturating_add(1.day());
        // One that began two days ago may last: at 00:00 a day began that the clocks showed twice.
        let first = zone.to_datetime(from).date().saturating_sub(2.days());
        let days = first.series(1.day()).take_while(move |date| *date <= last);
        days.filter_map(move |date| self.opened_on(date, zone))
    }

    /// What it is called in a message.
    pub(crate) fn name(&self) -> String {
        if self.is_high {
            format!("HighKpu ('{}')", self.text)
        } else {
            format!("the window '{}'", self.text)
        }
    }

    /// The sizes that it allows, if it is not one in which nothing is scaled.
    pub(crate) fn sizes(&self) -> Option<Sizes> {
        match self.allows {
            Allows::Sizes(sizes) => Some(sizes),
            Allows::Nothing => None,
        }
    }

    /// Whether it is of one day only.
    pub(crate) fn is_dated(&self) -> bool {
        matches!(self.days, Days::On(_))
    }
}

/// The time of day at a minute of it.
fn time(minute: u32) -> Time {
    let part = |number: u32| i8::try_from(number).unwrap_or(0);
    Time::new(part(minute / 60), part(minute % 60), 0, 0).unwrap_or(Time::midnight())
}
