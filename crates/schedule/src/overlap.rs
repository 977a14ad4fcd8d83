//! Windows that are open at the same time and contradict each other.

use crate::window::{DAY, Days, Window};
use jiff::civil::Date;
use std::ops::Range;

/// The minutes of a week.
const WEEK: i64 = 7 * DAY as i64;

/// Two windows that are open at the same time by the clock on the wall, and allow no common size. Of windows that do, any number
/// does. One of a single day is not compared with one of every week, which does not count while it is open.
pub(crate) fn contradiction(windows: &[Window]) -> Option<(&Window, &Window)> {
    let pairs = windows
        .iter()
        .enumerate()
        .flat_map(|(index, one)| windows[index + 1..].iter().map(move |other| (one, other)));
    let mut contradicting = pairs.filter(|(one, other)| match (one.sizes(), other.sizes()) {
        (Some(sizes), Some(others)) => sizes.contradict(others),
        _ => false,
    });
    contradicting.find(|(one, other)| meet(one, other))
}

/// Whether they are ever open at the same time.
fn meet(one: &Window, other: &Window) -> bool {
    let touch = |one: &Range<i64>, other: &Range<i64>| one.start < other.end && other.start < one.end;
    match (one.days, other.days) {
        (Days::Weekly(days), Days::Weekly(others)) => {
            let other_weeks: Vec<_> = weekly(other, others).collect();
            // What lasts beyond Sunday goes on on Monday.
            weekly(one, days).any(|open| {
                let shifted = |weeks: i64| open.start + weeks * WEEK..open.end + weeks * WEEK;
                (-1..=1).any(|weeks| other_weeks.iter().any(|other| touch(&shifted(weeks), other)))
            })
        }
        (Days::On(date), Days::On(other_date)) => touch(&dated(one, date), &dated(other, other_date)),
        _ => false,
    }
}

/// When it is open, in minutes since Monday.
fn weekly(window: &Window, days: [bool; 7]) -> impl Iterator<Item = Range<i64>> {
    let opened = (0..).zip(days).filter(|(_, opens)| *opens);
    opened.map(|(day, _)| from(window, day * i64::from(DAY)))
}

/// When it is open, in minutes since a day long ago.
fn dated(window: &Window, date: Date) -> Range<i64> {
    let days = date.duration_since(Date::constant(2000, 1, 1)).as_hours() / 24;
    from(window, days * i64::from(DAY))
}

/// When it is open, if its day begins at `midnight`.
fn from(window: &Window, midnight: i64) -> Range<i64> {
    let start = midnight + i64::from(window.start);
    start..start + i64::from(window.minutes())
}
