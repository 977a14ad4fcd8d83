//! Finds windows that are open at the same time and allow no common size.

use crate::window::{Days, MINUTES_PER_DAY, Window};
use jiff::civil::Date;
use std::ops::Range;

/// Minutes in a week.
pub(crate) const MINUTES_PER_WEEK: i64 = 7 * MINUTES_PER_DAY as i64;

/// Returns two windows that are open at the same local time and allow no common size. Comparing pairs is sufficient: if
/// each pair has a common size, all have one. Dated and weekly windows are not compared, because an open dated window
/// overrides weekly windows.
pub(crate) fn contradiction(windows: &[Window]) -> Option<(&Window, &Window)> {
    let pairs = windows
        .iter()
        .enumerate()
        .flat_map(|(index, one)| windows[index + 1..].iter().map(move |other| (one, other)));
    let mut contradicting = pairs.filter(|(one, other)| match (one.sizes(), other.sizes()) {
        (Some(sizes), Some(others)) => sizes.contradict(others),
        _ => false,
    });
    contradicting.find(|(one, other)| overlap(one, other))
}

/// Returns whether two windows are ever open at the same time.
fn overlap(one: &Window, other: &Window) -> bool {
    let touch = |one: &Range<i64>, other: &Range<i64>| one.start < other.end && other.start < one.end;
    match (one.days, other.days) {
        (Days::Weekly(days), Days::Weekly(others)) => {
            let other_weeks: Vec<_> = weekly(other, others).collect();
            // A window that ends after Sunday continues on Monday.
            weekly(one, days).any(|open| {
                let shifted =
                    |weeks: i64| open.start + weeks * MINUTES_PER_WEEK..open.end + weeks * MINUTES_PER_WEEK;
                (-1..=1).any(|weeks| other_weeks.iter().any(|other| touch(&shifted(weeks), other)))
            })
        }
        (Days::On(date), Days::On(other_date)) => touch(&dated(one, date), &dated(other, other_date)),
        _ => false,
    }
}

/// Returns the open ranges of a window: in minutes since Monday 0:00 for a weekly window, and since a certain Monday for a dated window.
pub(crate) fn open_ranges(window: &Window) -> impl Iterator<Item = Range<i64>> {
    let (days, date) = match window.days {
        Days::Weekly(days) => (days, None),
        Days::On(date) => ([false; 7], Some(date)),
    };
    weekly(window, days).chain(date.map(|date| dated(window, date)))
}

/// Returns the open ranges of a weekly window, in minutes since Monday 0:00.
fn weekly(window: &Window, days: [bool; 7]) -> impl Iterator<Item = Range<i64>> {
    let opened = (0..).zip(days).filter(|(_, opens)| *opens);
    opened.map(|(day, _)| from(window, day * i64::from(MINUTES_PER_DAY)))
}

/// Returns the open range of a dated window, in minutes since a certain Monday.
fn dated(window: &Window, date: Date) -> Range<i64> {
    let days = date.duration_since(Date::constant(2000, 1, 3)).as_hours() / 24;
    from(window, days * i64::from(MINUTES_PER_DAY))
}

/// Returns the open range of a window on the day that begins at the minute `midnight`.
fn from(window: &Window, midnight: i64) -> Range<i64> {
    let start = midnight + i64::from(window.start);
    start..start + i64::from(window.minutes())
}
