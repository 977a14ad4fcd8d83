//! The assumptions about AWS: each result, and an output that names no resource and no account.

use super::{chain, denied, healthy_drill, healthy_drill_of_a_stream};
use crate::world::{NOW, application_facts, healthy, healthy_stream, stack, stream_facts};
use deployment::{ApplicationObservations, Evidence, Facts, Held, assumptions};
use jiff::{SignedDuration, Timestamp};
use tasks::{AlarmState, DataPoint, Operation, OperationStatus};

/// The beginning of an assumption, its result, a part of the observation, and the change of what was observed.
type Row = (&'static str, Held, &'static str, fn(&mut Facts, &mut Evidence));

const ROWS: [Row; 25] = [
    ("The runtime", Held::Observed, "FLINK-1_20", |_, _| {}),
    ("CloudWatch sends an event", Held::Held, "started 1.5 s after the call", |_, _| {}),
    ("CloudWatch sends an event", Held::NotObserved, "no execution", |_, evidence| {
        chain(evidence).execution = Ok(None);
    }),
    ("CloudWatch sends an event", Held::NotObserved, "not set the alarm", |_, evidence| {
        chain(evidence).set = Err(denied());
    }),
    (
        "An alarm without actions",
        Held::Held,
        "2 actions, ActionsEnabled=false; the execution",
        |_, evidence| {
            let alarm = &mut chain(evidence).alarm;
            (alarm.actions, alarm.actions_enabled) = (2, false);
        },
    ),
    ("CloudWatch has evaluated", Held::Observed, "no", |_, _| {}),
    ("CloudWatch has evaluated", Held::Observed, "yes", |_, evidence| {
        chain(evidence).state_after = Ok(AlarmState::Ok);
    }),
    ("ListApplicationOperations", Held::NotObserved, "0 operations", |_, _| {}),
    ("ListApplicationOperations", Held::Held, "newest first, 2", |_, evidence| {
        operations(evidence, &["UpdateApplication", "StartApplication"]);
    }),
    ("ListApplicationOperations", Held::Refuted, "oldest first", |_, evidence| {
        operations(evidence, &["UpdateApplication", "StartApplication"]);
        of_the_application(evidence).operations.as_mut().unwrap().reverse();
    }),
    ("Snapshots are not", Held::Held, "StartApplication 1, UpdateApplication 1", |_, evidence| {
        operations(evidence, &["UpdateApplication", "StartApplication"]);
    }),
    ("Snapshots are not", Held::Refuted, "CreateApplicationSnapshot 1", |_, evidence| {
        operations(evidence, &["CreateApplicationSnapshot"]);
    }),
    ("The age of the oldest", Held::Observed, "1 days", |_, evidence| {
        operations(evidence, &["UpdateApplication", "StartApplication"]);
    }),
    ("The order of ListApplicationSnapshots", Held::Observed, "in no order", |_, evidence| {
        of_the_application(evidence).snapshots = Ok([2, 1, 3].map(days_ago).to_vec());
    }),
    ("millisBehindLatest has", Held::Held, "Application, Flow, Id", |_, evidence| {
        publish(evidence, "millisBehindLatest", &["Application", "Flow", "Id"]);
    }),
    ("millisBehindLatest has", Held::Refuted, "Application", |_, evidence| {
        publish(evidence, "millisBehindLatest", &["Application"]);
    }),
    ("The dimensions of numRestarts", Held::Observed, "Application, Task", |_, evidence| {
        publish(evidence, "numRestarts", &["Application", "Task"]);
    }),
    ("busyTimeMsPerSecond has", Held::NotObserved, "it is not published", |_, _| {}),
    ("KPUs has", Held::NotObserved, "a permission of the caller is missing", |_, evidence| {
        evidence.observations.metrics = Err(denied());
    }),
    ("The metric KPUs has one sample", Held::Refuted, "60", |_, evidence| {
        of_the_application(evidence).kpu_samples = Ok(point(60.0));
    }),
    ("The metric KPUs counts", Held::Held, "5 for a size of 4", |_, evidence| {
        of_the_application(evidence).kpus = Ok(point(5.0));
    }),
    ("The metric KPUs counts", Held::Refuted, "4 for a size of 4", |_, evidence| {
        of_the_application(evidence).kpus = Ok(point(4.0));
    }),
    ("Service Quotas", Held::Held, "64 KPUs", |_, _| {}),
    ("The load of a stream", Held::NotObserved, "the throughput of the application", |_, _| {}),
    ("The load of a stream", Held::Observed, "1 data points in three hours, 0 of them 0", |facts, _| {
        let load = stack(facts).load_metric.as_mut().unwrap();
        load.as_mut().unwrap().wanted[0].namespace = "AWS/Kinesis".to_owned();
    }),
];

