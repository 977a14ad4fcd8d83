//! The rules of the template, which refuse parameters before a resource is created.

use super::resolve::Stack;
use super::resources::stack;
use simulator::{Parameters, USES};

#[test]
fn the_rules_refuse_a_metric_without_its_required_parameters_with_a_clear_message() {
    let refused = |values: &[(&str, &str)]| Stack::new(values).objections();
    assert!(refused(&[]).is_empty());
    let thresholds = [("ScaleOutThreshold", "9"), ("ScaleInThreshold", "1")];
    let kafka = |more: &[(&str, &str)]| {
        let mut values = vec![("ScaleMetric", "SumOffsetLag")];
        values.extend(thresholds);
        values.extend(more);
        refused(&values)
    };
    assert_eq!(
        kafka(&[("MskClusterName", "a"), ("KafkaTopic", "b"), ("ConsumerGroup", "c")]),
        Vec::<String>::new()
    );
    for missing in [0, 1, 2] {
        let mut names = vec![("MskClusterName", "a"), ("KafkaTopic", "b"), ("ConsumerGroup", "c")];
        names.remove(missing);
        assert_eq!(
            kafka(&names),
            [
                "MskClusterName, KafkaTopic or ConsumerGroup is empty. Set all three, because ScaleMetric is a Kafka metric."
            ]
        );
    }
    for reads_a_stream in [
        ("ScaleMetric", "millisBehindLatest"),
        ("ScaleMetric", "GetRecords.IteratorAgeMilliseconds"),
        ("SourcePartitions", "shards"),
    ] {
        assert_eq!(
            refused(&[reads_a_stream]),
            [
                "KinesisStreamName is empty. Set it, because Target is stream, SourcePartitions is shards, or ScaleMetric is of a Kinesis stream."
            ]
        );
    }
    let fan_out =
        [("ScaleMetric", "SubscribeToShardEvent.MillisBehindLatest"), ("KinesisStreamName", "clicks")];
    assert_eq!(
        refused(&fan_out),
        [
            "FanOutConsumerName is empty. Set it, because ScaleMetric is SubscribeToShardEvent.MillisBehindLatest."
        ]
    );
    assert_eq!(refused(&[("ScaleMetric", "Custom")]).len(), 2, "the name and the thresholds");
    assert_eq!(refused(&[("ScaleMetric", "lastCheckpointDuration")]).len(), 1);
    let records = refused(&[
        ("ScaleMetric", "IncomingRecords"),
        ("KinesisStreamName", "clicks"),
        thresholds[0],
        thresholds[1],
        ("Statistic", "Average"),
    ]);
    assert!(records[0].contains("Leave Statistic empty, or set it to Sum"), "{records:?}");
    assert_eq!(refused(&[("Statistic", "Sum")]).len(), 1);
    for metric in ["millisBehindLatest", "busyTimeMsPerSecond"] {
        let sum = [("ScaleMetric", metric), ("KinesisStreamName", "clicks"), ("Statistic", "Sum")];
        assert_eq!(
            refused(&sum),
            [
                "Statistic is Sum, which has no meaning for a utilization, a lag or a duration. Leave it empty, or set it to Average, Maximum or Minimum."
            ]
        );
    }
}

/// A value that differs from the default and cannot act would mislead. The local run has the same table.
#[test]
fn a_parameter_that_cannot_act_is_refused() {
    let stack_with = |by: &str, value: &str, name: &str, other: &str| {
        let metric = match (by, value) {
            ("Target", "stream") => "WriteUtilization",
            (_, "Demand") => "millisBehindLatest",
            _ => "containerCPUUtilization",
        };
        let heartbeat = [("HeartbeatMinutes", "1"), (by, value), (name, other)];
        stack(metric, &heartbeat).objections()
    };
    for each in USES {
        let all: &[&str] = match each.by {
            "Target" => &["application", "stream"],
            _ => &["Multiply/Divide", "Add/Subtract", "Steps", "Target", "Demand"],
        };
        for (name, value) in
            each.parameters.iter().flat_map(|name| all.iter().map(move |value| (name, value)))
        {
            let other = match *name {
                "ScaleOutSteps" | "ScaleInSteps" => "0:1",
                "Preset" => "cost",
                _ => "7",
            };
            let objections = stack_with(each.by, value, name, other);
            let refused = objections.iter().any(|text| text.contains(name));
            assert_eq!(
                refused,
                !each.values.contains(value),
                "{name} with {}={value}: {objections:?}",
                each.by
            );
            let mut local = Parameters::default();
            let assignments = [format!("{name}={other}"), format!("{}={value}", each.by)];
            for text in &assignments {
                local.set(text).unwrap();
            }
            assert_eq!(local.check_use(&assignments).is_err(), refused, "{assignments:?}");
        }
    }
    let user_alarms = [("MoreScaleOutAlarms", "high"), ("MoreScaleInAlarms", "low")];
    let refused =
        |more: &[(&str, &str)]| stack("UserAlarms", &[&user_alarms, more].concat()).objections().len();
    assert_eq!([refused(&[]), refused(&[("ScaleOutThreshold", "9")])], [0, 1]);
}

#[test]
fn a_target_needs_a_metric_that_falls() {
    for (metric, refused) in
        [("containerCPUUtilization", false), ("Custom", false), ("millisBehindLatest", true)]
    {
        let objections = stack(metric, &[("ScalingOperation", "Target")]).objections();
        assert_eq!(
            objections.iter().any(|text| text.contains("falls in proportion")),
            refused,
            "{metric}: {objections:?}"
        );
    }
}
