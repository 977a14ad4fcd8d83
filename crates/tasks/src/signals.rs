//! What was measured, read for sizing by demand.

use crate::evidence::{is_usable, oldest_fresh};
use crate::{Alarm, Alarms, DataPoint, Policy, TaskError};
use jiff::{SignedDuration, Timestamp};
use scaling::{Breach, Minute, Signals};

/// What was measured until now.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Measured {
    until: Timestamp,
    minutes: Vec<Minute>,
    days: Vec<Option<f64>>,
    lag_threshold: f64,
    /// The alarm that watches the load, if it is sized by demand.
    load: Option<Alarm>,
}

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// The minutes of a day, in which it is looked for what the application can do at most.
const DAY: usize = 1_440;

/// The days on which it is looked at what the load does at this time. CloudWatch keeps minutes for 15 days.
const DAYS: usize = 7;

impl Measured {
    /// Reads what a policy needs to decide at `now`: nothing, unless it sizes by demand.
    pub(crate) async fn read(
        policy: &Policy,
        now: Timestamp,
        alarms: &impl Alarms,
    ) -> Result<Self, TaskError> {
        let Some(load_alarm) = &policy.load_alarm else { return Ok(Self::default()) };
        let names = [&policy.scale_out_alarm, &policy.scale_in_alarm, load_alarm];
        let described = alarms.describe(&names.map(String::as_str)).await?;
        let [lag, busy, load] = names.map(|name| find(&described, name));
        let (lag, busy, load) = (lag?, busy?, load?);
        every_minute(load)?;
        let seconds = unit(lag, &LAGS, "ScaleMetric", "a lag in time, such as millisBehindLatest")?;
        let share = unit(
            busy,
            &SHARES,
            "ScaleInUtilizationMetric",
            "containerCPUUtilization or busyTimeMsPerSecond",
        )?;

        let loads = usable(load, ago(now, DAY), now, alarms).await?;
        let lags = usable(lag, ago(now, DAY), now, alarms).await?;
        let busies = usable(busy, ago(now, DAY), now, alarms).await?;

        // The newest minute is that of the load, which is published even while the application is down. If it has fallen
        // silent, the newest minutes are empty, and nothing is decided.
        let oldest = oldest_fresh(load, now);
        let newest = loads.iter().map(|point| point.start).filter(|start| *start >= oldest).max();
        let until = newest.map_or(now, |start| start + MINUTE);
        let mut minutes = vec![Minute::default(); DAY];
        let mut fill = |points: &[DataPoint], set: fn(&mut Minute, f64), unit: f64| {
            for point in points {
                if let Some(minute) = minute(&mut minutes, until, point) {
                    set(minute, point.value * unit);
                }
            }
        };
        fill(&loads, |minute, load| minute.load = Some(load), 1.0);
        fill(&lags, |minute, lag| minute.lag = Some(lag), seconds);
        fill(&busies, |minute, busy| minute.busy = Some(busy), share);
        let lag_threshold = lag.threshold * seconds;
        Ok(Self { until, minutes, days: Vec::new(), lag_threshold, load: Some(load.clone()) })
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
    let minutes = SignedDuration::from_mins(i64::try_from(minutes).unwrap_or(i64::MAX));
    now.checked_sub(minutes).unwrap_or(Timestamp::MIN)
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

/// The units of lags, in seconds.
const LAGS: [(&str, f64); 4] = [
    ("millisBehindLatest", 0.001),
    ("GetRecords.IteratorAgeMilliseconds", 0.001),
    ("SubscribeToShardEvent.MillisBehindLatest", 0.001),
    ("EstimatedMaxTimeLag", 1.0),
];

/// The units of utilisations, as shares of 1.
const SHARES: [(&str, f64); 2] = [("containerCPUUtilization", 0.01), ("busyTimeMsPerSecond", 0.001)];

/// The unit of what an alarm watches.
fn unit(alarm: &Alarm, units: &[(&str, f64)], parameter: &str, wanted: &str) -> Result<f64, TaskError> {
    every_minute(alarm)?;
    let watches = alarm.watches();
    match units.iter().find(|(name, _)| *name == watches) {
        Some((_, unit)) => Ok(*unit),
        None => refuse(&format!("the alarm '{}' watches {watches}; set {parameter} to {wanted}", alarm.name)),
    }
}

fn every_minute(alarm: &Alarm) -> Result<(), TaskError> {
    if alarm.period == SignedDuration::from_mins(1) {
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