const ROWS_OF_A_STREAM: [Row; 8] = [
    ("CloudWatch sends an event", Held::Held, "started 1.5 s after the call", |_, _| {}),
    ("IncomingBytes has the dimensions StreamName", Held::Held, "StreamName", |_, evidence| {
        publish(evidence, "IncomingBytes", &["StreamName"]);
    }),
    ("IncomingRecords has", Held::Refuted, "ShardId, StreamName", |_, evidence| {
        publish(evidence, "IncomingRecords", &["ShardId", "StreamName"]);
    }),
    ("GetRecords.IteratorAgeMilliseconds has", Held::NotObserved, "it is not published", |_, _| {}),
    ("DescribeLimits", Held::Held, "100 of 200 shards", |_, _| {}),
    ("DescribeLimits", Held::NotObserved, "a permission of the caller is missing", |facts, _| {
        stream_facts(facts).quota = Err(denied());
    }),
    ("The load of a stream", Held::Observed, "1 data points in three hours, 1 of them 0", |facts, _| {
        stack(facts).in_metric.as_mut().unwrap().points[0].value = 0.0;
        stack(facts).in_metric.as_mut().unwrap().wanted[0].namespace = "AWS/Kinesis".to_owned();
    }),
    ("EventBridge Scheduler", Held::Held, "0 s after the full minute", |_, _| {}),
];

#[test]
fn each_assumption_has_the_result_of_its_observation() {
    let worlds = ROWS.map(|row| (row, healthy as fn() -> Facts, healthy_drill as fn() -> Evidence));
    let of_a_stream = ROWS_OF_A_STREAM
        .map(|row| (row, healthy_stream as fn() -> Facts, healthy_drill_of_a_stream as fn() -> Evidence));
    for ((beginning, result, part, change), facts, evidence) in worlds.into_iter().chain(of_a_stream) {
        let (mut facts, mut evidence) = (facts(), evidence());
        change(&mut facts, &mut evidence);
        let all = assumptions(&facts, &evidence);
        let found = all.iter().find(|found| found.assumption.starts_with(beginning)).unwrap();
        assert_eq!(found.result, result, "{found:?}");
        assert!(found.observed.contains(part), "{found:?}");
    }
}

#[test]
fn no_name_and_no_account_is_in_the_output() {
    let names = ["orders", "111122223333", "arn:", "a@example.org", "'out'", "AccessDenied"];
    let changes: [fn(&mut Facts, &mut Evidence); 2] = [
        |_, _| {},
        |facts, evidence| {
            application_facts(facts).kpu_quota = Err(denied());
            evidence.observations.metrics = Err(denied());
            of_the_application(evidence).operations = Err(denied());
        },
    ];
    for change in changes {
        let (mut facts, mut evidence) = (healthy(), healthy_drill());
        change(&mut facts, &mut evidence);
        let text = format!("{:?}", assumptions(&facts, &evidence));
        let found: Vec<&str> = names.into_iter().filter(|name| text.contains(name)).collect();
        assert!(found.is_empty(), "{found:?} in {text}");
    }
}

#[test]
fn a_stream_has_no_assumptions_on_an_application() {
    let all = assumptions(&healthy_stream(), &healthy_drill_of_a_stream());
    let of_an_application = ["KPU", "Application", "runtime", "napshot"];
    let found: Vec<_> = all
        .iter()
        .filter(|found| of_an_application.iter().any(|part| found.assumption.contains(part)))
        .collect();
    assert!(found.is_empty() && all.len() == 11, "{found:?} {}", all.len());
}

fn of_the_application(evidence: &mut Evidence) -> &mut ApplicationObservations {
    evidence.observations.application.as_mut().unwrap()
}

fn days_ago(days: i64) -> Timestamp {
    NOW - SignedDuration::from_hours(24 * days)
}

/// The operations of these kinds, each a day older than the one before.
fn operations(evidence: &mut Evidence, kinds: &[&str]) {
    let operation = |(days, kind): (i64, &&str)| Operation {
        id: "1".to_owned(),
        kind: (*kind).to_owned(),
        status: OperationStatus::Successful,
        started: days_ago(days),
        ended: None,
        failure: None,
        rolled_back_by: None,
    };
    of_the_application(evidence).operations = Ok((0..).zip(kinds).map(operation).collect());
}

fn publish(evidence: &mut Evidence, metric: &str, dimensions: &[&str]) {
    let dimensions = dimensions.iter().map(|name| (*name).to_owned()).collect();
    evidence.observations.metrics.as_mut().unwrap().entry(metric.to_owned()).or_default().insert(dimensions);
}

fn point(value: f64) -> Vec<DataPoint> {
    vec![DataPoint { start: NOW, value }]
}
