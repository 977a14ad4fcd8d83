//! What the load will probably do next: what it did at this time on the past days, in proportion to now; or what it has begun to do.

use crate::signals::{FIVES_OF_A_DAY, Signals, mean, quantile};

/// The fives of minutes that tell what the load is now, and was then.
const NOW: usize = 2;

/// How many past days are looked at.
const DAYS: usize = 7;

/// How many of them show how low the load may be.
const SOME_DAYS: usize = 2;

/// The share of them that is not to have grown more.
const CAUTION: f64 = 0.9;

/// How many minutes in a row a load must have risen to grow fast, and by which factor.
const RISING: usize = 3;
const BY_HALF: f64 = 1.5;

/// The minutes from what is known now until another step could have been made: publishing, an update, a grace period.
const UNTIL_THE_NEXT_STEP: f64 = 8.0;

/// By which factor it is believed to grow on at most.
const MOST_GROWTH: f64 = 4.0;

/// This time on a past day.
struct PastDay<'a> {
    /// The load just before.
    before: f64,
    /// What followed.
    followed: &'a [Option<f64>],
}

/// The load of the coming fives of minutes, each as on the past days, as far as one of them tells.
pub(crate) fn forecast(load: &[Option<f64>], fives: usize) -> Vec<Option<f64>> {
    let Some(now) = before(load, load.len()) else { return Vec::new() };
    let days = past_days(load, fives);
    let of = |five: usize| {
        let told = || days.iter().filter_map(|day| Some((day.followed[five]?, day.before)));
        // A source that has fallen silent comes back: less than on each of some days it will hardly be.
        let lowest = if told().count() < SOME_DAYS {
            0.0
        } else {
            told().map(|(load, _)| load).fold(f64::MAX, f64::min)
        };
        cautious(told().map(|(load, before)| load / before)).map(|ratio| (ratio * now).max(lowest))
    };
    (0..fives).map(of).collect()
}

/// The highest load of the coming fives of minutes: as on the past days. `None` if no past day tells.
pub(crate) fn peak(load: &[Option<f64>], fives: usize) -> Option<f64> {
    let now = before(load, load.len())?;
    let ratio = |day: &PastDay| {
        let highest = day.followed.iter().flatten().copied().reduce(f64::max)?;
        Some(highest / day.before)
    };
    cautious(past_days(load, fives).iter().filter_map(ratio)).map(|ratio| ratio * now)
}

/// What a load that grows fast will be when the next step could be made, if it goes on like that. `None` unless it has risen in
/// each of the last minutes, and by half in all: then no past day tells, and a step for what arrives now would be too small
/// before it is done.
pub(crate) fn growing(signals: &Signals) -> Option<f64> {
    let minutes = signals.since(None, RISING + 1);
    let loads: Vec<f64> = minutes.iter().map_while(|minute| minute.load).collect();
    let (first, last) = (*loads.first()?, *loads.last()?);
    let rises = loads.len() == RISING + 1 && loads.windows(2).all(|pair| pair[1] > pair[0]);
    #[expect(clippy::cast_precision_loss, reason = "a few minutes")]
    let rise = (last - first) / RISING as f64;
    (rises && last >= first * BY_HALF).then(|| (last + rise * UNTIL_THE_NEXT_STEP).min(last * MOST_GROWTH))
}

fn past_days(days: &[Option<f64>], fives: usize) -> Vec<PastDay<'_>> {
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
    quantile(&mut values.collect::<Vec<_>>(), CAUTION)
}
