//! The third task: what became of the update?

use crate::payload::{BegunUpdate, PollAnswer, PollRequest, PollVerdict};
use crate::{
    ApplicationDescription, ApplicationStatus, Applications, Operation, OperationStatus, Policy, TaskError,
};

use scaling::Kpus;

/// Finds out what became of the update that `scale` began.
///
/// The status of the application alone proves nothing: it is RUNNING again after an update that was rolled back,
/// and READY, which reads like success, after one that failed for good. So the operation is followed to its end,
/// and then the parallelism must be the one that was asked for.
///
/// # Errors
/// If something cannot be read.
pub async fn poll(request: &PollRequest, applications: &impl Applications) -> Result<PollAnswer, TaskError> {
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
        Some(id) => Some(applications.operation(&policy.application, id).await?),
        None => None,
    };
    let description = applications.describe(&policy.application).await?;

    let age = request.now.duration_since(update.asked);
    let (verdict, why) = match became(update, operation.as_ref(), &description) {
        (PollVerdict::Updating, why) if age >= policy.update_timeout => {
            let minutes = policy.update_timeout.as_mins();
            (PollVerdict::Stuck, format!("{why}, for longer than UpdateTimeoutMinutes ({minutes})"))
        }
        found => found,
    };
    // The older the update, the less a few seconds matter, and an execution has room for 25,000 events only.
    let wait = policy.poll_interval.max(age / 20);
    Ok(PollAnswer { verdict, why, wait_seconds: wait.as_secs() })
}

/// What became of an update, from its operation (if MSF named one) and the application as it is now.
fn became(
    update: &BegunUpdate,
    operation: Option<&Operation>,
    description: &ApplicationDescription,
) -> (PollVerdict, String) {
    match operation.map(|operation| (operation.status, operation)) {
        Some((OperationStatus::InProgress, _)) => (PollVerdict::Updating, "the update goes on".to_owned()),
        Some((OperationStatus::Failed | OperationStatus::Cancelled, operation)) => {
            failed(operation, description)
        }
        Some((OperationStatus::Successful, _)) => succeeded(update, description),
        None => by_status(update, description),
    }
}

fn failed(operation: &Operation, description: &ApplicationDescription) -> (PollVerdict, String) {
    let cause = operation.failure.as_deref().unwrap_or("MSF gives no cause");
    match description.status {
        ApplicationStatus::Ready => {
            (PollVerdict::Stopped, format!("the update failed and left the application stopped: {cause}"))
        }
        ApplicationStatus::RollingBack | ApplicationStatus::RolledBack => {
            (PollVerdict::RolledBack, format!("the update failed and is rolled back: {cause}"))
        }
        _ if operation.rolled_back_by.is_some() => {
            (PollVerdict::RolledBack, format!("the update failed and was rolled back: {cause}"))
        }
        _ => (PollVerdict::Failed, format!("the update failed: {cause}")),
    }
}

/// The operation says that it succeeded; now the application must bear it out.
fn succeeded(update: &BegunUpdate, description: &ApplicationDescription) -> (PollVerdict, String) {
    let running = description.current_parallelism;
    match description.status {
        ApplicationStatus::Running if update.to.is_none_or(|to| to.parallelism == running) => {
            settled(description)
        }
        ApplicationStatus::RollingBack | ApplicationStatus::RolledBack => {
            (PollVerdict::RolledBack, "the update succeeded, and then was rolled back".to_owned())
        }
        ApplicationStatus::Ready => {
            (PollVerdict::Stopped, "the update succeeded, and then the application was stopped".to_owned())
        }
        _ if !changed_since(update, description) => {
            (PollVerdict::Updating, "the update succeeded, but its size is not yet seen to run".to_owned())
        }
        ApplicationStatus::Running if running == update.from.parallelism => (
            PollVerdict::RolledBack,
            "the update succeeded, but the application runs with its old size".to_owned(),
        ),
        _ => (
            PollVerdict::Superseded,
            "the update succeeded, and then somebody else changed the application".to_owned(),
        ),
    }
}

/// MSF named no operation, so that only the application itself can tell.
fn by_status(update: &BegunUpdate, description: &ApplicationDescription) -> (PollVerdict, String) {
    let running = description.current_parallelism;
    match description.status {
        // What was read is older than the update.
        _ if description.version <= update.version => {
            (PollVerdict::Updating, "the update is not yet seen".to_owned())
        }
        ApplicationStatus::Running if update.to.is_none_or(|to| to.parallelism == running) => {
            settled(description)
        }
        ApplicationStatus::Running if running == update.from.parallelism => {
            (PollVerdict::RolledBack, "the application runs again, but with its old size".to_owned())
        }
        ApplicationStatus::Running if changed_since(update, description) => {
            (PollVerdict::Superseded, "somebody else has changed the application since".to_owned())
        }
        ApplicationStatus::Running => {
            (PollVerdict::Failed, format!("the application runs again, but with parallelism {running}"))
        }
        ApplicationStatus::Ready => (PollVerdict::Stopped, "the application has stopped".to_owned()),
        ApplicationStatus::RollingBack | ApplicationStatus::RolledBack => {
            (PollVerdict::RolledBack, "the update is rolled back".to_owned())
        }
        ApplicationStatus::Changing(_) => (PollVerdict::Updating, "the update goes on".to_owned()),
    }
}

/// Our update made one new version; another one is somebody else's, or a rollback's.
fn changed_since(update: &BegunUpdate, description: &ApplicationDescription) -> bool {
    description.version > update.version + 1
}

fn settled(description: &ApplicationDescription) -> (PollVerdict, String) {
    let kpus = Kpus::holding(description.current_parallelism, description.parallelism_per_kpu);
    (PollVerdict::Settled, format!("the application runs with {kpus}"))
}
