//! The third task: what became of the update?

use crate::check::BOUNDS_HAVE_MOVED;
use crate::payload::{BegunUpdate, PollAnswer, PollRequest, PollVerdict};
use crate::so_far::Checked;
use crate::{
    EventBus, Moved, Operation, OperationStatus, Policy, ResourceDescription, ResourceStatus, Resources,
    ScalingEvent, TaskError, UpdateFailure,
};
use jiff::SignedDuration;
use scaling::{Direction, Unit, Units};

/// An update is stuck when it takes so many times as long as the longest of the last ones that succeeded, and longer
/// than the policy's timeout.
const STUCK_AT_TIMES_EXPECTED: i32 = 3;

/// Finds out what became of the update that `scale` began.
///
/// The status of the application alone proves nothing: it is RUNNING again after an update that was rolled back,
/// and READY, which reads like success, after one that failed for good. So the operation is followed to its end,
/// and then the parallelism must be the one that was asked for.
///
/// Once it is known what became of it, that is told, as the last thing: if it cannot be, the task fails and is tried
/// again, and nothing passes untold.
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
    let (became, why) = match became(update, operation.as_ref(), description.as_ref(), policy.scaling.unit) {
        (Became::Updating, why) if age >= stuck_after(&policy, update) => {
            let why = format!(
                "{why} for {} minutes, longer than UpdateTimeoutMinutes and its last updates",
                age.as_mins()
            );
            (Became::Failed(UpdateFailure::UpdateStuck), why)
        }
        found => found,
    };
    let (verdict, failure, kind) = match became {
        Became::Updating => (PollVerdict::Updating, None, None),
        Became::Settled => (PollVerdict::Settled, None, Some(settled_kind(policy.scaling.unit))),
        Became::Superseded => (PollVerdict::Superseded, None, Some("Scaling Superseded")),
        Became::Failed(failure) => (PollVerdict::Failed, Some(failure), Some("Scaling Failed")),
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
enum Became {
    Updating,
    Settled,
    Superseded,
    Failed(UpdateFailure),
}

fn stuck_after(policy: &Policy, update: &BegunUpdate) -> SignedDuration {
    let expected = SignedDuration::from_secs(update.expected_seconds.unwrap_or(0));
    policy.update_timeout.max(expected.saturating_mul(STUCK_AT_TIMES_EXPECTED))
}

/// What became of an update, from its operation (if MSF named one, and still knows it) and the application as it is now.
fn became(
    update: &BegunUpdate,
    operation: Option<&Operation>,
    description: Option<&ResourceDescription>,
    unit: Unit,
) -> (Became, String) {
    let Some(description) = description.filter(|description| description.status != ResourceStatus::Deleting)
    else {
        return (Became::Failed(UpdateFailure::ApplicationDeleted), "it was deleted".to_owned());
    };
    match operation.map(|operation| (operation.status, operation)) {
        Some((OperationStatus::InProgress, _)) => (Became::Updating, "the update goes on".to_owned()),
        Some((OperationStatus::Failed | OperationStatus::Cancelled, operation)) => {
            failed(operation, description)
        }
        Some((OperationStatus::Successful, operation)) => succeeded(update, operation, description, unit),
        None => by_status(update, description, unit),
    }
}

/// The operation failed; what that means, the application says once it has come to rest.
fn failed(operation: &Operation, description: &ResourceDescription) -> (Became, String) {
    use UpdateFailure::{ApplicationStopped, UpdateCancelled, UpdateFailed, UpdateRolledBack};
    let cause = operation.failure.as_deref().unwrap_or("MSF gives no cause");
    let (failure, what) = match description.status {
        ResourceStatus::Changing(_) | ResourceStatus::RollingBack | ResourceStatus::Deleting => {
            return (
                Became::Updating,
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
    (Became::Failed(failure), format!("the update {what}: {cause}"))
}

/// The operation says that it succeeded; now the application must bear it out.
fn succeeded(
    update: &BegunUpdate,
    operation: &Operation,
    description: &ResourceDescription,
    unit: Unit,
) -> (Became, String) {
    let running = description.current_parallelism;
    let rolled_back = |why: &str| (Became::Failed(UpdateFailure::UpdateRolledBack), why.to_owned());
    match description.status {
        ResourceStatus::Running if update.to.is_none_or(|to| to.parallelism == running) => {
            settled(description, unit)
        }
        ResourceStatus::RollingBack => {
            (Became::Updating, "the update succeeded, and is rolled back".to_owned())
        }
        ResourceStatus::RolledBack => rolled_back("the update succeeded, and then was rolled back"),
        ResourceStatus::Ready => superseded("the update succeeded, and then the application was stopped"),
        // A stream has no versions, and its operation is known to be over.
        ResourceStatus::Running if unit == Unit::Shard => {
            superseded("the update succeeded, and then it was changed again")
        }
        _ if !changed_since(update, description) => {
            (Became::Updating, "the update succeeded, but its size is not seen to run".to_owned())
        }
        ResourceStatus::Running if operation.rolled_back_by.is_some() => {
            rolled_back("the update succeeded, and then was rolled back")
        }
        _ => superseded("the update succeeded, and then somebody else changed it"),
    }
}

/// MSF named no operation, so that only the application itself can tell.
fn by_status(update: &BegunUpdate, description: &ResourceDescription, unit: Unit) -> (Became, String) {
    use UpdateFailure::{ApplicationStopped, UpdateFailed, UpdateRolledBack};
    let running = description.current_parallelism;
    let failed = |failure, why: &str| (Became::Failed(failure), why.to_owned());
    match description.status {
        // What was read is older than the update. A stream has no versions, and says at once that it is being changed.
        _ if unit == Unit::Kpu && description.version <= update.version => {
            (Became::Updating, "the update is not yet seen".to_owned())
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
            (Became::Failed(UpdateFailed), format!("it runs again, but with parallelism {running}"))
        }
        ResourceStatus::Ready => failed(ApplicationStopped, "the application has stopped"),
        ResourceStatus::RolledBack => failed(UpdateRolledBack, "the update was rolled back"),
        ResourceStatus::Changing(_) | ResourceStatus::RollingBack | ResourceStatus::Deleting => {
            (Became::Updating, "the update goes on".to_owned())
        }
    }
}

/// Our update made one new version; another one is somebody else's, or a rollback's.
fn changed_since(update: &BegunUpdate, description: &ResourceDescription) -> bool {
    description.version > update.version + 1
}

fn superseded(why: &str) -> (Became, String) {
    (Became::Superseded, why.to_owned())
}

fn settled(description: &ResourceDescription, unit: Unit) -> (Became, String) {
    let why = format!("it runs with {}", unit.words(description.size().units));
    (Became::Settled, why)
}

/// What is told to the world of an application that has this size now.
fn event(
    (kind, failure, why): (&str, Option<UpdateFailure>, &str),
    PollRequest { now, execution, .. }: &PollRequest,
    (policy, check): (&Policy, &Checked),
    update: &BegunUpdate,
    size: Option<Units>,
) -> ScalingEvent {
    let (name, unit) = (&policy.resource, policy.scaling.unit);
    let from = update.from.units;
    // Of an update that was adopted, MSF may not say what it was to change.
    let to = update.to.map(|to| to.units).or(size).unwrap_or(from);
    // Bounds that have moved since it was checked lead it another way than it was asked for.
    let direction = Direction::between(from, to).or(check.direction).unwrap_or(Direction::Out);
    let seconds = now.duration_since(update.asked).as_secs();
    let as_asked = check.direction.is_none_or(|asked| asked == direction);
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
