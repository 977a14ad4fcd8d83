//! The lag that an application publishes: the reasons that its recent values give against a scale-in, and for a scale-out. Pure.

use super::alarm_set::AlarmSet;
use super::evidence::{PUBLISHING_DELAY, before};
use crate::metrics::known_metric;
use crate::{DataPoint, Policy};
use jiff::{SignedDuration, Timestamp};
use scaling::{Breach, LAG_OBJECTIVE_RATIO};
use std::fmt;

/// A published lag that allows no scale-in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum HighLag {
    /// The newest value is above the lag objective.
    AboveObjective {
        /// The metric.
        metric: &'static str,
        /// The newest value.
        newest: f64,
        /// The objective, in the unit of the metric.
        objective: f64,
    },
    /// The lag rises.
    Rising {
        /// The metric.
        metric: &'static str,
        /// The oldest value of the window.
        oldest: f64,
        /// The newest value.
        newest: f64,
    },
}

/// A published lag that shows for some minutes that a job does not keep up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LastingLag {
    /// A lag in time is high, and does not fall.
    Above {
        /// The metric.
        metric: &'static str,
        /// The lowest value of these minutes.
        lowest: f64,
        /// The lag from which on an application does not keep up, in the unit of the metric.
        limit: f64,
    },
    /// A lag in records rises.
    Rising {
        /// The metric.
        metric: &'static str,
        /// The oldest value of the window.
        oldest: f64,
        /// The newest value.
        newest: f64,
    },
}

/// The lags that an application publishes: of a Kinesis source, and of a Kafka source.
pub(super) const PUBLISHED_LAGS: [&str; 2] = ["millisBehindLatest", "records_lag_max"];

/// The minutes whose values show whether a lag rises or falls.
const TREND_WINDOW_MINUTES: i64 = 15;

/// The smallest number of values that show whether a lag rises or falls.
const LEAST_TREND_VALUES: usize = 10;

/// The minutes in which a lag that rises or falls never returns to zero. A job that reaches the end of its source once in this time keeps up. The
/// offsets that a Kafka source commits at a checkpoint, by default every minute, leave a lag that returns to zero with each checkpoint.
const NEVER_ZERO_MINUTES: usize = 5;

/// The share of all pairs of values by which the rising pairs outnumber the falling ones, from which on a lag rises (Kendall's tau). With
/// the opposite sign, a lag falls. A sequence of 15 random values exceeds it in less than one of 100 cases, and a sawtooth that is shorter than the window in none.
const TREND_TAU: f64 = 0.5;

/// The share of pairs, as above, from which on a lag in records scales out. It restarts the job, so that chance must be rarer than for a hold: a
/// sequence of 15 random values exceeds it in one of 30,000 cases.
const LASTING_TREND_TAU: f64 = 0.7;

/// The minutes for which a lag must last, and not fall, to scale out. A stall of a job that keeps up is shorter.
const LASTING_MINUTES: usize = 3;

/// The length of one data point.
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

impl HighLag {
    /// Returns the reason why the recent values of a published lag allow no scale-in, if there is one.
    ///
    /// A lag in time must be at most the objective. A lag in records has no objective: no metric has the time that its records need.
    pub(super) fn of(metric: &'static str, values: &[f64], objective_seconds: f64) -> Option<Self> {
        let (oldest, newest) = (*values.first()?, *values.last()?);
        let objective = unit(metric).map(|unit| objective_seconds / unit);
        if let Some(objective) = objective.filter(|objective| newest > *objective) {
            return Some(Self::AboveObjective { metric, newest, objective });
        }
        (trend(values) > TREND_TAU).then_some(Self::Rising { metric, oldest, newest })
    }
}

