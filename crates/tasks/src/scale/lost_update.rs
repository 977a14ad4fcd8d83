//! The update that an earlier attempt of the same task has begun, and whose answer was lost.

use crate::payload::BegunUpdate;
use crate::{Operation, ParallelismChange, Policy, ResourceDescription, Resources, TaskError};
use jiff::Timestamp;
use scaling::Direction;

/// What is known of the task whose earlier attempt is looked for.
pub(crate) struct Earlier<'a> {
    /// When the task was entered. All of its attempts are told the same time.
    pub(crate) since: Timestamp,
    /// Which way it was to scale.
    pub(crate) direction: Direction,
    /// The application, as it was described.
    pub(crate) description: &'a ResourceDescription,
    pub(crate) policy: &'a Policy,
}

impl Earlier<'_> {
    /// An update that began after the task did, although the task has not made one yet, and leads its way. If MSF does not
    /// know what an update changes, it is taken for ours: to follow one too many does no harm.
    pub(crate) async fn find(
        &self,
        operations: &[Operation],
        resources: &impl Resources,
    ) -> Result<Option<BegunUpdate>, TaskError> {
        let since = |operation: &&Operation| operation.began_since(self.since);
        let updates = operations.iter().filter(|operation| operation.is_update());
        let Some(operation) = updates.filter(since).max_by_key(|operation| operation.started) else {
            return Ok(None);
        };
        let change = resources.change(&self.policy.resource, &operation.id).await?;
        let running = self.description.current_parallelism;
        // After an update that has failed, its size stays configured: less than that can still be more than what runs.
        let leads = |change: ParallelismChange| {
            change.leads(self.direction, running) || self.direction.leads(running, change.to)
        };
        if change.is_some_and(|change| !leads(change)) {
            return Ok(None);
        }
        Ok(Some(BegunUpdate {
            from: change.map_or(self.description.size(), |change| self.description.size_of(change.from)),
            to: change.map(|change| self.description.size_of(change.to)),
            version: change.map_or(self.description.version, |change| change.version),
            operation: Some(operation.id.clone()),
            asked: operation.started,
            expected_seconds: None,
        }))
    }
}
