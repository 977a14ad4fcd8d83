//! The health of the Flink job: its restarts, and the lag that it publishes. Pure.

use super::alarm_set::AlarmSet;
use super::evidence::{PUBLISHING_DELAY, before};
use crate::history::Epoch;
use crate::metrics::{APPLICATION, known_metric};
use crate::ports::job_metric;
use crate::{DataPoint, Policy, Query, Series, Source, job_query_id};
use jiff::{SignedDuration, Timestamp};
use std::fmt;

/// The observations on the health of a job that speak against a scaling. A metric that is not published speaks against none.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct JobHealth {
    /// The number of restarts, if the job restarts in a loop.
    pub restart_loop: Option<u32>,
    /// The reason why the published lag allows no scale-in.
    pub lag: Option<HighLag>,
    /// Whether a published lag falls and is above zero: the job works off a backlog.
    pub is_catching_up: bool,
}

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

/// The time in which restarts count.
pub const RESTART_WINDOW: SignedDuration = SignedDuration::from_mins(30);

/// The restarts within [`RESTART_WINDOW`] from which on a job restarts in a loop. One restart is a machine that was lost.
const LOOP_RESTARTS: u32 = 2;

/// The shortest time without a restart after which a loop is over. Half of the default window of the scale-in alarm (20 minutes) then has
/// the utilization of a job that runs.
const LEAST_QUIET: SignedDuration = SignedDuration::from_mins(10);

/// The smallest difference between two start times of a job that shows a restart. Flink reports its metrics every 15 s or more often.
const UPTIME_TOLERANCE: SignedDuration = SignedDuration::from_secs(30);

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

/// The length of one data point.
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// The metrics of the health, in `AWS/KinesisAnalytics`. `fullRestarts` is named `numRestarts` from Flink 2 on.
///
/// Sources: "Use CloudWatch metrics with Amazon Managed Service for Apache Flink"; the metrics page of Flink for the meaning of each.
const COUNTERS: [&str; 2] = ["fullRestarts", "numRestarts"];
const UPTIME: &str = "uptime";

/// The lags that an application publishes: of a Kinesis source, and of a Kafka source.
const PUBLISHED_LAGS: [&str; 2] = ["millisBehindLatest", "records_lag_max"];

/// The queries for the health of an application's job. The id of each is the name of its metric after a prefix, which no alarm uses.
///
/// A lag has dimensions of its own for each source, and Flink 2's counter has undocumented ones, so that the queries search. `Maximum`: the
/// worst source or subtask decides, and a gauge that only grows is read at the end of its minute.
pub(crate) fn queries(application: &str) -> Vec<Query> {
    let names = COUNTERS.into_iter().chain([UPTIME]).chain(PUBLISHED_LAGS);
    let query = |name: &str| Query {
        id: job_query_id(name),
        source: Source::Expression {
            text: format!(
                "SEARCH('Namespace=\"{APPLICATION}\" MetricName=\"{name}\" Application=\"{application}\"', 'Maximum', 60)"
            ),
            label: None,
            period: None,
        },
        account: None,
        returns_data: true,
    };
    names.map(query).collect()
}

/// The earliest start of a data point that the health needs.
pub(crate) fn oldest(now: Timestamp) -> Timestamp {
    before(now, RESTART_WINDOW.saturating_add(MINUTE))
}

impl JobHealth {
    /// Judges the series that the queries have found. Only data points since the last operation count: an update starts a new job, whose
    /// counters begin at zero.
    #[must_use]
    pub fn of(
        series: &[Series],
        policy: &Policy,
        alarms: &AlarmSet<'_>,
        epoch: Epoch,
        now: Timestamp,
    ) -> Self {
        let Ok(since) = epoch.since() else { return Self::default() };
        let found = |name: &str| -> Vec<Vec<DataPoint>> {
            let of_it = series.iter().filter(|one| job_metric(&one.query) == Some(name));
            of_it.map(|one| usable(&one.points, since, now)).collect()
        };
        let counted = COUNTERS.iter().flat_map(|name| found(name)).map(|points| Restarts::counted(&points));
        let uptimes = found(UPTIME).into_iter().map(|points| Restarts::new_starts(&points));
        let loops = counted.chain(uptimes).filter(|restarts| restarts.is_loop(now));
        let objective = lag_objective(policy, alarms);
        let of_metric = |name: &&'static str| {
            let name = *name;
            found(name).into_iter().filter_map(move |points| Some((name, recent(&points, now)?)))
        };
        let lags: Vec<_> = PUBLISHED_LAGS.iter().flat_map(of_metric).collect();
        Self {
            restart_loop: loops.map(|restarts| restarts.count).max(),
            lag: lags.iter().find_map(|(name, values)| high_lag(name, values, objective)),
            is_catching_up: lags.iter().any(|(_, values)| trend(values) < -TREND_TAU),
        }
    }
}

