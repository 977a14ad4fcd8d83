//! Outcome of an update, from its operation, its version and the parallelism, never from the status alone.

use crate::world::{NOW, World, ago, now, operation, policy};
use serde_json::json;
use tasks::{
    Operation, OperationStatus, PollRequest, PollVerdict, ResourceKind, ResourceStatus, TaskError,
    UpdateFailure, UpdateState, poll, update_state,
};

/// Returns a poll for an update from 8 to 4 KPUs on version 7 that was requested `seconds_ago`.
pub(crate) fn request(seconds_ago: i64, operation: Option<&str>) -> PollRequest {
    let size = |count| json!({"units": count, "parallelism": count});
    let run = json!({
        "check": {"verdict": "Breaching", "graceSeconds": 300, "call": {"kind": "Alarm", "direction": "In"}, "why": "cpu is 9 <= 20", "policy": policy()},
        "scale": {"verdict": "Scaling", "why": "it scales", "waitSeconds": 15, "update": {
            "from": size(8), "to": size(4), "version": 7, "operation": operation, "asked": ago(seconds_ago),
        }},
    });
    PollRequest { now: NOW, execution: "arn:run-1".to_owned(), run: serde_json::from_value(run).unwrap() }
}

fn changing(name: &str) -> ResourceStatus {
    ResourceStatus::Changing(name.to_owned())
}

fn by_state(state: UpdateState) -> (PollVerdict, Option<UpdateFailure>) {
    match state {
        UpdateState::Updating => (PollVerdict::Updating, None),
        UpdateState::Settled => (PollVerdict::Settled, None),
        UpdateState::Superseded => (PollVerdict::Superseded, None),
        UpdateState::Failed(failure) => (PollVerdict::Failed, Some(failure)),
    }
}

#[test]
fn the_outcome_of_an_update_follows_the_table() {
    use OperationStatus::{Cancelled, InProgress, Successful};
    use PollVerdict::{Failed, Settled, Superseded, Updating};
    use ResourceStatus::{Deleting, Ready, RolledBack as WasRolledBack, RollingBack, Running};
    use UpdateFailure::{
        ApplicationDeleted, ApplicationStopped, UpdateCancelled, UpdateFailed, UpdateRolledBack,
    };
    const UPDATING: (PollVerdict, Option<UpdateFailure>) = (Updating, None);
    const SETTLED: (PollVerdict, Option<UpdateFailure>) = (Settled, None);
    const SUPERSEDED: (PollVerdict, Option<UpdateFailure>) = (Superseded, None);
    let failed = |failure| (Failed, Some(failure));
    #[rustfmt::skip]
    let rows = [
        // operation                        status             runs  version  verdict
        (Some(InProgress),                  changing("UPDATING"),   8, 8, UPDATING),
        (Some(InProgress),                  Running,                4, 8, UPDATING),   // status and size change before the operation
        (Some(InProgress),                  Ready,                  4, 8, UPDATING),
        (Some(Successful),                  Running,                4, 8, SETTLED),
        (Some(Successful),                  Running,                4, 9, SETTLED),    // another change followed
        (Some(Successful),                  Running,                8, 8, UPDATING),   // not visible yet
        (Some(Successful),                  changing("UPDATING"),   4, 8, UPDATING),
        (Some(Successful),                  changing("UPDATING"),   4, 9, SUPERSEDED),
        (Some(Successful),                  Running,                6, 9, SUPERSEDED),
        (Some(Successful),                  Ready,                  4, 8, SUPERSEDED),
        (Some(Successful),                  RollingBack,            4, 8, UPDATING),
        (Some(Successful),                  WasRolledBack,          8, 8, failed(UpdateRolledBack)),
        (Some(Successful),                  RollingBack,            8, 9, UPDATING),
        (Some(Successful),                  Running,                8, 9, SUPERSEDED), // another writer restored the old size
        (Some(Successful),                  Ready,                  4, 9, SUPERSEDED),
        (Some(OperationStatus::Failed),     Running,                8, 8, failed(UpdateFailed)),
        (Some(OperationStatus::Failed),     Running,                4, 8, failed(UpdateFailed)),     // the size alone is not sufficient
        (Some(OperationStatus::Failed),     Ready,                  4, 8, failed(ApplicationStopped)),    // system rollback is off
        (Some(OperationStatus::Failed),     RollingBack,            8, 8, UPDATING),
        (Some(OperationStatus::Failed),     WasRolledBack,          8, 9, failed(UpdateRolledBack)),
        (Some(OperationStatus::Failed),     changing("UPDATING"),   8, 8, UPDATING),
        (Some(Cancelled),                   Running,                8, 8, failed(UpdateCancelled)),
        (Some(Cancelled),                   Ready,                  8, 8, failed(ApplicationStopped)),
        (Some(InProgress),                  Deleting,               8, 8, failed(ApplicationDeleted)),
        (None,                              Deleting,               8, 8, failed(ApplicationDeleted)),
        (None,                              changing("UPDATING"),   8, 8, UPDATING),
        (None,                              changing("NEW_STATUS"), 4, 8, UPDATING),
        (None,                              Running,                4, 8, SETTLED),
        (None,                              Running,                8, 8, failed(UpdateRolledBack)),
        (None,                              Running,                8, 9, failed(UpdateRolledBack)),
        (None,                              Running,                8, 7, UPDATING),   // read before the update was visible
        (None,                              Running,                6, 8, failed(UpdateFailed)),
        (None,                              Running,                6, 9, SUPERSEDED),
        (None,                              Ready,                  4, 8, failed(ApplicationStopped)),
        (None,                              RollingBack,            4, 8, UPDATING),
    ];
    let mut seen = Vec::new();
    for (status_of_operation, status, runs, version, expected) in rows {
        let world = World::running(runs).is(status.clone()).at_version(version);
        let operation = status_of_operation.map(|status| operation("UpdateApplication", status, 60, Some(0)));
        let row = format!("operation {status_of_operation:?}, {status:?}, runs {runs}, version {version}");
        let request = request(60, operation.as_ref().map(|operation| operation.id.as_str()));
        let update = request.run.scale.as_ref().and_then(|scale| scale.update.as_ref()).unwrap();
        let (state, _) =
            update_state(&ResourceKind::APPLICATION, update, operation.as_ref(), Some(&world.description));
        assert_eq!(by_state(state), expected, "{row}");

        let world = operation.into_iter().fold(world, World::ran);
        let answer = now(poll(&request, &world, &world, &world)).unwrap();
        assert_eq!((answer.verdict, answer.failure), expected, "{row}");
        assert!(!answer.why.is_empty() && answer.wait_seconds == 15);
        assert_eq!(answer.event.is_some(), answer.verdict != Updating, "a final outcome is published once");
        assert_eq!(*world.published.borrow(), Vec::from_iter(answer.event.clone()));
        if let Some(failure) = answer.failure {
            assert!(answer.why.ends_with(ResourceKind::APPLICATION.remedy(failure)), "{}", answer.why);
            seen.push(failure);
        }
    }
    for failure in UpdateFailure::ALL.into_iter().filter(|failure| *failure != UpdateFailure::UpdateStuck) {
        assert!(seen.contains(&failure), "{failure} never happened");
    }
}

