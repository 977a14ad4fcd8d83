//! The messages of `poll`, in full: every state of an update, and the remedy of every failure.

use crate::poll::request;
use crate::world::{World, now, operation};
use std::collections::BTreeSet;
use tasks::{OperationStatus, PollVerdict, ResourceKind, ResourceStatus, UpdateFailure, poll};

/// Every failure with its remedy, for an application and for a stream.
#[rustfmt::skip]
const REMEDIES: [(UpdateFailure, &str, &str); 6] = [
    (UpdateFailure::UpdateFailed,
     "check the operation in the application's history, and in a VPC the free addresses of the subnets (kpu doctor counts them); scale the application by hand once to see whether it can be scaled at all",
     "look at the stream, and change its number of shards by hand once to see whether it can be changed at all"),
    (UpdateFailure::UpdateCancelled,
     "if no person cancelled it, check the application's history",
     "look at the stream, and change its number of shards by hand once to see whether it can be changed at all"),
    (UpdateFailure::UpdateRolledBack,
     "it runs with its old size; common causes are a maximum parallelism below the requested size (set MaxParallelism to it) and, in a VPC, a subnet without free addresses (kpu doctor counts them)",
     "look at the stream, and change its number of shards by hand once to see whether it can be changed at all"),
    (UpdateFailure::UpdateStuck,
     "look at the application; roll it back if it does not move, or raise UpdateTimeoutMinutes if its state is large",
     "look at the stream; raise UpdateTimeoutMinutes if it has many shards"),
    (UpdateFailure::ApplicationStopped,
     "start the application, and switch its system rollback on, so that a failed update does not stop it",
     "look at the stream, and change its number of shards by hand once to see whether it can be changed at all"),
    (UpdateFailure::ApplicationDeleted,
     "create the application again, or delete this stack as well",
     "create the stream again, or delete this stack as well"),
];

/// The status of the operation, its failure and its rollback, if MSF has the operation.
type Op = Option<(OperationStatus, Option<&'static str>, Option<&'static str>)>;

/// An operation, a status, the running parallelism, the version, the verdict, and the message without the remedy. The update goes from 8 to
/// 4 KPUs on version 7.
type Row = (Op, fn() -> ResourceStatus, u32, i64, Result<PollVerdict, UpdateFailure>, &'static str);

const IN_PROGRESS: Op = Some((OperationStatus::InProgress, None, None));
const SUCCESSFUL: Op = Some((OperationStatus::Successful, None, None));
const ROLLED_BACK: Op = Some((OperationStatus::Successful, None, Some("op-2")));
const FAILED: Op = Some((OperationStatus::Failed, Some("the job could not be started"), None));
const CANCELLED: Op = Some((OperationStatus::Cancelled, None, None));

const RUNNING: fn() -> ResourceStatus = || ResourceStatus::Running;
const READY: fn() -> ResourceStatus = || ResourceStatus::Ready;
const UPDATING: fn() -> ResourceStatus = || ResourceStatus::Changing("UPDATING".to_owned());
const ROLLING_BACK: fn() -> ResourceStatus = || ResourceStatus::RollingBack;
const WAS_ROLLED_BACK: fn() -> ResourceStatus = || ResourceStatus::RolledBack;
const DELETING: fn() -> ResourceStatus = || ResourceStatus::Deleting;

#[rustfmt::skip]
const STATES: [Row; 23] = [
    (IN_PROGRESS, UPDATING,        8, 8, Ok(PollVerdict::Updating),   "the update goes on"),
    (FAILED,      UPDATING,        8, 8, Ok(PollVerdict::Updating),   "the update failed, and the application has not settled yet: the job could not be started"),
    (SUCCESSFUL,  ROLLING_BACK,    4, 8, Ok(PollVerdict::Updating),   "the update succeeded, and is rolled back"),
    (SUCCESSFUL,  RUNNING,         8, 8, Ok(PollVerdict::Updating),   "the update succeeded, but its size is not seen to run"),
    (None,        RUNNING,         8, 7, Ok(PollVerdict::Updating),   "the update is not yet seen"),
    (None,        UPDATING,        8, 8, Ok(PollVerdict::Updating),   "the update goes on"),
    (SUCCESSFUL,  RUNNING,         4, 8, Ok(PollVerdict::Settled),    "it runs with 4 KPU"),
    (None,        RUNNING,         4, 8, Ok(PollVerdict::Settled),    "it runs with 4 KPU"),
    (SUCCESSFUL,  READY,           4, 8, Ok(PollVerdict::Superseded), "the update succeeded, and then the application was stopped"),
    (SUCCESSFUL,  RUNNING,         6, 9, Ok(PollVerdict::Superseded), "the update succeeded, and then another update changed it"),
    (None,        RUNNING,         6, 9, Ok(PollVerdict::Superseded), "another update has changed it since"),
    (FAILED,      RUNNING,         8, 8, Err(UpdateFailure::UpdateFailed),       "the update failed: the job could not be started"),
    (None,        RUNNING,         6, 8, Err(UpdateFailure::UpdateFailed),       "it runs again, but with parallelism 6"),
    (CANCELLED,   RUNNING,         8, 8, Err(UpdateFailure::UpdateCancelled),    "the update was cancelled: MSF gives no cause"),
    (FAILED,      WAS_ROLLED_BACK, 8, 9, Err(UpdateFailure::UpdateRolledBack),   "the update failed and was rolled back: the job could not be started"),
    (SUCCESSFUL,  WAS_ROLLED_BACK, 8, 9, Err(UpdateFailure::UpdateRolledBack),   "the update succeeded, and then was rolled back"),
    (ROLLED_BACK, RUNNING,         8, 9, Err(UpdateFailure::UpdateRolledBack),   "the update succeeded, and then was rolled back"),
    (None,        RUNNING,         8, 8, Err(UpdateFailure::UpdateRolledBack),   "it runs again, but with its old size"),
    (None,        WAS_ROLLED_BACK, 8, 9, Err(UpdateFailure::UpdateRolledBack),   "the update was rolled back"),
    (FAILED,      READY,           4, 8, Err(UpdateFailure::ApplicationStopped), "the update failed and left the application stopped: the job could not be started"),
    (None,        READY,           4, 8, Err(UpdateFailure::ApplicationStopped), "the application has stopped"),
    (IN_PROGRESS, DELETING,        8, 8, Err(UpdateFailure::ApplicationDeleted), "it was deleted"),
    (None,        DELETING,        8, 8, Err(UpdateFailure::ApplicationDeleted), "it was deleted"),
];

/// The age of an update in seconds, the longest of the last updates, and the message without the remedy.
#[rustfmt::skip]
const STUCK: [(i64, Option<i64>, &str); 2] = [
    (1_900, None,
     "the update goes on for 31 minutes, longer than UpdateTimeoutMinutes (30)"),
    (4_000, Some(1_200),
     "the update goes on for 66 minutes, longer than UpdateTimeoutMinutes (30), and than 3 times its last updates (1200 s)"),
];

fn remedy(failure: UpdateFailure) -> &'static str {
    REMEDIES.iter().find(|(found, ..)| *found == failure).unwrap().1
}

