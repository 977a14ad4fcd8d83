//! The resources that the template makes of its parameters: the alarms of every metric, the rule and the schedule that start executions.

use super::resolve::{Stack, scalar};
use serde_yaml_ng::Value;

/// Everything that any metric needs.
const SOURCES: [(&str, &str); 6] = [
    ("CustomMetricName", "orders_open"),
    ("MskClusterName", "events"),
    ("KafkaTopic", "orders"),
    ("ConsumerGroup", "shop"),
    ("KinesisStreamName", "clicks"),
    ("FanOutConsumerName", "flink"),
];

pub(crate) fn stack(metric: &str, more: &[(&str, &str)]) -> Stack {
    let target = if metric == "WriteUtilization" { "stream" } else { "application" };
    let mut values = vec![("ScaleMetric", metric), ("Target", target)];
    values.extend(SOURCES);
    values.extend(more);
    Stack::new(&values)
}

/// An alarm as `namespace metric {dimension=value, ...} > threshold`.
fn alarm(stack: &Stack, name: &str) -> String {
    let resources = stack.resources();
    let alarm = &resources[name]["Properties"];
    // A gap is no reason to scale. A stream publishes nothing while it is idle, and the check needs further proof.
    let is_idle = name == "ScaleInAlarm" && alarm["MetricName"] == "IncomingRecords";
    assert_eq!(alarm["TreatMissingData"], if is_idle { "breaching" } else { "notBreaching" });
    let dimensions = alarm["Dimensions"].as_sequence().unwrap().iter();
    let dimensions: Vec<String> =
        dimensions.map(|each| format!("{}={}", scalar(&each["Name"]), scalar(&each["Value"]))).collect();
    let comparison = match scalar(&alarm["ComparisonOperator"]).as_str() {
        "GreaterThanThreshold" => ">",
        "LessThanOrEqualToThreshold" => "<=",
        other => panic!("{other}"),
    };
    format!(
        "{} {} {{{}}} {comparison} {}",
        scalar(&alarm["Namespace"]),
        scalar(&alarm["MetricName"]),
        dimensions.join(", "),
        scalar(&alarm["Threshold"])
    )
}

/// A metric, further parameters, the alarm out, the alarm in, and the second condition in.
type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str, &'a str, &'a str);

