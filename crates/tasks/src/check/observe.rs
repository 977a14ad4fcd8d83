//! Reads the observations that `check` needs.

use super::alarm_set::AlarmSet;
use super::contributors::read_series;
use super::evidence::{Reading, is_silent, is_usable, oldest_evaluated, oldest_fresh, since};
use super::job_health::{self, JobHealth};
use super::judge::{Observed, missing_readings, needs_job_health};
use crate::history::{Epoch, epoch};
use crate::metrics::APPLICATION;
use crate::{
    Alarm, Alarms, Policy, Query, ResourceDescription, Resources, Series, Source, TaskError, is_job_query,
};
use futures_util::future::try_join_all;
use jiff::{SignedDuration, Timestamp};
use scaling::{Activity, Direction, Reason, Units};

/// Reads the application's operations if they matter, and the data of the alarms that decide. Most checks find no alarm in ALARM and read
/// neither. Returns as well the reason why the health of the job could not be read, with the consequence.
pub(crate) async fn observe<'a>(
    policy: &Policy,
    alarm_set: AlarmSet<'a>,
    description: &ResourceDescription,
    requested: Option<Units>,
    now: Timestamp,
    resources: &impl Resources,
    alarms: &impl Alarms,
) -> Result<(Observed<'a>, Option<String>), TaskError> {
    let mut observed = Observed {
        alarms: alarm_set,
        units: description.size().units,
        is_stopped: description.status.activity() == Activity::Stopped,
        bounds: policy.schedule.at(now).bounds,
        requested,
        job: None,
    };
    let matters = observed.alarms.any_is_in_alarm()
        || observed.out_of_bounds().is_some()
        || observed.requested.is_some();
    if !matters {
        return Ok((observed, None));
    }
    let mut unread = None;
    let epoch = epoch(description, &resources.operations(&policy.resource).await?);
    let mut records = None;
    loop {
        let mut indices = missing_readings(policy, &observed);
        // The first reading of an alarm reads the health of the job as well. If none is missing, the first alarm is read for it.
        let mut of_job = Vec::new();
        if needs_job_health(policy, &observed) {
            of_job = job_health::queries(&policy.resource);
            if indices.is_empty() {
                indices.push(0);
            }
        } else if indices.is_empty() {
            return Ok((observed, unread));
        }
        let described: Vec<_> = observed.alarms.with_directions().collect();
        let more = |position| if position == 0 { of_job.as_slice() } else { &[] };
        let reads = indices
            .iter()
            .enumerate()
            .map(|(position, index)| reading(policy, described[*index], more(position), epoch, now, alarms));
        let mut readings = try_join_all(reads).await?;
        if let (false, Some(first)) = (of_job.is_empty(), readings.first_mut()) {
            let series = std::mem::replace(&mut first.of_job, Ok(Vec::new())).unwrap_or_else(|why| {
                unread = Some(format!("{why}; it was decided without the restarts and the lag of the job"));
                Vec::new()
            });
            observed.job = Some(JobHealth::of(&series, policy, &observed.alarms, epoch, now));
        }
        let silent = || Err(Reason::NoFreshData);
        for (index, read) in indices.iter().zip(&readings) {
            observed.alarms.set_reading(*index, read.reading.unwrap_or_else(silent), read.negative);
        }
        let unknown = indices.into_iter().zip(readings).filter(|(_, read)| read.reading.is_none());
        for (index, _) in unknown {
            if records.is_none() {
                records = Some(processed(policy, epoch, now, alarms).await?);
            }
            let is_catching_up = observed.job.is_some_and(|job| job.is_catching_up);
            let reading = match records {
                Some(Records::None) => Ok(ZERO),
                Some(Records::Some) if is_catching_up => Err(Reason::CatchingUp),
                Some(Records::Unknown) | None if observed.alarms.utilization_is_low() => Ok(ZERO),
                _ => continue,
            };
            observed.alarms.set_reading(index, reading, None);
        }
    }
}

/// The reading of a metric that publishes nothing because nothing is written or processed.
const ZERO: Reading = Reading { newest: 0.0, mildest_breach: 0.0 };

/// The data of an alarm's metric.
struct Read {
    /// The values, or the reason why none can be used. `None` if the metric is silent, and may be so because the application has no records
    /// to process.
    reading: Option<Result<Reading, Reason>>,
    /// The newest negative value of a metric of which no value is negative.
    negative: Option<f64>,
    /// The further series that were read by the same call.
    of_job: OfJob,
}

/// Reads the values of an alarm's metric, and further series by the same call.
async fn reading(
    policy: &Policy,
    (alarm, direction): (&Alarm, Direction),
    more: &[Query],
    epoch: Epoch,
    now: Timestamp,
    alarms: &impl Alarms,
) -> Result<Read, TaskError> {
    let read = |reading, of_job| Read { reading, negative: None, of_job };
    let since = match since(alarm, epoch) {
        Ok(since) => since,
        Err(reason) => return Ok(read(Some(Err(reason)), Ok(Vec::new()))),
    };
    let (series, of_job) = with_more(alarm, more, since, now, alarms).await?;
    // Silence never scales out.
    if is_silent(alarm, epoch, now, &series) && (direction == Direction::In || !alarm.breaches(0.0)) {
        // No application proves that a stream is idle. The alarm on the age of its records has data of its own.
        let is_of_a_stream = !policy.kind().has_job && alarm.watches_writes();
        if is_of_a_stream && knows_the_shards(alarm, since, now, alarms).await? {
            return Ok(read(Some(Ok(ZERO)), of_job));
        }
        if alarm.is_zero_without_records() {
            return Ok(read(None, of_job));
        }
    }
    let points = series.iter().flat_map(|series| &series.points);
    let negative = points.filter(|point| point.value < 0.0 && alarm.is_never_negative());
    let negative = negative.max_by_key(|point| point.start).map(|point| point.value);
    Ok(Read { negative, ..read(Some(read_series(alarm, direction, epoch, now, &series)), of_job) })
}

