//! The template agrees with the table of known metrics: namespaces, units, lags and statistics.

use super::TEMPLATE;
use super::resolve::scalar;
use super::resources::stack;
use serde_yaml_ng::Value;
use tasks::{KnownMetric, MetricKind, known_metric, scale_metric};

/// The values of `ScaleMetric` that name no metric of CloudWatch: an expression, a metric of the user, and alarms of the user.
const NO_METRICS: [&str; 3] = ["WriteUtilization", "Custom", "UserAlarms"];

/// Every metric of the mapping with its row in the table and its row in the mapping.
fn metrics() -> Vec<(&'static KnownMetric, Value)> {
    let template: Value = serde_yaml_ng::from_str(TEMPLATE).unwrap();
    let rows = template["Mappings"]["Metrics"].as_mapping().unwrap();
    let named = rows.iter().map(|(name, row)| (name.as_str().unwrap(), row));
    let metrics: Vec<_> = named
        .filter(|(name, _)| !NO_METRICS.contains(name))
        .map(|(name, row)| {
            (known_metric(&in_cloudwatch(name)).unwrap_or_else(|| panic!("{name} is not known")), row.clone())
        })
        .collect();
    assert_eq!(metrics.len() + NO_METRICS.len(), rows.len());
    metrics
}

/// The name in CloudWatch of a value of `ScaleMetric`.
fn in_cloudwatch(name: &str) -> String {
    if name == "records-lag-max" { "records_lag_max".to_owned() } else { name.to_owned() }
}

/// CloudFormation refuses a template with another character in a key of a mapping.
#[test]
fn the_keys_of_the_mapping_are_valid_in_cloudformation() {
    let template: Value = serde_yaml_ng::from_str(TEMPLATE).unwrap();
    let is_valid = |key: &str| key.chars().all(|part| part.is_ascii_alphanumeric() || "-.".contains(part));
    for key in template["Mappings"]["Metrics"].as_mapping().unwrap().keys().map(|key| key.as_str().unwrap()) {
        assert!(is_valid(key), "{key}");
        assert_eq!(scale_metric(&in_cloudwatch(key)), key);
    }
}

#[test]
fn every_metric_of_the_mapping_is_known_with_its_namespace() {
    for (metric, row) in metrics() {
        assert_eq!(scalar(&row["Namespace"]), metric.namespace, "{}", metric.name);
    }
}

/// Metrics of the same kind have the same default thresholds in seconds or as a share, in any unit. A threshold of 0 stands for
/// no default.
#[test]
fn the_default_thresholds_are_in_the_unit_of_the_metric() {
    for (metric, row) in metrics() {
        let expected = match metric.kind {
            // Of a lag from committed offsets, up to 90 s are no lag.
            MetricKind::LagInTime { seconds: 1.0 } => {
                assert!(metric.is_of_committed_offsets());
                [120.0, 90.0, 75.0, 0.0]
            }
            MetricKind::LagInTime { seconds } => [30.0 / seconds, 1.0 / seconds, 15.0 / seconds, 0.0],
            MetricKind::Utilization { share } => [0.85 / share, 0.4 / share, 0.85 / share, 0.6 / share],
            MetricKind::LagInRecords | MetricKind::Writes => [0.0; 4],
            // Each of them has its own unit and its own sense of too much.
            MetricKind::Health => continue,
            MetricKind::Throughput | MetricKind::Size | MetricKind::OtherLag => {
                panic!("{} cannot scale", metric.name)
            }
        };
        let columns = ["Out", "In", "DemandOut", "DemandIn"];
        let thresholds = columns.map(|column| scalar(&row[column]));
        assert_eq!(thresholds, expected.map(|threshold: f64| threshold.to_string()), "{}", metric.name);
    }
}

