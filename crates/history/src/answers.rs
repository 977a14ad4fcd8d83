//! Parses JSON: the output of `get-metric-data`, of `get-metric-statistics` and of the range queries of Prometheus.

use crate::series::{Found, Series, short};
use crate::table::instant;
use serde_json::{Map, Value};

/// The accepted shapes, for the message about another one.
const SHAPES: &str = "the output of `aws cloudwatch get-metric-data --output json` (whole, its list MetricDataResults, or a list of pages), of `aws cloudwatch get-metric-statistics --output json`, or the answer of /api/v1/query_range of Prometheus";

/// Reads the series of one JSON document, or of several in a row.
pub(crate) fn from_json(text: &str) -> Result<Found, String> {
    let mut found = Found::default();
    let mut answers = 0;
    for document in serde_json::Deserializer::from_str(&without_nan(text)).into_iter::<Value>() {
        let document =
            document.map_err(|error| format!("the file is not complete JSON: {error}; write it again"))?;
        answers += 1;
        collect(&document, &mut answers, &mut found.series)?;
    }
    found.series = joined(found.series);
    for series in &found.series {
        if let Some(status) = &series.incomplete {
            let name = &series.name;
            found.notes.push(format!("'{name}' is not complete: {status}; import the next pages as well"));
        }
    }
    Ok(found)
}

/// Collects the series of a value of any accepted shape.
fn collect(value: &Value, answers: &mut usize, found: &mut Vec<Series>) -> Result<(), String> {
    let object = match value {
        Value::Array(items) => return items.iter().try_for_each(|item| collect(item, answers, found)),
        Value::Object(object) => object,
        other => return Err(format!("the JSON has {}, and is not {SHAPES}", short(&other.to_string()))),
    };
    let list = |key: &str| object.get(key).and_then(Value::as_array);
    if let Some(results) = list("MetricDataResults") {
        *answers += 1;
        results.iter().try_for_each(|result| collect(result, answers, found))
    } else if let (Some(times), Some(values)) = (list("Timestamps"), list("Values")) {
        found.push(result(object, times, values, *answers)?);
        Ok(())
    } else if let Some(points) = list("Datapoints") {
        *answers += 1;
        found.extend(statistics(object, points, *answers)?);
        Ok(())
    } else if let Some(metric) = object.get("metric").and_then(Value::as_object) {
        let single = object.get("value").map(|value| vec![value.clone()]);
        let points = list("values").cloned().or(single).unwrap_or_default();
        found.push(of_prometheus(metric, &points, *answers)?);
        Ok(())
    } else if let Some(data) = object.get("data").or_else(|| object.get("result")) {
        collect(data, answers, found)
    } else if let Some(error) = object.get("error").and_then(Value::as_str) {
        Err(format!("the file is a failed answer: {}; run the query again", short(error)))
    } else if object.contains_key("ApplicationOperationInfoList") {
        Err("the file is a list of operations; give it with --operations, beside the file of the metrics"
            .to_owned())
    } else {
        let keys: Vec<_> = object.keys().map(|key| short(key)).collect();
        Err(format!("the JSON has the fields [{}], and is not {SHAPES}", keys.join(", ")))
    }
}

/// Reads a result of `get-metric-data`.
fn result(
    object: &Map<String, Value>,
    times: &[Value],
    values: &[Value],
    answer: usize,
) -> Result<Series, String> {
    let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
    let name = if text("Id").is_empty() { text("Label") } else { text("Id") };
    if times.len() != values.len() {
        return Err(format!(
            "'{name}' has {} times and {} values; write the file again",
            times.len(),
            values.len()
        ));
    }
    let status = text("StatusCode");
    let label = Some(text("Label")).filter(|label| !label.is_empty() && *label != name);
    let points = times.iter().zip(values).map(|(at, value)| Ok((time(name, at)?, number(value))));
    Ok(Series {
        name: name.to_owned(),
        label: label.map(str::to_owned),
        points: points.collect::<Result<_, String>>()?,
        answer,
        incomplete: (!["", "Complete"].contains(&status)).then(|| status.to_owned()),
        ..Series::default()
    })
}

