//! The notifications of the stack, and its permissions.

use super::resolve::{Stack, scalar};
use serde_yaml_ng::{Mapping, Value};
use std::collections::BTreeSet;

const OURS: &str = "arn:aws:sns:eu-central-1:111122223333:ours";
const EMAIL: (&str, &str) = ("NotificationEmail", "team@example.com");
const KEY: &str = "arn:aws:kms:eu-central-1:111122223333:key/1";

fn of_type(resources: &Value, kind: &str) -> Vec<(String, Value)> {
    let resources: &Mapping = resources.as_mapping().unwrap();
    let named = resources.iter().filter(|(_, resource)| resource.get("Type").is_some_and(|it| it == kind));
    named
        .map(|(name, resource)| (name.as_str().unwrap().to_owned(), resource["Properties"].clone()))
        .collect()
}

/// The alarms that notify; the two others start the state machine.
fn notifying_alarms(resources: &Value) -> Vec<(String, Value)> {
    let mut alarms = of_type(resources, "AWS::CloudWatch::Alarm");
    alarms.retain(|(name, _)| !name.starts_with("Scale"));
    alarms
}

#[test]
fn an_alarm_on_a_lasting_condition_notifies_at_both_ends_with_a_remedy() {
    for (given, topic) in [("", "<Topic>"), (OURS, OURS)] {
        let stack = Stack::new(&[
            ("NotificationTopicArn", given),
            ("ScaleMetric", "millisBehindLatest"),
            ("KinesisStreamName", "clicks"),
            ("NotificationEmail", "team@example.com"),
        ]);
        let resources = stack.resources();
        assert_eq!(notifying_alarms(&resources).len(), 11);
        for (name, alarm) in notifying_alarms(&resources) {
            let topic = Value::Sequence(vec![topic.into()]);
            assert_eq!((&alarm["AlarmActions"], &alarm["OKActions"]), (&topic, &topic), "{name}");
            let description = scalar(&alarm["AlarmDescription"]);
            let names = ["orders", "<AWS::StackName>"].iter().any(|name| description.contains(name));
            assert!(names && description.len() > 120, "{name}: {description}");
            // The topic lets in the alarms whose names begin with the stack's.
            assert!(scalar(&alarm["AlarmName"]).starts_with("<AWS::StackName>-"), "{name}");
        }
        assert_eq!(of_type(&resources, "AWS::SNS::Topic").len(), usize::from(given.is_empty()));
        let [(_, rule)] = <[_; 1]>::try_from(
            of_type(&resources, "AWS::Events::Rule")
                .into_iter()
                .filter(|(name, _)| name == "NotificationRule")
                .collect::<Vec<_>>(),
        )
        .unwrap();
        // The rule starts a second state machine, because a rule alone gives a message no subject and quotes its text.
        assert_eq!(rule["Targets"][0]["Arn"], "<NotificationStateMachine>");
        assert_eq!(rule["Targets"][0]["InputPath"], "$.detail");
        let machine = &resources["NotificationStateMachine"]["Properties"];
        let publish = &machine["Definition"]["States"]["Publish"];
        assert_eq!(publish["Resource"], "arn:<AWS::Partition>:states:::sns:publish");
        assert_eq!(publish["Parameters"]["TopicArn"], topic);
        let allowed = &resources["StateMachine"]["Properties"]["Policies"][0]["Statement"][1];
        assert_eq!((&allowed["Action"], &allowed["Resource"]), (&"sns:Publish".into(), &topic.into()));
        assert_eq!(rule["EventPattern"]["source"][0], "kpu-autoscaler");
        assert_eq!(rule["EventPattern"]["detail"]["application"][0], "orders", "of this application alone");
    }
}

/// Without a subscriber, alarms on lasting conditions would notify no one. The two alarms on executions show in the console.
#[test]
fn without_a_subscriber_only_executions_have_alarms() {
    let names = |values: &[(&str, &str)]| -> BTreeSet<String> {
        notifying_alarms(&Stack::new(values).resources()).into_iter().map(|(name, _)| name).collect()
    };
    let alone = names(&[]);
    assert_eq!(alone, ["FailedRunsAlarm", "NoRunsAlarm"].map(str::to_owned).into());
    let notified = names(&[EMAIL]);
    assert!(notified.is_superset(&alone) && notified.contains("DeadLettersAlarm"));
    assert_eq!(names(&[("NotificationTopicArn", OURS)]), notified);
}

