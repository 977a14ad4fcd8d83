//! The dashboard: that it can be drawn for every source, and that everything on it exists.

use crate::resolve::scalar;
use crate::resources::stack;
use serde_json::Value;
use std::collections::BTreeSet;

/// Every metric that may be on it, with its dimensions. Sources: MSF developer guide, "Metrics and dimensions in Managed Service for
/// Apache Flink"; MSK, "Monitor consumer lags"; Kinesis, "Monitoring with CloudWatch"; and what the functions write.
const METRICS: [(&str, &[&str], &[&str]); 10] = [
    (
        "AWS/KinesisAnalytics",
        &["Application"],
        &[
            "KPUs",
            "containerCPUUtilization",
            "containerMemoryUtilization",
            "heapMemoryUtilization",
            "busyTimeMsPerSecond",
            "idleTimeMsPerSecond",
            "backPressuredTimeMsPerSecond",
            "numRecordsInPerSecond",
            "numRecordsOutPerSecond",
            "numLateRecordsDropped",
            "currentInputWatermark",
            "currentOutputWatermark",
            "lastCheckpointDuration",
            "lastCheckpointSize",
            "numberOfFailedCheckpoints",
            "fullRestarts",
            "numRestarts",
            "downtime",
            // Of the application's own.
            "orders_open",
        ],
    ),
    ("AWS/KinesisAnalytics", &["Application", "Flow"], &["restartingTime"]),
    ("AWS/KinesisAnalytics", &["Id", "Application", "Flow"], &["millisBehindLatest"]),
    (
        "AWS/Kafka",
        &["Cluster Name", "Consumer Group", "Topic"],
        &["MaxOffsetLag", "SumOffsetLag", "EstimatedMaxTimeLag"],
    ),
    (
        "AWS/Kinesis",
        &["StreamName"],
        &[
            "IncomingBytes",
            "IncomingRecords",
            "GetRecords.IteratorAgeMilliseconds",
            "WriteProvisionedThroughputExceeded",
        ],
    ),
    ("AWS/Kinesis", &["StreamName", "ConsumerName"], &["SubscribeToShardEvent.MillisBehindLatest"]),
    ("KpuAutoscaler", &["Application"], &["Kpus", "MinimumKpus", "MaximumKpus"]),
    ("KpuAutoscaler", &["Application", "Reason"], &["Holds"]),
    ("KpuAutoscaler", &["Stream"], &["Shards", "MinimumShards", "MaximumShards"]),
    ("KpuAutoscaler", &["Stream", "Reason"], &["Holds"]),
];

/// Every metric on which a stack can scale, and none.
const SOURCES: [&str; 15] = [
    "containerCPUUtilization",
    "containerMemoryUtilization",
    "busyTimeMsPerSecond",
    "backPressuredTimeMsPerSecond",
    "lastCheckpointDuration",
    "millisBehindLatest",
    "MaxOffsetLag",
    "SumOffsetLag",
    "EstimatedMaxTimeLag",
    "IncomingRecords",
    "GetRecords.IteratorAgeMilliseconds",
    "SubscribeToShardEvent.MillisBehindLatest",
    "Custom",
    "UserAlarms",
    "WriteUtilization",
];

/// The widgets of a stack that scales on a metric.
pub(crate) fn widgets(metric: &str, more: &[(&str, &str)]) -> Vec<Value> {
    let alarms = [("MoreScaleOutAlarms", "high"), ("MoreScaleInAlarms", "low")];
    let thresholds = [("ScaleOutThreshold", "90"), ("ScaleInThreshold", "10")];
    let resources = stack(metric, &[&alarms[..], &thresholds, more].concat()).resources();
    let name = if metric == "WriteUtilization" { "StreamDashboard" } else { "Dashboard" };
    let body = scalar(&resources[name]["Properties"]["DashboardBody"]);
    let body: Value = serde_json::from_str(&body).unwrap_or_else(|error| panic!("{metric}: {error}\n{body}"));
    body["widgets"].as_array().unwrap().clone()
}

