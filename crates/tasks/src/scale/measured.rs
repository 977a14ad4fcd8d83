//! Reads load or throughput, lag, utilization and spending.

use super::days::{DEMAND_WINDOW_MINUTES, FORECAST_DAYS, buckets, minutes_before, overlay_derived};
use crate::check::{before, is_usable, largest_points, oldest_fresh};
use crate::metrics::{MetricKind, known_metric, unhealthy_committed_lag};
use crate::{
    Alarm, Alarms, DataPoint, DescribedAlarms, Operation, Policy, TaskError, UnusableAlarm, UnusableKind,
};
use jiff::{SignedDuration, Timestamp};
use scaling::{
    Breach, HOURS_OF_A_MONTH, LAG_OBJECTIVE_RATIO, Minute, Restart, Signals, Sizing, derive_arrivals,
    includes_lag, start_of_month,
};

/// Load, lag and utilization until now, minute by minute.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Measured {
    until: Timestamp,
    minutes: Vec<Minute>,
    lag_threshold: f64,
    /// The alarm that watches the load or the throughput, if the policy sizes by demand.
    load: Option<Alarm>,
}

/// The quantities of a minute, each with its data points and its unit.
type Parts<'a> = [(&'a [DataPoint], f64, fn(&mut Minute, f64)); 3];

fn set_load(minute: &mut Minute, load: f64) {
    minute.load = Some(load);
}

fn set_throughput(minute: &mut Minute, throughput: f64) {
    minute.throughput = Some(throughput);
}

fn set_lag(minute: &mut Minute, lag: f64) {
    minute.lag = Some(lag);
}

fn set_busy(minute: &mut Minute, busy: f64) {
    minute.busy = Some(busy);
}

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// The minutes of data that show the effect of a scale-out: the minutes before it, its restart, and the minutes since.
pub const EFFECT_WINDOW_MINUTES: usize = 240;

impl Measured {
    /// Reads the signals that a policy needs to propose a step at `now`. Only sizing by demand needs any.
    ///
    /// If the load alarm watches the throughput, the load is derived, and the lag too, unless the scale-out alarm watches one in time. The
    /// `operations` of the application show its restarts, and a lag among the `breaches` proves that it is saturated.
    pub(crate) async fn read(
        policy: &Policy,
        breaches: &[Breach],
        operations: &[Operation],
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
        let derives = is_throughput(load);
        let wanted = "a lag in time, such as millisBehindLatest, or LoadAlarmName to an alarm on numRecordsInPerSecond";
        let lag_unit = match unit_of(lag, MetricKind::lag_seconds) {
            None if derives => None,
            _ => Some(unit(lag, MetricKind::lag_seconds, "ScaleMetric", wanted)?),
        };
        let busy_unit =
            unit(busy, share, "ScaleInUtilizationMetric", "containerCPUUtilization or busyTimeMsPerSecond")?;

        let since = ago(now, DEMAND_WINDOW_MINUTES);
        let loads = usable(load, since, now, alarms).await?;
        let mut lags = if lag_unit.is_some() { usable(lag, since, now, alarms).await? } else { Vec::new() };
        if let (Some(unit), true) = (lag_unit, lag.watches_committed_offsets()) {
            lags.retain_mut(|point| {
                let unhealthy = unhealthy_committed_lag(point.value * unit);
                point.value = unhealthy.unwrap_or(0.0) / unit;
                // A healthy lag says nothing of the load, and the utilization shows an overload sooner.
                unhealthy.is_some() || !derives
            });
        }
        let busies = usable(busy, since, now, alarms).await?;

        let set_load = if derives { set_throughput } else { set_load };
        let parts: Parts = [
            (&loads, 1.0, set_load),
            (&lags, lag_unit.unwrap_or(1.0), set_lag),
            (&busies, busy_unit, set_busy),
        ];
        let threshold = policy.lag_objective.as_secs_f64() / LAG_OBJECTIVE_RATIO;
        let mut measured = Self::of(load, now, parts, threshold);
        if derives {
            let (minutes, until) = (&mut measured.minutes, measured.until);
            derive_arrivals(minutes, until, &restarts(operations), includes_lag(breaches));
        }
        Ok(Self { load: Some(load.clone()), ..measured })
    }

    /// Reads the load and the lag around a scale-out, if there are alarms on both. For sizing by demand, `self` contains them already.
    pub(crate) async fn read_effect(
        &self,
        policy: &Policy,
        now: Timestamp,
        alarms: &impl Alarms,
    ) -> Result<Option<Self>, TaskError> {
        let (Some(load_alarm), None) = (&policy.load_alarm, &self.load) else { return Ok(None) };
        let names = [&policy.scale_out_alarm, load_alarm];
        let described = alarms.describe(&names.map(String::as_str)).await?;
        let [lag, load] = names.map(|name| find(&described, name));
        let (lag, load) = (lag?, load?);
        let Some(seconds) = unit_of(lag, MetricKind::lag_seconds) else { return Ok(None) };
        if lag.period != MINUTE || load.period != MINUTE {
            return Ok(None);
        }
        let since = ago(now, EFFECT_WINDOW_MINUTES);
        let loads = usable(load, since, now, alarms).await?;
        let lags = usable(lag, since, now, alarms).await?;
        let parts: Parts = [(&loads, 1.0, set_load), (&lags, seconds, set_lag), (&[], 1.0, set_busy)];
        Ok(Some(Self::of(load, now, parts, lag.threshold * seconds)))
    }

