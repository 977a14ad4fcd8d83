//! Scaling of a stream by the same tasks: the change history in its tag, and the refusals of Kinesis.

use crate::job_health::series;
use crate::world::{IN, NOW, OUT, World, alarm, now, policy};
use jiff::{SignedDuration, Timestamp};
use scaling::{Limits, Parallelism, Reason};
use serde_json::{Value, json};
use tasks::{
    CHANGES_TAG, CheckVerdict, Comparison, Moved, Policy, PolicyText, PollVerdict, Ports, Query, Refusal,
    ResourceStatus, Source, Task, TaskError, UpdateFailure, run,
};

fn stream_policy() -> Value {
    let mut policy = serde_json::to_value(policy()).unwrap();
    for (name, value) in [
        ("Target", "stream"),
        ("ApplicationName", ""),
        ("KinesisStreamName", "clicks"),
        ("MinShards", "1"),
        ("MaxShards", "16"),
        ("MinKpu", "no matter"),
    ] {
        policy[name] = value.into();
    }
    policy
}

/// Returns a stream of four shards whose scale-out alarm breaches.
fn breaching_stream() -> World {
    World::new().with_threshold(OUT, 75.0).with_threshold(IN, 30.0).breaching(OUT, 90.0)
}

fn call(world: &World, task: Task, payload: &Value) -> Result<Value, TaskError> {
    let ports = Ports { applications: world, streams: world, alarms: world, events: world };
    now(run(task, payload.clone(), ports))
}

fn check(world: &World) -> Result<Value, TaskError> {
    call(world, Task::Check, &json!({"now": NOW, "startedAt": NOW, "policy": stream_policy(), "run": {}}))
}

fn scale_at(world: &World, at: Timestamp) -> Result<Value, TaskError> {
    let checked = check(world)?;
    call(world, Task::Scale, &json!({"now": at, "run": {"check": checked}}))
}

fn updating() -> ResourceStatus {
    ResourceStatus::Changing("UPDATING".to_owned())
}

fn tag(world: &World) -> Option<String> {
    world.stream_tags.borrow().get(CHANGES_TAG).cloned()
}

#[test]
fn a_change_is_recorded_in_the_tag_before_the_shards_change() {
    let world = breaching_stream();
    assert_eq!(check(&world).unwrap()["verdict"], json!(CheckVerdict::Breaching));
    let answer = scale_at(&world, NOW).unwrap();
    assert_eq!(
        answer["why"],
        "scaling out from 4 shards to 8 shards, because containerCPUUtilization is 90 > 75"
    );
    assert_eq!(*world.reshardings.borrow(), [8]);
    assert_eq!(tag(&world).unwrap(), "4 to 8 at 20270115T080000Z after");
    assert!(world.updates.borrow().is_empty(), "no application is updated");
}

#[test]
fn a_lost_response_is_recovered_from_the_tag() {
    let changes = "4 to 8 at 20270115T080000Z after";
    let world = breaching_stream().with_stream(4, updating()).remembers(changes);
    let checked = json!({"verdict": "Breaching", "graceSeconds": 300, "call": {"kind": "Alarm", "direction": "Out"}, "why": "cpu is 91 > 80", "policy": stream_policy()});
    let answer = call(&world, Task::Scale, &json!({"now": NOW, "run": {"check": checked}})).unwrap();
    assert_eq!((&answer["verdict"], &answer["update"]["to"]["units"]), (&json!("Scaling"), &json!(8)));
    assert!(world.reshardings.borrow().is_empty(), "the change is followed and not repeated");
    // A change that was only recorded is made now, and counts once.
    let world = world.with_stream(4, ResourceStatus::Running);
    scale_at(&world, NOW).unwrap();
    assert_eq!(*world.reshardings.borrow(), [8]);
    assert_eq!(tag(&world).unwrap(), "4 to 8 at 20270115T080000Z after");
}

/// Returns an alarm on a stream as the template creates it.
fn utilization(name: &str, comparison: Comparison, threshold: f64) -> tasks::Alarm {
    let mut alarm = alarm(name, comparison, threshold);
    let query =
        |id: &str, source, returns_data| Query { id: id.to_owned(), source, account: None, returns_data };
    let metric = |namespace: &str, name: &str| Source::Metric {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        dimensions: Vec::new(),
        statistic: "Sum".to_owned(),
        period: SignedDuration::from_secs(60),
        unit: None,
    };
    let text = "100 * records / 1000 / PERIOD(records) / shards".to_owned();
    let expression = Source::Expression { text, label: Some("write utilization".to_owned()), period: None };
    alarm.queries = vec![
        query("utilization", expression, true),
        query("records", metric("AWS/Kinesis", "IncomingRecords"), false),
        query("shards", metric("KpuAutoscaler", "Shards"), false),
    ];
    alarm
}

