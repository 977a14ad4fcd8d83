//! Reads the observations that `check` needs.

use super::alarm_set::AlarmSet;
use super::evidence::{Reading, is_usable, may_be_idle, oldest_evaluated, oldest_fresh, read};
use super::judge::{Observed, missing_readings};
use crate::history::{Epoch, epoch};
use crate::{Alarm, Alarms, DataPoint, Policy, ResourceDescription, Resources, TaskError};
use futures_util::future::try_join_all;
use jiff::Timestamp;
use scaling::{Activity, Reason, Units};

/// Reads the application's operations if they matter, and the data of the alarms that decide. Most checks find no alarm in ALARM and read
/// neither.
pub(crate) async fn observe<'a>(
    policy: &Policy,
    alarm_set: AlarmSet<'a>,
    description: &ResourceDescription,
    requested: Option<Units>,
    now: Timestamp,
    resources: &impl Resources,
    alarms: &impl Alarms,
) -> Result<Observed<'a>, TaskError> {
    let mut observed = Observed {
        alarms: alarm_set,
        units: description.size().units,
        is_stopped: description.status.activity() == Activity::Stopped,
        bounds: policy.schedule.at(now).bounds,
        requested,
    };
    let matters = observed.alarms.any_is_in_alarm()
        || observed.out_of_bounds().is_some()
        || observed.requested.is_some();
    if !matters {
        return Ok(observed);
    }
    let epoch = epoch(description, &resources.operations(&policy.resource).await?);
    loop {
        let indices = missing_readings(policy, &observed);
        if indices.is_empty() {
            return Ok(observed);
        }
        let described: Vec<_> = observed.alarms.alarms().collect();
        let reads = indices.iter().map(|index| reading(described[*index], epoch, now, alarms));
        let readings = try_join_all(reads).await?;
        for (index, reading) in indices.into_iter().zip(readings) {
            observed.alarms.set_reading(index, reading);
        }
    }
}

/// Reads the values of an alarm's metric.
async fn reading(
    alarm: &Alarm,
    epoch: Epoch,
    now: Timestamp,
    alarms: &impl Alarms,
) -> Result<Result<Reading, Reason>, TaskError> {
    let since = match epoch.since() {
        Ok(since) => since,
        Err(reason) => return Ok(Err(reason)),
    };
    let mut points = alarms.data_points(alarm, oldest_evaluated(alarm, now).max(since), now).await?;
    points.sort_by_key(|point| std::cmp::Reverse(point.start));
    if may_be_idle(alarm, epoch, now, &points) && knows_the_shards(alarm, since, now, alarms).await? {
        return Ok(Ok(Reading { newest: 0.0, mildest_breach: 0.0 }));
    }
    Ok(read(alarm, epoch, now, points.into_iter()))
}

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
    let points = alarms.data_points(&shards, fresh, now).await?;
    Ok(points.iter().any(|point: &DataPoint| is_usable(&shards, point, fresh, now)))
}