#[test]
fn every_condition_that_the_functions_measure_has_its_alarm() {
    let load = [("LoadAlarmName", "ours"), EMAIL];
    let resources = Stack::new(&load).resources();
    let watched: BTreeSet<String> = notifying_alarms(&resources)
        .iter()
        .filter(|(_, alarm)| alarm.get("Namespace").is_some_and(|namespace| namespace == "KpuAutoscaler"))
        .map(|(_, alarm)| scalar(&alarm["MetricName"]))
        .collect();
    // Sizes are no condition.
    let is_a_size = |name: &str| name.ends_with("Kpus") || name.ends_with("Shards");
    let conditions = tasks::Metric::ALL.iter().filter(|metric| !is_a_size(&metric.name()));
    assert_eq!(watched, conditions.map(|metric| metric.name()).collect());
}

#[test]
fn no_data_is_looked_for_exactly_where_the_alarms_look() {
    let template: Value = serde_yaml_ng::from_str(super::TEMPLATE).unwrap();
    let metrics = template["Parameters"]["ScaleMetric"]["AllowedValues"].as_sequence().unwrap().clone();
    let watches = |alarm: &Value| {
        (alarm["Namespace"].clone(), alarm["MetricName"].clone(), alarm["Dimensions"].clone())
    };
    let mut with_utilization = 0;
    for metric in &metrics {
        let resources = Stack::new(&[
            ("ScaleMetric", &scalar(metric)),
            ("CustomMetricName", "open"),
            ("KinesisStreamName", "clicks"),
            ("FanOutConsumerName", "flink"),
            ("MskClusterName", "events"),
            ("KafkaTopic", "orders"),
            ("ConsumerGroup", "shop"),
            EMAIL,
        ])
        .resources();
        let of = |name: &str| watches(&resources[name]["Properties"]);
        assert_eq!(of("NoDataAlarm"), of("ScaleOutAlarm"), "{metric:?}");
        // If the two directions look at different metrics, both must have data.
        let both = of("ScaleInAlarm") != of("ScaleOutAlarm");
        assert_eq!(resources.get("NoUtilizationDataAlarm").is_some(), both, "{metric:?}");
        if both {
            assert_eq!(of("NoUtilizationDataAlarm"), of("ScaleInAlarm"), "{metric:?}");
            with_utilization += 1;
        }
    }
    assert!(with_utilization > 0 && with_utilization < metrics.len());
}

/// The policies of the topic and the queue allow only the rules and the alarms of this stack.
#[test]
fn policies_name_a_service_and_a_source() {
    let resources = Stack::new(&[]).resources();
    let policies =
        [of_type(&resources, "AWS::SNS::TopicPolicy"), of_type(&resources, "AWS::SQS::QueuePolicy")];
    let mut statements = 0;
    for (name, policy) in policies.into_iter().flatten() {
        for statement in policy["PolicyDocument"]["Statement"].as_sequence().unwrap() {
            assert!(statement["Principal"]["Service"].is_string(), "{name}");
            let condition = statement["Condition"].as_mapping().unwrap().values().next().unwrap();
            assert!(condition.get("aws:SourceArn").is_some(), "{name}");
            assert!(!format!("{:?}", statement["Resource"]).contains('*'), "{name}");
            statements += 1;
        }
    }
    assert_eq!(statements, 2);
}

/// Where a wildcard stands, the service allows nothing narrower; every other permission names its resource.
#[test]
fn no_role_has_a_wildcard_where_the_service_allows_none() {
    let resources = Stack::new(&[]).resources();
    let mut wildcards = BTreeSet::new();
    let roles = resources.as_mapping().unwrap().values();
    for policy in roles.filter_map(|resource| resource["Properties"].get("Policies")?.as_sequence()).flatten()
    {
        let document = policy.get("PolicyDocument").unwrap_or(policy);
        for statement in document["Statement"].as_sequence().unwrap() {
            assert!(!format!("{:?}", statement["Action"]).contains('*'), "an action is a wildcard");
            if format!("{:?}", statement["Resource"]).contains('*') {
                let actions = match &statement["Action"] {
                    Value::Sequence(actions) => actions.iter().map(scalar).collect(),
                    action => vec![scalar(action)],
                };
                wildcards.extend(actions);
            }
        }
    }
    // Without `Role`, SAM would create a role that may write any log.
    for (name, function) in of_type(&resources, "AWS::Serverless::Function") {
        assert!(function["Role"].is_string() && function.get("Policies").is_none(), "{name}");
    }
    let expected = [
        "cloudwatch:DescribeAlarms",
        "cloudwatch:GetMetricData",
        "logs:CreateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:DescribeLogGroups",
        "logs:DescribeResourcePolicies",
        "logs:GetLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
        "logs:UpdateLogDelivery",
    ];
    assert_eq!(wildcards, expected.map(str::to_owned).into());
}

