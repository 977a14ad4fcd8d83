//! One step: the reads, the writes and the answer of `scale`.

use crate::world::{NOW, World, ago, now, operation, policy};
use scaling::{Parallelism, Reason};
use serde_json::{Value, json};
use tasks::{
    Operation, OperationStatus, Refusal, ResourceStatus, ScaleAnswer, ScaleRequest, ScaleVerdict, TaskError,
    Update, scale,
};

fn run(direction: &str) -> Value {
    json!({"check": {"verdict": "Breaching", "graceSeconds": 300, "call": {"kind": "Alarm", "direction": direction}, "why": "cpu is 91 > 80", "policy": policy()}})
}

fn request(run: Value) -> ScaleRequest {
    ScaleRequest { now: NOW, run: serde_json::from_value(run).unwrap() }
}

fn answer(world: &World, run: Value) -> ScaleAnswer {
    now(scale(&request(run), world, world, world, world)).unwrap()
}

#[test]
fn the_update_names_the_described_version_and_keeps_allow_non_restored_state() {
    let world = World::new();
    let answer = answer(&world, run("In"));
    assert_eq!(
        *world.updates.borrow(),
        [Update {
            resource: "orders".to_owned(),
            asked: NOW,
            from: Parallelism::new(8).unwrap(),
            version: Some(7),
            parallelism: Parallelism::new(4).unwrap(),
            allow_non_restored_state: Some(true),
        }]
    );
    assert_eq!(answer.verdict, ScaleVerdict::Scaling);
    assert_eq!(answer.why, "scaling in from 8 KPU to 4 KPU, because cpu is 91 > 80");
    let update = answer.update.unwrap();
    assert_eq!((update.operation.as_deref(), update.asked, update.version), (Some("op-1"), NOW, Some(7)));
}

#[test]
fn the_current_parallelism_is_the_base_and_kpus_are_whole() {
    let world = World::running(7).with_subtasks_per_kpu(2);
    let update = answer(&world, run("Out")).update.unwrap();
    assert_eq!((update.from.units.count(), update.to.unwrap().units.count()), (4, 8));
    assert_eq!((update.from.parallelism.count(), update.to.unwrap().parallelism.count()), (7, 16));
}

#[test]
fn a_stopped_or_busy_or_cooling_application_is_left_alone() {
    let over = |ended| vec![operation("Maintenance", OperationStatus::Successful, 1_000, Some(ended))];
    let under_way = vec![operation("Maintenance", OperationStatus::InProgress, 60, None)];
    let updating = ResourceStatus::Changing("UPDATING".to_owned());
    let unknown = ResourceStatus::Changing("HIBERNATING".to_owned());
    for (status, operations, last_updated, reason) in [
        (ResourceStatus::Ready, vec![], None, Reason::NotRunning),
        (ResourceStatus::RolledBack, vec![], None, Reason::NotRunning),
        (ResourceStatus::RollingBack, vec![], None, Reason::Busy),
        (updating, vec![], None, Reason::Busy),
        (unknown, vec![], None, Reason::Busy),
        (ResourceStatus::Running, under_way, None, Reason::Busy),
        (ResourceStatus::Running, over(299), None, Reason::CoolingDown),
        (ResourceStatus::Running, over(900), Some(ago(299)), Reason::CoolingDown),
    ] {
        let mut world = operations.into_iter().fold(World::new().is(status.clone()), World::ran);
        world.application().last_updated = last_updated;
        let answer = answer(&world, run("Out"));
        assert_eq!((answer.verdict, answer.reason), (ScaleVerdict::Hold, Some(reason)), "{status:?}");
        assert!(world.updates.borrow().is_empty(), "{status:?}");
    }
}

#[test]
fn a_temporary_hold_continues_only_a_run_that_has_scaled() {
    for (has_scaled, ended, expected) in [
        (false, 60, ScaleVerdict::Hold),
        (true, 60, ScaleVerdict::RecheckLater),
        (false, 900, ScaleVerdict::Scaling),
        (true, 900, ScaleVerdict::Scaling),
    ] {
        let world = World::new().updated(OperationStatus::Successful, 1_000, Some(ended));
        let mut input = run("Out");
        if has_scaled {
            input["poll"] = json!({"verdict": "Settled"});
        }
        assert_eq!(answer(&world, input).verdict, expected, "has scaled {has_scaled}, {ended} s ago");
    }
}

#[test]
fn a_refusal_is_a_verdict_and_an_error_is_an_error() {
    for (refusal, reason) in
        [(Refusal::VersionChanged, Reason::ConcurrentModification), (Refusal::Busy, Reason::Busy)]
    {
        let world = World::new().refuses(refusal);
        let answer = answer(&world, run("Out"));
        assert_eq!((answer.verdict, answer.reason, answer.update), (ScaleVerdict::Hold, Some(reason), None));
    }
    let throttled = TaskError::Retryable("failed to update: throttled".to_owned());
    let world = World::new().fails_to_update(throttled.clone());
    assert_eq!(now(scale(&request(run("Out")), &world, &world, &world, &world)), Err(throttled));
}

