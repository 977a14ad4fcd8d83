//! MSF port: the fields of each request, and responses with all fields and with almost none.

use crate::{aws, error, ok, seen};
use jiff::Timestamp;
use scaling::Parallelism;
use serde_json::{Value, json};
use tasks::{
    OperationStatus, ParallelismChange, ResourceStatus, Resources, TaskError, Update, UpdateOutcome,
};

fn detail(status: &str, parallelism: &Value) -> Value {
    json!({"ApplicationDetail": {
        "ApplicationARN": "arn:aws:kinesisanalytics:eu-central-1:111122223333:application/orders",
        "ApplicationName": "orders", "RuntimeEnvironment": "FLINK-1_20", "ApplicationStatus": status,
        "ApplicationVersionId": 7, "LastUpdateTimestamp": 1_800_000_000.5,
        "SomethingNew": {"a": 1},
        "ApplicationConfigurationDescription": {
            "FlinkApplicationConfigurationDescription": {"ParallelismConfigurationDescription": parallelism},
            "RunConfigurationDescription": {"FlinkRunConfigurationDescription": {"AllowNonRestoredState": true}},
        },
    }})
}

fn parallelism() -> Value {
    json!({"ConfigurationType": "CUSTOM", "Parallelism": 4, "ParallelismPerKPU": 2, "CurrentParallelism": 8,
           "AutoScalingEnabled": true})
}

#[tokio::test]
async fn describe_reads_the_current_parallelism_not_the_configured_one() {
    let (aws, replay) = aws(vec![ok(&detail("RUNNING", &parallelism()))]);
    let description = aws.applications.describe("orders").await.unwrap().unwrap();
    assert_eq!(seen(&replay), [("DescribeApplication".to_owned(), json!({"ApplicationName": "orders"}))]);
    assert_eq!(description.status, ResourceStatus::Running);
    assert_eq!(description.current_parallelism, Parallelism::new(8).unwrap());
    let application = description.application.unwrap();
    assert!(application.autoscaling_enabled);
    assert_eq!(application.version, 7);
    assert_eq!(application.parallelism_per_kpu, Parallelism::new(2).unwrap());
    assert_eq!(application.last_updated, Some("2027-01-15T08:00:00.5Z".parse::<Timestamp>().unwrap()));
    assert_eq!(application.allow_non_restored_state, Some(true));
}

#[tokio::test]
async fn unknown_application_status_means_changing() {
    for (name, expected) in [
        ("RUNNING", ResourceStatus::Running),
        ("READY", ResourceStatus::Ready),
        ("ROLLED_BACK", ResourceStatus::RolledBack),
        ("ROLLING_BACK", ResourceStatus::RollingBack),
        ("DELETING", ResourceStatus::Deleting),
        ("UPDATING", ResourceStatus::Changing("UPDATING".to_owned())),
        ("AUTOSCALING", ResourceStatus::Changing("AUTOSCALING".to_owned())),
        ("MAINTENANCE", ResourceStatus::Changing("MAINTENANCE".to_owned())),
        ("STARTING", ResourceStatus::Changing("STARTING".to_owned())),
        ("HIBERNATING", ResourceStatus::Changing("HIBERNATING".to_owned())),
    ] {
        let (aws, _) = aws(vec![ok(&detail(name, &parallelism()))]);
        assert_eq!(aws.applications.describe("orders").await.unwrap().unwrap().status, expected);
    }
}

#[tokio::test]
async fn application_without_parallelism_is_an_error_with_the_cause() {
    for (answer, expected) in [
        (
            json!({"ApplicationDetail": {
            "ApplicationARN": "arn", "ApplicationName": "orders", "RuntimeEnvironment": "SQL-1_0",
            "ApplicationStatus": "RUNNING", "ApplicationVersionId": 1}}),
            "not a Flink application",
        ),
        (detail("RUNNING", &json!({"Parallelism": 0})), "no current parallelism"),
        (json!({}), "not a Flink application"), // the SDK fills in required fields
    ] {
        let (aws, _) = aws(vec![ok(&answer)]);
        let Err(TaskError::Fatal(message)) = aws.applications.describe("orders").await else {
            panic!("{answer}")
        };
        assert!(message.starts_with("failed to describe the application 'orders'"), "{message}");
        assert!(message.contains(expected), "{message}");
    }
}

#[tokio::test]
async fn operations_reads_all_pages_and_leaves_the_end_of_running_operations_empty() {
    let page = |id: &str, status: &str, token: Option<&str>| {
        ok(&json!({"NextToken": token, "ApplicationOperationInfoList": [{
            "Operation": "UpdateApplication", "OperationId": id, "OperationStatus": status,
            "StartTime": 1_800_000_000, "EndTime": if status == "IN_PROGRESS" { Value::Null } else { json!(1_800_000_120) },
        }]}))
    };
    let (aws, replay) = aws(vec![
        page("op-3", "IN_PROGRESS", Some("next")),
        page("op-2", "SUCCESSFUL", Some("last")),
        page("op-1", "UNHEARD_OF", None),
    ]);
    let operations = aws.applications.operations("orders").await.unwrap();
    let first = json!({"ApplicationName": "orders", "Limit": 50});
    let tokens: Vec<Value> = seen(&replay).iter().map(|(_, body)| body["NextToken"].clone()).collect();
    assert_eq!(seen(&replay)[0], ("ListApplicationOperations".to_owned(), first));
    assert_eq!(tokens, [Value::Null, json!("next"), json!("last")]);

    let statuses: Vec<_> =
        operations.iter().map(|operation| (operation.status, operation.ended.is_some())).collect();
    assert_eq!(
        statuses,
        [
            (OperationStatus::InProgress, false),
            (OperationStatus::Successful, true),
            (OperationStatus::InProgress, false), // an unknown status
        ]
    );
    assert_eq!(operations[1].duration().unwrap().as_secs(), 120);
}

