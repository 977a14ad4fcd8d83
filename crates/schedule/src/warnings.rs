//! Finds schedules that are valid and hardly meant: gaps of some minutes between windows.

use crate::overlap::{MINUTES_PER_WEEK, open_ranges};
use crate::window::{MINUTES_PER_DAY, Window};
use std::ops::Range;

/// The longest gap that counts as a mistake. A restart for bounds that hold so briefly ends after them.
const SHORT_GAP_MINUTES: i64 = 5;

/// The consequence of a short gap.
const RESTARTS: &str = "other bounds hold in between and can restart the job twice";

/// Returns a warning for each window that ends at 23:59, or a few minutes before a window opens while no other window is open, and for each
/// dated window that begins a few minutes after a weekly window. A warning names the window, its time, the consequence and the time that is
/// probably meant.
pub(crate) fn gap_warnings(windows: &[Window]) -> Vec<String> {
    let ends = windows.iter().filter_map(|window| end_warning(windows, window));
    let dated = windows.iter().filter(|window| window.is_dated());
    ends.chain(dated.filter_map(|window| start_warning(windows, window))).collect()
}

fn end_warning(windows: &[Window], window: &Window) -> Option<String> {
    let next = open_ranges(window).filter_map(|open| next_opening(windows, window, open.end)).min();
    let gap = next.filter(|gap| *gap <= SHORT_GAP_MINUTES);
    if gap.is_none() && !ends_before_midnight(window) {
        return None;
    }
    let meant = window.end + gap.and_then(|gap| u32::try_from(gap).ok()).unwrap_or(1);
    let meant = if meant > MINUTES_PER_DAY { meant - MINUTES_PER_DAY } else { meant };
    let consequence = gap.map_or_else(
        || "which leaves out the last minute of the day".to_owned(),
        |gap| format!("{gap} min before a window opens; {RESTARTS}"),
    );
    // A window cannot end at the time of its start.
    let remedy = if meant == window.start {
        "write 0:00-24:00 for whole days".to_owned()
    } else {
        format!("let it end at {}", clock(meant))
    };
    Some(format!("{} ends at {}, {consequence}; {remedy}", window.name(), clock(window.end)))
}

/// Returns a warning about a dated window that begins a few minutes after a weekly window. A later end of the weekly window would hold in
/// every week.
fn start_warning(windows: &[Window], window: &Window) -> Option<String> {
    let start = open_ranges(window).next()?.start;
    // A window that ends at 23:59 has a warning of its own.
    let weekly = windows.iter().filter(|other| !other.is_dated() && !ends_before_midnight(other));
    let ends = weekly.flat_map(|other| repeated(other, start).map(move |open| (open.end, other)));
    let is_open =
        |at: i64| windows.iter().flat_map(|other| repeated(other, at)).any(|open| open.contains(&at));
    let (end, before) = ends.filter(|(end, _)| *end < start && !is_open(*end)).max_by_key(|(end, _)| *end)?;
    let gap = u32::try_from(start - end).ok().filter(|gap| i64::from(*gap) <= SHORT_GAP_MINUTES)?;
    // A window cannot begin on the day before its date, and not at the time of its end.
    let remedy = match window.start.checked_sub(gap).filter(|meant| *meant != window.end) {
        Some(meant) => format!("let it begin at {}", clock(meant)),
        None => format!("let {} end at {}", before.name(), clock(window.start)),
    };
    let (name, begins) = (window.name(), clock(window.start));
    Some(format!("{name} begins at {begins}, {gap} min after {} ends; {RESTARTS}; {remedy}", before.name()))
}

fn ends_before_midnight(window: &Window) -> bool {
    window.end == MINUTES_PER_DAY - 1
}

/// Returns the minutes from the end of a range of `window` to the next opening, or `None` if a window is open then. The end of a weekly window
/// has no date, so that only weekly windows open after it.
fn next_opening(windows: &[Window], window: &Window, end: i64) -> Option<i64> {
    let others = || {
        let others = windows.iter().filter(|other| window.is_dated() || !other.is_dated());
        others.flat_map(|other| repeated(other, end))
    };
    let is_covered = others().any(|open| open.contains(&end));
    let next = others().map(|open| open.start - end).filter(|gap| *gap > 0).min();
    next.filter(|_| !is_covered)
}

/// Returns the open ranges of a window: those of a weekly window in the week of the minute `around`, and in the weeks before and after.
fn repeated(window: &Window, around: i64) -> impl Iterator<Item = Range<i64>> {
    let week = around.div_euclid(MINUTES_PER_WEEK);
    let weeks = if window.is_dated() { 0..=0 } else { week - 1..=week + 1 };
    weeks.flat_map(|week| {
        open_ranges(window)
            .map(move |open| open.start + week * MINUTES_PER_WEEK..open.end + week * MINUTES_PER_WEEK)
    })
}

fn clock(minute: u32) -> String {
    format!("{}:{:02}", minute / 60, minute % 60)
}
