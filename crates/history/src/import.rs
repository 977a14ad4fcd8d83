//! Makes a history from the output of `aws cloudwatch get-metric-data` or from a CSV.

use crate::figures::as_float;
use crate::printed::{Point, from_csv, from_json, updates};
use crate::sources::{SOURCES, Source};
use crate::{History, HistoryError, Recorded};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// A history, and notes about its import.
#[derive(Debug, Clone)]
pub struct Imported {
    /// The history.
    pub history: History,
    /// The time of the first minute.
    pub start: Timestamp,
    /// Notes for the user, about missing minutes and unknown columns.
    pub notes: Vec<String>,
}

/// Reads the output of `get-metric-data`, which is one document or several, or a CSV with the column `timestamp`. Also reads the output
/// of `aws kinesisanalyticsv2 list-application-operations`, for the durations of the updates.
///
/// # Errors
/// If a file has another format, or no known metric.
pub fn import(name: &str, file: &[u8], operations: Option<&[u8]>) -> Result<Imported, HistoryError> {
    let refuse = |reason: String| HistoryError { history: name.to_owned(), reason };
    let text = std::str::from_utf8(file).map_err(|_| {
        refuse(
            "the file is not text in UTF-8; in PowerShell, write it by `| Out-File -Encoding utf8`"
                .to_owned(),
        )
    })?;
    let text = text.trim_start_matches('\u{feff}');
    let mut notes = Vec::new();
    let points =
        if text.trim_start().starts_with(['{', '[']) { from_json(text, &mut notes) } else { from_csv(text) };
    let points = points.map_err(refuse)?;
    let known = |point: &&Point| SOURCES.iter().any(|source| source.id == point.id);
    let minute_of = |at: Timestamp| at.as_second().div_euclid(60);
    let (Some(first), Some(last)) = (
        points.iter().filter(known).map(|point| minute_of(point.at)).min(),
        points.iter().filter(known).map(|point| minute_of(point.at)).max(),
    ) else {
        let ids: Vec<_> =
            SOURCES.iter().map(|source| format!("{} ({})", source.id, source.meaning)).collect();
        let found: BTreeSet<&str> = points.iter().map(|point| point.id.as_str()).collect();
        let found: Vec<&str> = found.into_iter().collect();
        return Err(refuse(format!(
            "it has no known query or column, only [{}]; name the queries or the columns {}",
            found.join(", "),
            ids.join(", ")
        )));
    };
    let length = usize::try_from(last - first + 1).unwrap_or(0);
    if length > LONGEST {
        return Err(refuse(format!("it spans {length} minutes; import at most 400 days")));
    }
    let mut minutes = vec![Recorded::default(); length];
    let mut by_id: BTreeMap<&str, Vec<&Point>> = BTreeMap::new();
    for point in &points {
        by_id.entry(&point.id).or_default().push(point);
    }
    for (id, points) in &mut by_id {
        points.sort_by_key(|point| point.at);
        if !SOURCES.iter().any(|source| source.id == *id) {
            notes.push(format!("'{id}' is not a known query or column and was left out"));
        }
    }
    // In reverse order, so that the KPUs of each check replace the KPUs of each hour.
    for source in SOURCES.iter().rev() {
        let Some(points) = by_id.get(source.id) else { continue };
        if let Some(point) = points.iter().find(|point| !(0.0..=LARGEST).contains(&point.value)) {
            return Err(refuse(format!(
                "'{}' is {} at {}, which is out of range; correct the data",
                point.id, point.value, point.at
            )));
        }
        let period = period(points);
        if period > 3_600 {
            return Err(refuse(format!(
                "the data points of '{}' are {period} s apart; ask for a period of 60 s",
                source.id
            )));
        }
        let is_size = source.id.starts_with("kpus");
        if period != 60 && !is_size {
            notes.push(format!(
                "the data points of '{}' are mostly {period} s apart, and each was used for this period",
                source.id
            ));
        }
        let covered = if is_size { 1 } else { usize::try_from(period / 60).unwrap_or(1).max(1) };
        for (minute, value) in by_minute(source, points) {
            let from = usize::try_from(minute - first).unwrap_or(0);
            #[expect(clippy::cast_precision_loss, reason = "the seconds of a period")]
            let seconds = period.max(60) as f64;
            minutes
                .iter_mut()
                .skip(from)
                .take(covered)
                .for_each(|minute| (source.set)(minute, value, seconds));
        }
    }
    let start = Timestamp::from_second(first * 60).map_err(|error| refuse(error.to_string()))?;
    if let Some(operations) = operations {
        updates(operations, start, &mut minutes).map_err(refuse)?;
    }
    let missing = minutes.iter().filter(|minute| minute.load.is_none()).count();
    if missing > 0 {
        notes.push(format!(
            "the load of {missing} of {length} minutes is missing; backtest and simulate interpolate it"
        ));
    }
    Ok(Imported { history: History::new(name, minutes), start, notes })
}

/// The longest history, in minutes.
const LONGEST: usize = 400 * 1_440;

/// The largest accepted value of any metric.
const LARGEST: f64 = 1e12;

/// Returns one value a minute: the sum of sums, the maximum of maxima, and the mean of all other values.
fn by_minute(source: &Source, points: &[&Point]) -> BTreeMap<i64, f64> {
    let mut minutes: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
    for point in points {
        minutes.entry(point.at.as_second().div_euclid(60)).or_default().push(point.value);
    }
    let together = |values: Vec<f64>| {
        let sum: f64 = values.iter().sum();
        let count = as_float(values.len());
        match source.id {
            "load" => sum,
            id if id.starts_with("worst") => values.into_iter().fold(0.0, f64::max),
            _ => sum / count,
        }
    };
    minutes.into_iter().map(|(minute, values)| (minute, together(values))).collect()
}

/// Returns the period of the data points in seconds: their most frequent distance, or the shortest of equally frequent ones.
fn period(points: &[&Point]) -> i64 {
    let mut gaps: BTreeMap<i64, usize> = BTreeMap::new();
    for pair in points.windows(2) {
        let gap = pair[1].at.as_second() - pair[0].at.as_second();
        if gap > 0 {
            *gaps.entry(gap).or_default() += 1;
        }
    }
    let most = gaps.values().max().copied();
    gaps.into_iter().find(|(_, count)| Some(*count) == most).map_or(60, |(gap, _)| gap)
}
