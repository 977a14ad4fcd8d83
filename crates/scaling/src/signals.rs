//! What was measured of a resource and of its load.

use crate::Breach;
use jiff::{SignedDuration, Timestamp};

/// What was measured in one minute. What was not published is absent, and never zero.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Minute {
    /// What arrived, in any unit: records per second, or bytes in a minute.
    pub load: Option<f64>,
    /// The age of the oldest record that waits, in seconds.
    pub lag: Option<f64>,
    /// How busy the resource is, as a share of 1: its CPU utilisation, or its busy time.
    pub busy: Option<f64>,
}

/// What was measured until now.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Signals<'a> {
    /// The alarms that ring, as far as that is known.
    pub breaches: &'a [Breach],
    /// The end of the newest minute.
    pub until: Timestamp,
    /// Minute by minute, without a gap, the newest last.
    pub minutes: &'a [Minute],
    /// Above it, in seconds, the alarm to scale out counts a lag.
    pub lag_threshold: f64,
    /// How long an update of this resource takes.
    pub restart: Option<SignedDuration>,
}

/// The fives of minutes in a day.
pub(crate) const FIVES_OF_A_DAY: usize = 288;

impl Signals<'_> {
    /// The minutes that lie wholly after `since`, at most the last `most` of them.
    pub(crate) fn since(&self, since: Option<Timestamp>, most: usize) -> &[Minute] {
        let after = since.map_or(usize::MAX, |since| {
            usize::try_from(self.until.duration_since(since).as_mins()).unwrap_or(0)
        });
        let count = after.min(most).min(self.minutes.len());
        &self.minutes[self.minutes.len() - count..]
    }

    /// The mean load of the last `count` minutes, as far as it was measured.
    pub(crate) fn load(&self, count: usize) -> Option<f64> {
        mean_load(&self.minutes[self.minutes.len().saturating_sub(count)..])
    }
}

/// The mean load of some minutes, as far as it was measured.
pub(crate) fn mean_load(minutes: &[Minute]) -> Option<f64> {
    mean(minutes.iter().filter_map(|minute| minute.load))
}

/// The mean, if there is anything.
pub(crate) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    (count > 0.0).then(|| sum / count)
}

/// The value below which a share of the values lies, between two of them in proportion. The values are sorted for it.
#[must_use]
pub fn quantile(values: &mut [f64], share: f64) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    #[expect(clippy::cast_precision_loss, reason = "a week has far fewer than 2^52 minutes")]
    let position = share * last as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share is from 0 to 1")]
    let below = position.floor() as usize;
    let (lower, upper) = (values[below], values[(below + 1).min(last)]);
    Some(lower + (upper - lower) * position.fract())
}