/// A stream without writes can have no data points of writes. Without the number of shards, the utilization is unknown at any load.
#[test]
fn an_idle_stream_is_confirmed_by_its_shard_metric() {
    let world = World::new()
        .with_alarm(utilization(OUT, Comparison::GreaterThanThreshold, 75.0))
        .with_alarm(utilization(IN, Comparison::LessThanOrEqualToThreshold, 30.0))
        .in_alarm(IN);
    assert_eq!(
        check(&world).unwrap()["verdict"],
        json!(CheckVerdict::Quiet),
        "the functions may have been gone for an hour"
    );
    let world = world.showing("orders-in, its shards", 4.0);
    let answer = check(&world).unwrap();
    assert_eq!(answer["verdict"], json!(CheckVerdict::Breaching));
    assert_eq!(answer["why"], "write utilization is 0 <= 30");
    // An old data point of writes proves earlier writes and not the current load.
    let world = world.measured(IN, 560, 50.0);
    assert_eq!(check(&world).unwrap()["verdict"], json!(CheckVerdict::Quiet));
}

/// No application proves that a stream is idle: the alarm on the age of its records has data of its own.
#[test]
fn a_silent_user_alarm_on_writes_counts_as_zero_for_a_stream() {
    let writes = |name, comparison, threshold| {
        let mut alarm = utilization(name, comparison, threshold);
        alarm.queries.retain(|query| query.id != "shards");
        alarm
    };
    let world = World::new()
        .with_alarm(writes(OUT, Comparison::GreaterThanThreshold, 90.0))
        .with_alarm(writes(IN, Comparison::LessThanOrEqualToThreshold, 10.0))
        .in_alarm(IN);
    assert_eq!(check(&world).unwrap()["verdict"], json!(CheckVerdict::Breaching));
}

#[test]
fn a_permanent_error_leaves_the_tag_unchanged() {
    let denied = TaskError::Fatal("failed to change the shards: AccessDeniedException".to_owned());
    let world = breaching_stream().fails_to_update(denied);
    assert!(matches!(scale_at(&world, NOW), Err(TaskError::Fatal(_))));
    assert_eq!(tag(&world).unwrap(), "after", "a refused change does not count");
}

/// An earlier attempt started the change, and Kinesis does not show it yet. Kinesis refuses the second attempt, and the first is followed.
#[test]
fn a_change_that_is_not_visible_yet_stays_in_the_tag() {
    let text = "4 to 8 at 20270115T080000Z after";
    let world = breaching_stream().refuses(Refusal::Busy).remembers(text);
    let answer = scale_at(&world, NOW).unwrap();
    assert_eq!((&answer["verdict"], &answer["update"]["to"]["units"]), (&json!("Scaling"), &json!(8)));
    assert_eq!(tag(&world).unwrap(), text);
}

/// A heartbeat starts between the write of the tag and the call. A change that was requested just now counts as running.
#[test]
fn a_change_that_was_recorded_just_now_counts_as_running() {
    let world = breaching_stream().remembers("4 to 8 at 20270115T075930Z after");
    assert_eq!(scale_at(&world, NOW).unwrap()["reason"], json!(Reason::Busy));
    assert_eq!(tag(&world).unwrap(), "4 to 8 at 20270115T075930Z after");
}

#[test]
fn a_refusal_by_kinesis_leaves_the_tag_unchanged() {
    for (refusal, reason) in [(Refusal::Busy, Reason::Busy), (Refusal::LimitReached, Reason::DailyLimit)] {
        let before = "2 to 4 at 20270115T060000Z until 20270115T060300Z after";
        let world = breaching_stream().refuses(refusal).remembers(before);
        assert_eq!(scale_at(&world, NOW).unwrap()["reason"], json!(reason));
        assert_eq!(tag(&world).unwrap(), before);
    }
}

#[test]
fn a_paused_stream_is_left_alone() {
    let world = breaching_stream();
    world
        .stream_tags
        .borrow_mut()
        .insert("kpu-autoscaler.pause".to_owned(), "out until 20270115T090000Z".to_owned());
    assert_eq!(scale_at(&world, NOW).unwrap()["reason"], json!(Reason::Paused));
    assert!(world.reshardings.borrow().is_empty());
}

