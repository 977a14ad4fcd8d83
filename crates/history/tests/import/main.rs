//! The output of AWS becomes a history with a row a minute, and other files are rejected with a sentence.

mod formats;
mod load;
mod queries;

use history::{Imported, Reading};
use serde_json::{Value, json};

/// Imports a file without any option.
fn import(name: &str, file: &[u8], operations: Option<&[u8]>) -> Result<Imported, String> {
    history::import(name, file, operations, &Reading::default()).map_err(|error| error.to_string())
}

/// A series of `get-metric-data`, with a value for each of these minutes of a day.
fn series(id: &str, points: &[(i64, f64)]) -> Value {
    let time = |minute: i64| format!("2026-11-01T{:02}:{:02}:00+00:00", minute / 60, minute % 60);
    json!({"Id": id, "StatusCode": "Complete",
        "Timestamps": points.iter().map(|(minute, _)| time(*minute)).collect::<Vec<_>>(),
        "Values": points.iter().map(|(_, value)| *value).collect::<Vec<_>>()})
}

fn answer(results: &[Value]) -> String {
    json!({"MetricDataResults": results, "Messages": []}).to_string()
}