/// `scale` crashed after MSF had accepted its update, and Step Functions calls it again with the same payload.
#[test]
fn an_update_with_a_lost_response_is_followed_and_not_repeated() {
    use OperationStatus::{Failed, InProgress, Successful};
    #[rustfmt::skip]
    let rows = [
        ("UpdateApplication", InProgress, -2, None,      Some((8, 16)), true),
        ("UpdateApplication", InProgress,  5, None,      Some((8, 16)), true),  // the clocks of the services differ
        ("UpdateApplication", Successful, -2, Some(-90), Some((8, 16)), true),
        ("UpdateApplication", Failed,     -2, Some(-90), Some((8, 16)), true),
        ("UpdateApplication", InProgress, -2, None,      None,          true),  // MSF does not say what it changes
        ("UpdateApplication", InProgress, -2, None,      Some((8, 8)),  false), // a deployment
        ("UpdateApplication", InProgress, -2, None,      Some((16, 16)), true), // this stack's update after a failure: 8 still run
        ("UpdateApplication", InProgress, -2, None,      Some((18, 10)), true), // less than the failed size, more than the running size
        ("UpdateApplication", InProgress, -2, None,      Some((8, 4)),  false), // the opposite direction: another writer
        ("UpdateApplication", InProgress,  6, None,      Some((8, 16)), false), // started before this attempt
        ("Maintenance",       InProgress, -2, None,      Some((8, 16)), false),
    ];
    for (kind, status, started, ended, change, recovered) in rows {
        let world = World::new().at_version(8).ran(operation(kind, status, started, ended));
        let world = change.into_iter().fold(world, |world, (from, to)| world.changed("op-1", from, to));
        let answer = answer(&world, run("Out"));
        let row = format!("{kind} {status:?} {started} {change:?}");
        assert!(world.updates.borrow().is_empty(), "{row}");
        assert_eq!(answer.verdict == ScaleVerdict::Scaling, recovered, "{row}");
        if recovered {
            let update = answer.update.unwrap();
            let sizes = (update.from.parallelism.count(), update.to.map(|to| to.parallelism.count()));
            assert_eq!(sizes, (change.map_or(8, |(from, _)| from), change.map(|(_, to)| to)), "{row}");
            assert_eq!(update.version, Some(if change.is_some() { 7 } else { 8 }), "{row}");
        } else {
            assert_eq!(answer.reason, Some(Reason::Busy), "{row}");
        }
    }
}

/// The first attempt timed out before its update arrived. MSF accepts that update while the second attempt reads, and rejects the
/// second update.
#[test]
fn an_update_that_arrives_before_its_retry_is_followed() {
    for refusal in [Refusal::Busy, Refusal::VersionChanged] {
        let world = World::new()
            .with_delayed(operation("UpdateApplication", OperationStatus::InProgress, -1, None))
            .changed("op-1", 8, 16)
            .refuses(refusal);
        let answer = answer(&world, run("Out"));
        let update = answer.update.unwrap();
        assert_eq!((answer.verdict, update.version), (ScaleVerdict::Scaling, Some(7)), "{refusal:?}");
        assert_eq!(update.to.unwrap().units.count(), 16);
    }
}

/// The pause after a failure is 20 minutes.
#[test]
fn a_failure_pauses_its_direction_and_an_unreadable_failure_pauses_both() {
    use OperationStatus::{Cancelled, Failed, Successful};
    #[rustfmt::skip]
    let rows = [
        // the operation               its end  changed               out is blocked  in is blocked  warned
        ("UpdateApplication", Failed,     1_199, Some((4, 8)),         true,  false, false),
        ("UpdateApplication", Failed,     1_200, Some((4, 8)),         false, false, false),
        ("UpdateApplication", Cancelled,    600, Some((4, 8)),         true,  false, false),
        ("UpdateApplication", Failed,       600, Some((8, 4)),         false, true,  false),
        ("UpdateApplication", Failed,       600, Some((8, 8)),         false, false, false), // a deployment
        ("UpdateApplication", Failed,       600, Some((16, 16)),       true,  false, false), // this stack's update: 8 still run
        ("UpdateApplication", Failed,       600, None,                 true,  true,  true),
        ("UpdateApplication", Successful,   600, Some((4, 8)),         false, false, false),
        ("StartApplication",  Failed,       600, None,                 false, false, false),
    ];
    for (kind, status, ended, changed, blocks_out, blocks_in, warned) in rows {
        for (direction, blocked) in [("Out", blocks_out), ("In", blocks_in)] {
            let world = World::new().ran(operation(kind, status, ended + 100, Some(ended)));
            let world = changed.into_iter().fold(world, |world, (from, to)| world.changed("op-1", from, to));
            let answer = answer(&world, run(direction));
            let row = format!("{kind} {status:?} {ended} s ago {changed:?}, {direction}");
            assert_eq!(answer.reason, blocked.then_some(Reason::AfterFailure), "{row}");
            assert_eq!(answer.verdict == ScaleVerdict::Scaling, !blocked, "{row}");
            assert_eq!(answer.warning.is_some(), warned, "{row}");
            assert_eq!(world.updates.borrow().is_empty(), blocked, "{row}");
        }
    }
}

