//! What `aws cloudwatch get-metric-data` prints, or a CSV holds, made a history.

use crate::history::whole;
use crate::{History, HistoryError, Recorded};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A history, and what had to be done for it.
#[derive(Debug, Clone)]
pub struct Imported {
    /// The history.
    pub history: History,
    /// When it begins.
    pub start: Timestamp,
    /// What a person should know: minutes that are missing, and columns that nobody knows.
    pub notes: Vec<String>,
}

/// A query of CloudWatch, or a column of a CSV, by its name: what it is, and in which unit.
struct Source {
    id: &'static str,
    meaning: &'static str,
    set: fn(&mut Recorded, f64, f64),
}

/// Everything that is understood. The second number is the length of a data point in seconds.
const SOURCES: [Source; 9] = [
    Source {
        id: "load",
        meaning: "records that arrived, summed up over a data point",
        set: |minute, sum, seconds| minute.load = Some(sum / seconds),
    },
    Source {
        id: "load_rate",
        meaning: "records that arrived per second",
        set: |minute, rate, _| minute.load = Some(rate),
    },
    Source {
        id: "lag",
        meaning: "mean lag in milliseconds",
        set: |minute, lag, _| minute.lag = Some(lag / 1_000.0),
    },
    Source {
        id: "lag_seconds",
        meaning: "mean lag in seconds",
        set: |minute, lag, _| minute.lag = Some(lag),
    },
    Source {
        id: "worst_lag",
        meaning: "largest lag in milliseconds",
        set: |minute, lag, _| minute.worst_lag = Some(lag / 1_000.0),
    },
    Source {
        id: "worst_lag_seconds",
        meaning: "largest lag in seconds",
        set: |minute, lag, _| minute.worst_lag = Some(lag),
    },
    Source {
        id: "cpu",
        meaning: "mean CPU utilisation in percent",
        set: |minute, cpu, _| minute.cpu = Some(cpu),
    },
    Source {
        id: "kpus",
        meaning: "KPUs without the orchestration KPU",
        set: |minute, kpus, _| minute.kpus = whole(kpus),
    },
    Source {
        id: "kpus_billed",
        meaning: "KPUs with the orchestration KPU, as MSF publishes them",
        set: |minute, kpus, _| minute.kpus = whole(kpus - 1.0),
    },
];

/// The queries for `aws cloudwatch get-metric-data --metric-data-queries`, for an application that reads a Kinesis stream.
#[must_use]
pub fn queries(application: &str, stream: &str) -> Value {
    let query =
        |id: &str, namespace: &str, name: &str, dimensions: &[(&str, &str)], period: u32, statistic: &str| {
            let dimensions: Vec<_> =
                dimensions.iter().map(|(name, value)| json!({"Name": name, "Value": value})).collect();
            json!({"Id": id, "MetricStat": {
            "Metric": {"Namespace": namespace, "MetricName": name, "Dimensions": dimensions},
            "Period": period, "Stat": statistic}})
        };
    let msf = "AWS/KinesisAnalytics";
    let of_stream = [("Id", stream), ("Application", application), ("Flow", "Input")];
    let of_application = [("Application", application)];
    json!([
        query("load", "AWS/Kinesis", "IncomingRecords", &[("StreamName", stream)], 60, "Sum"),
        query("lag", msf, "millisBehindLatest", &of_stream, 60, "Average"),
        query("worst_lag", msf, "millisBehindLatest", &of_stream, 60, "Maximum"),
        query("cpu", msf, "containerCPUUtilization", &of_application, 60, "Average"),
        query("kpus", "KpuAutoscaler", "Kpus", &of_application, 60, "Average"),
        query("kpus_billed", msf, "KPUs", &of_application, 3_600, "Average"),
    ])
}

/// One data point: which source, when, and what.
struct Point {
    id: String,
    at: Timestamp,
    value: f64,
}