#[test]
fn a_deleted_application_is_a_failure() {
    let world = World::new().without_application();
    let answer = now(poll(&request(60, Some("op-1")), &world, &world, &world)).unwrap();
    assert_eq!(
        (answer.verdict, answer.failure),
        (PollVerdict::Failed, Some(UpdateFailure::ApplicationDeleted))
    );
}

#[test]
fn a_recovered_update_settles_with_its_operation_at_any_size() {
    for (status, expected) in [
        (OperationStatus::InProgress, PollVerdict::Updating),
        (OperationStatus::Successful, PollVerdict::Settled),
    ] {
        let world = World::running(5).at_version(8).updated(status, 60, Some(0));
        let mut request = request(60, Some("op-1"));
        request.run.scale.as_mut().unwrap().update.as_mut().unwrap().to = None;
        let answer = now(poll(&request, &world, &world, &world)).unwrap();
        assert_eq!(answer.verdict, expected);
    }
}

/// The timeout of the policy is 30 minutes. An application whose updates take 20 minutes has an hour.
#[test]
fn an_update_is_stuck_after_the_timeout_or_three_times_the_expected_time() {
    for (status, expected_seconds, seconds, expected) in [
        (OperationStatus::InProgress, None, 1_799, None),
        (OperationStatus::InProgress, None, 1_800, Some(UpdateFailure::UpdateStuck)),
        (OperationStatus::InProgress, Some(120), 1_799, None),
        (OperationStatus::InProgress, Some(120), 1_800, Some(UpdateFailure::UpdateStuck)),
        (OperationStatus::InProgress, Some(1_200), 3_599, None),
        (OperationStatus::InProgress, Some(1_200), 3_600, Some(UpdateFailure::UpdateStuck)),
        (OperationStatus::Failed, None, 9_000, Some(UpdateFailure::UpdateFailed)),
    ] {
        let world = World::new().updated(status, seconds, None);
        let mut request = request(seconds, Some("op-1"));
        request.run.scale.as_mut().unwrap().update.as_mut().unwrap().expected_seconds = expected_seconds;
        let answer = now(poll(&request, &world, &world, &world)).unwrap();
        assert_eq!(answer.failure, expected, "{expected_seconds:?} {seconds} s");
    }
}

#[test]
fn the_poll_interval_grows_with_the_age_of_the_update() {
    for (age, expected) in [(0, 15), (300, 15), (1_200, 60), (36_000, 1_800)] {
        let world = World::new().updated(OperationStatus::InProgress, age, None);
        assert_eq!(
            now(poll(&request(age, Some("op-1")), &world, &world, &world)).unwrap().wait_seconds,
            expected,
            "{age} s"
        );
    }
}

/// An operator rolled the update back. The operation has succeeded and names the rollback operation.
#[test]
fn an_update_that_was_rolled_back_after_its_success_is_a_failure() {
    let world = World::new().at_version(9).ran(Operation {
        rolled_back_by: Some("op-2".to_owned()),
        ..operation("UpdateApplication", OperationStatus::Successful, 60, Some(0))
    });
    let answer = now(poll(&request(60, Some("op-1")), &world, &world, &world)).unwrap();
    assert_eq!(answer.failure, Some(UpdateFailure::UpdateRolledBack));
}

#[test]
fn a_failure_carries_the_error_message_of_msf() {
    let world = World::new().ran(Operation {
        failure: Some("max parallelism exceeded".to_owned()),
        rolled_back_by: Some("op-2".to_owned()),
        ..operation("UpdateApplication", OperationStatus::Failed, 60, Some(0))
    });
    let answer = now(poll(&request(60, Some("op-1")), &world, &world, &world)).unwrap();
    assert_eq!(answer.failure, Some(UpdateFailure::UpdateRolledBack));
    assert!(
        answer.why.starts_with("the update failed and was rolled back: max parallelism exceeded; it runs")
    );
}

#[test]
fn a_run_without_an_update_is_an_error() {
    let request = PollRequest { now: NOW, execution: String::new(), run: tasks::Run::default() };
    let Err(TaskError::Fatal(message)) = now(poll(&request, &World::new(), &World::new(), &World::new()))
    else {
        panic!()
    };
    assert!(message.contains("$.scale"), "{message}");
}
