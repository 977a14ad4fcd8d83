//! The failures and warnings of `scale` and `poll`, in full, and a search for a message of any task that no test states.

use crate::job_health::series;
use crate::world::{IN, NOW, OUT, World, alarm_on, now, operation, policy};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::path::Path;
use tasks::{OperationStatus, Ports, ResourceStatus, Task, TaskError, UnusableKind, run};

/// The parameters, the world, whether the task fails, and the error or the warning.
type Row = (&'static [(&'static str, &'static str)], fn() -> World, bool, &'static str);

const DEMAND: &[(&str, &str)] =
    &[("ScalingOperation", "Demand"), ("Preset", "balanced"), ("LoadAlarm", "load")];
const STREAM: &[(&str, &str)] =
    &[("Target", "stream"), ("KinesisStreamName", "clicks"), ("MinShards", "1"), ("MaxShards", "16")];

#[rustfmt::skip]
const SCALE: [Row; 11] = [
    (DEMAND, World::new, true,
     "failed to find the alarm 'load', from which the size is computed; if LoadAlarmName or a list of user alarms names it, correct the name; otherwise delete the stack and deploy it again, which leaves the application as it is"),
    (DEMAND, || World::new().with_unusable("load", UnusableKind::Composite), true,
     "failed to use the alarm 'load', from which the size is computed: it is a composite alarm, which has no data points of its own; if LoadAlarmName or a list of user alarms names it, correct the name; otherwise delete the stack and deploy it again, which leaves the application as it is"),
    (DEMAND, || with_load("IncomingRecords"), true,
     "failed to size by demand: the alarm 'orders-out' watches containerCPUUtilization; set ScaleMetric to a lag in time, such as millisBehindLatest, or LoadAlarmName to an alarm on numRecordsInPerSecond"),
    (DEMAND, || with_load("numRecordsInPerSecond").watching(IN, "containerMemoryUtilization"), true,
     "failed to size by demand: the alarm 'orders-in' watches containerMemoryUtilization; set ScaleInUtilizationMetric to containerCPUUtilization or busyTimeMsPerSecond"),
    (DEMAND, || { let mut world = with_load("numRecordsInPerSecond"); world.alarm("load").period = SignedDuration::from_mins(5); world }, true,
     "failed to size by demand: the alarm 'load' has data points of 300 s; give it a period of 60 s (PeriodSeconds)"),
    (&[("SourcePartitions", "shards"), ("KinesisStreamName", "clicks")], || World::new().without_stream(), true,
     "failed to find the stream 'clicks', whose shards SourcePartitions asks for; correct KinesisStreamName, or set SourcePartitions to a number"),
    (STREAM, || World::new().with_stream_on_demand(), true,
     "failed to scale the stream 'clicks': its capacity is on demand, so that Kinesis scales it itself; switch it to provisioned, or delete this stack"),
    (STREAM, || World::new().remembers("nobody knows"), true,
     "failed to read the stream 'clicks': the tag kpu-autoscaler.changes is 'nobody knows', which this stack has not written; delete the tag: the record of the last day's changes is lost with it"),
    (&[], || World::new().fails_to_list_snapshots(denied()), false,
     "failed to list them: AccessDenied; a snapshot may be under way, and does not block this step"),
    (&[], || World::new().with_pause_tag(Err(denied())), false,
     "failed to list them: AccessDenied; it may be paused, so that nothing is scaled"),
    (&[], || World::new().updated(OperationStatus::Failed, 700, Some(600)), false,
     "failed to read the direction of these failed updates: op-1; until FailurePauseMinutes have passed, they count for both directions; look at them in the application's operations, and scale by hand meanwhile"),
];

fn denied() -> TaskError {
    TaskError::Fatal("failed to list them: AccessDenied".to_owned())
}

fn with_load(metric: &'static str) -> World {
    World::new().with_alarm(alarm_on("load", metric, 0.0))
}

fn call(task: Task, world: &World, run_of: &Value) -> Result<Value, TaskError> {
    let ports = Ports { applications: world, streams: world, alarms: world, events: world };
    now(run(task, json!({"now": NOW, "execution": "arn", "run": run_of}), ports))
}

/// The answer of `check` that a breaching alarm gives.
fn checked(parameters: &[(&'static str, &'static str)]) -> Value {
    let policy = policy().with(parameters.iter().copied());
    json!({"verdict": "Breaching", "graceSeconds": 300, "call": {"kind": "Alarm", "direction": "Out"}, "why": "cpu is 91 > 80", "policy": policy})
}

