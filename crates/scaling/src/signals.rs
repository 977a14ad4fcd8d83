//! The measurements of a resource and of its load.

use crate::Breach;
use jiff::{SignedDuration, Timestamp};

/// The measurements of one minute. A value that was not published is absent, and never zero.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Minute {
    /// The arrivals, in any unit: records per second, or bytes per minute.
    pub load: Option<f64>,
    /// The age of the oldest waiting record, in seconds.
    pub lag: Option<f64>,
    /// The processed records, in any unit. It replaces the load where no arrivals are measured.
    pub throughput: Option<f64>,
    /// How busy the resource is, as a share of 1: its CPU utilization, or its busy time.
    pub busy: Option<f64>,
}

/// The measurements until now.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Signals<'a> {
    /// The breaching alarms that are known.
    pub breaches: &'a [Breach],
    /// The end of the newest minute.
    pub until: Timestamp,
    /// Minute by minute, without a gap, the newest last.
    pub minutes: &'a [Minute],
    /// The lag from which on the application does not keep up, in seconds. For an alarm on a lag, it is the threshold for a scale-out.
    pub lag_threshold: f64,
    /// How long an update of this resource takes. `None` if no update was measured.
    pub restart: Option<SignedDuration>,
}

/// Five-minute buckets in a day.
pub(crate) const BUCKETS_PER_DAY: usize = 288;

/// The lag up to which the application keeps up, as a multiple of the lag from which on it does not. It is below 1, so that a lag just
/// below the threshold of an alarm does not count as keeping up.
const LOW_LAG_RATIO: f64 = 0.75;

impl Signals<'_> {
    /// Returns the lag up to which the application keeps up with its load, in seconds.
    pub(crate) fn low_lag(&self) -> f64 {
        LOW_LAG_RATIO * self.lag_threshold
    }

    /// Returns the minutes that lie completely after `since`, at most the last `most` of them.
    pub(crate) fn since(&self, since: Option<Timestamp>, most: usize) -> &[Minute] {
        let after = since.map_or(usize::MAX, |since| {
            usize::try_from(self.until.duration_since(since).as_mins()).unwrap_or(0)
        });
        let count = after.min(most).min(self.minutes.len());
        &self.minutes[self.minutes.len() - count..]
    }

    /// Returns the mean load of the last `count` minutes in which it was measured. `None` if it was measured in none.
    pub(crate) fn load(&self, count: usize) -> Option<f64> {
        mean_load(&self.minutes[self.minutes.len().saturating_sub(count)..])
    }
}

/// Returns the mean load of the minutes in which it was measured. `None` if it was measured in none.
pub(crate) fn mean_load(minutes: &[Minute]) -> Option<f64> {
    mean(minutes.iter().filter_map(|minute| minute.load))
}

/// Returns the mean, or `None` without a value.
pub(crate) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    (count > 0.0).then(|| sum / count)
}

/// Returns the quantile of a share from 0 to 1, interpolated between two values. `None` without a value. Sorts the values.
#[must_use]
pub fn quantile(values: &mut [f64], share: f64) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    #[expect(clippy::cast_precision_loss, reason = "a week has far fewer than 2^52 minutes")]
    let position = share * last as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share is from 0 to 1")]
    let below = position.floor() as usize;
    let (lower, upper) = (values[below], values[(below + 1).min(last)]);
    Some(lower + (upper - lower) * position.fract())
}
