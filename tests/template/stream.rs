//! The resources of a stack that scales a stream, and the two stacks of a pipeline.

use super::resolve::{Stack, scalar};
use super::resources::stack;
use serde_yaml_ng::Value;
use std::collections::BTreeSet;

const PIPELINE: &str = include_str!("../../pipeline.yaml");

/// An alarm as `label > threshold, N of M, missing`.
fn alarm(resources: &Value, name: &str) -> String {
    let alarm = &resources[name]["Properties"];
    let what = match alarm.get("MetricName") {
        Some(name) => scalar(name),
        None => scalar(&alarm["Metrics"][0]["Expression"]),
    };
    let comparison = if alarm["ComparisonOperator"] == "GreaterThanThreshold" { ">" } else { "<=" };
    format!(
        "{what} {comparison} {}, {} of {}, missing is {}",
        scalar(&alarm["Threshold"]),
        scalar(&alarm["DatapointsToAlarm"]),
        scalar(&alarm["EvaluationPeriods"]),
        scalar(&alarm["TreatMissingData"])
    )
}

#[test]
fn its_alarms() {
    let resources = stack("WriteUtilization", &[("FanOutConsumerName", "")]).resources();
    let used = "100 * MAX([bytes / 1000000, records / 1000]) / PERIOD(records) / shards";
    #[rustfmt::skip]
    let rows = [
        ("ShardsOutAlarm", format!("{used} > 75, 3 of 3, missing is notBreaching")),
        ("ShardsInAlarm",  format!("{used} <= 30, 20 of 20, missing is breaching")),
        ("ThrottledAlarm", "WriteProvisionedThroughputExceeded > 0, 2 of 3, missing is notBreaching".to_owned()),
        ("DrainedAlarm",   "age / 1000 <= 60, 5 of 5, missing is notBreaching".to_owned()),
    ];
    for (name, expected) in rows {
        assert_eq!(alarm(&resources, name), expected, "{name}");
    }
    // The expressions use existing metrics, of the stream and of the functions.
    let metric = |row: &Value| {
        let metric = &row["MetricStat"]["Metric"];
        let dimensions = metric["Dimensions"].as_sequence().unwrap().iter();
        let dimensions: Vec<_> =
            dimensions.map(|each| format!("{}={}", scalar(&each["Name"]), scalar(&each["Value"]))).collect();
        format!("{} {} {}", scalar(&metric["Namespace"]), scalar(&metric["MetricName"]), dimensions.join(","))
    };
    let of = |resources: &Value, name: &str| {
        resources[name]["Properties"]["Metrics"].as_sequence().unwrap()[1..]
            .iter()
            .map(metric)
            .collect::<Vec<_>>()
    };
    let reckoned = [
        "AWS/Kinesis IncomingBytes StreamName=clicks",
        "AWS/Kinesis IncomingRecords StreamName=clicks",
        "KpuAutoscaler Shards Stream=clicks",
    ];
    assert_eq!(of(&resources, "ShardsOutAlarm"), reckoned);
    assert_eq!(of(&resources, "ShardsInAlarm"), reckoned, "alarms on the same can be compared");
    assert_eq!(
        of(&resources, "DrainedAlarm"),
        ["AWS/Kinesis GetRecords.IteratorAgeMilliseconds StreamName=clicks"]
    );
    let fanned_out = stack("WriteUtilization", &[("FanOutConsumerName", "flink")]).resources();
    assert_eq!(
        of(&fanned_out, "DrainedAlarm"),
        ["AWS/Kinesis SubscribeToShardEvent.MillisBehindLatest StreamName=clicks,ConsumerName=flink"]
    );
}

#[test]
fn the_policy_names_every_alarm_and_each_alarm_starts_an_execution() {
    let resources = stack("WriteUtilization", &[]).resources();
    let policy = &resources["StateMachine"]["Properties"]["DefinitionSubstitutions"];
    #[rustfmt::skip]
    let expected = [
        ("Target", "stream"), ("KinesisStreamName", "clicks"), ("MinShards", "1"), ("MaxShards", "16"),
        ("ScaleOutAlarm", "<ShardsOutAlarm>"), ("ScaleInAlarm", "<ShardsInAlarm>"),
        ("MoreScaleOutAlarms", "<ThrottledAlarm>"), ("MoreScaleInAlarms", "<DrainedAlarm>"),
    ];
    for (name, value) in expected {
        assert_eq!(scalar(&policy[name]), value, "{name}");
    }
    let rule = &resources["AlarmRule"]["Properties"]["EventPattern"]["detail"]["alarmName"];
    let wakes: BTreeSet<String> = rule.as_sequence().unwrap().iter().map(scalar).collect();
    let alarms = ["<ShardsOutAlarm>", "<ShardsInAlarm>", "<ThrottledAlarm>", "<DrainedAlarm>"];
    assert_eq!(wakes, alarms.map(str::to_owned).into());
    assert_eq!(resources["NotificationRule"]["Properties"]["EventPattern"]["detail"]["stream"][0], "clicks");
}

