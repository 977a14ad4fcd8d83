//! What `aws cloudwatch get-metric-data` prints, or a CSV holds, made a history.

use crate::history::whole;
use crate::{History, HistoryError, Recorded};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

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
    let text = std::str::from_utf8(file).map_err(|_| refuse("the file is not text".to_owned()))?;
    let points = if text.trim_start().starts_with(['{', '[']) { from_json(text) } else { from_csv(text) };
    let points = points.map_err(refuse)?;
    let known = |point: &&Point| SOURCES.iter().any(|source| source.id == point.id);
    let minute_of = |at: Timestamp| at.as_second().div_euclid(60);
    let (Some(first), Some(last)) = (
        points.iter().filter(known).map(|point| minute_of(point.at)).min(),
        points.iter().filter(known).map(|point| minute_of(point.at)).max(),
    ) else {
        let ids: Vec<_> =
            SOURCES.iter().map(|source| format!("{} ({})", source.id, source.meaning)).collect();
        return Err(refuse(format!("it has no data under any name that is understood: {}", ids.join(", "))));
    };
    let length = usize::try_from(last - first + 1).unwrap_or(0);
    if length > LONGEST {
        return Err(refuse(format!("it spans {length} minutes; import at most 400 days")));
    }
    let mut minutes = vec![Recorded::default(); length];
    let mut notes = Vec::new();
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
        let period = period(points);
        for point in points {
            let from = usize::try_from(minute_of(point.at) - first).unwrap_or(0);
            let covered = if source.id.starts_with("kpus") {
                1
            } else {
                usize::try_from(period / 60).unwrap_or(1).max(1)
            };
            #[expect(clippy::cast_precision_loss, reason = "the seconds of a period")]
            minutes
                .iter_mut()
                .skip(from)
                .take(covered)
                .for_each(|minute| (source.set)(minute, point.value, period as f64));
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

/// The length of the data points in seconds: the shortest distance of two of them, at least a minute.
fn period(points: &[&Point]) -> i64 {
    let gaps = points.windows(2).map(|pair| pair[1].at.as_second() - pair[0].at.as_second());
    gaps.filter(|gap| *gap > 0).min().unwrap_or(60).clamp(60, 3_600)
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
    timestamps: Vec<Value>,
    values: Vec<f64>,
}

fn from_json(text: &str) -> Result<Vec<Point>, String> {
    let wrong = |error: &dyn std::fmt::Display| {
        format!("it is not what `aws cloudwatch get-metric-data --output json` prints: {error}")
    };
    let pages = serde_json::Deserializer::from_str(text).into_iter::<Page>();
    let mut points = Vec::new();
    for page in pages {
        for series in page.map_err(|error| wrong(&error))?.metric_data_results {
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
        return Err("it is neither JSON nor a CSV with a column 'timestamp'".to_owned());
    };
    let mut points = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let line = record.position().map_or(0, csv::Position::line);
        let text = &record[time];
        let at = time_of(&Value::from(text))
            .ok_or_else(|| format!("line {line}: '{text}' is no time, such as 2026-01-05T08:00:00Z"))?;
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
        let minute = usize::try_from(ended.duration_since(start).as_mins()).ok();
        if let Some(minute) = minute.and_then(|minute| minutes.get_mut(minute)) {
            minute.update_seconds = Some(ended.duration_since(began).as_secs_f64());
        }
    }
    Ok(())
}
