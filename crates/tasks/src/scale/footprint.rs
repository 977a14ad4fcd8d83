//! Reads the heap and the state of a job, which limit a scale-in.

use crate::check::before;
use crate::metrics::APPLICATION;
use crate::{Alarm, Alarms, DataPoint, Policy, Query, Series, Source, TaskError, job_query_id};
use jiff::{SignedDuration, Timestamp};
use scaling::{Footprint, Shortage, Unit, Units};

/// The metric of the used heap, as a percentage of the committed heap. Flink starts a task manager with its whole heap committed. Each task
/// manager publishes one sample a minute.
///
/// Sources: "Use CloudWatch metrics with Amazon Managed Service for Apache Flink"; Flink, "Set up `TaskManager` Memory", "JVM Parameters".
pub const HEAP_METRIC: &str = "heapMemoryUtilization";

/// The metric of the size of the newest checkpoint, in bytes.
pub const STATE_METRIC: &str = "lastCheckpointSize";

/// The minutes whose lowest mean over the task managers is the used heap. Used heap is live objects and garbage, so that each value is an upper
/// bound of the live objects, and the lowest one, just after garbage collections, is the closest.
pub const HEAP_WINDOW: SignedDuration = SignedDuration::from_mins(60);

/// The time after a change in which the heap does not count. A task manager starts with an empty heap.
const HEAP_WARM_UP: SignedDuration = SignedDuration::from_mins(5);

/// The longest wait for a heap after this time. CloudWatch publishes a minute a few minutes later.
const LONGEST_HEAP_WAIT: SignedDuration = SignedDuration::from_mins(5);

/// The time whose largest checkpoint is the state. An incremental checkpoint is smaller than the state, and the first one after a restart is
/// complete.
const STATE_WINDOW: SignedDuration = SignedDuration::from_hours(24);

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const HOUR: SignedDuration = SignedDuration::from_hours(1);
const BYTES_PER_GIGABYTE: f64 = 1e9;

/// Reads the footprint of an application, by one call. A stream has none. If CloudWatch rejects the call, nothing is known, with a warning: a
/// missing metric must not block a scale-in.
pub(super) async fn read(
    policy: &Policy,
    last_change: Option<Timestamp>,
    now: Timestamp,
    alarms: &impl Alarms,
) -> Result<(Footprint, Option<String>), TaskError> {
    if !policy.kind().has_job {
        return Ok((Footprint::default(), None));
    }
    let (series, warning) =
        match alarms.data_points(&metrics(&policy.resource), before(now, STATE_WINDOW), now).await {
            Ok(series) => (series, None),
            Err(rejected @ TaskError::Fatal(_)) => {
                let unknown = "the smaller size may not hold its heap and its state, which are unknown";
                (Vec::new(), Some(format!("{rejected}; {unknown}")))
            }
            Err(error) => return Err(error),
        };
    Ok((footprint(&series, policy, last_change, now), warning))
}

/// The two metrics as an alarm.
fn metrics(application: &str) -> Alarm {
    let query = |name: &str, statistic: &str, period| Query {
        id: job_query_id(name),
        source: Source::Metric {
            namespace: APPLICATION.to_owned(),
            name: name.to_owned(),
            dimensions: vec![("Application".to_owned(), application.to_owned())],
            statistic: statistic.to_owned(),
            period,
            unit: None,
        },
        account: None,
        returns_data: true,
    };
    let queries = vec![query(HEAP_METRIC, "Average", MINUTE), query(STATE_METRIC, "Maximum", HOUR)];
    Alarm::of_queries(format!("{application}, its heap and its state"), MINUTE, 1, queries)
}

/// Returns the footprint that the series show, for an application that was changed last at `last_change`. The state is at least
/// `StateGigabytes`, because incremental checkpoints do not show the whole state.
#[must_use]
pub fn footprint(
    series: &[Series],
    policy: &Policy,
    last_change: Option<Timestamp>,
    now: Timestamp,
) -> Footprint {
    let points = |name: &str| -> Vec<DataPoint> {
        let wanted = job_query_id(name);
        let of_it = series.iter().filter(|one| one.query == wanted).flat_map(|one| &one.points);
        of_it.filter(|point| point.value.is_finite() && point.value >= 0.0).copied().collect()
    };
    let heaps = points(HEAP_METRIC);
    let warm = last_change.map(|change| change.checked_add(HEAP_WARM_UP).unwrap_or(Timestamp::MAX));
    let oldest = before(now, HEAP_WINDOW).max(warm.unwrap_or(Timestamp::MIN));
    let counts = |point: &&DataPoint| point.start >= oldest && now.duration_since(point.start) >= MINUTE;
    let heap = heaps.iter().filter(counts).map(|point| point.value / 100.0).reduce(f64::min);
    let is_young = warm.is_some_and(|warm| now.duration_since(warm) < LONGEST_HEAP_WAIT);
    let awaits_heap = heap.is_none() && is_young && !heaps.is_empty();
    let published =
        points(STATE_METRIC).iter().map(|point| point.value / BYTES_PER_GIGABYTE).reduce(f64::max);
    let stated = Some(policy.state_gigabytes).filter(|stated| *stated > 0.0);
    Footprint { heap, awaits_heap, state_gigabytes: published.into_iter().chain(stated).reduce(f64::max) }
}

/// The explanation why a size of one unit less than `size` does not hold the footprint of the present size `from`. `None` if it does.
pub(super) fn shortage_below(size: Units, from: Units, footprint: Footprint, unit: Unit) -> Option<String> {
    let smaller = Units::new(size.count() - 1)?;
    let kpus = unit.words(smaller);
    Some(match footprint.shortage(from, smaller)? {
        Shortage::Heap { now, then, ceiling } => format!(
            "{HEAP_METRIC} is {:.0} at {}, and {kpus} would use {:.0} % of their heap, with at most {:.0} % allowed",
            now * 100.0,
            unit.words(from),
            then * 100.0,
            ceiling * 100.0
        ),
        Shortage::Storage { state, most } => {
            format!("its state is {state:.0} GB, and {kpus} hold at most {most:.0} GB")
        }
    })
}