#[test]
fn an_end_without_an_observer_starts_the_cooldown_when_it_is_detected() {
    let world = breaching_stream().remembers("2 to 4 at 20270115T070000Z after");
    assert_eq!(scale_at(&world, NOW).unwrap()["reason"], json!(Reason::CoolingDown));
    assert_eq!(tag(&world).unwrap(), "2 to 4 at 20270115T070000Z until 20270115T080000Z after");
    // The failure pause starts when the failed change is detected.
    let world = world.remembers("4 to 8 at 20270115T070000Z after");
    assert_eq!(scale_at(&world, NOW).unwrap()["reason"], json!(Reason::AfterFailure));
    assert_eq!(tag(&world).unwrap(), "4 to 8 at 20270115T070000Z failed 20270115T080000Z after");
}

/// Each row has the tag, the shards and the status of the stream, and the outcome of the change from 4 to 8.
#[test]
fn the_outcome_of_a_change_follows_the_tag_and_the_stream() {
    const ASKED: &str = "4 to 8 at 20270115T075500Z after 20270115T030000Z";
    let rows = [
        (ASKED, 4, updating(), PollVerdict::Updating, None),
        (ASKED, 6, updating(), PollVerdict::Updating, None),
        (ASKED, 8, ResourceStatus::Running, PollVerdict::Settled, None),
        (ASKED, 4, ResourceStatus::Running, PollVerdict::Failed, Some(UpdateFailure::UpdateFailed)),
        (ASKED, 5, ResourceStatus::Running, PollVerdict::Failed, Some(UpdateFailure::UpdateFailed)),
        (ASKED, 8, ResourceStatus::Deleting, PollVerdict::Failed, Some(UpdateFailure::ApplicationDeleted)),
        // The change has succeeded, and another change followed.
        (
            "8 to 6 at 20270115T075900Z after 20270115T075500Z",
            6,
            ResourceStatus::Running,
            PollVerdict::Superseded,
            None,
        ),
        // Another writer has deleted or overwritten the tag, so the stream itself gives the outcome.
        ("after", 8, ResourceStatus::Running, PollVerdict::Settled, None),
        ("after", 6, updating(), PollVerdict::Updating, None),
        ("after", 4, ResourceStatus::Running, PollVerdict::Failed, Some(UpdateFailure::UpdateRolledBack)),
        // The change failed before another change started.
        (
            "4 to 6 at 20270115T075900Z after x20270115T075500Z",
            6,
            ResourceStatus::Running,
            PollVerdict::Failed,
            Some(UpdateFailure::UpdateFailed),
        ),
    ];
    for (changes, count, status, verdict, failure) in rows {
        let world = World::new().with_stream(count, status).remembers(changes);
        let size = |units: u32| json!({"units": units, "parallelism": units});
        let payload = json!({"now": NOW, "execution": "arn", "run": {
            "check": {"verdict": "Breaching", "graceSeconds": 300, "call": {"kind": "Alarm", "direction": "Out"}, "why": "it is full", "policy": stream_policy()},
            "scale": {"verdict": "Scaling", "why": "it scales", "waitSeconds": 15, "update": {"from": size(4), "to": size(8), "operation": "2027-01-15T07:55:00Z", "asked": "2027-01-15T07:55:00Z"}}}});
        let answer = call(&world, Task::Poll, &payload).unwrap();
        assert_eq!(
            (&answer["verdict"], &answer["failure"]),
            (&json!(verdict), &json!(failure)),
            "{changes} {count}"
        );
        let published = world.published.borrow();
        let moved = Moved::Stream { stream: "clicks".to_owned(), from_shards: 4, to_shards: 8 };
        assert!(published.iter().all(|event| event.moved == moved
            && event.message.starts_with("clicks: scaling out from 4 shards to 8 shards")));
        assert_eq!(published.len(), usize::from(verdict != PollVerdict::Updating));
        let seen = match verdict {
            PollVerdict::Settled if changes == ASKED => Some("until"),
            PollVerdict::Failed if changes == ASKED && count < 8 => Some("failed"),
            _ => None,
        };
        let text = tag(&world).unwrap();
        assert!(seen.is_none_or(|word| text.contains(&format!(" {word} 20270115T080000Z after"))), "{text}");
    }
}

