//! Metrics in the embedded metric format. CloudWatch reads them from the log, so they need no call.

use serde_json::{Map, Value, json};
use tasks::{Measurement, ResourceKind};

/// The namespace of the metrics.
const NAMESPACE: &str = "KpuAutoscaler";

/// Returns a line of the log that CloudWatch reads as metrics.
///
/// Source: CloudWatch user guide, "Embedded metric format specification".
pub(crate) fn embedded(measurement: &Measurement) -> Value {
    let dimension = ResourceKind::of(measurement.unit).metric_dimension;
    let metrics: Vec<Value> = measurement
        .values
        .iter()
        .map(|(metric, _)| json!({"Name": metric.name(), "Unit": "Count"}))
        .collect();
    let mut directives =
        vec![json!({"Namespace": NAMESPACE, "Dimensions": [[dimension]], "Metrics": metrics})];
    let mut line = Map::new();
    line.insert(dimension.to_owned(), json!(measurement.name));
    if let Some(reason) = measurement.hold {
        directives.push(json!({
            "Namespace": NAMESPACE, "Dimensions": [[dimension, "Reason"]], "Metrics": [{"Name": "Holds", "Unit": "Count"}],
        }));
        line.insert("Reason".to_owned(), json!(format!("{reason:?}")));
        line.insert("Holds".to_owned(), json!(1));
    }
    line.insert(
        "_aws".to_owned(),
        json!({"Timestamp": measurement.at.as_millisecond(), "CloudWatchMetrics": directives}),
    );
    line.extend(measurement.values.iter().map(|(metric, value)| (metric.name(), json!(value))));
    Value::Object(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use scaling::{Reason, Unit};
    use tasks::Metric;

    /// Every name that the metadata mentions is a member of the line, and the template's alarms watch this namespace.
    #[test]
    fn a_line_has_the_embedded_metric_format() {
        let measurement = Measurement {
            at: "2026-11-21T10:04:12.345Z".parse().unwrap_or_default(),
            unit: Unit::Kpu,
            name: "orders".to_owned(),
            values: vec![(Metric::Kpus, 8.0), (Metric::PinnedAtMaximum, 1.0)],
            hold: Some(Reason::AtMaximum),
        };
        assert_eq!(
            embedded(&measurement),
            json!({
                "_aws": {
                    "Timestamp": 1_795_255_452_345_i64,
                    "CloudWatchMetrics": [{
                        "Namespace": "KpuAutoscaler",
                        "Dimensions": [["Application"]],
                        "Metrics": [{"Name": "Kpus", "Unit": "Count"}, {"Name": "PinnedAtMaximum", "Unit": "Count"}],
                    }, {
                        "Namespace": "KpuAutoscaler",
                        "Dimensions": [["Application", "Reason"]],
                        "Metrics": [{"Name": "Holds", "Unit": "Count"}],
                    }],
                },
                "Application": "orders",
                "Reason": "AtMaximum",
                "Holds": 1,
                "Kpus": 8.0,
                "PinnedAtMaximum": 1.0,
            })
        );
        let template = include_str!("../../../template.yaml");
        assert!(template.contains(&format!("Namespace: {NAMESPACE}\n")));
    }
}
