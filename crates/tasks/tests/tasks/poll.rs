//! What became of an update: by its operation, its version and the parallelism, never by status alone.

use crate::world::{NOW, World, ago, now, operation, policy};
use scaling::Parallelism;
use serde_json::json;
use tasks::{ApplicationStatus, Operation, OperationStatus, PollRequest, PollVerdict, TaskError, poll};

/// An update from 8 to 4 on version 7, asked for so many seconds ago.
fn request(seconds_ago: i64, operation: Option<&str>) -> PollRequest {
    let size = |count| json!({"kpus": count, "parallelism": count});
    let run = json!({
        "check": {"direction": "In", "why": "", "policy": policy()},
        "scale": {"update": {
            "from": size(8), "to": size(4), "version": 7, "operation": operation, "asked": ago(seconds_ago),
        }},
    });
    PollRequest { now: NOW, run: serde_json::from_value(run).unwrap() }
}

fn changing(name: &str) -> ApplicationStatus {
    ApplicationStatus::Changing(name.to_owned())
}

#[test]
fn the_table_of_outcomes() {
    use ApplicationStatus::{Ready, RolledBack as WasRolledBack, RollingBack, Running};
    use OperationStatus::{Cancelled, InProgress, Successful};
    use PollVerdict::{Failed, RolledBack, Settled, Stopped, Superseded, Updating};
    #[rustfmt::skip]
    let rows = [
        // operation                        status             runs  version  verdict
        (Some(InProgress),                  changing("UPDATING"),   8, 8, Updating),
        (Some(InProgress),                  Running,                4, 8, Updating),   // status and size are ahead of it
        (Some(InProgress),                  Ready,                  4, 8, Updating),
        (Some(Successful),                  Running,                4, 8, Settled),
        (Some(Successful),                  Running,                4, 9, Settled),    // changed in another way
        (Some(Successful),                  Running,                8, 8, Updating),   // not yet seen
        (Some(Successful),                  changing("UPDATING"),   4, 8, Updating),
        (Some(Successful),                  changing("UPDATING"),   4, 9, Superseded),
        (Some(Successful),                  Running,                6, 9, Superseded),
        (Some(Successful),                  Ready,                  4, 8, Stopped),
        (Some(Successful),                  RollingBack,            4, 8, RolledBack),
        (Some(Successful),                  WasRolledBack,          8, 8, RolledBack),
        (Some(Successful),                  RollingBack,            8, 9, RolledBack), // a rollback makes a version, too
        (Some(Successful),                  Running,                8, 9, RolledBack), // its old size again
        (Some(Successful),                  Ready,                  4, 9, Stopped),
        (Some(OperationStatus::Failed),     Running,                8, 8, Failed),
        (Some(OperationStatus::Failed),     Running,                4, 8, Failed),     // the size alone proves nothing
        (Some(OperationStatus::Failed),     Ready,                  4, 8, Stopped),    // system rollback is off
        (Some(OperationStatus::Failed),     RollingBack,            8, 8, RolledBack),
        (Some(OperationStatus::Failed),     changing("UPDATING"),   8, 8, Failed),
        (Some(Cancelled),                   Running,                8, 8, Failed),
        (None,                              changing("UPDATING"),   8, 8, Updating),
        (None,                              changing("NEW_STATUS"), 4, 8, Updating),
        (None,                              Running,                4, 8, Settled),
        (None,                              Running,                8, 8, RolledBack),
        (None,                              Running,                8, 9, RolledBack),
        (None,                              Running,                8, 7, Updating),   // read before the update was seen
        (None,                              Running,                6, 8, Failed),
        (None,                              Running,                6, 9, Superseded),
        (None,                              Ready,                  4, 8, Stopped),
        (None,                              RollingBack,            4, 8, RolledBack),
    ];
    for (status_of_operation, status, runs, version, expected) in rows {
        let mut world = World::new();
        world.description.status = status.clone();
        world.description.current_parallelism = Parallelism::new(runs).unwrap();
        world.description.version = version;
        world
            .operations
            .extend(status_of_operation.map(|status| operation("UpdateApplication", status, 60, Some(0))));
        let id = status_of_operation.map(|_| "op-1");
        let answer = now(poll(&request(60, id), &world)).unwrap();
        assert_eq!(
            answer.verdict, expected,
            "operation {status_of_operation:?}, {status:?}, runs {runs}, version {version}"
        );
        assert!(!answer.why.is_empty() && answer.wait_seconds == 15);
    }
}

#[test]
fn an_adopted_update_has_settled_when_its_operation_says_so_whatever_its_size() {
    for (status, expected) in [
        (OperationStatus::InProgress, PollVerdict::Updating),
        (OperationStatus::Successful, PollVerdict::Settled),
    ] {
        let mut world = World::new();
        world.description.version = 8;
        world.description.current_parallelism = Parallelism::new(5).unwrap();
        world.operations = vec![operation("UpdateApplication", status, 60, Some(0))];
        let mut request = request(60, Some("op-1"));
        request.run.scale.as_mut().unwrap().update.as_mut().unwrap().to = None;
        let answer = now(poll(&request, &world)).unwrap();
        assert_eq!(answer.verdict, expected);
    }
}

#[test]
fn an_update_that_takes_too_long_is_stuck_and_one_that_is_over_is_not() {
    for (status, seconds, expected) in [
        (OperationStatus::InProgress, 1_799, PollVerdict::Updating),
        (OperationStatus::InProgress, 1_800, PollVerdict::Stuck),
        (OperationStatus::Failed, 9_000, PollVerdict::Failed),
    ] {
        let mut world = World::new();
        world.operations = vec![operation("UpdateApplication", status, seconds, None)];
        assert_eq!(
            now(poll(&request(seconds, Some("op-1")), &world)).unwrap().verdict,
            expected,
            "{seconds} s"
        );
    }
}

#[test]
fn looks_at_a_long_update_grow_apart_so_that_no_history_overflows() {
    for (age, expected) in [(0, 15), (300, 15), (1_200, 60), (36_000, 1_800)] {
        let mut world = World::new();
        world.operations = vec![operation("UpdateApplication", OperationStatus::InProgress, age, None)];
        assert_eq!(now(poll(&request(age, Some("op-1")), &world)).unwrap().wait_seconds, expected, "{age} s");
    }
}

#[test]
fn a_failure_is_told_in_the_words_of_msf() {
    let mut world = World::new();
    world.operations = vec![Operation {
        failure: Some("max parallelism exceeded".to_owned()),
        rolled_back_by: Some("op-2".to_owned()),
        ..operation("UpdateApplication", OperationStatus::Failed, 60, Some(0))
    }];
    let answer = now(poll(&request(60, Some("op-1")), &world)).unwrap();
    assert_eq!(answer.verdict, PollVerdict::RolledBack);
    assert_eq!(answer.why, "the update failed and was rolled back: max parallelism exceeded");
}

#[test]
fn without_an_update_there_is_nothing_to_follow() {
    let request = PollRequest { now: NOW, run: tasks::Run::default() };
    let Err(TaskError::Fatal(message)) = now(poll(&request, &World::new())) else { panic!() };
    assert!(message.contains("$.scale"), "{message}");
}
