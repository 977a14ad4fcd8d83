//! The third task: the state of the update.

use crate::payload::{BOUNDS_HAVE_MOVED, BegunUpdate, CheckAnswer, PollAnswer, PollRequest, PollVerdict};
use crate::{
    EventBus, Moved, Operation, OperationStatus, Policy, ResourceDescription, ResourceStatus, Resources,
    ScalingEvent, TaskError, UpdateFailure,
};
use jiff::SignedDuration;
use scaling::{Direction, Unit, Units};

/// An update is stuck when it takes this many times as long as the longest of the last ones that succeeded, and longer than the
/// policy's timeout.
const STUCK_AT_TIMES_EXPECTED: i32 = 3;

/// Finds the state of the update that `scale` started.
///
/// The status of the application alone proves nothing: it is RUNNING again after an update that was rolled back,
/// and READY, which reads like success, after one that failed for good. So the operation is followed to its end,
/// and then the parallelism must be the one that was asked for.
///
/// Once the outcome is known, the task publishes it as its last act. If that fails, the task fails and is retried, so that no outcome is
/// lost.
///
/// # Errors
/// If something cannot be read or told.
pub async fn poll(
    request: &PollRequest,
    resources: &impl Resources,
    events: &impl EventBus,
) -> Result<PollAnswer, TaskError> {
    let run = &request.run;
    let (Some(check), Some(update)) =
        (&run.check, run.scale.as_ref().and_then(|scale| scale.update.as_ref()))
    else {
        return Err(TaskError::Fatal(
            "failed to read the run: 'poll' needs the update that 'scale' began in $.scale".to_owned(),
        ));
    };
    let policy = Policy::parse(&check.policy)?;
    let operation = match &update.operation {
        Some(id) => resources.operation(&policy.resource, id).await?,
        None => None,
    };
    let description = resources.describe(&policy.resource).await?;

    let age = request.now.duration_since(update.asked);
    // What was written down a moment ago may not be seen to have begun.
    let operation = operation.map(|operation| operation.settled_by(request.now));
    let expected = SignedDuration::from_secs(update.expected_seconds.unwrap_or(0));
    let (state, why) =
        match update_state(update, operation.as_ref(), description.as_ref(), policy.scaling.unit) {
            (UpdateState::Updating, why) if age >= stuck_after(&policy, expected) => {
                let why = format!(
                    "{why} for {} minutes, longer than UpdateTimeoutMinutes and its last updates",
                    age.as_mins()
                );
                (UpdateState::Failed(UpdateFailure::UpdateStuck), why)
            }
            found => found,
        };
    let (verdict, failure, kind) = match state {
        UpdateState::Updating => (PollVerdict::Updating, None, None),
        UpdateState::Settled => (PollVerdict::Settled, None, Some(settled_kind(policy.scaling.unit))),
        UpdateState::Superseded => (PollVerdict::Superseded, None, Some("Scaling Superseded")),
        UpdateState::Failed(failure) => (PollVerdict::Failed, Some(failure), Some("Scaling Failed")),
    };
    let unit = policy.scaling.unit;
    let why = failure.map_or(why.clone(), |failure| format!("{why}; {}", failure.remedy(unit)));
    let event = kind.map(|kind| {
        let size = description.as_ref().map(|description| description.size().units);
        event((kind, failure, &why), request, (&policy, check), update, size)
    });
    if let Some(operation) = operation.iter().find(|operation| operation.is_over_unseen()) {
        resources.remember_end(&policy.resource, operation, request.now).await?;
    }
    if let Some(event) = &event {
        events.publish(event).await?;
    }
    // The older the update, the less a few seconds matter, and an execution has room for 25,000 events only.
    let wait = policy.poll_interval.max(age / 20);
    Ok(PollAnswer { verdict, failure, why, wait_seconds: wait.as_secs(), event })
}

/// What is told of an update that has settled.
fn settled_kind(unit: Unit) -> &'static str {
    match unit {
        Unit::Kpu => "Application Scaled",
        Unit::Shard => "Stream Scaled",
    }
}

/// What has become of an update.
#[derive(Debug, Clone, Copy)]
enum UpdateState {
    Updating,
    Settled,
    Superseded,
    Failed(UpdateFailure),
}

/// After how long an update counts as stuck, if the last updates took this long at most.
#[must_use]
pub fn stuck_after(policy: &Policy, expected: SignedDuration) -> SignedDuration {
    policy.update_timeout.max(expected.saturating_mul(STUCK_AT_TIMES_EXPECTED))
}

/// The state of an update, from its operation (if MSF named one and still knows it) and the application as it is now.
fn update_state(
    update: &BegunUpdate,
    operation: Option<&Operation>,
    description: Option<&ResourceDescription>,
    unit: Unit,
) -> (UpdateState, String) {
    let Some(description) = description.filter(|description| description.status != ResourceStatus::Deleting)
    else {
        return (UpdateState::Failed(UpdateFailure::ApplicationDeleted), "it was deleted".to_owned());
    };
    match operation.map(|operation| (operation.status, operation)) {
        Some((OperationStatus::InProgress, _)) => (UpdateState::Updating, "the update goes on".to_owned()),
        Some((OperationStatus::Failed | OperationStatus::Cancelled, operation)) => {
            failed(operation, description)
        }
        Some((OperationStatus::Successful, operation)) => succeeded(update, operation, description, unit),
        None => by_status(update, description, unit),
    }
}

