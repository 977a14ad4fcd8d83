//! An update that an earlier attempt of the same task began, and whose answer was lost.

use crate::payload::BegunUpdate;
use crate::{Operation, ParallelismChange, Policy, ResourceDescription, Resources, TaskError};
use jiff::Timestamp;
use scaling::Direction;

/// Finds an update in this direction that began since the task was entered, although this attempt has made no update yet. All attempts of a
/// task get the same `entered`. If MSF does not report the change of an update, the update counts as the task's own: following an unrelated
/// update does no harm.
pub(crate) async fn lost_update(
    policy: &Policy,
    entered: Timestamp,
    direction: Direction,
    description: &ResourceDescription,
    operations: &[Operation],
    resources: &impl Resources,
) -> Result<Option<BegunUpdate>, TaskError> {
    let updates = operations.iter().filter(|operation| operation.is_update());
    let since = updates.filter(|operation| operation.began_since(entered));
    let Some(operation) = since.max_by_key(|operation| operation.started) else {
        return Ok(None);
    };
    let change = resources.change(&policy.resource, &operation.id).await?;
    let running = description.current_parallelism;
    // After a failed update, the size of that update stays configured. A size below the configured size can still exceed the running size.
    let leads =
        |change: ParallelismChange| change.leads(direction, running) || direction.leads(running, change.to);
    if change.is_some_and(|change| !leads(change)) {
        return Ok(None);
    }
    Ok(Some(BegunUpdate {
        from: change.map_or(description.size(), |change| description.size_of(change.from)),
        to: change.map(|change| description.size_of(change.to)),
        version: change.map_or(description.version(), |change| change.version),
        operation: Some(operation.id.clone()),
        asked: operation.started,
        expected_seconds: None,
    }))
}
