//! The template of the dashboard: a dashboard is valid for every source, and each metric, alarm and log group on it exists.

use super::DASHBOARD;
use super::resolve::{Stack, scalar};
use super::resources::stack;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Every metric that may be on it, with its dimensions. Sources: MSF developer guide, "Metrics and dimensions in Managed Service for
/// Apache Flink"; MSK, "Monitor consumer lags"; Kinesis, "Monitoring with CloudWatch"; and the metrics of the functions.
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
            "records_lag_max",
            // Of the application's own.
            "orders_open",
        ],
    ),
    ("AWS/KinesisAnalytics", &["Application", "Flow"], &["restartingTime", "cancellingTime", "failingTime"]),
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
    (
        "KpuAutoscaler",
        &["Application"],
        &[
            "Kpus",
            "MinimumKpus",
            "MaximumKpus",
            "PinnedAtMaximum",
            "Blocked",
            "Ineffective",
            "Unreadable",
            "BuiltInAutoscaling",
        ],
    ),
    ("KpuAutoscaler", &["Application", "Reason"], &["Holds"]),
    (
        "KpuAutoscaler",
        &["Stream"],
        &["Shards", "MinimumShards", "MaximumShards", "PinnedAtMaximum", "Blocked", "Unreadable"],
    ),
    ("KpuAutoscaler", &["Stream", "Reason"], &["Holds"]),
];

/// Every metric on which a stack can scale, and none.
const SOURCES: [&str; 16] = [
    "containerCPUUtilization",
    "containerMemoryUtilization",
    "busyTimeMsPerSecond",
    "backPressuredTimeMsPerSecond",
    "lastCheckpointDuration",
    "millisBehindLatest",
    "MaxOffsetLag",
    "SumOffsetLag",
    "EstimatedMaxTimeLag",
    "records-lag-max",
    "IncomingRecords",
    "GetRecords.IteratorAgeMilliseconds",
    "SubscribeToShardEvent.MillisBehindLatest",
    "Custom",
    "UserAlarms",
    "WriteUtilization",
];

/// The name of the autoscaler stack.
const STACK: &str = "orders-scaling";

/// The parameters that both stacks take from `more`.
const SHARED: [&str; 2] = ["KinesisStreamName", "FanOutConsumerName"];

/// The dashboard of a stack that scales on a metric.
fn dashboard(metric: &str, more: &[(&str, &str)]) -> Value {
    let is_stream = metric == "WriteUtilization";
    let mut values = vec![
        ("AutoscalerStack", STACK),
        ("StateMachineArn", "arn:aws:states:eu-central-1:111122223333:stateMachine:StateMachine-1"),
        ("Target", if is_stream { "stream" } else { "application" }),
        ("ApplicationName", "orders"),
        ("KinesisStreamName", "clicks"),
        ("FanOutConsumerName", "flink"),
    ];
    if ["MaxOffsetLag", "SumOffsetLag", "EstimatedMaxTimeLag"].contains(&metric) {
        values.extend([("MskClusterName", "events"), ("KafkaTopic", "orders"), ("ConsumerGroup", "shop")]);
    }
    if metric == "UserAlarms" {
        values.extend([("ScaleOutAlarmName", "high"), ("ScaleInAlarmName", "low")]);
    }
    values.extend(more.iter().filter(|(name, _)| SHARED.contains(name)));
    let stack = Stack::of(DASHBOARD, &values);
    assert!(stack.objections().is_empty());
    let resources = stack.resources();
    let name = if is_stream { "StreamDashboard" } else { "ApplicationDashboard" };
    assert_eq!(scalar(&resources[name]["Properties"]["DashboardName"]), STACK);
    let body = scalar(&resources[name]["Properties"]["DashboardBody"]);
    serde_json::from_str(&body).unwrap_or_else(|error| panic!("{metric}: {error}\n{body}"))
}

/// The widgets of a stack that scales on a metric, with the metric and the threshold of an alarm where a widget draws that alarm.
pub(crate) fn widgets(metric: &str, more: &[(&str, &str)]) -> Vec<Value> {
    let mut widgets = dashboard(metric, more)["widgets"].as_array().unwrap().clone();
    let resources = autoscaler(metric, more);
    for properties in widgets.iter_mut().map(|widget| &mut widget["properties"]) {
        let arn = properties["annotations"]["alarms"][0].as_str().map(str::to_owned);
        if let Some(alarm) = arn.and_then(|arn| alarm(&resources, &arn)) {
            properties["metrics"] = drawn(&alarm);
            let threshold: f64 = scalar(&alarm["Threshold"]).parse().unwrap();
            properties["annotations"]["horizontal"] = json!([{"value": threshold}]);
        }
    }
    widgets
}

/// The resources of the autoscaler stack.
fn autoscaler(metric: &str, more: &[(&str, &str)]) -> serde_yaml_ng::Value {
    let alarms = [("MoreScaleOutAlarms", "high"), ("MoreScaleInAlarms", "low")];
    let thresholds = [("ScaleOutThreshold", "90"), ("ScaleInThreshold", "10")];
    stack(metric, &[&alarms[..], &thresholds, more].concat()).resources()
}

