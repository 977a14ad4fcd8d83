//! Finds schedules that are valid and hardly meant: gaps of some minutes between windows.

use crate::overlap::{MINUTES_PER_WEEK, open_ranges};
use crate::window::{MINUTES_PER_DAY, Window};
use std::ops::Range;

/// The longest gap that counts as a mistake. A restart for bounds that hold so briefly ends after them.
const SHORT_GAP_MINUTES: i64 = 5;

/// Returns a warning for each window that ends at 23:59, or a few minutes before a window opens while no other window is open. A warning
/// names the window, its end, the consequence and the end that is probably meant.
pub(crate) fn gap_warnings(windows: &[Window]) -> Vec<String> {
    let mut warnings = Vec::new();
    for window in windows {
        let next = open_ranges(window).filter_map(|open| next_opening(windows, window, open.end)).min();
        let gap = next.filter(|gap| *gap <= SHORT_GAP_MINUTES);
        let minute_before_midnight = window.end == MINUTES_PER_DAY - 1;
        if gap.is_none() && !minute_before_midnight {
            continue;
        }
        let meant = window.end + gap.and_then(|gap| u32::try_from(gap).ok()).unwrap_or(1);
        let meant = if meant > MINUTES_PER_DAY { meant - MINUTES_PER_DAY } else { meant };
        let consequence = gap.map_or_else(
            || "which leaves out the last minute of the day".to_owned(),
            |gap| format!("{gap} min before a window opens; other bounds hold in between and can restart the job twice"),
        );
        // A window cannot end at the time of its start.
        let remedy = if meant == window.start {
            "write 0:00-24:00 for whole days".to_owned()
        } else {
            format!("let it end at {}", clock(meant))
        };
        warnings.push(format!("{} ends at {}, {consequence}; {remedy}", window.name(), clock(window.end)));
    }
    warnings
}

/// Returns the minutes from the end of a range of `window` to the next opening, or `None` if a window is open then.
fn next_opening(windows: &[Window], window: &Window, end: i64) -> Option<i64> {
    let others = || windows.iter().filter(|other| other.is_dated() == window.is_dated()).flat_map(repeated);
    let is_covered = others().any(|open| open.start <= end && end < open.end);
    let next = others().map(|open| open.start - end).filter(|gap| *gap > 0).min();
    next.filter(|_| !is_covered)
}

/// Returns the open ranges of a window, those of a weekly window also in the weeks before and after.
fn repeated(window: &Window) -> impl Iterator<Item = Range<i64>> {
    let weeks = if window.is_dated() { 0..=0 } else { -1..=1 };
    weeks.flat_map(|week| {
        open_ranges(window)
            .map(move |open| open.start + week * MINUTES_PER_WEEK..open.end + week * MINUTES_PER_WEEK)
    })
}

fn clock(minute: u32) -> String {
    format!("{}:{:02}", minute / 60, minute % 60)
}
