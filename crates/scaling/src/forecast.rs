//! What the load will probably do next: what it did at this time on the past days, in proportion to now.

use crate::signals::{FIVES_OF_A_DAY, Signals, mean, quantile};

/// The fives of minutes that tell what the load is now, and was then.
const NOW: usize = 2;

/// How many past days are looked at.
const DAYS: usize = 7;

/// This time on a past day.
struct PastDay<'a> {
    /// The load just before.
    before: f64,
    /// What followed.
    followed: &'a [Option<f64>],
}

/// The load of the coming fives of minutes, each as on the past days. It ends where no past day tells.
pub(crate) fn forecast(signals: &Signals, fives: usize) -> Vec<f64> {
    let Some(now) = before(signals.days, signals.days.len()) else { return Vec::new() };
    let days = past_days(signals, fives);
    let of = |five: usize| {
        let ratio = |day: &PastDay| Some(day.followed[five]? / day.before);
        cautious(days.iter().filter_map(ratio)).map(|ratio| ratio * now)
    };
    (0..fives).map_while(of).collect()
}

/// The highest load of the coming fives of minutes: as on the past days. `None` if no past day tells.
pub(crate) fn peak(signals: &Signals, fives: usize) -> Option<f64> {
    let now = before(signals.days, signals.days.len())?;
    let ratio = |day: &PastDay| {
        let highest = day.followed.iter().flatten().copied().reduce(f64::max)?;
        Some(highest / day.before)
    };
    cautious(past_days(signals, fives).iter().filter_map(ratio)).map(|ratio| ratio * now)
}

fn past_days<'a>(signals: &Signals<'a>, fives: usize) -> Vec<PastDay<'a>> {
    let days = signals.days;
    let of = |day: usize| {
        let now = days.len().checked_sub(day * FIVES_OF_A_DAY)?;
        let before = before(days, now).filter(|before| *before > 0.0)?;
        Some(PastDay { before, followed: days.get(now..now + fives)? })
    };
    (1..=DAYS).filter_map(of).collect()
}

/// The mean load of the fives of minutes before one.
fn before(days: &[Option<f64>], five: usize) -> Option<f64> {
    mean(days[five.checked_sub(NOW)?..five].iter().copied().flatten())
}

/// More than it was on most past days, for too few KPUs cost more than too many.
fn cautious(values: impl Iterator<Item = f64>) -> Option<f64> {
    quantile(&mut values.collect::<Vec<_>>(), 0.75)
}
