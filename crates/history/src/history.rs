//! The recorded metrics of an application, minute by minute.

use crate::figures::as_float;
use jiff::{SignedDuration, Timestamp};
use simulator::{Metric, Run, Statistic, Trace};
use std::fmt::Write as _;

/// The recorded metrics of one minute. A missing value is `None`, and never zero.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Recorded {
    /// The arrivals in records per second.
    pub load: Option<f64>,
    /// The mean age of the oldest waiting record, in seconds.
    pub lag: Option<f64>,
    /// The largest age, in seconds.
    pub worst_lag: Option<f64>,
    /// A lower bound of the lag in seconds: of a lag from committed offsets, or from a number of records.
    pub least_lag: Option<f64>,
    /// The records per second that the tasks of the job read. A record that passes two tasks counts twice.
    pub throughput: Option<f64>,
    /// The mean CPU utilization of the containers, in percent.
    pub cpu: Option<f64>,
    /// The busy time of the busiest subtask, in milliseconds per second.
    pub busy: Option<f64>,
    /// The KPUs, without the orchestration KPU.
    pub kpus: Option<u32>,
    /// The duration of the update that ended in this minute, in seconds.
    pub update_seconds: Option<f64>,
}

impl Recorded {
    /// Returns the largest lag that the minute shows, in seconds, or a lower bound of it.
    #[must_use]
    pub fn shown_lag(&self) -> Option<f64> {
        self.worst_lag.or(self.lag).or(self.least_lag)
    }
}

/// The recorded metrics of an application, minute by minute without a gap.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    name: String,
    start: Option<Timestamp>,
    minutes: Vec<Recorded>,
}

/// The columns of a history file beside the first one, which has the times.
const COLUMNS: [&str; 9] = [
    "records_per_second",
    "lag_seconds",
    "worst_lag_seconds",
    "least_lag_seconds",
    "throughput",
    "cpu_percent",
    "busy",
    "kpus",
    "update_seconds",
];

impl History {
    /// Makes a history of minutes. `start` is the time of the first minute, if that is known.
    #[must_use]
    pub fn new(name: &str, start: Option<Timestamp>, minutes: Vec<Recorded>) -> Self {
        Self { name: name.to_owned(), start, minutes }
    }

    /// Makes a history with the data that CloudWatch would have of a simulated run.
    #[must_use]
    pub fn of(run: &Run) -> Self {
        let metric = |metric, statistic| run.metric(metric, statistic);
        let load = metric(Metric::IncomingRecords, Statistic::Sum);
        let lag = metric(Metric::MillisBehindLatest, Statistic::Average);
        let worst_lag = metric(Metric::MillisBehindLatest, Statistic::Maximum);
        let cpu = metric(Metric::ContainerCpuUtilization, Statistic::Average);
        let kpus = run.series().kpus;
        let recorded = |minute: usize| Recorded {
            load: load[minute].map(|records| records / 60.0),
            lag: lag[minute].map(lag_in_seconds),
            worst_lag: worst_lag[minute].map(lag_in_seconds),
            cpu: cpu[minute],
            kpus: kpus.get(minute).copied(),
            ..Recorded::default()
        };
        let mut minutes: Vec<Recorded> = (0..load.len()).map(recorded).collect();
        for rescale in run.rescales() {
            let ended = rescale.settled.duration_since(run.start()).as_mins();
            let minute = usize::try_from(ended).ok().and_then(|minute| minutes.get_mut(minute));
            if let Some(minute) = minute {
                minute.update_seconds = Some(rescale.settled.duration_since(rescale.asked).as_secs_f64());
            }
        }
        Self::new("recorded", Some(run.start()), minutes)
    }

    /// Returns the history as a CSV file: a row a minute, with its time in UTC or, without a start, in seconds. A missing value is an empty
    /// cell.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let first = if self.start.is_some() { "timestamp" } else { "seconds" };
        let mut text = format!("{first},{}\n", COLUMNS.join(","));
        for (index, minute) in self.minutes.iter().enumerate() {
            let cell =
                |value: Option<f64>| value.map_or_else(String::new, |value| format!("{}", round(value)));
            let values = [
                minute.load,
                minute.lag,
                minute.worst_lag,
                minute.least_lag,
                minute.throughput,
                minute.cpu,
                minute.busy,
                minute.kpus.map(f64::from),
                minute.update_seconds,
            ];
            let minute = SignedDuration::from_mins(i64::try_from(index).unwrap_or(i64::MAX));
            let time = self.start.and_then(|start| start.checked_add(minute).ok());
            let time = time.map_or_else(|| (index * 60).to_string(), |time| time.to_string());
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{time},{}", values.map(cell).join(","));
        }
        text
    }

    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the time of the first minute, if it is known.
    #[must_use]
    pub fn start(&self) -> Option<Timestamp> {
        self.start
    }

    /// Returns the minutes.
    #[must_use]
    pub fn minutes(&self) -> &[Recorded] {
        &self.minutes
    }

    /// Returns the KPUs of each minute. An unknown size is the last known one, or the first known one at the start. `None` if no size is
    /// known.
    #[must_use]
    pub fn sizes(&self) -> Option<Vec<u32>> {
        let mut last = self.minutes.iter().find_map(|minute| minute.kpus)?;
        let of = |minute: &Recorded| {
            last = minute.kpus.unwrap_or(last);
            last
        };
        Some(self.minutes.iter().map(of).collect())
    }

    /// Returns the load as a trace with the times of the history. Missing minutes are interpolated. `None` if no minute has a load.
    #[must_use]
    pub fn trace(&self) -> Option<Trace> {
        let known: Vec<(usize, f64)> = self
            .minutes
            .iter()
            .enumerate()
            .filter_map(|(minute, recorded)| Some((minute, recorded.load?)))
            .collect();
        let mut next = 0;
        let rate = |minute: usize| {
            while known.get(next + 1).is_some_and(|(at, _)| *at <= minute) {
                next += 1;
            }
            let (at, load) = known[next];
            match known.get(next + 1) {
                Some((then, following)) if minute > at => {
                    let share = as_float(minute - at) / as_float(then - at);
                    load + (following - load) * share
                }
                _ => load,
            }
        };
        if known.is_empty() {
            return None;
        }
        let rates = (0..self.minutes.len()).map(rate).collect();
        Some(Trace::new(&self.name, rates).starting_at(self.start))
    }
}

/// Rounds to three decimals, which exceeds the precision of every metric.
pub(crate) fn round(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

/// Returns a number of KPUs as a whole number; `None` if it is below one.
pub(crate) fn whole(number: f64) -> Option<u32> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked just before")]
    (1.0..=100_000.0).contains(&number).then(|| number.round() as u32)
}

/// The lag that `millisBehindLatest` reports, in seconds.
fn lag_in_seconds(lag: f64) -> f64 {
    lag / Metric::MillisBehindLatest.units_per_second().unwrap_or(1.0)
}

/// Returns the minute of a time. Times are in seconds since 1970, and `start` is the start of the first minute.
pub(crate) fn minute_mut(minutes: &mut [Recorded], start: i64, at: i64) -> Option<&mut Recorded> {
    minutes.get_mut(usize::try_from((at - start).div_euclid(60)).ok()?)
}