/// The alarm of the autoscaler stack with this ARN.
fn alarm(resources: &serde_yaml_ng::Value, arn: &str) -> Option<serde_yaml_ng::Value> {
    let (_, name) = arn.rsplit_once(":alarm:")?;
    let alarms = resources.as_mapping().unwrap().values().map(|resource| &resource["Properties"]);
    let is_it = |alarm: &&serde_yaml_ng::Value| {
        let own = alarm.get("AlarmName").map(scalar).unwrap_or_default();
        own.replace("<AWS::StackName>", STACK) == name
    };
    alarms.filter(|alarm| alarm.is_mapping()).find(is_it).cloned()
}

/// The rows that CloudWatch draws for an alarm.
fn drawn(alarm: &serde_yaml_ng::Value) -> Value {
    let row = |metric: &serde_yaml_ng::Value, options: Value| {
        let mut row = vec![json!(scalar(&metric["Namespace"])), json!(scalar(&metric["MetricName"]))];
        for dimension in metric["Dimensions"].as_sequence().unwrap() {
            row.extend([json!(scalar(&dimension["Name"])), json!(scalar(&dimension["Value"]))]);
        }
        row.push(options);
        Value::Array(row)
    };
    let Some(metrics) = alarm.get("Metrics") else {
        return json!([row(alarm, json!({"stat": scalar(&alarm["Statistic"])}))]);
    };
    let rows = metrics.as_sequence().unwrap().iter().map(|each| match each.get("Expression") {
        Some(expression) => json!([{"expression": scalar(expression), "label": scalar(&each["Label"])}]),
        None => row(&each["MetricStat"]["Metric"], json!({"id": scalar(&each["Id"]), "visible": false})),
    });
    rows.collect()
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
fn a_widget_without_data_for_the_source_is_left_out() {
    let of = |source: &str, more: &[(&str, &str)]| {
        let widgets = widgets(source, more);
        let titles = titles(&widgets).join("|");
        ["Kafka: time lag (s)", "Kinesis: lag (ms)"].map(|title| titles.contains(title))
    };
    let no_stream = [("KinesisStreamName", "")];
    assert_eq!(of("containerCPUUtilization", &no_stream), [false, false]);
    assert_eq!(of("EstimatedMaxTimeLag", &no_stream), [true, false]);
    assert_eq!(of("millisBehindLatest", &[]), [false, true]);
}

#[test]
fn every_widget_has_a_title_and_fits_the_grid() {
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
                "alarm" => assert!(properties["alarms"].as_array().unwrap().len() >= 4, "{widget}"),
                "metric" | "log" => assert!(properties["region"].is_string(), "{widget}"),
                other => panic!("{other}"),
            }
            // A row is full, or the next widget would move into it.
            column = (column + width) % 24;
        }
        assert!(column.is_multiple_of(12), "{source}: the last row ends at {column}");
        let distinct: BTreeSet<&str> = titles(&widgets).into_iter().collect();
        assert_eq!(distinct.len() + 1, widgets.len(), "{source}: each has a title of its own");
    }
}

#[test]
fn the_alarms_that_scale_are_drawn_with_their_thresholds() {
    for (source, out, r#in) in [
        ("millisBehindLatest", 30_000.0, 40.0),
        ("containerCPUUtilization", 85.0, 40.0),
        ("WriteUtilization", 75.0, 30.0),
    ] {
        let widgets = widgets(source, &[("ScaleOutThreshold", ""), ("ScaleInThreshold", "")]);
        for (title, threshold) in [("Scale-out alarm", out), ("Scale-in alarm", r#in)] {
            let drawn = widgets.iter().find(|widget| widget["properties"]["title"] == title).unwrap();
            assert_eq!(drawn["properties"]["annotations"]["horizontal"][0]["value"], threshold, "{source}");
        }
    }
    let of_the_user = widgets("UserAlarms", &[]);
    let drawn = of_the_user.iter().find(|widget| widget["properties"]["title"] == "Scale-out alarm").unwrap();
    assert!(drawn["properties"]["annotations"]["alarms"][0].as_str().unwrap().ends_with(":alarm:high"));
}

/// The dashboard finds alarms and log of the autoscaler stack by their names alone.
#[test]
fn every_alarm_and_log_on_it_exists() {
    for source in SOURCES {
        let resources = autoscaler(source, &[]);
        let body = dashboard(source, &[]).to_string();
        let named: Vec<&str> = body.split('"').filter(|text| text.contains(":alarm:")).collect();
        assert!(named.len() >= 6, "{source}");
        for arn in named {
            let is_of_the_user = arn.ends_with(":alarm:high") || arn.ends_with(":alarm:low");
            assert!(is_of_the_user || alarm(&resources, arn).is_some(), "{source}: {arn}");
        }
        let log = scalar(&resources["FunctionLogs"]["Properties"]["LogGroupName"]);
        assert!(body.contains(&format!("SOURCE '{}'", log.replace("<AWS::StackName>", STACK))), "{source}");
    }
}
