//! Each function's role allows exactly the API calls of its task. Each task runs against a fake AWS that makes it take
//! all of its calls, and the test compares the recorded calls with the template.

use crate::config;
use aws::{Aws, StepFunctions};
use aws_config::SdkConfig;
use aws_smithy_http_client::test_util::infallible_client_fn;
use aws_smithy_types::body::SdkBody;
use ciborium::cbor;
use scalable_target::{Method, Request, Scaled, answer};
use scaling::Unit;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use tasks::{Ports, ScaledStream, Task, run};

const NOW: &str = "2027-01-15T08:00:00Z";
const NOW_SECONDS: i64 = 1_800_000_000;

/// Responses of MSF: an application with 8 KPUs whose last update, a scale-out, failed ten minutes ago.
fn flink(operation: &str) -> Value {
    let detail = |parallelism: u32| {
        json!({
            "ApplicationARN": "arn", "ApplicationName": "orders", "RuntimeEnvironment": "FLINK-1_20",
            "ApplicationStatus": "RUNNING", "ApplicationVersionId": 7,
            "ApplicationConfigurationDescription": {"FlinkApplicationConfigurationDescription": {
                "ParallelismConfigurationDescription": {"Parallelism": parallelism, "CurrentParallelism": 8}}},
        })
    };
    match operation {
        "DescribeApplication" | "UpdateApplication" => {
            json!({"ApplicationDetail": detail(8), "OperationId": "op-2"})
        }
        "ListApplicationOperations" => json!({"ApplicationOperationInfoList": [{
            "Operation": "UpdateApplication", "OperationId": "op-1", "OperationStatus": "FAILED",
            "StartTime": NOW_SECONDS - 900, "EndTime": NOW_SECONDS - 600}]}),
        "DescribeApplicationOperation" => json!({"ApplicationOperationInfoDetails": {
            "Operation": "UpdateApplication", "OperationStatus": "FAILED",
            "StartTime": NOW_SECONDS - 900, "EndTime": NOW_SECONDS - 600,
            "ApplicationVersionChangeDetails": {"ApplicationVersionUpdatedFrom": 6, "ApplicationVersionUpdatedTo": 7}}}),
        "ListTagsForResource" => json!({"Tags": []}),
        "ListApplicationSnapshots" => json!({"SnapshotSummaries": []}),
        "DescribeApplicationVersion" => json!({"ApplicationVersionDetail": detail(8)}),
        other => panic!("{other} is not expected"),
    }
}

/// Responses of Kinesis: a stream with 64 shards whose last change ended ten minutes ago. `is_seen` says whether the
/// tag already records that end.
fn kinesis(operation: &str, is_seen: bool) -> Value {
    let seen = if is_seen { "until 20270115T073500Z " } else { "" };
    let changes = format!("32 to 64 at 20270115T073000Z {seen}after");
    match operation {
        "DescribeStreamSummary" => json!({"StreamDescriptionSummary": {
            "StreamName": "clicks", "StreamARN": "arn", "StreamStatus": "ACTIVE", "RetentionPeriodHours": 24,
            "StreamCreationTimestamp": 1_700_000_000, "EnhancedMonitoring": [], "OpenShardCount": 64,
            "StreamModeDetails": {"StreamMode": "PROVISIONED"}}}),
        "ListTagsForStream" => json!({"HasMoreTags": false, "Tags": [
            {"Key": "kpu-autoscaler.changes", "Value": changes}]}),
        "AddTagsToStream" => json!({}),
        "UpdateShardCount" => json!({"CurrentShardCount": 4, "TargetShardCount": 8}),
        other => panic!("{other} is not expected"),
    }
}

