//! The health of the Flink job: its restarts, and the lag that it publishes. Pure.

use super::alarm_set::AlarmSet;
use super::evidence::before;
use super::published_lag::{HighLag, LastingLag, PUBLISHED_LAGS, is_falling, lag_objective, recent};
use crate::history::Epoch;
use crate::metrics::APPLICATION;
use crate::ports::job_metric;
use crate::{DataPoint, Policy, Query, Series, Source, job_query_id};
use jiff::{SignedDuration, Timestamp};

/// The observations on the health of a job that speak against a scaling. A metric that is not published speaks against none.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct JobHealth {
    /// The number of restarts, if the job restarts in a loop.
    pub restart_loop: Option<u32>,
    /// The reason why the published lag allows no scale-in.
    pub lag: Option<HighLag>,
    /// The published lag that scales out by demand.
    pub lasting_lag: Option<LastingLag>,
    /// Whether a published lag falls and is above zero: the job works off a backlog.
    pub is_catching_up: bool,
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

/// The length of one data point.
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// The metrics of the health, in `AWS/KinesisAnalytics`. `fullRestarts` is named `numRestarts` from Flink 2 on.
///
/// Sources: "Use CloudWatch metrics with Amazon Managed Service for Apache Flink"; the metrics page of Flink for the meaning of each.
const COUNTERS: [&str; 2] = ["fullRestarts", "numRestarts"];
const UPTIME: &str = "uptime";

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
            lag: lags.iter().find_map(|(name, values)| HighLag::of(name, values, objective)),
            lasting_lag: lags.iter().find_map(|(name, values)| LastingLag::of(name, values, objective)),
            is_catching_up: lags.iter().any(|(_, values)| is_falling(values)),
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