/// The operation failed; what that means, the application says once it has come to rest.
fn failed(operation: &Operation, description: &ResourceDescription) -> (UpdateState, String) {
    use UpdateFailure::{ApplicationStopped, UpdateCancelled, UpdateFailed, UpdateRolledBack};
    let cause = operation.failure.as_deref().unwrap_or("MSF gives no cause");
    let (failure, what) = match description.status {
        ResourceStatus::Changing(_) | ResourceStatus::RollingBack | ResourceStatus::Deleting => {
            return (
                UpdateState::Updating,
                format!("the update failed, and what it changed has not come to rest: {cause}"),
            );
        }
        ResourceStatus::Ready => (ApplicationStopped, "failed and left the application stopped"),
        ResourceStatus::RolledBack => (UpdateRolledBack, "failed and was rolled back"),
        ResourceStatus::Running if operation.rolled_back_by.is_some() => {
            (UpdateRolledBack, "failed and was rolled back")
        }
        ResourceStatus::Running if operation.status == OperationStatus::Cancelled => {
            (UpdateCancelled, "was cancelled")
        }
        ResourceStatus::Running => (UpdateFailed, "failed"),
    };
    (UpdateState::Failed(failure), format!("the update {what}: {cause}"))
}

/// The operation says that it succeeded; now the application must bear it out.
fn succeeded(
    update: &BegunUpdate,
    operation: &Operation,
    description: &ResourceDescription,
    unit: Unit,
) -> (UpdateState, String) {
    let running = description.current_parallelism;
    let rolled_back = |why: &str| (UpdateState::Failed(UpdateFailure::UpdateRolledBack), why.to_owned());
    match description.status {
        ResourceStatus::Running if update.to.is_none_or(|to| to.parallelism == running) => {
            settled(description, unit)
        }
        ResourceStatus::RollingBack => {
            (UpdateState::Updating, "the update succeeded, and is rolled back".to_owned())
        }
        ResourceStatus::RolledBack => rolled_back("the update succeeded, and then was rolled back"),
        ResourceStatus::Ready => superseded("the update succeeded, and then the application was stopped"),
        // A stream has no versions, and its operation is known to be over.
        ResourceStatus::Running if unit == Unit::Shard => {
            superseded("the update succeeded, and then it was changed again")
        }
        _ if !changed_since(update, description) => {
            (UpdateState::Updating, "the update succeeded, but its size is not seen to run".to_owned())
        }
        ResourceStatus::Running if operation.rolled_back_by.is_some() => {
            rolled_back("the update succeeded, and then was rolled back")
        }
        _ => superseded("the update succeeded, and then somebody else changed it"),
    }
}

/// MSF named no operation, so that only the application itself can tell.
fn by_status(update: &BegunUpdate, description: &ResourceDescription, unit: Unit) -> (UpdateState, String) {
    use UpdateFailure::{ApplicationStopped, UpdateFailed, UpdateRolledBack};
    let running = description.current_parallelism;
    let failed = |failure, why: &str| (UpdateState::Failed(failure), why.to_owned());
    match description.status {
        // What was read is older than the update. A stream has no versions, and says at once that it is being changed.
        _ if unit == Unit::Kpu && description.version <= update.version => {
            (UpdateState::Updating, "the update is not yet seen".to_owned())
        }
        ResourceStatus::Running if update.to.is_none_or(|to| to.parallelism == running) => {
            settled(description, unit)
        }
        ResourceStatus::Running if running == update.from.parallelism => {
            failed(UpdateRolledBack, "it runs again, but with its old size")
        }
        ResourceStatus::Running if changed_since(update, description) => {
            superseded("somebody else has changed it since")
        }
        ResourceStatus::Running => {
            (UpdateState::Failed(UpdateFailed), format!("it runs again, but with parallelism {running}"))
        }
        ResourceStatus::Ready => failed(ApplicationStopped, "the application has stopped"),
        ResourceStatus::RolledBack => failed(UpdateRolledBack, "the update was rolled back"),
        ResourceStatus::Changing(_) | ResourceStatus::RollingBack | ResourceStatus::Deleting => {
            (UpdateState::Updating, "the update goes on".to_owned())
        }
    }
}

/// Our update made one new version; another one is somebody else's, or a rollback's.
fn changed_since(update: &BegunUpdate, description: &ResourceDescription) -> bool {
    description.version > update.version + 1
}

fn superseded(why: &str) -> (UpdateState, String) {
    (UpdateState::Superseded, why.to_owned())
}

fn settled(description: &ResourceDescription, unit: Unit) -> (UpdateState, String) {
    let why = format!("it runs with {}", unit.words(description.size().units));
    (UpdateState::Settled, why)
}

/// What is told to the world of an application that has this size now.
fn event(
    (kind, failure, why): (&str, Option<UpdateFailure>, &str),
    PollRequest { now, execution, .. }: &PollRequest,
    (policy, check): (&Policy, &CheckAnswer),
    update: &BegunUpdate,
    size: Option<Units>,
) -> ScalingEvent {
    let (name, unit) = (&policy.resource, policy.scaling.unit);
    let asked = check.direction();
    let from = update.from.units;
    // Of an update that was adopted, MSF may not say what it was to change.
    let to = update.to.map(|to| to.units).or(size).unwrap_or(from);
    // Bounds that have moved since it was checked lead it another way than it was asked for.
    let direction = Direction::between(from, to).or(asked).unwrap_or(Direction::Out);
    let seconds = now.duration_since(update.asked).as_secs();
    let as_asked = asked.is_none_or(|asked| asked == direction);
    let because = if as_asked { check.why.clone() } else { BOUNDS_HAVE_MOVED.to_owned() };
    let message = format!(
        "{name}: scaling {direction} from {} to {}, because {because}: after {seconds} s {why}. Execution: {execution}",
        unit.words(from),
        unit.words(to),
    );
    ScalingEvent {
        kind: kind.to_owned(),
        moved: Moved::new(unit, name.clone(), from, to),
        failure,
        direction,
        seconds,
        because,
        execution: execution.clone(),
        message,
    }
}