/// A lag is zero at every sufficient size, so that the stack scales in on a utilization, up to the largest lag allowed. Back pressure is no
/// lag and is zero in the same way.
#[test]
fn a_lag_scales_in_on_a_utilization() {
    for (metric, _) in metrics() {
        let more = [("ScaleOutThreshold", "9"), ("ScaleInThreshold", "1")];
        let resources = stack(&scale_metric(metric.name), &more).resources();
        let watched = |alarm: &str| scalar(&resources[alarm]["Properties"]["MetricName"]);
        assert_eq!(watched("ScaleOutAlarm"), metric.name);
        let utilization = Some(watched("ScaleInAlarm")).filter(|name| name != metric.name);
        let separate = metric.kind.is_lag() || metric.name == "backPressuredTimeMsPerSecond";
        assert_eq!(utilization.is_some(), separate, "{}", metric.name);
        if let Some(name) = utilization {
            assert!(matches!(known_metric(&name).unwrap().kind, MetricKind::Utilization { .. }), "{name}");
        }
        let policy = &resources["StateMachine"]["Properties"]["DefinitionSubstitutions"];
        assert_eq!(scalar(&policy["ScaleInMaxLag"]), if separate { "1" } else { "" }, "{}", metric.name);
    }
}

/// Each shard, subtask or task manager is a sample, and the average hides the slowest one. Writes are published per call.
#[test]
fn the_alarms_watch_the_statistic_of_their_metric_unless_the_user_names_one() {
    for (metric, row) in metrics() {
        let name = |metric: &KnownMetric| metric.statistic().name();
        let expected = name(metric);
        assert_eq!(scalar(&row["Statistic"]), expected, "{}", metric.name);
        for set in ["", "Minimum"] {
            let resources = stack(&scale_metric(metric.name), &[("Statistic", set)]).resources();
            for alarm in ["ScaleOutAlarm", "ScaleInAlarm"] {
                let alarm = &resources[alarm]["Properties"];
                // A lag scales in on a utilization, with the statistic of the utilization.
                let watched = known_metric(&scalar(&alarm["MetricName"])).unwrap();
                let expected = if set.is_empty() { name(watched) } else { set };
                assert_eq!(scalar(&alarm["Statistic"]), expected, "{} {}", metric.name, watched.name);
            }
        }
    }
    let custom = stack("Custom", &[]).resources();
    assert_eq!(scalar(&custom["ScaleOutAlarm"]["Properties"]["Statistic"]), "Average");
}

/// The rules of the template refuse `Sum` for a lag or a utilization, and every other statistic for writes, which are published per call.
#[test]
fn only_a_statistic_with_a_meaning_is_accepted() {
    for (metric, _) in metrics() {
        let is_sum = match metric.kind {
            MetricKind::Writes => true,
            MetricKind::LagInTime { .. }
            | MetricKind::LagInRecords
            | MetricKind::OtherLag
            | MetricKind::Utilization { .. } => false,
            MetricKind::Throughput | MetricKind::Size | MetricKind::Health => continue,
        };
        for statistic in ["Average", "Minimum", "Maximum", "Sum"] {
            let objections = stack(&scale_metric(metric.name), &[("Statistic", statistic)]).objections();
            let is_refused = objections.iter().any(|text| text.contains("Statistic"));
            assert_eq!(is_refused, is_sum != (statistic == "Sum"), "{statistic} of {}", metric.name);
        }
    }
}

/// `Demand` derives the load and the backlog from the CPU or the busy time, and measures them with a lag of a stream.
#[test]
fn demand_takes_exactly_the_lags_the_cpu_and_the_busy_time() {
    for (metric, _) in metrics() {
        let objections = stack(&scale_metric(metric.name), &[("ScalingOperation", "Demand")]).objections();
        let is_refused = objections.iter().any(|text| text.contains("Demand needs the CPU"));
        let is_of_the_kind =
            metric.kind.is_lag() || ["containerCPUUtilization", "busyTimeMsPerSecond"].contains(&metric.name);
        assert_eq!(!is_refused, is_of_the_kind, "{}", metric.name);
    }
}
