//! The load: arriving records per second, minute by minute.

use crate::model::time::Clock;
use jiff::Timestamp;
use std::fmt::Display;

/// The trace that the product ships: departures of US airlines, see `traces/README.md`.
const US_FLIGHTS: &str = include_str!("../../traces/us-flights.csv");

/// The heading of a trace file.
const HEADING: [&str; 2] = ["seconds", "records_per_second"];

/// A load trace.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    name: String,
    /// The time of the first minute, if it is known.
    start: Option<Timestamp>,
    records_per_second: Vec<f64>,
}

/// A file that is not a trace, with the reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("failed to read the trace '{trace}': {reason}")]
pub struct TraceError {
    trace: String,
    reason: String,
}

impl Trace {
    /// Returns the trace that the product ships.
    ///
    /// # Errors
    /// If the file in the product is invalid.
    pub fn us_flights() -> Result<Self, TraceError> {
        Self::parse("us-flights", US_FLIGHTS.as_bytes())
    }

    /// Creates a trace of these rates, in records per second minute by minute.
    #[must_use]
    pub fn new(name: &str, records_per_second: Vec<f64>) -> Self {
        Self { name: name.to_owned(), start: None, records_per_second }
    }

    /// Sets the time of the first minute. Windows, forecasts and budgets follow this calendar. Without it, a run starts on a Monday at midnight
    /// UTC.
    #[must_use]
    pub fn starting_at(self, start: Option<Timestamp>) -> Self {
        Self { start, ..self }
    }

    /// Multiplies every rate by a factor.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        Self {
            records_per_second: self.records_per_second.iter().map(|rate| rate * factor).collect(),
            ..self
        }
    }

    /// Reads a CSV file with the columns `seconds,records_per_second`. It has a row for each minute: the seconds from the start, and the mean
    /// rate of the minute.
    ///
    /// # Errors
    /// If the file is empty or has another form, a gap, times that do not ascend, or a rate that is not a number of at least zero. The message
    /// names the line.
    pub fn parse(name: &str, file: &[u8]) -> Result<Self, TraceError> {
        let refuse = |reason: String| TraceError { trace: name.to_owned(), reason };
        if file.trim_ascii().is_empty() {
            return Err(refuse("the file is empty".to_owned()));
        }
        let mut reader =
            csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).quoting(false).from_reader(file);
        let heading = reader.headers().map_err(|_| refuse("the file is not text".to_owned()))?;
        if heading != HEADING.as_slice() {
            return Err(refuse(format!("the first line must be '{}'", HEADING.join(","))));
        }
        let mut records_per_second = Vec::new();
        let mut expected = Some(0);
        for record in reader.records() {
            let record = record.map_err(|_| refuse("the file is not text".to_owned()))?;
            let line = record.position().map_or(0, csv::Position::line);
            let at_line = |reason: &dyn Display| refuse(format!("line {line}: {reason}"));
            let (Some(seconds), Some(rate), 2) = (record.get(0), record.get(1), record.len()) else {
                return Err(at_line(&"two values are expected, seconds and records_per_second"));
            };
            let seconds: i64 = seconds
                .parse()
                .map_err(|_| at_line(&format!("'{seconds}' is not a whole number of seconds")))?;
            match expected {
                Some(0) if seconds != 0 => {
                    return Err(at_line(&format!(
                        "the times count from 0 at the start of the trace, not from {seconds}"
                    )));
                }
                Some(expected) if seconds < expected => {
                    return Err(at_line(&format!(
                        "the times must ascend by 60 s, but {seconds} comes where {expected} is due"
                    )));
                }
                Some(expected) if seconds > expected => {
                    return Err(at_line(&format!(
                        "there is a gap: {seconds} comes where {expected} is due; fill it with a row for each minute"
                    )));
                }
                _ => {}
            }
            expected = seconds.checked_add(60);
            if expected.is_none() {
                return Err(at_line(&format!("{seconds} is too late a time")));
            }
            match rate.parse::<f64>() {
                Ok(rate) if rate.is_finite() && rate >= 0.0 => records_per_second.push(rate),
                _ => {
                    return Err(at_line(&format!(
                        "'{}' is not a number of records per second of at least 0",
                        short(rate)
                    )));
                }
            }
        }
        if records_per_second.is_empty() {
            return Err(refuse("it has no row".to_owned()));
        }
        Ok(Self::new(name, records_per_second))
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The time of the first minute, if it is known.
    #[must_use]
    pub fn start(&self) -> Option<Timestamp> {
        self.start
    }

    pub(crate) fn clock(&self) -> Clock {
        self.start.map_or_else(Clock::default, |start| Clock { start })
    }

    /// The mean rate of each minute.
    #[must_use]
    pub fn records_per_second(&self) -> &[f64] {
        &self.records_per_second
    }

    /// Its length in minutes.
    #[must_use]
    pub fn minutes(&self) -> usize {
        self.records_per_second.len()
    }
}

/// A value as messages quote it: on one line and at most 40 characters long.
fn short(value: &str) -> String {
    const LONGEST: usize = 40;
    let shown: String = value.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if value.chars().count() > LONGEST { format!("{shown}...") } else { shown }
}