/// The data points of whole minutes since a time within the window, in their order. A negative value is no value: a Kinesis source
/// publishes a lag of -1 until it has read a record, and Flink an uptime of -1 for a job that has ended.
fn usable(points: &[DataPoint], since: Timestamp, now: Timestamp) -> Vec<DataPoint> {
    let oldest = oldest(now).max(since);
    let is_usable = |point: &DataPoint| {
        point.start >= oldest
            && now.duration_since(point.start) >= MINUTE
            && point.value.is_finite()
            && point.value >= 0.0
    };
    let mut usable = points.to_vec();
    usable.retain(is_usable);
    usable.sort_by_key(|point| point.start);
    usable
}

/// The restarts that one series shows.
#[derive(Clone, Copy, Default)]
struct Restarts {
    count: u32,
    newest: Option<Timestamp>,
}

impl Restarts {
    /// Adds up the restarts between each data point and the next.
    fn between(points: &[DataPoint], restarts: impl Fn(&DataPoint, &DataPoint) -> f64) -> Self {
        points.windows(2).fold(Self::default(), |sum, pair| match restarts(&pair[0], &pair[1]) {
            more if more >= 1.0 => {
                // The cast saturates.
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a positive count"
                )]
                let count = sum.count.saturating_add(more as u32);
                Self { count, newest: Some(pair[1].start) }
            }
            _ => sum,
        })
    }

    /// The restarts by a counter. It counts since the job was submitted, so that its first value is the base. A counter that has fallen was
    /// reset, by a job manager that was replaced, and has counted from zero.
    fn counted(points: &[DataPoint]) -> Self {
        Self::between(points, |earlier, later| {
            if later.value < earlier.value { later.value } else { later.value - earlier.value }
        })
    }

    /// The restarts by the uptime, in milliseconds: the moments at which the start of the job, the time minus the uptime, has moved. A job
    /// that restarts several times within a minute counts once, and a job that does not run, with an uptime of zero, not at all.
    fn new_starts(points: &[DataPoint]) -> Self {
        let running: Vec<DataPoint> = points.iter().filter(|point| point.value > 0.0).copied().collect();
        Self::between(&running, |earlier, later| {
            let passed = later.start.duration_since(earlier.start) - UPTIME_TOLERANCE;
            f64::from(u8::from(later.value < earlier.value + passed.as_secs_f64() * 1_000.0))
        })
    }

    /// Whether a loop goes on. It is over when the job has run for twice the mean time between its restarts, and not sooner than
    /// [`LEAST_QUIET`].
    fn is_loop(self, now: Timestamp) -> bool {
        let mean = RESTART_WINDOW / i32::try_from(self.count.max(1)).unwrap_or(i32::MAX);
        let quiet = mean.saturating_mul(2).max(LEAST_QUIET);
        self.count >= LOOP_RESTARTS && self.newest.is_some_and(|newest| now.duration_since(newest) < quiet)
    }
}

/// The largest allowed lag in seconds: the objective of the policy, unless an alarm for scaling out allows more.
fn lag_objective(policy: &Policy, alarms: &AlarmSet<'_>) -> f64 {
    let thresholds = alarms.outs.iter().flat_map(|watched| {
        let threshold = watched.alarm.threshold;
        watched.alarm.kinds().filter_map(move |kind| kind.lag_seconds().map(|unit| threshold * unit))
    });
    thresholds.fold(policy.lag_objective.as_secs_f64(), f64::max)
}

/// The values of the last [`TREND_WINDOW_MINUTES`] of a lag, if the newest is fresh. The data points are usable ones in their order.
fn recent(points: &[DataPoint], now: Timestamp) -> Option<Vec<f64>> {
    let newest = points.last().filter(|point| point.start >= before(now, MINUTE * 2 + PUBLISHING_DELAY))?;
    let since = before(newest.start, MINUTE * i32::try_from(TREND_WINDOW_MINUTES - 1).unwrap_or(i32::MAX));
    Some(points.iter().filter(|point| point.start >= since).map(|point| point.value).collect())
}

/// Returns the reason why the recent values of a published lag allow no scale-in, if there is one.
///
/// A lag in time must be at most the objective. A lag in records has no objective: no metric has the time that its records need.
fn high_lag(metric: &'static str, values: &[f64], objective_seconds: f64) -> Option<HighLag> {
    let (oldest, newest) = (*values.first()?, *values.last()?);
    let objective =
        known_metric(metric).and_then(|known| known.kind.lag_seconds()).map(|unit| objective_seconds / unit);
    if let Some(objective) = objective.filter(|objective| newest > *objective) {
        return Some(HighLag::AboveObjective { metric, newest, objective });
    }
    (trend(values) > TREND_TAU).then_some(HighLag::Rising { metric, oldest, newest })
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
