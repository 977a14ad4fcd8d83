//! Parses the output of the AWS CLI, and CSV files.

use crate::Recorded;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

/// A data point of a query or a column.
pub(crate) struct Point {
    pub(crate) id: String,
    pub(crate) at: Timestamp,
    pub(crate) value: f64,
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

pub(crate) fn from_json(text: &str, notes: &mut Vec<String>) -> Result<Vec<Point>, String> {
    let wrong = |error: &dyn std::fmt::Display| {
        format!("it is not the output of `aws cloudwatch get-metric-data --output json`: {error}")
    };
    let pages = serde_json::Deserializer::from_str(text).into_iter::<Page>();
    let mut points = Vec::new();
    for page in pages {
        for series in page.map_err(|error| wrong(&error))?.metric_data_results {
            if !["", "Complete"].contains(&series.status_code.as_str()) {
                notes.push(format!("'{}' is not complete: {}", series.id, series.status_code));
            }
            for (at, value) in series.timestamps.iter().zip(series.values) {
                let at = time_of(at).ok_or_else(|| wrong(&format!("{at} is not a time")))?;
                points.push(Point { id: series.id.clone(), at, value });
            }
        }
    }
    Ok(points)
}

pub(crate) fn from_csv(text: &str) -> Result<Vec<Point>, String> {
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
                "line {line}: '{text}' is not a time with a zone, such as 2026-01-05T08:00:00Z or 1767600000"
            )
        })?;
        for (index, (name, cell)) in heading.iter().zip(&record).enumerate() {
            if index == time || cell.is_empty() {
                continue;
            }
            let value: f64 = cell
                .parse()
                .map_err(|_| format!("line {line}: {name} is '{cell}', which is not a number"))?;
            points.push(Point { id: name.to_owned(), at, value });
        }
    }
    Ok(points)
}

/// Parses a time of the AWS CLI: with a zone, or in seconds since 1970.
fn time_of(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => text.parse().ok().or_else(|| from_seconds(text.parse().ok()?)),
        Value::Number(number) => from_seconds(number.as_f64()?),
        _ => None,
    }
}

fn from_seconds(seconds: f64) -> Option<Timestamp> {
    // A value above the year 5138 is in milliseconds.
    let seconds = if seconds > 1e11 { seconds / 1_000.0 } else { seconds };
    #[expect(clippy::cast_possible_truncation, reason = "saturates, and is rejected then")]
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
    /// Absent while the operation is running.
    #[serde(default)]
    end_time: Value,
}

/// Stores the duration of each update in the minute in which it ended.
pub(crate) fn updates(file: &[u8], start: Timestamp, minutes: &mut [Recorded]) -> Result<(), String> {
    let operations: Operations = serde_json::from_slice(file).map_err(|error| {
        format!("the file of operations is not the output of `aws kinesisanalyticsv2 list-application-operations --output json`: {error}")
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