#[test]
fn every_failure_has_a_remedy_for_each_kind_of_resource() {
    assert_eq!(REMEDIES.map(|(failure, ..)| failure), UpdateFailure::ALL, "a row for each, in their order");
    for (failure, application, stream) in REMEDIES {
        let remedies = [ResourceKind::APPLICATION, ResourceKind::STREAM].map(|kind| kind.remedy(failure));
        assert_eq!(remedies, [application, stream]);
    }
}

#[test]
fn every_state_of_an_update_has_its_message() {
    let (mut verdicts, mut failures) = (BTreeSet::new(), BTreeSet::from([UpdateFailure::UpdateStuck]));
    for (found, status, runs, version, expected, message) in STATES {
        let operation = found.map(|(status, failure, rolled_back_by)| tasks::Operation {
            failure: failure.map(str::to_owned),
            rolled_back_by: rolled_back_by.map(str::to_owned),
            ..operation("UpdateApplication", status, 60, Some(0))
        });
        let world = World::running(runs).is(status()).at_version(version);
        let world = operation.into_iter().fold(world, World::ran);
        let answer = now(poll(&request(60, found.map(|_| "op-1")), &world, &world, &world)).unwrap();
        let message =
            expected.err().map_or(message.to_owned(), |failure| format!("{message}; {}", remedy(failure)));
        assert_eq!((answer.why, answer.failure), (message, expected.err()), "{found:?} {:?}", status());
        assert_eq!(answer.verdict, expected.unwrap_or(PollVerdict::Failed));
        verdicts.insert(answer.verdict);
        failures.extend(answer.failure);
    }
    assert_eq!(verdicts, PollVerdict::ALL.into_iter().collect(), "every verdict has a row");
    assert_eq!(failures, UpdateFailure::ALL.into_iter().collect(), "every failure has a row");
}

#[test]
fn a_stuck_update_names_its_age_and_the_limits() {
    for (seconds, expected_seconds, message) in STUCK {
        let world = World::new().updated(OperationStatus::InProgress, seconds, None);
        let mut request = request(seconds, Some("op-1"));
        request.run.scale.as_mut().unwrap().update.as_mut().unwrap().expected_seconds = expected_seconds;
        let answer = now(poll(&request, &world, &world, &world)).unwrap();
        assert_eq!(answer.why, format!("{message}; {}", remedy(UpdateFailure::UpdateStuck)));
    }
}

/// A stream has no versions and no history of operations.
#[test]
fn a_stream_that_was_changed_again_is_superseded() {
    let mut world = World::running(6).updated(OperationStatus::Successful, 60, Some(0));
    world.description.application = None;
    let answer = now(poll(&request(60, Some("op-1")), &world, &world, &world)).unwrap();
    assert_eq!(
        (answer.verdict, answer.why.as_str()),
        (PollVerdict::Superseded, "the update succeeded, and then it was changed again")
    );
}