#[test]
fn more_failures_than_are_inspected_pause_both_directions() {
    let mut world = World::new();
    for (index, id) in ["a", "b", "c", "d", "e", "f"].into_iter().enumerate() {
        let failed = operation("UpdateApplication", OperationStatus::Failed, 1_900, Some(600));
        world = world.ran(Operation { id: id.to_owned(), ..failed }).changed(id, 8, 8);
        let blocked = (index == 5).then_some(Reason::AfterFailure);
        assert_eq!(answer(&world, run("Out")).reason, blocked, "{} failures", index + 1);
    }
}

#[test]
fn a_deleted_application_is_an_error_that_names_the_parameter() {
    let world = World::new().without_application();
    let Err(TaskError::Fatal(message)) = now(scale(&request(run("Out")), &world, &world, &world, &world))
    else {
        panic!()
    };
    assert!(message.contains("'orders'") && message.contains("ApplicationName"), "{message}");
}

#[test]
fn the_first_poll_waits_as_long_as_the_recent_updates_took() {
    let update = |status, started, took| Operation {
        ended: Some(ago(started - took)),
        ..operation("UpdateApplication", status, started, None)
    };
    for (operations, expected) in [
        (vec![], 15),
        (vec![operation("Maintenance", OperationStatus::Successful, 5_000, Some(4_000))], 15),
        (vec![update(OperationStatus::Failed, 5_000, 700)], 15), // a failure does not predict the next update
        (vec![update(OperationStatus::Successful, 5_000, 120)], 120),
        (
            vec![
                update(OperationStatus::Successful, 5_000, 120),
                update(OperationStatus::Successful, 9_000, 140),
            ],
            140,
        ),
        // Only the newest three updates count.
        (
            vec![
                update(OperationStatus::Successful, 5_000, 90),
                update(OperationStatus::Successful, 9_000, 900),
                update(OperationStatus::Successful, 8_000, 95),
                update(OperationStatus::Successful, 7_000, 85),
            ],
            95,
        ),
        (vec![update(OperationStatus::Successful, 50_000, 9_000)], 9_000),
    ] {
        let world = operations.into_iter().fold(World::new(), World::ran);
        let answer = answer(&world, run("Out"));
        assert_eq!((answer.verdict, answer.wait_seconds), (ScaleVerdict::Scaling, expected));
        let expected_seconds = (expected != 15).then_some(expected);
        assert_eq!(
            answer.update.unwrap().expected_seconds,
            expected_seconds,
            "'poll' receives the expected time"
        );
    }
}

#[test]
fn a_run_without_a_call_is_an_error() {
    for input in [
        json!({}),
        json!({"check": {"verdict": "Quiet", "graceSeconds": 300, "why": "", "policy": policy()}}),
    ] {
        let Err(TaskError::Fatal(message)) =
            now(scale(&request(input), &World::new(), &World::new(), &World::new(), &World::new()))
        else {
            panic!()
        };
        assert!(message.contains("$.check"), "{message}");
    }
}

/// The distance of the metric from its threshold determines the size of the step.
#[test]
fn the_breach_that_check_found_selects_the_step() {
    let mut step_scaling = serde_json::to_value(policy()).unwrap();
    for (name, value) in [
        ("ScalingOperation", "Steps"),
        ("ScaleOutSteps", "0:1, 10:100%"),
        ("ScaleInSteps", "0:1, 10:=2"),
        ("MaxKpu", "32"),
    ] {
        step_scaling[name] = value.into();
    }
    let to = |direction: &str, breaches: Value| {
        let check = json!({"verdict": "Breaching", "graceSeconds": 300, "call": {"kind": "Alarm", "direction": direction}, "why": "", "breaches": breaches, "policy": step_scaling});
        answer(&World::new(), json!({"check": check})).update.unwrap().to.unwrap().units.count()
    };
    assert_eq!(to("Out", json!([{"value": 89.9, "threshold": 80.0}])), 9);
    assert_eq!(to("Out", json!([{"value": 90.0, "threshold": 80.0}])), 16);
    assert_eq!(to("In", json!([{"value": 10.1, "threshold": 20.0}])), 7);
    assert_eq!(to("In", json!([{"value": 10.0, "threshold": 20.0}])), 2);
}