/// The metrics of a widget, as namespace, name and the names of the dimensions; of a search, as it says.
fn metrics(widget: &Value) -> Vec<(String, String, Vec<String>)> {
    let rows = widget["properties"]["metrics"].as_array().into_iter().flatten();
    let found = rows.filter_map(|row| {
        let row = row.as_array().unwrap();
        if let Some(expression) = row[0]["expression"].as_str() {
            let search = expression.strip_prefix("SEARCH('{")?;
            let (schema, rest) = search.split_once('}').unwrap();
            let name = rest.split("MetricName=\"").nth(1).unwrap().split('"').next().unwrap();
            let mut schema = schema.split(',').map(str::to_owned);
            return Some((schema.next().unwrap(), name.to_owned(), schema.collect()));
        }
        let words: Vec<&str> = row.iter().map_while(Value::as_str).collect();
        let dimensions = words[2..].iter().step_by(2).map(|name| (*name).to_owned());
        Some((words[0].to_owned(), words[1].to_owned(), dimensions.collect()))
    });
    found.collect()
}

fn titles(widgets: &[Value]) -> Vec<&str> {
    widgets.iter().filter_map(|widget| widget["properties"]["title"].as_str()).collect()
}

#[test]
fn every_metric_on_it_exists_with_these_dimensions() {
    let mut seen = BTreeSet::new();
    for source in SOURCES {
        for widget in widgets(source, &[]) {
            for (namespace, name, dimensions) in metrics(&widget) {
                let known = METRICS.iter().any(|(of, with, names)| {
                    *of == namespace && *with == dimensions && names.contains(&name.as_str())
                });
                assert!(
                    known,
                    "{source}: {namespace} {name} {dimensions:?} in {}",
                    widget["properties"]["title"]
                );
                seen.insert(name);
            }
        }
    }
    for name in METRICS.iter().flat_map(|(_, _, names)| *names) {
        assert!(seen.contains(*name), "{name} is on no dashboard");
    }
}

#[test]
fn what_has_no_data_for_the_source_is_left_out() {
    let of = |source: &str, more: &[(&str, &str)]| {
        let widgets = widgets(source, more);
        let titles = titles(&widgets).join("|");
        ["Kafka: seconds behind", "Kinesis: behind (ms)", "Minutes beyond", "What it scales out on"]
            .map(|title| titles.contains(title))
    };
    let no_stream = [("KinesisStreamName", "")];
    assert_eq!(of("containerCPUUtilization", &no_stream), [false, false, false, true]);
    assert_eq!(of("EstimatedMaxTimeLag", &no_stream), [true, false, true, true]);
    assert_eq!(of("millisBehindLatest", &[]), [false, true, true, true]);
    assert_eq!(of("UserAlarms", &no_stream), [false, false, false, false]);
}

#[test]
fn every_widget_says_what_it_is_and_fits_the_grid() {
    for source in SOURCES {
        let widgets = widgets(source, &[]);
        let mut column = 0;
        for widget in &widgets {
            let width = widget["width"].as_u64().unwrap();
            assert!(widget["height"].is_u64() && width <= 24, "{source}: {widget}");
            let properties = &widget["properties"];
            match widget["type"].as_str().unwrap() {
                "text" => {
                    let name = if source == "WriteUtilization" { "# clicks\n" } else { "# orders\n" };
                    assert!(properties["markdown"].as_str().unwrap().starts_with(name), "{widget}");
                }
                "alarm" => assert!(properties["alarms"].as_array().unwrap().len() >= 8, "{widget}"),
                "metric" | "log" => assert!(properties["region"].is_string(), "{widget}"),
                other => panic!("{other}"),
            }
            // A row is full, or what comes next would not stand where it belongs.
            column = (column + width) % 24;
        }
        assert!(column.is_multiple_of(12), "{source}: the last row ends at {column}");
        let distinct: BTreeSet<&str> = titles(&widgets).into_iter().collect();
        assert_eq!(distinct.len() + 1, widgets.len(), "{source}: each has a title of its own");
    }
}

#[test]
fn what_is_scaled_on_is_drawn_with_the_alarms_threshold() {
    for (source, threshold) in [("millisBehindLatest", 30_000.0), ("containerCPUUtilization", 85.0)] {
        let resources = stack(source, &[]).resources();
        let body = scalar(&resources["Dashboard"]["Properties"]["DashboardBody"]);
        let body: Value = serde_json::from_str(&body).unwrap();
        let drawn = body["widgets"].as_array().unwrap().iter();
        let drawn = drawn.filter(|widget| {
            titles(std::slice::from_ref(widget))[..] == [format!("What it scales out on: {source}")]
        });
        let drawn: Vec<&Value> = drawn.collect();
        assert_eq!(drawn[0]["properties"]["annotations"]["horizontal"][0]["value"], threshold);
    }
    let none = stack("containerCPUUtilization", &[("ShowDashboard", "no")]).resources();
    assert!(none.get("Dashboard").is_none());
}