    /// Reads the load of the past days, in buckets of five minutes. Only sizing by demand needs it.
    pub(crate) async fn read_days(
        &self,
        now: Timestamp,
        alarms: &impl Alarms,
    ) -> Result<Vec<Option<f64>>, TaskError> {
        let Some(load) = &self.load else { return Ok(Vec::new()) };
        let loads = usable(load, ago(now, FORECAST_DAYS * DEMAND_WINDOW_MINUTES), now, alarms).await?;
        let mut days = buckets(&loads, self.until);
        overlay_derived(&mut days, &self.minutes);
        Ok(days)
    }

    /// Load, lag and utilization, each with its unit, minute by minute.
    ///
    /// The newest minute is the newest of the load, which is published even while the application is down. If no load is published
    /// any more, the newest minutes are empty, and the rule holds.
    fn of(load: &Alarm, now: Timestamp, parts: Parts, lag_threshold: f64) -> Self {
        let oldest = oldest_fresh(load, now);
        let [(loads, ..), ..] = parts;
        let newest = loads.iter().map(|point| point.start).filter(|start| *start >= oldest).max();
        let until = newest.map_or(now, |start| start + MINUTE);
        let mut minutes = vec![Minute::default(); DEMAND_WINDOW_MINUTES];
        for (points, unit, set) in parts {
            for point in points {
                if let Some(minute) = minute(&mut minutes, until, point) {
                    set(minute, point.value * unit);
                }
            }
        }
        Self { until, minutes, lag_threshold, load: None }
    }

    /// The signals in the form that the rule needs.
    pub(crate) fn signals<'a>(
        &'a self,
        breaches: &'a [Breach],
        restart: Option<SignedDuration>,
    ) -> Signals<'a> {
        let Self { until, minutes, lag_threshold, .. } = self;
        Signals { breaches, until: *until, minutes, lag_threshold: *lag_threshold, restart }
    }
}

/// Reads the cost of this month, if there is a budget. Each data point of the budget alarm is the cost of a month at the size of that
/// period. A period without data costs nothing: the application did not run.
pub(crate) async fn read_spending(
    policy: &Policy,
    now: Timestamp,
    alarms: &impl Alarms,
) -> Result<f64, TaskError> {
    let Some(name) = &policy.budget_alarm else { return Ok(0.0) };
    let described = alarms.describe(&[name.as_str()]).await?;
    let alarm = find(&described, name)?;
    let points = largest_points(alarm, &alarms.data_points(alarm, start_of_month(now), now).await?);
    let hours = alarm.period.as_secs_f64() / 3_600.0;
    Ok(points.iter().map(|point| point.value * hours / HOURS_OF_A_MONTH).sum())
}

fn find<'a>(described: &'a DescribedAlarms, name: &str) -> Result<&'a Alarm, TaskError> {
    described.find(name).map_err(|UnusableAlarm { kind, .. }| {
        let remedy = "if LoadAlarmName or a list of user alarms names it, correct the name; otherwise delete the stack and deploy it again, which leaves the application as it is";
        TaskError::Fatal(match kind {
            UnusableKind::NotFound => {
                format!("failed to find the alarm '{name}', from which the size is computed; {remedy}")
            }
            _ => format!(
                "failed to use the alarm '{name}', from which the size is computed: it is {}; {remedy}",
                kind.words()
            ),
        })
    })
}

fn ago(now: Timestamp, minutes: usize) -> Timestamp {
    before(now, SignedDuration::from_mins(i64::try_from(minutes).unwrap_or(i64::MAX)))
}

/// The data points of an alarm's metric, without a lag of -1, which means no data, and without a minute that is not over.
async fn usable(
    alarm: &Alarm,
    from: Timestamp,
    now: Timestamp,
    alarms: &impl Alarms,
) -> Result<Vec<DataPoint>, TaskError> {
    let mut points = largest_points(alarm, &alarms.data_points(alarm, from, now).await?);
    points.retain(|point| is_usable(alarm, point, from, now) && point.value >= 0.0);
    Ok(points)
}

/// The minute of a data point, if it is one of these minutes. The last minute ends at `until`.
fn minute<'a>(minutes: &'a mut [Minute], until: Timestamp, point: &DataPoint) -> Option<&'a mut Minute> {
    let index = minutes.len().checked_sub(minutes_before(until, point)?)?;
    minutes.get_mut(index)
}

/// The changes of the application, each of which restarts its job.
fn restarts(operations: &[Operation]) -> Vec<Restart> {
    let restart = |operation: &Operation| Some(Restart { began: operation.started, ended: operation.ended? });
    operations.iter().filter_map(restart).collect()
}

/// Whether an alarm watches the throughput and not the arrivals.
fn is_throughput(alarm: &Alarm) -> bool {
    known_metric(alarm.watches()).is_some_and(|metric| metric.kind == MetricKind::Throughput)
}

/// The share of 1 in a unit of a utilization.
fn share(kind: MetricKind) -> Option<f64> {
    if let MetricKind::Utilization { share } = kind { Some(share) } else { None }
}

/// The unit of an alarm's metric, if the metric is known and of the right kind.
fn unit_of(alarm: &Alarm, of_kind: fn(MetricKind) -> Option<f64>) -> Option<f64> {
    of_kind(known_metric(alarm.watches())?.kind)
}

/// The unit of an alarm's metric. Refuses a metric that is unknown or of another kind.
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