/// The series about the job, or the reason why CloudWatch rejected their queries.
type OfJob = Result<Vec<Series>, TaskError>;

/// Reads the series of an alarm, and of further queries, by one call. A query of Metrics Insights must be alone in its request, so that the
/// further queries then have a call of their own. If CloudWatch rejects the further queries, the alarm is read without them.
async fn with_more(
    alarm: &Alarm,
    more: &[Query],
    since: Timestamp,
    now: Timestamp,
    alarms: &impl Alarms,
) -> Result<(Vec<Series>, OfJob), TaskError> {
    let oldest = oldest_evaluated(alarm, now).max(since);
    if more.is_empty() {
        return Ok((alarms.data_points(alarm, oldest, now).await?, Ok(Vec::new())));
    }
    let oldest_of_more = oldest.min(job_health::oldest(now)).max(since);
    let is_alone = alarm.queries_metrics_insights();
    let mut all = alarm.clone();
    if is_alone {
        all.queries.clear();
    }
    all.queries.extend(more.iter().cloned());
    let series = match alarms.data_points(&all, oldest_of_more, now).await {
        Ok(series) => series,
        Err(rejected @ TaskError::Fatal(_)) => {
            return Ok((alarms.data_points(alarm, oldest, now).await?, Err(rejected)));
        }
        Err(error) => return Err(error),
    };
    let (of_more, mut own): (Vec<_>, Vec<_>) =
        series.into_iter().partition(|series| is_job_query(&series.query));
    if is_alone {
        own = alarms.data_points(alarm, oldest, now).await?;
    }
    for series in &mut own {
        series.points.retain(|point| point.start >= oldest);
    }
    Ok((own, Ok(of_more)))
}

/// The records that an application has processed.
#[derive(Debug, Clone, Copy)]
enum Records {
    None,
    Some,
    Unknown,
}

/// Reads whether the application has processed records in the last [`IDLE_MINUTES`]. A restart within this time leaves it unknown: a job that
/// has just started may not yet read its source.
async fn processed(
    policy: &Policy,
    epoch: Epoch,
    now: Timestamp,
    alarms: &impl Alarms,
) -> Result<Records, TaskError> {
    let (true, Ok(since)) = (policy.kind().has_job, epoch.since()) else { return Ok(Records::Unknown) };
    let throughput = throughput(&policy.resource);
    let oldest = oldest_evaluated(&throughput, now);
    if oldest < since {
        return Ok(Records::Unknown);
    }
    let series = alarms.data_points(&throughput, oldest, now).await?;
    let points = || {
        series
            .iter()
            .flat_map(|series| &series.points)
            .filter(|point| is_usable(&throughput, point, oldest, now))
    };
    let fresh = oldest_fresh(&throughput, now);
    Ok(match points().any(|point| point.start >= fresh) {
        false => Records::Unknown,
        true if points().all(|point| point.value == 0.0) => Records::None,
        true => Records::Some,
    })
}

/// The records per second of an application as an alarm.
fn throughput(application: &str) -> Alarm {
    let period = SignedDuration::from_mins(1);
    let source = Source::Metric {
        namespace: APPLICATION.to_owned(),
        name: "numRecordsInPerSecond".to_owned(),
        dimensions: vec![("Application".to_owned(), application.to_owned())],
        // One subtask that processes records disproves that there are none.
        statistic: "Maximum".to_owned(),
        period,
        unit: None,
    };
    let query = Query { id: "records".to_owned(), source, account: None, returns_data: true };
    Alarm::of_queries(format!("{application}, its records"), period, IDLE_MINUTES, vec![query])
}

/// The minutes without records after which an application counts as idle: a lag that stops being published is unknown until then.
const IDLE_MINUTES: u32 = 10;

/// Whether the number of shards is published, by which an alarm on the utilization of a stream divides. Without it there is no utilization,
/// even if records are written.
async fn knows_the_shards(
    alarm: &Alarm,
    since: Timestamp,
    now: Timestamp,
    alarms: &impl Alarms,
) -> Result<bool, TaskError> {
    let Some(query) = alarm.shards() else { return Ok(true) };
    let fresh = oldest_fresh(alarm, now).max(since);
    let name = format!("{}, its shards", alarm.name);
    let shards = Alarm { name, queries: vec![query], ..alarm.clone() };
    let series = alarms.data_points(&shards, fresh, now).await?;
    let mut points = series.iter().flat_map(|series| &series.points);
    Ok(points.any(|point| is_usable(&shards, point, fresh, now)))
}
