//! The recorded metrics of an application, minute by minute.

use crate::figures::as_float;
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
    /// The mean CPU utilization of the containers, in percent.
    pub cpu: Option<f64>,
    /// The KPUs, without the orchestration KPU.
    pub kpus: Option<u32>,
    /// The duration of the update that ended in this minute, in seconds.
    pub update_seconds: Option<f64>,
}

/// The recorded metrics of an application, minute by minute without a gap.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    name: String,
    minutes: Vec<Recorded>,
}

/// The reason why a file is not a history, in a sentence with the remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("failed to read the history '{history}': {reason}")]
pub struct HistoryError {
    pub(crate) history: String,
    pub(crate) reason: String,
}

/// The columns of a history file. A trace has the first two of them, so that `kpu simulate` can play a history as well.
const COLUMNS: [&str; 7] = [
    "seconds",
    "records_per_second",
    "lag_seconds",
    "worst_lag_seconds",
    "cpu_percent",
    "kpus",
    "update_seconds",
];

impl History {
    /// Makes a history of minutes.
    #[must_use]
    pub fn new(name: &str, minutes: Vec<Recorded>) -> Self {
        Self { name: name.to_owned(), minutes }
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
            update_seconds: None,
        };
        let mut minutes: Vec<Recorded> = (0..load.len()).map(recorded).collect();
        for rescale in run.rescales() {
            let ended = rescale.settled.duration_since(run.start()).as_mins();
            let minute = usize::try_from(ended).ok().and_then(|minute| minutes.get_mut(minute));
            if let Some(minute) = minute {
                minute.update_seconds = Some(rescale.settled.duration_since(rescale.asked).as_secs_f64());
            }
        }
        Self::new("recorded", minutes)
    }

    /// Reads a CSV file of [`History::to_csv`]: a row a minute from 0, with empty cells for missing values. Every column except the first
    /// may be missing.
    ///
    /// # Errors
    /// If the file has another format; the message names the line and the column.
    pub fn parse(name: &str, file: &[u8]) -> Result<Self, HistoryError> {
        let refuse = |reason: String| HistoryError { history: name.to_owned(), reason };
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(file);
        let heading = reader.headers().map_err(|_| refuse("the file is not text".to_owned()))?.clone();
        let column = |wanted: &str| heading.iter().position(|name| name == wanted);
        if column("seconds").is_none() {
            let known = COLUMNS.join(",");
            return Err(refuse(format!(
                "the first line must have the column seconds, and any others of {known}; if this file is from AWS, run kpu import on it first"
            )));
        }
        let mut minutes = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| refuse(error.to_string()))?;
            let line = record.position().map_or(0, csv::Position::line);
            let value = |name: &str| match column(name).and_then(|index| record.get(index)) {
                None | Some("") => Ok(None),
                Some(text) => match text.parse::<f64>() {
                    Ok(number) if number.is_finite() && number >= 0.0 => Ok(Some(number)),
                    _ => Err(refuse(format!(
                        "line {line}: {name} is '{text}', which is not a number of at least 0"
                    ))),
                },
            };
            let due = as_float(minutes.len()) * 60.0;
            if value("seconds")? != Some(due) {
                return Err(refuse(format!(
                    "line {line}: the column seconds must be {due}, because a row a minute is expected"
                )));
            }
            minutes.push(Recorded {
                load: value("records_per_second")?,
                lag: value("lag_seconds")?,
                worst_lag: value("worst_lag_seconds")?,
                cpu: value("cpu_percent")?,
                kpus: value("kpus")?.and_then(whole),
                update_seconds: value("update_seconds")?,
            });
        }
        if minutes.is_empty() {
            return Err(refuse("it has no row".to_owned()));
        }
        Ok(Self::new(name, minutes))
    }

    /// Returns the history as a CSV file.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut text = COLUMNS.join(",") + "\n";
        for (index, minute) in self.minutes.iter().enumerate() {
            let cell =
                |value: Option<f64>| value.map_or_else(String::new, |value| format!("{}", round(value)));
            let values = [
                minute.load,
                minute.lag,
                minute.worst_lag,
                minute.cpu,
                minute.kpus.map(f64::from),
                minute.update_seconds,
            ];
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{},{}", index * 60, values.map(cell).join(","));
        }
        text
    }

    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
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

    /// Returns the load as a trace. Missing minutes are interpolated. `None` if no minute has a load.
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
        Some(Trace::new(&self.name, (0..self.minutes.len()).map(rate).collect()))
    }
}

/// Rounds to three decimals, which exceeds the precision of every metric.
fn round(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

/// Returns a number of KPUs as a whole number; `None` if it is below one.
pub(crate) fn whole(number: f64) -> Option<u32> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked just before")]
    (1.0..=100_000.0).contains(&number).then(|| number.round() as u32)
}

/// The lag that `millisBehindLatest` reports, in seconds.
pub(crate) fn lag_in_seconds(lag: f64) -> f64 {
    lag / Metric::MillisBehindLatest.units_per_second().unwrap_or(1.0)
}