/// Reads the output of `get-metric-statistics`: a series for each statistic.
fn statistics(object: &Map<String, Value>, points: &[Value], answer: usize) -> Result<Vec<Series>, String> {
    let name = object.get("Label").and_then(Value::as_str).unwrap_or("Datapoints");
    let mut series: Vec<Series> = Vec::new();
    for point in points.iter().filter_map(Value::as_object) {
        let at = time(name, point.get("Timestamp").unwrap_or(&Value::Null))?;
        for (statistic, value) in point.iter().filter(|(_, value)| value.is_number() || value.is_null()) {
            let known = series.iter().position(|series| series.statistic.as_ref() == Some(statistic));
            let index = known.unwrap_or_else(|| {
                let (name, statistic) = (name.to_owned(), Some(statistic.clone()));
                series.push(Series { name, statistic, answer, ..Series::default() });
                series.len() - 1
            });
            series[index].points.push((at, number(value)));
        }
    }
    Ok(series)
}

/// Reads a series of Prometheus. Its points are pairs of a time and a text.
fn of_prometheus(metric: &Map<String, Value>, points: &[Value], answer: usize) -> Result<Series, String> {
    let label = |(key, value): (&String, &Value)| format!("{key}={value}");
    let labels: Vec<_> = metric.iter().filter(|(key, _)| *key != "__name__").map(label).collect();
    let name = match (metric.get("__name__").and_then(Value::as_str), labels.is_empty()) {
        (Some(name), true) => name.to_owned(),
        (name, false) => format!("{}{{{}}}", name.unwrap_or_default(), labels.join(",")),
        (None, true) => "value".to_owned(),
    };
    let point = |pair: &Value| {
        let at = time(&name, pair.get(0).unwrap_or(&Value::Null))?;
        Ok((at, pair.get(1).map_or(f64::NAN, number)))
    };
    let points = points.iter().map(point).collect::<Result<_, String>>()?;
    Ok(Series { name, points, answer, ..Series::default() })
}

fn time(name: &str, value: &Value) -> Result<i64, String> {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    instant(&text).ok_or_else(|| {
        format!("'{name}' has the time {}, which is not a time with a zone, such as 2026-01-05T08:00:00Z or 1767600000", short(&text))
    })
}

fn number(value: &Value) -> f64 {
    value.as_f64().or_else(|| value.as_str()?.parse().ok()).unwrap_or(f64::NAN)
}

/// Appends each series to the incomplete one that it completes.
fn joined(series: Vec<Series>) -> Vec<Series> {
    let mut all: Vec<Series> = Vec::new();
    for next in series {
        let before = all.iter_mut().find(|before| before.name == next.name && before.incomplete.is_some());
        match before {
            Some(before) => {
                before.points.extend(next.points);
                before.incomplete = next.incomplete;
            }
            None => all.push(next),
        }
    }
    all
}

/// Replaces the numbers that JSON does not know, and that Python writes nevertheless.
fn without_nan(text: &str) -> String {
    if !text.contains("NaN") && !text.contains("Infinity") {
        return text.to_owned();
    }
    let mut parts: Vec<String> = Vec::new();
    let (mut in_string, mut is_escaped, mut start) = (false, false, 0);
    let mut push = |part: &str, in_string: bool| {
        parts.push(if in_string {
            part.to_owned()
        } else {
            part.replace("-Infinity", "null").replace("Infinity", "null").replace("NaN", "null")
        });
    };
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_string => is_escaped = true,
            b'"' => {
                push(&text[start..index], in_string);
                start = index;
                in_string = !in_string;
            }
            _ => {}
        }
    }
    push(&text[start..], in_string);
    parts.concat()
}
