//! A stream that is scaled by the same tasks: what its tag remembers, and what Kinesis refuses.

use crate::world::{NOW, World, ago, alarm, now, policy};
use jiff::{SignedDuration, Timestamp};
use scaling::{Parallelism, Reason};
use serde_json::{Value, json};
use tasks::{
    AlarmState, CHANGES_TAG, Change, Changes, CheckVerdict, Comparison, DataPoint, Earlier, Ended, Moved,
    Policy, PollVerdict, Ports, Query, Refusal, Source, StreamStatus, Task, TaskError, UpdateFailure, run,
};

fn shards(count: u32) -> Parallelism {
    Parallelism::new(count).unwrap()
}

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

/// A stream of four shards whose alarm to scale out rings.
fn ringing() -> World {
    let mut world = World::new();
    world.alarms = vec![
        alarm("orders-out", Comparison::GreaterThanThreshold, 75.0),
        alarm("orders-in", Comparison::LessThanOrEqualToThreshold, 30.0),
    ];
    world.alarms[0].state = AlarmState::Alarm;
    world.points = vec![("orders-out", DataPoint { start: ago(120), value: 90.0 })];
    world
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

fn tag(world: &World) -> Option<String> {
    world.stream_tags.borrow().get(CHANGES_TAG).cloned()
}

fn remember(world: &World, changes: &str) {
    world.stream_tags.borrow_mut().insert(CHANGES_TAG.to_owned(), changes.to_owned());
}

#[test]
fn a_stream_is_doubled_and_says_so_in_a_tag_before_it_is() {
    let world = ringing();
    assert_eq!(check(&world).unwrap()["verdict"], json!(CheckVerdict::Breaching));
    let answer = scale_at(&world, NOW).unwrap();
    assert_eq!(
        answer["why"],
        "scaling out from 4 shards to 8 shards, because containerCPUUtilization is 90 > 75"
    );
    assert_eq!(*world.reshardings.borrow(), [8]);
    assert_eq!(tag(&world).unwrap(), "4 to 8 at 20270115T080000Z after");
    assert!(world.updates.borrow().is_empty(), "no application is touched");
}

#[test]
fn a_lost_answer_is_found_in_the_tag() {
    let mut world = ringing();
    remember(&world, "4 to 8 at 20270115T080000Z after");
    world.stream.as_mut().unwrap().status = StreamStatus::Changing("UPDATING".to_owned());
    let checked = json!({"verdict": "Breaching", "graceSeconds": 300, "call": {"kind": "Alarm", "direction": "Out"}, "why": "it rang", "policy": stream_policy()});
    let answer = call(&world, Task::Scale, &json!({"now": NOW, "run": {"check": checked}})).unwrap();
    assert_eq!((&answer["verdict"], &answer["update"]["to"]["units"]), (&json!("Scaling"), &json!(8)));
    assert!(world.reshardings.borrow().is_empty(), "it is followed, and not made twice");
    // If it was only written down, it is done now, and counts once.
    world.stream.as_mut().unwrap().status = StreamStatus::Active;
    scale_at(&world, NOW).unwrap();
    assert_eq!(*world.reshardings.borrow(), [8]);
    assert_eq!(tag(&world).unwrap(), "4 to 8 at 20270115T080000Z after");
}

/// An alarm of a stream as the template makes it.
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

/// Who writes nothing may publish nothing. But without the number of shards there is no utilisation either, however much is written.
#[test]
fn idle_is_known_from_the_shards_being_published() {
    let mut world = World::new();
    world.alarms = vec![
        utilization("orders-out", Comparison::GreaterThanThreshold, 75.0),
        utilization("orders-in", Comparison::LessThanOrEqualToThreshold, 30.0),
    ];
    world.alarms[1].state = AlarmState::Alarm;
    assert_eq!(
        check(&world).unwrap()["verdict"],
        json!(CheckVerdict::Quiet),
        "the functions may have been gone for an hour"
    );
    world.points = vec![("orders-in, its shards", DataPoint { start: ago(120), value: 4.0 })];
    let answer = check(&world).unwrap();
    assert_eq!(answer["verdict"], json!(CheckVerdict::Breaching));
    assert_eq!(answer["why"], "write utilization is 0 <= 30");
    // A point of writes that is old says that there were some, and not how many there are.
    world.points.push(("orders-in", DataPoint { start: ago(560), value: 50.0 }));
    assert_eq!(check(&world).unwrap()["verdict"], json!(CheckVerdict::Quiet));
}

#[test]
fn what_is_refused_for_good_leaves_the_tag_as_it_was() {
    let mut world = ringing();
    world.denied = true;
    assert!(matches!(scale_at(&world, NOW), Err(TaskError::Fatal(_))));
    assert_eq!(tag(&world).unwrap(), "after", "no change is counted that Kinesis has refused");
}

/// An earlier attempt has begun it, and Kinesis has said so to nobody yet: it refuses the second, and the first is followed.
#[test]
fn a_change_that_is_not_seen_yet_is_not_taken_out_of_the_tag() {
    let mut world = ringing();
    let words = "4 to 8 at 20270115T080000Z after";
    remember(&world, words);
    world.refusal = Some(Refusal::Busy);
    let answer = scale_at(&world, NOW).unwrap();
    assert_eq!((&answer["verdict"], &answer["update"]["to"]["units"]), (&json!("Scaling"), &json!(8)));
    assert_eq!(tag(&world).unwrap(), words);
}

/// A heartbeat comes between the tag and the call: what was asked for a moment ago is taken for under way.
#[test]
fn what_was_written_down_a_moment_ago_may_be_about_to_begin() {
    let world = ringing();
    remember(&world, "4 to 8 at 20270115T075930Z after");
    assert_eq!(scale_at(&world, NOW).unwrap()["reason"], json!(Reason::Busy));
    assert_eq!(tag(&world).unwrap(), "4 to 8 at 20270115T075930Z after");
}

#[test]
fn what_kinesis_refuses_leaves_the_tag_as_it_was() {
    for (refusal, reason) in [(Refusal::Busy, Reason::Busy), (Refusal::LimitReached, Reason::DailyLimit)] {
        let mut world = ringing();
        world.refusal = Some(refusal);
        let before = "2 to 4 at 20270115T060000Z until 20270115T060300Z after";
        remember(&world, before);
        assert_eq!(scale_at(&world, NOW).unwrap()["reason"], json!(reason));
        assert_eq!(tag(&world).unwrap(), before);
    }
}

#[test]
fn a_paused_stream_is_left_alone() {
    let world = ringing();
    world
        .stream_tags
        .borrow_mut()
        .insert("kpu-autoscaler.pause".to_owned(), "out until 20270115T090000Z".to_owned());
    assert_eq!(scale_at(&world, NOW).unwrap()["reason"], json!(Reason::Paused));
    assert!(world.reshardings.borrow().is_empty());
}

#[test]
fn an_end_that_nobody_has_seen_begins_a_grace_period_when_it_is_seen() {
    let world = ringing();
    remember(&world, "2 to 4 at 20270115T070000Z after");
    assert_eq!(scale_at(&world, NOW).unwrap()["reason"], json!(Reason::CoolingDown));
    assert_eq!(tag(&world).unwrap(), "2 to 4 at 20270115T070000Z until 20270115T080000Z after");
    // One that has failed is a failure from then on.
    remember(&world, "4 to 8 at 20270115T070000Z after");
    assert_eq!(scale_at(&world, NOW).unwrap()["reason"], json!(Reason::AfterFailure));
    assert_eq!(tag(&world).unwrap(), "4 to 8 at 20270115T070000Z failed 20270115T080000Z after");
}

/// What the tag says, what the stream is like, and what became of the change from 4 to 8.
#[test]
fn what_became_of_it() {
    const ASKED: &str = "4 to 8 at 20270115T075500Z after 20270115T030000Z";
    let updating = || StreamStatus::Changing("UPDATING".to_owned());
    let rows = [
        (ASKED, 4, updating(), PollVerdict::Updating, None),
        (ASKED, 6, updating(), PollVerdict::Updating, None),
        (ASKED, 8, StreamStatus::Active, PollVerdict::Settled, None),
        (ASKED, 4, StreamStatus::Active, PollVerdict::Failed, Some(UpdateFailure::UpdateFailed)),
        (ASKED, 5, StreamStatus::Active, PollVerdict::Failed, Some(UpdateFailure::UpdateFailed)),
        (ASKED, 8, StreamStatus::Deleting, PollVerdict::Failed, Some(UpdateFailure::ApplicationDeleted)),
        // It was seen to succeed, and another one was made.
        (
            "8 to 6 at 20270115T075900Z after 20270115T075500Z",
            6,
            StreamStatus::Active,
            PollVerdict::Superseded,
            None,
        ),
        // Somebody has taken the tag away, or written over it within the same moment: the stream itself tells.
        ("after", 8, StreamStatus::Active, PollVerdict::Settled, None),
        ("after", 6, updating(), PollVerdict::Updating, None),
        ("after", 4, StreamStatus::Active, PollVerdict::Failed, Some(UpdateFailure::UpdateRolledBack)),
        // Another one has begun since, before which this one failed.
        (
            "4 to 6 at 20270115T075900Z after x20270115T075500Z",
            6,
            StreamStatus::Active,
            PollVerdict::Failed,
            Some(UpdateFailure::UpdateFailed),
        ),
    ];
    for (changes, count, status, verdict, failure) in rows {
        let mut world = World::new();
        remember(&world, changes);
        let stream = world.stream.as_mut().unwrap();
        (stream.shards, stream.status) = (shards(count), status);
        let size = |units: u32| json!({"units": units, "parallelism": units});
        let payload = json!({"now": NOW, "execution": "arn", "run": {
            "check": {"verdict": "Breaching", "graceSeconds": 300, "call": {"kind": "Alarm", "direction": "Out"}, "why": "it is full", "policy": stream_policy()},
            "scale": {"verdict": "Scaling", "why": "it scales", "waitSeconds": 15, "update": {"from": size(4), "to": size(8), "version": 0, "operation": "2027-01-15T07:55:00Z", "asked": "2027-01-15T07:55:00Z"}}}});
        let answer = call(&world, Task::Poll, &payload).unwrap();
        assert_eq!(
            (&answer["verdict"], &answer["failure"]),
            (&json!(verdict), &json!(failure)),
            "{changes} {count}"
        );
        let told = world.told.borrow();
        let moved = Moved::Stream { stream: "clicks".to_owned(), from_shards: 4, to_shards: 8 };
        assert!(told.iter().all(|event| event.moved == moved
            && event.message.starts_with("clicks: scaling out from 4 shards to 8 shards")));
        assert_eq!(told.len(), usize::from(verdict != PollVerdict::Updating));
        let seen = match verdict {
            PollVerdict::Settled if changes == ASKED => Some("until"),
            PollVerdict::Failed if changes == ASKED && count < 8 => Some("failed"),
            _ => None,
        };
        let words = tag(&world).unwrap();
        assert!(
            seen.is_none_or(|word| words.contains(&format!(" {word} 20270115T080000Z after"))),
            "{words}"
        );
    }
}

#[test]
fn what_cannot_be_scaled_is_said_with_its_remedy() {
    let mut world = ringing();
    world.stream.as_mut().unwrap().is_on_demand = true;
    let said = |world: &World| check(world).unwrap_err().to_string();
    assert!(said(&world).contains("the stream 'clicks': its capacity is on demand"), "{}", said(&world));
    world.stream = None;
    assert!(said(&world).contains("the stream 'clicks': KinesisStreamName names one that does not exist"));
    let world = ringing();
    remember(&world, "nobody knows");
    assert!(
        said(&world).contains("which is nothing that this stack has written; delete the tag"),
        "{}",
        said(&world)
    );
    for (set, expected) in [
        (("Target", "topic"), "Target takes application or stream, not 'topic'"),
        (("MaxShards", "0"), "MaxShards takes a whole number from 1 to 10000, not '0'"),
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

/// The parallelism of an application that reads a stream is limited by the shards that this has at the time.
#[test]
fn an_application_is_not_made_larger_than_its_stream() {
    let world = ringing();
    let mut text = serde_json::to_value(policy()).unwrap();
    for (name, value) in [("SourcePartitions", "shards"), ("KinesisStreamName", "clicks"), ("MaxKpu", "32")] {
        text[name] = value.into();
    }
    let scale = |world: &World| {
        let checked = json!({"verdict": "Breaching", "graceSeconds": 300, "call": {"kind": "Alarm", "direction": "Out"}, "why": "cpu is 90", "policy": text});
        call(world, Task::Scale, &json!({"now": NOW, "run": {"check": checked}}))
    };
    assert_eq!(scale(&world).unwrap()["reason"], json!(Reason::AtMaximumParallelism), "8 KPU, and 4 shards");
    let mut world = ringing();
    world.stream.as_mut().unwrap().shards = shards(12);
    assert_eq!(scale(&world).unwrap()["step"]["to"]["parallelism"], 12, "16 would leave four idle");
    world.stream = None;
    assert!(
        scale(&world)
            .unwrap_err()
            .to_string()
            .contains("failed to find the stream 'clicks', whose shards SourcePartitions asks for")
    );
}

#[test]
fn the_tag_reads_as_it_is_written_and_holds_a_day() {
    let at = |minutes: i64| NOW + SignedDuration::from_mins(minutes);
    let mut changes = Changes::default();
    assert_eq!(changes.to_string(), "after");
    // Twenty of the largest there are, every two hours; some failed, some were never seen to end.
    for index in 0..20 {
        let ended = match index % 3 {
            0 => Some(Ended::WellAt(at(120 * index + 5))),
            1 => Some(Ended::BadlyAt(at(120 * index + 5))),
            _ => None,
        };
        changes =
            changes.then(Change { from: shards(10_000), to: shards(20_000), asked: at(120 * index), ended });
        let text = changes.to_string();
        assert!(
            text.len() <= 256 && text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == ' '),
            "{text}"
        );
        assert_eq!(text.parse::<Changes>().unwrap(), changes);
    }
    assert_eq!(changes.earlier.len(), 9, "what Kinesis counts, and no more");
    assert_eq!(changes.earlier[0], Earlier { asked: at(120 * 18), failed: false });
    assert!(changes.earlier.iter().any(|earlier| earlier.failed));
    for text in [
        "",
        "4",
        "4 to 8",
        "4 to 8 at noon after",
        "0 to 8 at 20270115T080000Z after",
        "4 to 8 at 20270115T080000Z",
        "4 to 8 at 20270115T080000Z since 20270115T080100Z after",
        "after yesterday",
    ] {
        assert!(text.parse::<Changes>().is_err(), "{text}");
    }
}
