//! The state of an update, judged from its operation and its resource, without a port.

use crate::payload::{BegunUpdate, UpdateFailure};
use crate::{Operation, OperationStatus, ResourceDescription, ResourceKind, ResourceStatus};

/// The state of an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpdateState {
    /// The update is in progress.
    Updating,
    /// The update succeeded, and the resource runs with its size.
    Settled,
    /// The update succeeded, and then another party changed the resource.
    Superseded,
    /// The update failed.
    Failed(UpdateFailure),
}

/// The state of an update, from its operation (if MSF named an operation and still has it) and the present state of the application.
#[must_use]
pub fn update_state(
    kind: &ResourceKind,
    update: &BegunUpdate,
    operation: Option<&Operation>,
    description: Option<&ResourceDescription>,
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
        Some((OperationStatus::Successful, operation)) => succeeded(kind, update, operation, description),
        None => by_status(kind, update, description),
    }
}

/// The state after a failed operation. The status of the application shows the consequence once the application is no longer changing.
fn failed(operation: &Operation, description: &ResourceDescription) -> (UpdateState, String) {
    use UpdateFailure::{ApplicationStopped, UpdateCancelled, UpdateFailed, UpdateRolledBack};
    let cause = operation.failure.as_deref().unwrap_or("MSF gives no cause");
    let (failure, what) = match description.status {
        ResourceStatus::Changing(_) | ResourceStatus::RollingBack | ResourceStatus::Deleting => {
            return (
                UpdateState::Updating,
                format!("the update failed, and the application has not settled yet: {cause}"),
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

/// The state after a successful operation. The application must confirm the success.
fn succeeded(
    kind: &ResourceKind,
    update: &BegunUpdate,
    operation: &Operation,
    description: &ResourceDescription,
) -> (UpdateState, String) {
    let running = description.current_parallelism;
    let rolled_back = |why: &str| (UpdateState::Failed(UpdateFailure::UpdateRolledBack), why.to_owned());
    match description.status {
        ResourceStatus::Running if update.to.is_none_or(|to| to.parallelism == running) => {
            settled(kind, description)
        }
        ResourceStatus::RollingBack => {
            (UpdateState::Updating, "the update succeeded, and is rolled back".to_owned())
        }
        ResourceStatus::RolledBack => rolled_back("the update succeeded, and then was rolled back"),
        ResourceStatus::Ready => superseded("the update succeeded, and then the application was stopped"),
        // A stream has no versions, and its operation is known to be over.
        ResourceStatus::Running if description.version().is_none() => {
            superseded("the update succeeded, and then it was changed again")
        }
        _ if !changed_since(update, description) => {
            (UpdateState::Updating, "the update succeeded, but its size is not seen to run".to_owned())
        }
        ResourceStatus::Running if operation.rolled_back_by.is_some() => {
            rolled_back("the update succeeded, and then was rolled back")
        }
        _ => superseded("the update succeeded, and then another update changed it"),
    }
}

/// The state if MSF named no operation or no longer has it: only the application itself shows the state.
fn by_status(
    kind: &ResourceKind,
    update: &BegunUpdate,
    description: &ResourceDescription,
) -> (UpdateState, String) {
    use UpdateFailure::{ApplicationStopped, UpdateFailed, UpdateRolledBack};
    let running = description.current_parallelism;
    let failed = |failure, why: &str| (UpdateState::Failed(failure), why.to_owned());
    match description.status {
        // The description is older than the update. A stream has no versions, and reports a change at once.
        _ if new_versions(update, description).is_some_and(|count| count <= 0) => {
            (UpdateState::Updating, "the update is not yet seen".to_owned())
        }
        ResourceStatus::Running if update.to.is_none_or(|to| to.parallelism == running) => {
            settled(kind, description)
        }
        ResourceStatus::Running if running == update.from.parallelism => {
            failed(UpdateRolledBack, "it runs again, but with its old size")
        }
        ResourceStatus::Running if changed_since(update, description) => {
            superseded("another update has changed it since")
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

/// Whether the application has changed since the update. The update creates one new version. A further version comes from another party or
/// from a rollback.
fn changed_since(update: &BegunUpdate, description: &ResourceDescription) -> bool {
    new_versions(update, description).is_some_and(|count| count > 1)
}

/// The number of versions of the application since the decision. A stream has no versions.
fn new_versions(update: &BegunUpdate, description: &ResourceDescription) -> Option<i64> {
    Some(description.version()? - update.version?)
}

fn superseded(why: &str) -> (UpdateState, String) {
    (UpdateState::Superseded, why.to_owned())
}

fn settled(kind: &ResourceKind, description: &ResourceDescription) -> (UpdateState, String) {
    let why = format!("it runs with {}", kind.unit.words(description.size().units));
    (UpdateState::Settled, why)
}