#[test]
fn every_failure_and_warning_of_scale_names_its_subject_value_cause_and_remedy() {
    for (parameters, world, fails, expected) in SCALE {
        match call(Task::Scale, &world(), &json!({"check": checked(parameters)})) {
            Err(error) => assert_eq!((fails, error.to_string().as_str()), (true, expected)),
            Ok(answer) => {
                assert_eq!((fails, answer["warning"].as_str()), (false, Some(expected)), "{answer}");
            }
        }
    }
}

#[test]
fn a_payload_without_its_parts_is_named() {
    let mut without_call = checked(&[]);
    without_call["call"] = Value::Null;
    for (task, run_of, expected) in [
        (
            Task::Scale,
            json!({"check": without_call}),
            "failed to read the state of the execution: 'scale' needs the call of 'check' in $.check.call",
        ),
        (
            Task::Poll,
            json!({"check": checked(&[])}),
            "failed to read the state of the execution: 'poll' needs the update of 'scale' in $.scale.update",
        ),
    ] {
        assert_eq!(call(task, &World::new(), &run_of).unwrap_err().to_string(), expected);
    }
    assert_eq!(
        call(Task::Poll, &World::new(), &json!({"check": 5})).unwrap_err().to_string(),
        "failed to read the payload of 'poll': invalid type: integer `5`, expected struct CheckAnswer"
    );
}

#[test]
fn a_lost_answer_is_named() {
    let begun = operation("UpdateApplication", OperationStatus::InProgress, -2, None);
    let world = World::new().at_version(8).ran(begun).changed("op-1", 8, 16);
    let answer = call(Task::Scale, &world, &json!({"check": checked(&[])})).unwrap();
    assert_eq!(answer["why"], "following op-1, which an attempt whose answer was lost has begun");
}

#[test]
fn the_answers_of_check_on_an_unusual_state() {
    let rising: Vec<f64> = (1..=15).map(|minute| f64::from(minute) * 100.0).collect();
    let rows: [(World, Value, &str); 3] = [
        (
            World::new().with_state(IN, tasks::AlarmState::InsufficientData),
            json!({}),
            "orders-out is OK; orders-in has insufficient data, on which nothing is scaled",
        ),
        (
            World::new().is(ResourceStatus::Changing("UPDATING".to_owned())),
            json!({"desiredCapacity": 8}),
            "it has the 8 KPU that are requested, and is being changed",
        ),
        (
            World::new()
                .breaching(IN, 9.0)
                .showing(OUT, 9.0)
                .with_job(vec![series("records_lag_max", &rising)]),
            json!({}),
            "records_lag_max rises, from 100 to 1500 within 15 minutes, too much to scale in",
        ),
    ];
    for (world, run_of, expected) in rows {
        let answer = crate::clock::checked(&world, &policy(), &run_of);
        assert!(answer.why.ends_with(expected), "{}", answer.why);
    }
}

/// The sources in a folder, without their comments, and with each text on one line.
fn sources(folder: &Path) -> String {
    let mut all = String::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all += &sources(&path);
        } else {
            let text = std::fs::read_to_string(&path).unwrap();
            let lines = text.lines().map(str::trim).filter(|line| !line.starts_with("//"));
            all += &lines.collect::<Vec<_>>().join("\n").replace("\\\n", "");
        }
    }
    all
}

/// No value of a task can fail to be written as JSON.
const UNREACHABLE: &str = "failed to write the answer as JSON: ";

#[test]
fn every_message_of_a_task_is_in_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (code, tests) = (sources(&root.join("src")), sources(&root.join("tests")));
    let messages = code.split("\"failed to ").skip(1).map(|rest| rest.split('"').next().unwrap());
    let messages: Vec<String> = messages.map(|message| format!("failed to {message}")).collect();
    assert!(messages.len() >= 15, "{}", messages.len());
    for message in messages.iter().filter(|message| !message.starts_with(UNREACHABLE)) {
        // The words between the values.
        let fixed = message.split('{').map(|part| part.split_once('}').map_or(part, |(_, words)| words));
        let missing: Vec<&str> = fixed.filter(|words| words.len() > 9 && !tests.contains(words)).collect();
        assert!(missing.is_empty(), "no test has {missing:?} of '{message}'");
    }
}