#[test]
fn the_alarms_of_every_family() {
    const CPU: &str = "AWS/KinesisAnalytics containerCPUUtilization {Application=orders}";
    let given = [("ScaleOutThreshold", "90"), ("ScaleInThreshold", "10")];
    #[rustfmt::skip]
    let rows: [Row; 14] = [
        ("containerCPUUtilization", &[], "AWS/KinesisAnalytics containerCPUUtilization {Application=orders} > 85", "AWS/KinesisAnalytics containerCPUUtilization {Application=orders} <= 40", ""),
        ("containerMemoryUtilization", &given, "AWS/KinesisAnalytics containerMemoryUtilization {Application=orders} > 90", "AWS/KinesisAnalytics containerMemoryUtilization {Application=orders} <= 10", ""),
        ("busyTimeMsPerSecond", &[], "AWS/KinesisAnalytics busyTimeMsPerSecond {Application=orders} > 850", "AWS/KinesisAnalytics busyTimeMsPerSecond {Application=orders} <= 400", ""),
        ("backPressuredTimeMsPerSecond", &[], "AWS/KinesisAnalytics backPressuredTimeMsPerSecond {Application=orders} > 500", &format!("{CPU} <= 40"), "50"),
        ("lastCheckpointDuration", &given, "AWS/KinesisAnalytics lastCheckpointDuration {Application=orders} > 90", "AWS/KinesisAnalytics lastCheckpointDuration {Application=orders} <= 10", ""),
        ("Custom", &given, "AWS/KinesisAnalytics orders_open {Application=orders} > 90", "AWS/KinesisAnalytics orders_open {Application=orders} <= 10", ""),
        ("millisBehindLatest", &[], "AWS/KinesisAnalytics millisBehindLatest {Id=clicks, Application=orders, Flow=Input} > 30000", &format!("{CPU} <= 40"), "1000"),
        ("MaxOffsetLag", &given, "AWS/Kafka MaxOffsetLag {Cluster Name=events, Consumer Group=shop, Topic=orders} > 90", &format!("{CPU} <= 40"), "10"),
        ("SumOffsetLag", &given, "AWS/Kafka SumOffsetLag {Cluster Name=events, Consumer Group=shop, Topic=orders} > 90", &format!("{CPU} <= 40"), "10"),
        ("EstimatedMaxTimeLag", &[("ScaleInUtilizationThreshold", "30")], "AWS/Kafka EstimatedMaxTimeLag {Cluster Name=events, Consumer Group=shop, Topic=orders} > 120", &format!("{CPU} <= 30"), "90"),
        ("records-lag-max", &given, "AWS/KinesisAnalytics records_lag_max {Application=orders} > 90", &format!("{CPU} <= 40"), "10"),
        ("IncomingRecords", &given, "AWS/Kinesis IncomingRecords {StreamName=clicks} > 90", "AWS/Kinesis IncomingRecords {StreamName=clicks} <= 10", ""),
        ("GetRecords.IteratorAgeMilliseconds", &[], "AWS/Kinesis GetRecords.IteratorAgeMilliseconds {StreamName=clicks} > 30000", &format!("{CPU} <= 40"), "1000"),
        ("SubscribeToShardEvent.MillisBehindLatest", &[], "AWS/Kinesis SubscribeToShardEvent.MillisBehindLatest {StreamName=clicks, ConsumerName=flink} > 30000", &format!("{CPU} <= 40"), "1000"),
    ];
    for (metric, given, out, r#in, max_lag) in rows {
        let stack = stack(metric, given);
        assert_eq!(alarm(&stack, "ScaleOutAlarm"), out);
        assert_eq!(alarm(&stack, "ScaleInAlarm"), r#in);
        let substitutions = &stack.resources()["StateMachine"]["Properties"]["DefinitionSubstitutions"];
        assert_eq!(scalar(&substitutions["ScaleInMaxLag"]), max_lag, "{metric}");
    }
}

/// By demand, the alarms are only wake-up calls: the lag that counts is a shorter one, and the utilization a higher one.
#[test]
fn demand_has_alarms_and_rules_of_its_own() {
    let by_demand = |metric, more: &[(&'static str, &'static str)]| {
        stack(metric, &[&[("ScalingOperation", "Demand")], more].concat())
    };
    let kinesis = by_demand("millisBehindLatest", &[]);
    assert!(alarm(&kinesis, "ScaleOutAlarm").ends_with("> 15000"));
    assert!(alarm(&kinesis, "ScaleInAlarm").ends_with("containerCPUUtilization {Application=orders} <= 60"));
    let substitutions =
        |stack: &Stack| stack.resources()["StateMachine"]["Properties"]["DefinitionSubstitutions"].clone();
    assert_eq!(scalar(&substitutions(&kinesis)["ScaleInMaxLag"]), "", "the rule looks at the lag itself");
    assert!(kinesis.resources().get("LoadAlarm").is_some());
    let busy = by_demand(
        "EstimatedMaxTimeLag",
        &[("LoadAlarmName", "ours"), ("ScaleInUtilizationMetric", "busyTimeMsPerSecond")],
    );
    assert!(alarm(&busy, "ScaleOutAlarm").ends_with("> 75"));
    assert!(alarm(&busy, "ScaleInAlarm").ends_with("busyTimeMsPerSecond {Application=orders} <= 600"));
    assert_eq!(scalar(&substitutions(&busy)["LoadAlarm"]), "ours");
    assert!(busy.resources().get("LoadAlarm").is_none());
    let by_cpu = by_demand("containerCPUUtilization", &[]);
    assert!(alarm(&by_cpu, "ScaleOutAlarm").ends_with("containerCPUUtilization {Application=orders} > 85"));
    // One of the two alarms always starts an execution: a job may be saturated at any utilization below the threshold.
    assert!(alarm(&by_cpu, "ScaleInAlarm").ends_with("containerCPUUtilization {Application=orders} <= 85"));
    let earlier = by_demand("containerCPUUtilization", &[("ScaleOutThreshold", "70")]);
    assert!(alarm(&earlier, "ScaleInAlarm").ends_with("containerCPUUtilization {Application=orders} <= 70"));
    let load = &by_cpu.resources()["LoadAlarm"]["Properties"];
    assert_eq!(scalar(&load["MetricName"]), "numRecordsInPerSecond");
    assert_eq!(scalar(&load["Dimensions"][0]["Value"]), "orders");
    assert_eq!(scalar(&substitutions(&by_cpu)["LoadAlarm"]), "<LoadAlarm>");
    let refused = |stack: Stack| stack.objections().join(" ");
    for (metric, more) in [("EstimatedMaxTimeLag", &[][..]), ("SumOffsetLag", &[("ScaleOutThreshold", "9")])]
    {
        let kafka = by_demand(metric, more);
        assert_eq!(kafka.objections(), [""; 0]);
        let load = &kafka.resources()["LoadAlarm"]["Properties"];
        assert_eq!(scalar(&load["MetricName"]), "numRecordsInPerSecond", "{metric}");
    }
    assert!(refused(by_demand("backPressuredTimeMsPerSecond", &[])).contains("Demand needs the CPU"));
    let user_alarms = [("MoreScaleOutAlarms", "high"), ("MoreScaleInAlarms", "low")];
    assert!(refused(by_demand("UserAlarms", &user_alarms)).contains("LoadAlarmName is empty"));
    assert!(
        refused(by_demand("millisBehindLatest", &[("PeriodSeconds", "300")]))
            .contains("Set PeriodSeconds to 60")
    );
}

/// Every lag in time of a Kinesis stream has a load alarm, because the guard against ineffective scale-outs needs it. Other metrics have one
/// only if the user names it.
#[test]
fn a_lag_of_a_stream_has_a_load_alarm() {
    let lags = [
        "millisBehindLatest",
        "GetRecords.IteratorAgeMilliseconds",
        "SubscribeToShardEvent.MillisBehindLatest",
    ];
    let template: Value = serde_yaml_ng::from_str(super::TEMPLATE).unwrap();
    for metric in
        template["Parameters"]["ScaleMetric"]["AllowedValues"].as_sequence().unwrap().iter().map(scalar)
    {
        for (named, own, told) in
            [("", "<LoadAlarm>", lags.contains(&metric.as_str())), ("ours", "ours", true)]
        {
            let user_alarms = [("MoreScaleOutAlarms", "high"), ("MoreScaleInAlarms", "low")];
            let more = [("LoadAlarmName", named), ("NotificationEmail", "team@example.com")];
            let resources = stack(&metric, &[&more[..], &user_alarms].concat()).resources();
            let policy = &resources["StateMachine"]["Properties"]["DefinitionSubstitutions"];
            assert_eq!(scalar(&policy["LoadAlarm"]), if told { own } else { "" }, "{metric}");
            assert_eq!(resources.get("LoadAlarm").is_some(), named.is_empty() && told, "{metric}");
            let guarded = told && metric != "WriteUtilization";
            assert_eq!(
                resources.get("IneffectiveAlarm").is_some(),
                guarded,
                "{metric}: the guard cannot act"
            );
        }
    }
}

/// The console of each partition has its own domain.
#[test]
fn links_lead_to_the_console_of_the_partition() {
    for (partition, domain) in [
        ("aws", "console.aws.amazon.com"),
        ("aws-cn", "console.amazonaws.cn"),
        ("aws-us-gov", "console.amazonaws-us-gov.com"),
    ] {
        let values = [("AWS::Partition", partition), ("AWS::Region", "here")];
        let dashboard = [("AutoscalerStack", "s"), ("StateMachineArn", "m"), ("ApplicationName", "orders")];
        let dashboard = Stack::of(super::DASHBOARD, &[&values[..], &dashboard].concat());
        let outputs = [Stack::new(&values).outputs(), dashboard.outputs()];
        let links: Vec<String> = outputs
            .into_iter()
            .flatten()
            .filter(|(name, _)| name.ends_with("Console"))
            .map(|(_, link)| link)
            .collect();
        assert_eq!(links.len(), 4);
        let body = scalar(&dashboard.resources()["ApplicationDashboard"]["Properties"]["DashboardBody"]);
        for text in links.into_iter().chain([body]) {
            assert!(text.contains(&format!("https://here.{domain}/")), "{text}");
        }
    }
}

/// CloudFormation deletes a queue and a log group with its stack unless the template says otherwise; here it says so.
#[test]
fn messages_and_logs_are_deleted_with_the_stack() {
    for template in [super::TEMPLATE, super::SCALABLE_TARGET] {
        let template: Value = serde_yaml_ng::from_str(template).unwrap();
        let kept = template["Resources"].as_mapping().unwrap().values();
        let mut found = 0;
        for resource in kept.filter(|each| {
            ["AWS::SQS::Queue", "AWS::Logs::LogGroup"].contains(&each["Type"].as_str().unwrap())
        }) {
            found += 1;
            assert_eq!([&resource["DeletionPolicy"], &resource["UpdateReplacePolicy"]], ["Delete"; 2]);
        }
        assert!(found > 0);
    }
}

#[test]
fn the_heartbeat_is_aligned_with_the_clock() {
    // In the field of the minutes, an increment is below 60.
    for (minutes, expected) in
        [("1", "cron(0/1 * * * ? *)"), ("5", "cron(0/5 * * * ? *)"), ("60", "cron(0 * * * ? *)")]
    {
        let resources = stack("containerCPUUtilization", &[("HeartbeatMinutes", minutes)]).resources();
        assert_eq!(scalar(&resources["Heartbeat"]["Properties"]["ScheduleExpression"]), expected);
    }
    let template: Value = serde_yaml_ng::from_str(super::TEMPLATE).unwrap();
    for minutes in template["Parameters"]["HeartbeatMinutes"]["AllowedValues"].as_sequence().unwrap() {
        assert_eq!(60 % minutes.as_u64().unwrap(), 0, "a check at the same minutes of every hour");
    }
}

/// Stack alarms and user alarms start the state machine, and its policy names them.
#[test]
fn user_alarms_start_executions_and_scale_with_or_without_stack_alarms() {
    let more = [("MoreScaleOutAlarms", "orders-memory,orders-lag"), ("MoreScaleInAlarms", "orders-idle")];
    for (metric, woken, out, r#in) in [
        (
            "containerCPUUtilization",
            vec!["<ScaleOutAlarm>", "<ScaleInAlarm>", "orders-memory", "orders-lag", "orders-idle"],
            "<ScaleOutAlarm>",
            "<ScaleInAlarm>",
        ),
        ("UserAlarms", vec!["orders-memory", "orders-lag", "orders-idle"], "orders-memory", "orders-idle"),
    ] {
        let stack = stack(metric, &more);
        assert_eq!(stack.objections(), [""; 0], "{metric}");
        let resources = stack.resources();
        let names = &resources["AlarmRule"]["Properties"]["EventPattern"]["detail"]["alarmName"];
        assert_eq!(names.as_sequence().unwrap().iter().map(scalar).collect::<Vec<_>>(), woken);
        let substitutions = &resources["StateMachine"]["Properties"]["DefinitionSubstitutions"];
        assert_eq!(substitutions["ScaleOutAlarm"], out);
        assert_eq!(substitutions["ScaleInAlarm"], r#in);
        assert_eq!(substitutions["MoreScaleOutAlarms"], "orders-memory,orders-lag");
        for alarm in ["ScaleOutAlarm", "ScaleInAlarm"] {
            assert_eq!(resources.get(alarm).is_some(), metric != "UserAlarms", "{alarm}");
        }
    }
    let alone = stack("containerCPUUtilization", &[]).resources();
    let names = &alone["AlarmRule"]["Properties"]["EventPattern"]["detail"]["alarmName"];
    assert_eq!(names.as_sequence().unwrap().len(), 2);
    assert!(stack("UserAlarms", &[]).objections()[0].contains("because ScaleMetric is UserAlarms"));
}