/// The state machine may make the calls of its definition, and write its logs.
#[test]
fn the_role_of_the_state_machine_lists_the_calls_of_its_definition() {
    let resources = Stack::new(&[]).resources();
    let machine = &resources["StateMachine"]["Properties"];
    let statements = machine["Policies"][0]["Statement"].as_sequence().unwrap();
    let functions: BTreeSet<String> =
        statements[0]["Resource"].as_sequence().unwrap().iter().map(scalar).collect();
    let substitutions = machine["DefinitionSubstitutions"].as_mapping().unwrap();
    let called = substitutions.iter().filter(|(name, _)| name.as_str().unwrap().ends_with("FunctionArn"));
    assert_eq!(functions, called.map(|(_, arn)| scalar(arn)).collect());
    assert_eq!(statements[0]["Action"], "lambda:InvokeFunction");
    assert_eq!(statements.len(), 3);
    // The state machine of the notifications has the same role, which the rule may start.
    let notifying = &resources["NotificationStateMachine"]["Properties"];
    assert_eq!(notifying["Role"], "<StateMachineRole.Arn>");
    assert_eq!(statements[1]["Action"], "sns:Publish");
    let start = &resources["StartRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][0];
    let started: Vec<String> = start["Resource"].as_sequence().unwrap().iter().map(scalar).collect();
    assert_eq!(started, ["<StateMachine>", "<NotificationStateMachine>"]);
}

/// The state machine of the notifications reads fields that every event has.
#[test]
fn a_notification_has_the_subject_and_the_text_of_the_event() {
    let resources = Stack::new(&[]).resources();
    let publish = &resources["NotificationStateMachine"]["Properties"]["Definition"]["States"]["Publish"];
    let paths: Vec<String> =
        ["Subject.$", "Message.$"].iter().map(|name| scalar(&publish["Parameters"][*name])).collect();
    let event = serde_json::json!({
        "kind": "Application Scaled", "application": "orders", "fromKpus": 2, "toKpus": 6, "direction": "Out", "seconds": 1,
        "because": "", "execution": "", "message": "", "subject": "a subject", "text": "a text",
    });
    let event: tasks::ScalingEvent = serde_json::from_value(event).unwrap();
    let written = serde_json::to_value(event).unwrap();
    let found: Vec<_> = paths.iter().map(|path| &written[path.strip_prefix("$.").unwrap()]).collect();
    assert_eq!(found, ["a subject", "a text"]);
    // A notification that cannot be published fails the execution, which the alarm on failed runs counts.
    let metrics = format!("{:?}", resources["FailedRunsAlarm"]["Properties"]["Metrics"]);
    assert!(metrics.contains("<NotificationStateMachine>") && metrics.contains("FILL(unsent, 0)"));
}

#[test]
fn a_key_of_the_user_encrypts_topic_queue_and_logs() {
    let resources = Stack::new(&[("KmsKeyArn", KEY)]).resources();
    let of = |name: &str, property: &str| scalar(&resources[name]["Properties"][property]);
    assert_eq!(of("Topic", "KmsMasterKeyId"), KEY);
    assert_eq!(of("DeadLetterQueue", "KmsMasterKeyId"), KEY);
    assert!(resources["DeadLetterQueue"]["Properties"].get("SqsManagedSseEnabled").is_none());
    for (name, group) in of_type(&resources, "AWS::Logs::LogGroup") {
        assert_eq!(scalar(&group["KmsKeyId"]), KEY, "{name}");
        assert!(group.get("RetentionInDays").is_some(), "{name}");
    }
    let without = Stack::new(&[]).resources();
    assert!(without["Topic"]["Properties"].get("KmsMasterKeyId").is_none());
    // A sender to the queue needs the key, too.
    let statements = |resources: &Value| {
        let policy = &resources["StartRole"]["Properties"]["Policies"][0]["PolicyDocument"];
        format!("{:?}", policy["Statement"])
    };
    assert!(statements(&resources).contains("kms:GenerateDataKey") && !statements(&without).contains("kms:"));
    // So does a publisher to the topic.
    let publisher = |resources: &Value| {
        format!("{:?}", resources["StateMachine"]["Properties"]["Policies"][0]["Statement"])
    };
    assert!(publisher(&resources).contains("kms:GenerateDataKey") && !publisher(&without).contains("kms:"));
}