/// Responses of CloudWatch: both alarms are in ALARM, and fresh data confirms them.
fn cloudwatch(operation: &str) -> Vec<u8> {
    let time = |seconds: i64| ciborium::Value::Tag(1, Box::new(seconds.into()));
    let body = match operation {
        "DescribeAlarms" => {
            let alarm = |name: &str, metric: &str, comparison: &str, threshold: f64| {
                let alarm = cbor!({
                    "AlarmName" => name, "StateValue" => "ALARM", "StateUpdatedTimestamp" => time(NOW_SECONDS - 60),
                    "MetricName" => metric, "Namespace" => "AWS/KinesisAnalytics",
                    "Statistic" => "Average", "Period" => 60, "EvaluationPeriods" => 3,
                    "Threshold" => threshold, "ComparisonOperator" => comparison,
                });
                alarm.unwrap()
            };
            let out = alarm("out", "containerCPUUtilization", "GreaterThanThreshold", 85.0);
            let r#in = alarm("in", "containerCPUUtilization", "LessThanOrEqualToThreshold", 40.0);
            let lag = alarm("lag", "millisBehindLatest", "GreaterThanThreshold", 20_000.0);
            let load = alarm("load", "IncomingRecords", "LessThanOrEqualToThreshold", 0.0);
            cbor!({"MetricAlarms" => [out, r#in, lag, load]})
        }
        "GetMetricData" => cbor!({"MetricDataResults" => [
            {"Id" => "m1", "Timestamps" => [time(NOW_SECONDS - 120)], "Values" => [20.0]}]}),
        other => panic!("{other} is not expected"),
    };
    let mut bytes = Vec::new();
    ciborium::into_writer(&body.unwrap(), &mut bytes).unwrap();
    bytes
}

/// Responses of Step Functions: an execution was started by a capacity request and has ended.
fn states(operation: &str) -> Value {
    const ARN: &str = "arn:aws:states:eu-central-1:111122223333:execution:scaling:capacity-9-1";
    match operation {
        "StartExecution" => json!({"executionArn": ARN, "startDate": NOW_SECONDS}),
        "ListExecutions" => json!({"executions": [{
            "executionArn": ARN, "stateMachineArn": "arn", "name": "capacity-9-1", "status": "SUCCEEDED",
            "startDate": NOW_SECONDS}]}),
        "DescribeExecution" => json!({
            "executionArn": ARN, "stateMachineArn": "arn", "status": "SUCCEEDED", "startDate": NOW_SECONDS,
            "output": "{\"scale\": {\"why\": \"it is paused\"}}"}),
        other => panic!("{other} is not expected"),
    }
}

/// The recorded calls, such as `kinesisanalytics:DescribeApplication`.
type Calls = Arc<Mutex<BTreeSet<String>>>;

/// A configuration with a fake AWS, and the calls that it records.
fn fake_aws(task: Task) -> (SdkConfig, Calls) {
    let seen = Calls::default();
    let record = Arc::clone(&seen);
    let client = infallible_client_fn(move |request: http::Request<SdkBody>| {
        let response = http::Response::builder().status(200);
        let (call, response) = if let Some(target) = request.headers().get("x-amz-target") {
            let (service, operation) = target.to_str().unwrap().split_once('.').unwrap();
            if service == "Kinesis_20131202" {
                (
                    format!("kinesis:{operation}"),
                    response.body(SdkBody::from(kinesis(operation, task != Task::Poll).to_string())),
                )
            } else if service == "AWSStepFunctions" {
                let body = SdkBody::from(states(operation).to_string());
                (format!("states:{operation}"), response.body(body))
            } else if operation == "PutEvents" {
                let body = json!({"FailedEntryCount": 0, "Entries": [{"EventId": "one"}]});
                ("events:PutEvents".to_owned(), response.body(SdkBody::from(body.to_string())))
            } else {
                let body = SdkBody::from(flink(operation).to_string());
                (format!("kinesisanalytics:{operation}"), response.body(body))
            }
        } else {
            let operation = request.uri().path().rsplit('/').next().unwrap();
            let response = response.header("smithy-protocol", "rpc-v2-cbor");
            (format!("cloudwatch:{operation}"), response.body(SdkBody::from(cloudwatch(operation))))
        };
        record.lock().unwrap().insert(call);
        response.unwrap()
    });
    (config(client), seen)
}

/// Runs a task and returns its API calls.
async fn calls(task: Task, payload: Value) -> BTreeSet<String> {
    let (config, seen) = fake_aws(task);
    let aws = Aws::new(&config);
    run(
        task,
        payload,
        Ports {
            applications: &aws.applications,
            streams: &aws.streams,
            alarms: &aws.alarms,
            events: &aws.events,
        },
    )
    .await
    .unwrap();
    let seen = seen.lock().unwrap();
    seen.clone()
}

/// Returns the actions that a function's role allows for this kind of target, each with its resource.
fn allowed(function: &str, is_stream: bool) -> Vec<(String, String)> {
    let template = match function {
        "ScalableTargetRole" => include_str!("../../../../scalable-target.yaml"),
        _ => include_str!("../../../../template.yaml"),
    };
    let template: serde_yaml_ng::Value = serde_yaml_ng::from_str(template).unwrap();
    let policies = &template["Resources"][function]["Properties"]["Policies"];
    let statements = policies[0]["PolicyDocument"]["Statement"].as_sequence().unwrap().iter();
    let chosen = |statement: &serde_yaml_ng::Value| {
        let serde_yaml_ng::Value::Tagged(choice) = statement else { return Some(statement.clone()) };
        let choice = choice.value.as_sequence().unwrap();
        let holds = match choice[0].as_str().unwrap() {
            "ScalesStream" => is_stream,
            "ReadsShards" | "ScalesApplication" => !is_stream,
            // MSF uses the key, not the task. `tests/template/permissions.rs` has these statements.
            "HasApplicationKey" => false,
            other => panic!("{other}"),
        };
        Some(choice[if holds { 1 } else { 2 }].clone()).filter(serde_yaml_ng::Value::is_mapping)
    };
    let actions = |statement: serde_yaml_ng::Value| -> Vec<(String, String)> {
        let resource = format!("{:?}", statement["Resource"]);
        let names = match &statement["Action"] {
            serde_yaml_ng::Value::Sequence(names) => names.clone(),
            name => vec![name.clone()],
        };
        names.iter().map(|name| (name.as_str().unwrap().to_owned(), resource.clone())).collect()
    };
    // The Lambda runtime writes the log, and MSF takes the snapshot of an update, not the task.
    let is_of_a_call =
        |action: &str| !action.starts_with("logs:") && action != "kinesisanalytics:CreateSystemSnapshot";
    let allowed = statements.filter_map(chosen).flat_map(actions);
    allowed.filter(|(action, _)| is_of_a_call(action)).collect()
}

async fn assert_allowed(function: &str, is_stream: bool, task: Task, payloads: Vec<Value>) {
    let mut made = BTreeSet::new();
    for payload in payloads {
        // Boxed, because the future is large.
        made.extend(Box::pin(calls(task, payload)).await);
    }
    assert_lists(function, is_stream, &made);
}

fn assert_lists(function: &str, is_stream: bool, made: &BTreeSet<String>) {
    let allowed = allowed(function, is_stream);
    assert_eq!(
        allowed.iter().map(|(action, _)| action.clone()).collect::<BTreeSet<_>>(),
        *made,
        "{function}"
    );
    for (action, resource) in allowed {
        // Actions with resource-level permissions are limited to the application, the stream or the default bus.
        let scope = match action.split(':').next().unwrap() {
            "kinesisanalytics" => ":application/${ApplicationName}",
            "kinesis" => ":stream/${KinesisStreamName}",
            "events" => ":event-bus/default",
            "states" if action == "states:DescribeExecution" => ":execution:${StateMachineName}:",
            "states" => "StateMachine",
            _ => continue,
        };
        assert!(resource.contains(scope), "{function} {action}");
    }
}

fn policy() -> Value {
    json!({
        "ApplicationName": "orders", "ScaleOutAlarm": "out", "ScaleInAlarm": "in", "ScaleInMaxLag": "50",
        "MinKpu": "1", "MaxKpu": "32", "MaxParallelism": "", "ScalingOperation": "Multiply/Divide",
        "ScaleOutFactor": "3", "ScaleInFactor": "1.5", "GracePeriodSeconds": "300", "FailurePauseMinutes": "30", "LagObjectiveSeconds": "60",
        "PollIntervalSeconds": "15", "UpdateTimeoutMinutes": "30", "HeartbeatMinutes": "5",
    })
}

#[tokio::test]
async fn role_of_each_function_allows_exactly_the_calls_of_its_task() {
    let policy = policy();
    let check = json!({"verdict": "Breaching", "graceSeconds": 300, "call": {"kind": "Alarm", "direction": "In"}, "why": "cpu is 20 <= 40", "policy": policy});
    // Sizing by demand makes more calls.
    let mut by_demand = check.clone();
    for (name, value) in [("ScalingOperation", "Demand"), ("ScaleOutAlarm", "lag"), ("LoadAlarm", "load")] {
        by_demand["policy"][name] = value.into();
    }
    by_demand["policy"]["Preset"] = "balanced".into();
    // A scale-out whose failure pause has ended, with the number of shards as a limit.
    let mut out = check.clone();
    out["call"]["direction"] = "Out".into();
    for (name, value) in
        [("FailurePauseMinutes", "5"), ("SourcePartitions", "shards"), ("KinesisStreamName", "clicks")]
    {
        out["policy"][name] = value.into();
    }
    let size = json!({"units": 8, "parallelism": 8});
    let update = json!({"from": size, "to": size, "version": 6, "operation": "op-1", "asked": NOW});
    let begin = json!({"now": NOW, "startedAt": NOW, "policy": policy, "run": {}});
    assert_allowed("CheckRole", false, Task::Check, vec![begin]).await;
    let scaling = [&check, &by_demand, &out].map(|check| json!({"now": NOW, "run": {"check": check}}));
    assert_allowed("ScaleRole", false, Task::Scale, scaling.to_vec()).await;
    let polling = json!({"now": NOW, "run": {"check": check, "scale": {"verdict": "Scaling", "why": "it scales", "waitSeconds": 15, "update": update}}});
    assert_allowed("PollRole", false, Task::Poll, vec![polling]).await;
}

#[tokio::test]
async fn role_of_each_function_allows_exactly_the_calls_for_a_stream() {
    let mut policy = policy();
    for (name, value) in
        [("Target", "stream"), ("KinesisStreamName", "clicks"), ("MinShards", "1"), ("MaxShards", "100")]
    {
        policy[name] = value.into();
    }
    let check = json!({"verdict": "Breaching", "graceSeconds": 300, "call": {"kind": "Alarm", "direction": "Out"}, "why": "it is full", "policy": policy});
    let size = json!({"units": 64, "parallelism": 64});
    // The tag does not record the end of this change yet, so the task that finds it ended writes the tag.
    let update = json!({"from": size, "to": size, "operation": "2027-01-15T07:30:00Z", "asked": NOW});
    let begin = json!({"now": NOW, "startedAt": NOW, "policy": policy, "run": {}});
    assert_allowed("CheckRole", true, Task::Check, vec![begin]).await;
    assert_allowed("ScaleRole", true, Task::Scale, vec![json!({"now": NOW, "run": {"check": check}})]).await;
    let polling = json!({"now": NOW, "run": {"check": check, "scale": {"verdict": "Scaling", "why": "it scales", "waitSeconds": 15, "update": update}}});
    assert_allowed("PollRole", true, Task::Poll, vec![polling]).await;
}

#[tokio::test]
async fn role_of_the_scalable_target_api_allows_exactly_the_calls_of_both_methods() {
    for (unit, name) in [(Unit::Kpu, "orders"), (Unit::Shard, "clicks")] {
        let (config, seen) = fake_aws(Task::Check);
        let (aws, runs) = (Aws::new(&config), StepFunctions::new(&config, "arn:machine".to_owned()));
        let scaled = Scaled { unit, name: name.to_owned() };
        for (method, expected) in [
            (Method::Get, "\"it is paused\""),
            (Method::Patch("{\"desiredCapacity\": 9.0}".to_owned()), "null"),
        ] {
            let request = Request { method, target: name.to_owned(), id: "1".to_owned() };
            let response = match unit {
                Unit::Kpu => answer(&request, &scaled, &aws.applications, &runs).await,
                Unit::Shard => answer(&request, &scaled, &ScaledStream(&aws.streams), &runs).await,
            };
            assert_eq!(response.status, 200, "{}", response.body);
            assert_eq!(response.body["failureReason"].to_string(), expected);
        }
        assert_lists("ScalableTargetRole", unit == Unit::Shard, &seen.lock().unwrap());
    }
}
