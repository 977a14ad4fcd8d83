//! What was measured, read for sizing by demand.

use crate::check::{before, is_usable, oldest_fresh};
use crate::metrics::{MetricKind, known_metric};
use crate::{Alarm, Alarms, DataPoint, Policy, TaskError};
use jiff::{SignedDuration, Timestamp};
use scaling::{Breach, HOURS_OF_A_MONTH, Minute, Signals, Sizing, start_of_month};

/// What was measured until now.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Measured {
    until: Timestamp,
    minutes: Vec<Minute>,
    days: Vec<Option<f64>>,
    lag_threshold: f64,
    /// What this month has cost until now, in dollars.
    spent: f64,
    /// The alarm that watches the load, if it is sized by demand.
    load: Option<Alarm>,
}

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// The minutes of a day, in which it is looked for what the application can do at most.
const DAY: usize = 1_440;

/// The minutes that say what a step has brought: those before it, its restart, and those since.
const HOURS: usize = 240;

/// The days on which it is looked at what the load does at this time. CloudWatch keeps minutes for 15 days.
const DAYS: usize = 7;

impl Measured {
    /// Reads what a policy needs to decide at `now`: nothing, unless it sizes by demand.
    pub(crate) async fn read(
        policy: &Policy,
        now: Timestamp,
        alarms: &impl Alarms,
    ) -> Result<Self, TaskError> {
        let (Some(load_alarm), Sizing::Demand(_)) = (&policy.load_alarm, &policy.scaling.sizing) else {
            return Ok(Self::default());
        };
        let names = [&policy.scale_out_alarm, &policy.scale_in_alarm, load_alarm];
        let described = alarms.describe(&names.map(String::as_str)).await?;
        let [lag, busy, load] = names.map(|name| find(&described, name));
        let (lag, busy, load) = (lag?, busy?, load?);
        every_minute(load)?;
        let lag_unit = unit(lag, seconds, "ScaleMetric", "a lag in time, such as millisBehindLatest")?;
        let busy_unit =
            unit(busy, share, "ScaleInUtilizationMetric", "containerCPUUtilization or busyTimeMsPerSecond")?;

        let loads = usable(load, ago(now, DAY), now, alarms).await?;
        let lags = usable(lag, ago(now, DAY), now, alarms).await?;
        let busies = usable(busy, ago(now, DAY), now, alarms).await?;

        Ok(Self {
            load: Some(load.clone()),
            ..Self::of(
                load,
                now,
                [(&loads, 1.0), (&lags, lag_unit), (&busies, busy_unit)],
                lag.threshold * lag_unit,
            )
        })
    }

    /// Reads what a step has brought: the load and the lag, if there are alarms on both. Sized by demand, they are known already.
    pub(crate) async fn read_effect(
        &mut self,
        policy: &Policy,
        now: Timestamp,
        alarms: &impl Alarms,
    ) -> Result<(), TaskError> {
        let (Some(load_alarm), None) = (&policy.load_alarm, &self.load) else { return Ok(()) };
        let names = [&policy.scale_out_alarm, load_alarm];
        let described = alarms.describe(&names.map(String::as_str)).await?;
        let [lag, load] = names.map(|name| find(&described, name));
        let (lag, load) = (lag?, load?);
        let Some(seconds) = unit_of(lag, seconds) else { return Ok(()) };
        if lag.period != MINUTE || load.period != MINUTE {
            return Ok(());
        }
        let loads = usable(load, ago(now, HOURS), now, alarms).await?;
        let lags = usable(lag, ago(now, HOURS), now, alarms).await?;
        let spent = self.spent;
        let parts = [(&loads, 1.0), (&lags, seconds), (&Vec::new(), 1.0)];
        *self = Self { spent, ..Self::of(load, now, parts, lag.threshold * seconds) };
        Ok(())
    }

    /// Reads what this month has cost, if there is a budget: the alarm on it says, period by period, what a month costs at the size of
    /// that period. What has no data has cost nothing: the application did not run.
    pub(crate) async fn read_spending(
        &mut self,
        policy: &Policy,
        now: Timestamp,
        alarms: &impl Alarms,
    ) -> Result<(), TaskError> {
        let Some(name) = &policy.budget_alarm else { return Ok(()) };
        let described = alarms.describe(&[name.as_str()]).await?;
        let alarm = find(&described, name)?;
        let points = alarms.data_points(alarm, start_of_month(now), now).await?;
        let hours = alarm.period.as_secs_f64() / 3_600.0;
        self.spent = points.iter().map(|point| point.value * hours / HOURS_OF_A_MONTH).sum();
        Ok(())
    }

    /// Load, lag and utilisation, each with its unit, minute by minute.
    ///
    /// The newest minute is that of the load, which is published even while the application is down. If it has fallen silent, the
    /// newest minutes are empty, and nothing is decided.
    fn of(load: &Alarm, now: Timestamp, parts: [(&Vec<DataPoint>, f64); 3], lag_threshold: f64) -> Self {
        let oldest = oldest_fresh(load, now);
        let [(loads, _), ..] = parts;
        let newest = loads.iter().map(|point| point.start).filter(|start| *start >= oldest).max();
        let until = newest.map_or(now, |start| start + MINUTE);
        let mut minutes = vec![Minute::default(); DAY];
        let set: [fn(&mut Minute, f64); 3] = [
            |minute, load| minute.load = Some(load),
            |minute, lag| minute.lag = Some(lag),
            |minute, busy| minute.busy = Some(busy),
        ];
        for ((points, unit), set) in parts.into_iter().zip(set) {
            for point in points {
                if let Some(minute) = minute(&mut minutes, until, point) {
                    set(minute, point.value * unit);
                }
            }
        }
        Self { until, minutes, lag_threshold, ..Self::default() }
    }