#[test]
fn a_stream_has_no_resources_of_an_application_and_has_alarms_on_lasting_conditions() {
    let email = ("NotificationEmail", "team@example.com");
    let resources = stack("WriteUtilization", &[("MonthlyBudgetDollars", "500"), email]).resources();
    for absent in [
        "ScaleOutAlarm",
        "ScaleInAlarm",
        "IneffectiveAlarm",
        "BuiltInAutoscalingAlarm",
        "NoDataAlarm",
        "BudgetAlarm",
    ] {
        assert!(resources.get(absent).is_none(), "{absent}");
    }
    for told in ["PinnedAtMaximumAlarm", "BlockedAlarm", "UnreadableAlarm"] {
        let dimension = &resources[told]["Properties"]["Dimensions"][0];
        assert_eq!(
            (scalar(&dimension["Name"]), scalar(&dimension["Value"])),
            ("Stream".to_owned(), "clicks".to_owned()),
            "{told}"
        );
    }
    let application = stack("containerCPUUtilization", &[email]).resources();
    for absent in ["ShardsOutAlarm", "ShardsInAlarm", "ThrottledAlarm", "DrainedAlarm", "NoAgeAlarm"] {
        assert!(application.get(absent).is_none(), "{absent}");
    }
}

/// The two stacks of a pipeline, by the parameters that it passes on.
#[test]
fn a_pipeline_is_two_stacks_of_the_template() {
    let pipeline: Value = serde_yaml_ng::from_str(PIPELINE).unwrap();
    let given = |name: &str| match name {
        "KinesisStreamName" => "clicks".to_owned(),
        "ApplicationName" => "orders".to_owned(),
        other => scalar(&pipeline["Parameters"][other]["Default"]),
    };
    let passed = |logical: &str, within_shards: bool| -> Vec<(String, String)> {
        let nested = &pipeline["Resources"][logical]["Properties"];
        assert_eq!(nested["Location"], "template.yaml");
        let value = |value: &Value| match value {
            Value::Tagged(tagged) if tagged.tag == "Ref" => given(tagged.value.as_str().unwrap()),
            Value::Tagged(tagged) => scalar(&tagged.value[if within_shards { 1 } else { 2 }]),
            plain => scalar(plain),
        };
        let parameters = nested["Parameters"].as_mapping().unwrap().iter();
        parameters.map(|(name, given)| (name.as_str().unwrap().to_owned(), value(given))).collect()
    };
    let resources = |logical: &str, within_shards: bool| {
        let parameters = passed(logical, within_shards);
        let parameters: Vec<_> =
            parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        Stack::new(&parameters).resources()
    };
    let policy = |resources: &Value, name: &str| {
        scalar(&resources["StateMachine"]["Properties"]["DefinitionSubstitutions"][name])
    };
    let stream = resources("StreamScaling", false);
    assert_eq!(policy(&stream, "Target"), "stream");
    assert!(stream.get("ShardsOutAlarm").is_some() && stream.get("ScaleOutAlarm").is_none());
    let application = resources("ApplicationScaling", false);
    assert_eq!(
        (policy(&application, "Target"), policy(&application, "SourcePartitions")),
        ("application".to_owned(), String::new())
    );
    assert_eq!(policy(&resources("ApplicationScaling", true), "SourcePartitions"), "shards");
    // Each of its own parameters goes to one of the stacks, or decides which values do.
    let used = PIPELINE.split("Conditions:").nth(1).unwrap();
    for name in pipeline["Parameters"].as_mapping().unwrap().keys() {
        assert!(used.contains(&format!("!Ref {}", name.as_str().unwrap())), "{name:?} does nothing");
    }
}