impl LastingLag {
    /// Returns the lag if it has lasted. A lag in time that falls is worked off. A lag in records has no limit, and must rise.
    pub(super) fn of(metric: &'static str, values: &[f64], objective_seconds: f64) -> Option<Self> {
        let Some(unit) = unit(metric) else {
            let (oldest, newest) = (*values.first()?, *values.last()?);
            return (trend(values) > LASTING_TREND_TAU).then_some(Self::Rising { metric, oldest, newest });
        };
        let limit = objective_seconds / LAG_OBJECTIVE_RATIO / unit;
        let newest = values.last_chunk::<LASTING_MINUTES>()?;
        let lowest = newest.iter().copied().fold(f64::INFINITY, f64::min);
        let is_falling = newest.last() < newest.first();
        (lowest > limit && !is_falling).then_some(Self::Above { metric, lowest, limit })
    }

    /// The lag as the breach of an alarm.
    pub(super) fn breach(self) -> Breach {
        let (value, threshold) = match self {
            Self::Above { lowest, limit, .. } => (lowest, limit),
            Self::Rising { oldest, newest, .. } => (newest, oldest),
        };
        Breach { value, threshold, is_additional: false, is_lag: true }
    }
}

/// The seconds in a unit of a lag in time. `None` for a lag in records.
fn unit(metric: &str) -> Option<f64> {
    known_metric(metric)?.kind.lag_seconds()
}

/// Whether a lag falls and is above zero.
pub(super) fn is_falling(values: &[f64]) -> bool {
    trend(values) < -TREND_TAU
}

/// The largest allowed lag in seconds: the objective of the policy, unless an alarm for scaling out allows more.
pub(super) fn lag_objective(policy: &Policy, alarms: &AlarmSet<'_>) -> f64 {
    let thresholds = alarms.outs.iter().flat_map(|watched| {
        let threshold = watched.alarm.threshold;
        watched.alarm.kinds().filter_map(move |kind| kind.lag_seconds().map(|unit| threshold * unit))
    });
    thresholds.fold(policy.lag_objective.as_secs_f64(), f64::max)
}

/// The values of the last [`TREND_WINDOW_MINUTES`] of a lag, if the newest is fresh. The data points are usable ones in their order.
pub(super) fn recent(points: &[DataPoint], now: Timestamp) -> Option<Vec<f64>> {
    let newest = points.last().filter(|point| point.start >= before(now, MINUTE * 2 + PUBLISHING_DELAY))?;
    let since = before(newest.start, MINUTE * i32::try_from(TREND_WINDOW_MINUTES - 1).unwrap_or(i32::MAX));
    Some(points.iter().filter(|point| point.start >= since).map(|point| point.value).collect())
}

/// The share of all pairs of values by which more pairs rise than fall. Zero if the values are too few, or if the last ones are not all
/// above zero.
fn trend(values: &[f64]) -> f64 {
    let has_enough = values.len() >= LEAST_TREND_VALUES;
    if !has_enough || values.iter().rev().take(NEVER_ZERO_MINUTES).any(|value| *value <= 0.0) {
        return 0.0;
    }
    let (mut rising, mut pairs) = (0.0, 0.0);
    for (index, earlier) in values.iter().enumerate() {
        for later in &values[index + 1..] {
            pairs += 1.0;
            rising += f64::from(i8::from(later > earlier) - i8::from(later < earlier));
        }
    }
    rising / pairs
}

impl fmt::Display for HighLag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AboveObjective { metric, newest, objective } => {
                write!(formatter, "{metric} is {newest:.0}, too much to scale in (> {objective:.0})")
            }
            Self::Rising { metric, oldest, newest } => write!(
                formatter,
                "{metric} rises, from {oldest:.0} to {newest:.0} within {TREND_WINDOW_MINUTES} minutes, too much to scale in"
            ),
        }
    }
}

impl fmt::Display for LastingLag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Above { metric, lowest, limit } => write!(
                formatter,
                "{metric} has been above {limit:.0} for {LASTING_MINUTES} minutes, at least {lowest:.0}"
            ),
            Self::Rising { metric, oldest, newest } => write!(
                formatter,
                "{metric} rises, from {oldest:.0} to {newest:.0} within {TREND_WINDOW_MINUTES} minutes"
            ),
        }
    }
}