#[tokio::test]
async fn operation_has_its_failure_and_its_rollback() {
    let (aws, replay) = aws(vec![ok(&json!({"ApplicationOperationInfoDetails": {
        "Operation": "UpdateApplication", "StartTime": 1_800_000_000, "EndTime": 1_800_000_300, "OperationStatus": "FAILED",
        "OperationFailureDetails": {"RollbackOperationId": "op-2", "ErrorInfo": {"ErrorString": "too much parallelism"}},
    }}))]);
    let operation = aws.applications.operation("orders", "op-1").await.unwrap().unwrap();
    let request = json!({"ApplicationName": "orders", "OperationId": "op-1"});
    assert_eq!(seen(&replay), [("DescribeApplicationOperation".to_owned(), request)]);
    assert_eq!(operation.status, OperationStatus::Failed);
    assert_eq!(operation.failure.as_deref(), Some("too much parallelism"));
    assert_eq!(operation.rolled_back_by.as_deref(), Some("op-2"));
}

#[tokio::test]
async fn not_found_is_none_and_no_error() {
    let gone = || error(400, "ResourceNotFoundException");
    let (aws, _) = aws(vec![gone(), gone(), gone()]);
    assert_eq!(aws.applications.describe("orders").await, Ok(None));
    assert_eq!(aws.applications.operation("orders", "op-1").await, Ok(None));
    assert_eq!(aws.applications.change("orders", "op-1").await, Ok(None));
}

/// The later version has the larger number, in either field of the response.
#[tokio::test]
async fn change_is_the_difference_between_two_application_versions() {
    let version = |parallelism: i64| {
        let detail = detail("RUNNING", &json!({"Parallelism": parallelism, "CurrentParallelism": 99}));
        ok(&json!({"ApplicationVersionDetail": detail["ApplicationDetail"]}))
    };
    for (from, to) in [(7, 8), (8, 7)] {
        let operation = ok(&json!({"ApplicationOperationInfoDetails": {
            "Operation": "UpdateApplication", "StartTime": 1_800_000_000, "EndTime": 1_800_000_300, "OperationStatus": "FAILED",
            "ApplicationVersionChangeDetails": {"ApplicationVersionUpdatedFrom": from, "ApplicationVersionUpdatedTo": to},
        }}));
        let (aws, replay) = aws(vec![operation, version(4), version(12)]);
        let change = aws.applications.change("orders", "op-1").await.unwrap().unwrap();
        let parallelism = |count| Parallelism::new(count).unwrap();
        assert_eq!(change, ParallelismChange { version: Some(7), from: parallelism(4), to: parallelism(12) });
        let asked: Vec<Value> =
            seen(&replay).iter().map(|(_, body)| body["ApplicationVersionId"].clone()).collect();
        assert_eq!(asked, [Value::Null, json!(7), json!(8)]);
    }
}

#[tokio::test]
async fn operation_without_version_details_has_no_known_change() {
    let operation = ok(&json!({"ApplicationOperationInfoDetails": {
        "Operation": "UpdateApplication", "StartTime": 1, "EndTime": 2, "OperationStatus": "FAILED"}}));
    let (aws, _) = aws(vec![operation]);
    assert_eq!(aws.applications.change("orders", "op-1").await, Ok(None));
}

#[tokio::test]
async fn update_sets_parallelism_switches_builtin_autoscaling_off_and_repeats_allow_non_restored_state() {
    for (allow_non_restored_state, run) in [
        (Some(true), json!({"FlinkRunConfiguration": {"AllowNonRestoredState": true}})),
        (Some(false), json!({"FlinkRunConfiguration": {"AllowNonRestoredState": false}})),
        (None, Value::Null),
    ] {
        let (aws, replay) = aws(vec![ok(&json!({"OperationId": "op-9", "ApplicationDetail": {
            "ApplicationARN": "arn", "ApplicationName": "orders", "RuntimeEnvironment": "FLINK-1_20",
            "ApplicationStatus": "UPDATING", "ApplicationVersionId": 8}}))]);
        let update = Update {
            asked: Timestamp::UNIX_EPOCH,
            from: Parallelism::ONE,
            resource: "orders".to_owned(),
            version: Some(7),
            parallelism: Parallelism::new(16).unwrap(),
            allow_non_restored_state,
        };
        let outcome = aws.applications.update(&update).await.unwrap();
        assert_eq!(outcome, UpdateOutcome::Accepted { operation: Some("op-9".to_owned()) });
        let mut expected = json!({
            "ApplicationName": "orders",
            "CurrentApplicationVersionId": 7,
            "ApplicationConfigurationUpdate": {"FlinkApplicationConfigurationUpdate": {"ParallelismConfigurationUpdate": {
                "ConfigurationTypeUpdate": "CUSTOM", "ParallelismUpdate": 16, "AutoScalingEnabledUpdate": false,
            }}},
        });
        if !run.is_null() {
            expected["RunConfigurationUpdate"] = run;
        }
        assert_eq!(seen(&replay), [("UpdateApplication".to_owned(), expected)]);
    }
}
