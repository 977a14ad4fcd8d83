//! The expected load: the present load and its changes after this time on the past days, or the continued growth of the last minutes.

use crate::signals::{BUCKETS_PER_DAY, Signals, mean, quantile};

/// Five-minute buckets in an hour.
pub(crate) const BUCKETS_PER_HOUR: f64 = 12.0;

/// The five-minute buckets whose mean is the present load, and the load at the same time of a past day.
const BASELINE_BUCKETS: usize = 2;

/// How many past days the lower bound of the forecast needs. A single day may be an exception.
const LEAST_DAYS_FOR_FLOOR: usize = 2;

/// The quantile of the changes on the past days that is expected, as a share of 1. Too few KPUs cost more than too many.
const CHANGE_QUANTILE: f64 = 0.8;

/// How many minutes in a row a load must have risen to be extrapolated. Fewer are frequent in a noisy load.
const RISING_MINUTES: usize = 3;

/// The least growth over these minutes, as a factor. A slower growth leaves time for another step.
const FAST_GROWTH_FACTOR: f64 = 1.5;

/// How far ahead a growing load is extrapolated, in minutes: publishing, an update and a cooldown pass before the next step.
const NEXT_STEP_DELAY_MINUTES: f64 = 8.0;

/// This time on a past day.
struct PastDay<'a> {
    /// The load just before.
    before: f64,
    /// The load in each five-minute bucket after it.
    followed: &'a [Option<f64>],
}

impl PastDay<'_> {
    /// The load to expect after `now`, if the change of this day to a load that followed repeats itself. The difference of two loads is known
    /// after silence too, and, other than their ratio, it is small while both are small.
    fn expects(&self, followed: f64, now: f64) -> f64 {
        (now + followed - self.before).max(0.0)
    }

    fn highest(&self) -> Option<f64> {
        self.followed.iter().flatten().copied().reduce(f64::max)
    }
}

/// The present load, and the past days that were measured at this time.
pub(crate) struct Forecast<'a> {
    now: Option<f64>,
    days: Vec<PastDay<'a>>,
    buckets: usize,
}

impl<'a> Forecast<'a> {
    /// Reads the past days for a forecast of the coming five-minute buckets.
    pub(crate) fn new(load: &'a [Option<f64>], buckets: usize) -> Self {
        let of = |day: usize| {
            let now = load.len().checked_sub(day * BUCKETS_PER_DAY)?;
            Some(PastDay { before: before(load, now)?, followed: load.get(now..now + buckets)? })
        };
        let days = (1..=load.len() / BUCKETS_PER_DAY).filter_map(of).collect();
        Self { now: before(load, load.len()), days, buckets }
    }

    /// Returns the expected load of each bucket. A bucket is `None` if it was measured on no past day.
    pub(crate) fn of_buckets(&self) -> Vec<Option<f64>> {
        let Some(now) = self.now else { return Vec::new() };
        let of = |bucket: usize| {
            let measured = || self.days.iter().filter_map(|day| Some((day, day.followed[bucket]?)));
            // A source that has fallen silent comes back, so the load is not expected to be lower than on each past day.
            let lowest = if measured().count() < LEAST_DAYS_FOR_FLOOR {
                0.0
            } else {
                measured().map(|(_, load)| load).fold(f64::MAX, f64::min)
            };
            cautious(measured().map(|(day, load)| day.expects(load, now))).map(|load| load.max(lowest))
        };
        (0..self.buckets).map(of).collect()
    }

    /// Returns the highest expected load. `None` if no past day was measured.
    pub(crate) fn peak(&self) -> Option<f64> {
        let now = self.now?;
        cautious(self.days.iter().filter_map(|day| Some(day.expects(day.highest()?, now))))
    }

    /// Returns the load that each past day reached. `None` if there are too few such days.
    pub(crate) fn reached(&self) -> Option<f64> {
        let highest: Vec<f64> = self.days.iter().filter_map(PastDay::highest).collect();
        (highest.len() >= LEAST_DAYS_FOR_FLOOR).then(|| highest.into_iter().reduce(f64::min))?
    }
}

/// Returns the load at the time of the next possible step, if a fast growth continues. `None` unless the load has risen in
/// each of the last minutes, and by half in all. The past days do not show such a growth, and a step for the present load would be too
/// small before it is finished.
pub(crate) fn extrapolated(signals: &Signals) -> Option<f64> {
    let minutes = signals.since(None, RISING_MINUTES + 1);
    let loads: Vec<f64> = minutes.iter().map_while(|minute| minute.load).collect();
    let (first, last) = (*loads.first()?, *loads.last()?);
    let rises = loads.len() == RISING_MINUTES + 1 && loads.windows(2).all(|pair| pair[1] > pair[0]);
    #[expect(clippy::cast_precision_loss, reason = "a few minutes")]
    let rise = (last - first) / RISING_MINUTES as f64;
    (rises && last >= first * FAST_GROWTH_FACTOR).then_some(last + rise * NEXT_STEP_DELAY_MINUTES)
}

/// Returns the mean load of the five-minute buckets before one.
fn before(days: &[Option<f64>], bucket: usize) -> Option<f64> {
    mean(days[bucket.checked_sub(BASELINE_BUCKETS)?..bucket].iter().copied().flatten())
}

/// Returns an expected load that few past days exceed.
fn cautious(values: impl Iterator<Item = f64>) -> Option<f64> {
    quantile(&mut values.collect::<Vec<_>>(), CHANGE_QUANTILE)
}
