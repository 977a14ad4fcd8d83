//! The settings that follow from the parameters.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use simulator::{Metric, Parameters, Settings};
use tasks::known_metric;

fn settings(assignments: &[&str]) -> Settings {
    let mut parameters = Parameters::default();
    for assignment in assignments {
        parameters.set(assignment).unwrap();
    }
    Settings::new(&parameters).unwrap()
}

/// A report shows this threshold beside the metric on which the stack scales, so that it is in the unit of that metric.
#[test]
fn the_scale_in_threshold_belongs_to_the_scale_metric() {
    let rows: [(&[&str], Option<f64>); 7] = [
        (&[], Some(40.0)),
        (&["ScaleMetric=millisBehindLatest"], Some(1_000.0)),
        (&["ScaleMetric=millisBehindLatest", "ScalingOperation=Steps"], Some(1_000.0)),
        (&["ScaleMetric=EstimatedMaxTimeLag", "Statistic=Maximum"], Some(90.0)),
        (&["ScaleMetric=MaxOffsetLag", "ScaleOutThreshold=9000", "ScaleInThreshold=100"], Some(100.0)),
        (&["ScaleMetric=millisBehindLatest", "ScalingOperation=Demand"], None),
        (&["Target=stream", "ScaleMetric=WriteUtilization", "HeartbeatMinutes=1"], Some(30.0)),
    ];
    for (assignments, threshold) in rows {
        assert_eq!(settings(assignments).scale_in_threshold(), threshold, "{assignments:?}");
    }
}

/// A metric without a row in the table would be taken for a utilization in percent, as the expression is.
#[test]
fn every_metric_but_the_expression_is_known() {
    let unknown: Vec<_> =
        Metric::ALL.into_iter().filter(|metric| known_metric(metric.name()).is_none()).collect();
    assert_eq!(unknown, [Metric::WriteUtilization]);
    for metric in [Metric::IteratorAge, Metric::Kpus, Metric::WriteProvisionedThroughputExceeded] {
        assert!(known_metric(metric.name()).is_some(), "{metric:?}");
    }
}