/// Reads what `get-metric-data` prints, one document or several after one another, or a CSV with the column `timestamp`; and the
/// operations that `aws kinesisanalyticsv2 list-application-operations` prints, for the lengths of the updates.
///
/// # Errors
/// If a file is nothing of the kind, or nothing of it is understood.
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
            "it has no data under any name that is understood, but under [{}]; name the queries or the columns {}",
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
            notes.push(format!("'{id}' is not understood and was left out"));
        }
    }
    // In their order, so that the KPUs of each look go before those of each hour.
    for source in SOURCES.iter().rev() {
        let Some(points) = by_id.get(source.id) else { continue };
        if let Some(point) = points.iter().find(|point| !(0.0..=LARGEST).contains(&point.value)) {
            return Err(refuse(format!(
                "'{}' is {} at {}, which cannot be",
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
                "the data points of '{}' are mostly {period} s apart, and were taken to be so long",
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
        notes.push(format!("the load of {missing} of {length} minutes is missing; backtest and simulate draw a line over the gap"));
    }
    Ok(Imported { history: History::new(name, minutes), start, notes })
}

/// The longest history, in minutes.
const LONGEST: usize = 400 * 1_440;

/// Beyond it nothing is a number of records, a time or a share.
const LARGEST: f64 = 1e12;

/// One value a minute: sums are added up, the worst is the worst, and of everything else it is the mean.
fn by_minute(source: &Source, points: &[&Point]) -> BTreeMap<i64, f64> {
    let mut minutes: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
    for point in points {
        minutes.entry(point.at.as_second().div_euclid(60)).or_default().push(point.value);
    }
    let together = |values: Vec<f64>| {
        let sum: f64 = values.iter().sum();
        #[expect(clippy::cast_precision_loss, reason = "the points of a minute")]
        let count = values.len() as f64;
        match source.id {
            "load" => sum,
            id if id.starts_with("worst") => values.into_iter().fold(0.0, f64::max),
            _ => sum / count,
        }
    };
    minutes.into_iter().map(|(minute, values)| (minute, together(values))).collect()
}

/// The length of the data points in seconds: their most frequent distance, the shorter of two.
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

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    metric_data_results: Vec<Series>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Series {
    id: String,
    #[serde(default)]
    status_code: String,
    timestamps: Vec<Value>,
    values: Vec<f64>,
}

fn from_json(text: &str, notes: &mut Vec<String>) -> Result<Vec<Point>, String> {
    let wrong = |error: &dyn std::fmt::Display| {
        format!("it is not what `aws cloudwatch get-metric-data --output json` prints: {error}")
    };
    let pages = serde_json::Deserializer::from_str(text).into_iter::<Page>();
    let mut points = Vec::new();
    for page in pages {
        for series in page.map_err(|error| wrong(&error))?.metric_data_results {
            if !["", "Complete"].contains(&series.status_code.as_str()) {
                notes.push(format!("'{}' is not complete: {}", series.id, series.status_code));
            }
            for (at, value) in series.timestamps.iter().zip(series.values) {
                let at = time_of(at).ok_or_else(|| wrong(&format!("{at} is no time")))?;
                points.push(Point { id: series.id.clone(), at, value });
            }
        }
    }
    Ok(points)
}

fn from_csv(text: &str) -> Result<Vec<Point>, String> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let heading = reader.headers().map_err(|error| error.to_string())?.clone();
    let Some(time) = heading.iter().position(|name| name == "timestamp") else {
        let found = heading.iter().collect::<Vec<_>>().join(", ");
        return Err(if heading.get(0) == Some("seconds") {
            "it is a history or a trace already; use kpu backtest, kpu tune or kpu simulate --trace"
                .to_owned()
        } else {
            format!(
                "it is neither JSON nor a CSV with commas and a column 'timestamp'; its columns are [{found}]"
            )
        });
    };
    let mut points = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let line = record.position().map_or(0, csv::Position::line);
        let text = &record[time];
        let at = time_of(&Value::from(text)).ok_or_else(|| {
            format!(
                "line {line}: '{text}' is no time with a zone, such as 2026-01-05T08:00:00Z or 1767600000"
            )
        })?;
        for (index, (name, cell)) in heading.iter().zip(&record).enumerate() {
            if index == time || cell.is_empty() {
                continue;
            }
            let value: f64 =
                cell.parse().map_err(|_| format!("line {line}: {name} is '{cell}', which is no number"))?;
            points.push(Point { id: name.to_owned(), at, value });
        }
    }
    Ok(points)
}

/// A time as AWS prints it: with a zone, or in seconds since 1970.
fn time_of(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => text.parse().ok().or_else(|| from_seconds(text.parse().ok()?)),
        Value::Number(number) => from_seconds(number.as_f64()?),
        _ => None,
    }
}

fn from_seconds(seconds: f64) -> Option<Timestamp> {
    // Nobody records the year 5138: these are milliseconds.
    let seconds = if seconds > 1e11 { seconds / 1_000.0 } else { seconds };
    #[expect(clippy::cast_possible_truncation, reason = "saturates, and is refused then")]
    Timestamp::from_second(seconds as i64).ok()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Operations {
    application_operation_info_list: Vec<Operation>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Operation {
    #[serde(rename = "Operation")]
    kind: String,
    #[serde(rename = "OperationStatus")]
    status: String,
    start_time: Value,
    /// One that is under way has none.
    #[serde(default)]
    end_time: Value,
}

/// Notes how long each update took in the minute in which it ended.
fn updates(file: &[u8], start: Timestamp, minutes: &mut [Recorded]) -> Result<(), String> {
    let operations: Operations = serde_json::from_slice(file).map_err(|error| {
        format!("the operations are not what `aws kinesisanalyticsv2 list-application-operations --output json` prints: {error}")
    })?;
    let updates = operations
        .application_operation_info_list
        .iter()
        .filter(|operation| operation.kind == "UpdateApplication" && operation.status == "SUCCESSFUL");
    for update in updates {
        let (Some(began), Some(ended)) = (time_of(&update.start_time), time_of(&update.end_time)) else {
            continue;
        };
        let minute = usize::try_from(ended.duration_since(start).as_mins()).ok().filter(|_| ended >= began);
        if let Some(minute) = minute.and_then(|minute| minutes.get_mut(minute)) {
            minute.update_seconds = Some(ended.duration_since(began).as_secs_f64());
        }
    }
    Ok(())
}