#[test]
fn an_unsupported_stream_or_policy_is_rejected_with_a_remedy() {
    let world = breaching_stream().with_stream_on_demand();
    let error_of = |world: &World| check(world).unwrap_err().to_string();
    assert!(
        error_of(&world).contains("the stream 'clicks': its capacity is on demand"),
        "{}",
        error_of(&world)
    );
    let world = breaching_stream().without_stream();
    assert!(
        error_of(&world).contains("the stream 'clicks': KinesisStreamName names one that does not exist")
    );
    let world = breaching_stream().remembers("nobody knows");
    assert!(
        error_of(&world).contains("which this stack has not written; delete the tag"),
        "{}",
        error_of(&world)
    );
    for (set, expected) in [
        (("Target", "topic"), "Target takes application or stream, not 'topic'"),
        (("MaxShards", "0"), "MaxShards is '0'; set it to a whole number from 1 to 10000"),
        (("MinShards", "20"), "MinShards is 20 and MaxShards is 16; set MinShards to at most MaxShards"),
        (("ScalingOperation", "Demand"), "for a stream set it to Multiply/Divide"),
        (
            ("HighKpu", "8"),
            "HighKpu and LowKpu are KPUs of an application; state a stream's hours as Windows",
        ),
        (("Windows", "Mon 8:00-9:00 99"), "has 99 shards and MaxShards is 16; raise MaxShards"),
        (("KinesisStreamName", ""), "KinesisStreamName is empty"),
    ] {
        let mut text = stream_policy();
        text[set.0] = set.1.into();
        let error = Policy::parse(&serde_json::from_value(text).unwrap()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

/// The template passes these parameters for a stream as well.
#[test]
fn the_limits_and_the_load_of_an_application_do_not_apply_to_a_stream() {
    let parsed = |text: Value| {
        let text: PolicyText = serde_json::from_value(text).unwrap();
        let set = [("MaxParallelism", "6"), ("SourcePartitions", "3"), ("LoadAlarm", "orders-load")];
        [text.clone(), text.with(set)].map(|text| {
            let policy = Policy::parse(&text).unwrap();
            let Limits { max_parallelism, partitions, quota } = policy.scaling.limits;
            let limits = [max_parallelism, partitions, quota];
            (limits.map(|limit| limit.map(Parallelism::count)), policy.load_alarm)
        })
    };
    let load = Some("orders-load".to_owned());
    assert_eq!(parsed(stream_policy()), [([None; 3], None), ([None; 3], None)]);
    assert_eq!(
        parsed(serde_json::to_value(policy()).unwrap()),
        [([None, None, Some(256)], None), ([Some(6), Some(3), None], load)]
    );
}

/// A stream runs no job: neither a loop of restarts nor a snapshot holds it.
#[test]
fn a_stream_is_scaled_without_a_reading_of_a_job() {
    let restarts = series("fullRestarts", &[7.0, 8.0, 9.0, 10.0]);
    let world = breaching_stream().takes_a_snapshot(60).with_job(vec![restarts]);
    assert_eq!(scale_at(&world, NOW).unwrap()["step"]["to"]["units"], 8);
}

/// The stack of a stream has an alarm on rejected writes, with the threshold 0. It has no part in the target. Every alarm of an application has.
#[test]
fn only_the_first_alarms_of_a_stream_must_suit_a_target() {
    let target = |policy: Value| {
        let mut policy = policy;
        for (name, value) in
            [("ScalingOperation", "Target"), ("TargetValue", "50"), ("MoreScaleOutAlarms", "throttled")]
        {
            policy[name] = value.into();
        }
        policy
    };
    let world = breaching_stream()
        .with_alarm(alarm("throttled", Comparison::GreaterThanThreshold, 0.0))
        .watching("throttled", "WriteProvisionedThroughputExceeded");
    let check = |policy| {
        call(&world, Task::Check, &json!({"now": NOW, "startedAt": NOW, "policy": target(policy), "run": {}}))
    };
    assert_eq!(check(stream_policy()).unwrap()["verdict"], json!(CheckVerdict::Breaching));
    let refused = check(serde_json::to_value(policy()).unwrap()).unwrap_err();
    assert!(refused.to_string().contains("the alarm 'throttled' has the threshold 0"), "{refused}");
}

/// The current number of shards limits the parallelism of an application that reads the stream.
#[test]
fn an_application_does_not_exceed_the_shards_of_its_stream() {
    let world = breaching_stream();
    let mut text = serde_json::to_value(policy()).unwrap();
    for (name, value) in [("SourcePartitions", "shards"), ("KinesisStreamName", "clicks"), ("MaxKpu", "32")] {
        text[name] = value.into();
    }
    let scale = |world: &World| {
        let checked = json!({"verdict": "Breaching", "graceSeconds": 300, "call": {"kind": "Alarm", "direction": "Out"}, "why": "cpu is 90", "policy": text});
        call(world, Task::Scale, &json!({"now": NOW, "run": {"check": checked}}))
    };
    assert_eq!(scale(&world).unwrap()["reason"], json!(Reason::AtMaximumParallelism), "8 KPU, and 4 shards");
    let world = breaching_stream().with_stream(12, ResourceStatus::Running);
    assert_eq!(scale(&world).unwrap()["step"]["to"]["parallelism"], 12, "16 would leave four idle");
    let world = world.without_stream();
    assert!(
        scale(&world)
            .unwrap_err()
            .to_string()
            .contains("failed to find the stream 'clicks', whose shards SourcePartitions asks for")
    );
}