    /// Reads the past days as well, which only a step needs.
    pub(crate) async fn read_days(&mut self, now: Timestamp, alarms: &impl Alarms) -> Result<(), TaskError> {
        if let Some(load) = &self.load {
            let loads = usable(load, ago(now, DAYS * DAY), now, alarms).await?;
            self.days = fives(&loads, self.until);
        }
        Ok(())
    }

    /// The same for the rule.
    pub(crate) fn signals<'a>(
        &'a self,
        breaches: &'a [Breach],
        restart: Option<SignedDuration>,
    ) -> Signals<'a> {
        Signals {
            breaches,
            until: self.until,
            minutes: &self.minutes,
            days: &self.days,
            lag_threshold: self.lag_threshold,
            spent: self.spent,
            restart,
        }
    }
}

fn find<'a>(described: &'a [Alarm], name: &str) -> Result<&'a Alarm, TaskError> {
    described.iter().find(|alarm| alarm.name == name).ok_or_else(|| {
        TaskError::Fatal(format!("failed to find the alarm '{name}', by which the size is found"))
    })
}

fn ago(now: Timestamp, minutes: usize) -> Timestamp {
    before(now, SignedDuration::from_mins(i64::try_from(minutes).unwrap_or(i64::MAX)))
}

/// What an alarm watches, without what says nothing: a lag of -1, or a minute that is not over.
async fn usable(
    alarm: &Alarm,
    from: Timestamp,
    now: Timestamp,
    alarms: &impl Alarms,
) -> Result<Vec<DataPoint>, TaskError> {
    let mut points = alarms.data_points(alarm, from, now).await?;
    points.retain(|point| is_usable(alarm, point, from, now) && point.value >= 0.0);
    Ok(points)
}

/// The minute of a data point, if it is one of these, of which the last ends with `until`.
fn minute<'a>(minutes: &'a mut [Minute], until: Timestamp, point: &DataPoint) -> Option<&'a mut Minute> {
    let index = minutes.len().checked_sub(minutes_before(until, point)?)?;
    minutes.get_mut(index)
}

/// How many whole minutes before `until` a data point begins.
fn minutes_before(until: Timestamp, point: &DataPoint) -> Option<usize> {
    usize::try_from((until.as_second() - point.start.as_second()) / 60).ok()
}

/// The means of five minutes each, of which the last ends with `until`.
fn fives(loads: &[DataPoint], until: Timestamp) -> Vec<Option<f64>> {
    let mut sums = vec![(0.0, 0.0); DAYS * DAY / 5];
    for point in loads {
        let slot = minutes_before(until, point).and_then(|ago| sums.len().checked_sub(ago.div_ceil(5)));
        if let Some((sum, count)) = slot.and_then(|slot| sums.get_mut(slot)) {
            *sum += point.value;
            *count += 1.0;
        }
    }
    sums.into_iter().map(|(sum, count)| (count > 0.0).then(|| sum / count)).collect()
}

/// The seconds in a unit of a lag in time.
fn seconds(kind: MetricKind) -> Option<f64> {
    if let MetricKind::LagInTime { seconds } = kind { Some(seconds) } else { None }
}

/// The share of 1 in a unit of a utilization.
fn share(kind: MetricKind) -> Option<f64> {
    if let MetricKind::Utilization { share } = kind { Some(share) } else { None }
}

/// The unit of what an alarm watches, if the metric is known and of the right kind.
fn unit_of(alarm: &Alarm, of_kind: fn(MetricKind) -> Option<f64>) -> Option<f64> {
    of_kind(known_metric(alarm.watches())?.kind)
}

/// The unit of what an alarm watches.
fn unit(
    alarm: &Alarm,
    of_kind: fn(MetricKind) -> Option<f64>,
    parameter: &str,
    wanted: &str,
) -> Result<f64, TaskError> {
    every_minute(alarm)?;
    match unit_of(alarm, of_kind) {
        Some(unit) => Ok(unit),
        None => refuse(&format!(
            "the alarm '{}' watches {}; set {parameter} to {wanted}",
            alarm.name,
            alarm.watches()
        )),
    }
}

fn every_minute(alarm: &Alarm) -> Result<(), TaskError> {
    if alarm.period == MINUTE {
        return Ok(());
    }
    let (name, seconds) = (&alarm.name, alarm.period.as_secs());
    refuse(&format!(
        "the alarm '{name}' has data points of {seconds} s; give it a period of 60 s (PeriodSeconds)"
    ))
}

fn refuse<T>(why: &str) -> Result<T, TaskError> {
    Err(TaskError::Fatal(format!("failed to size by demand: {why}")))
}
