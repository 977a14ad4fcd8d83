//! What only a step needs to know. Most looks end with a hold that can be found without it.

use super::failures::{MOST_LOOKED_INTO, end};
use super::measured::Measured;
use crate::{
    Alarms, Operation, OperationStatus, Pause, Policy, ResourceDescription, Resources, TaskError, pause_tag,
};
use jiff::{SignedDuration, Timestamp};
use scaling::{Breach, Direction, PerDirection, Resource, Scaling};

/// A snapshot that takes longer counts as stuck, and holds nothing.
const LONGEST_SNAPSHOT: SignedDuration = SignedDuration::from_mins(30);

/// A step that would be made.
pub(crate) struct Step<'a> {
    pub(crate) direction: Direction,
    pub(crate) breaches: &'a [Breach],
    pub(crate) policy: &'a Policy,
    pub(crate) description: &'a ResourceDescription,
    pub(crate) operations: &'a [Operation],
    pub(crate) now: Timestamp,
}

impl Step<'_> {
    /// Reads whether its scaling is paused, and then which way the last steps went, whether a snapshot is being taken, what the load did on the past days, and what the
    /// month has cost.
    pub(crate) async fn read(
        &self,
        application: &mut Resource,
        measured: &mut Measured,
        resources: &impl Resources,
        alarms: &impl Alarms,
    ) -> Result<Option<String>, TaskError> {
        let Self { policy, now, .. } = self;
        let (paused, mut warning) = self.paused(resources).await?;
        application.paused = paused;
        if paused.of(self.direction) {
            return Ok(warning);
        }
        if self.past_matters() {
            application.scaled = self.scalings(resources).await?;
        }
        if self.direction == Direction::Out {
            let (takes_snapshot, unread) = self.takes_snapshot(resources).await;
            application.takes_snapshot = takes_snapshot;
            warning = warning.or(unread);
            if application.scaled.out.is_some() {
                measured.read_effect(policy, *now, alarms).await?;
            }
            measured.read_spending(policy, *now, alarms).await?;
        }
        measured.read_days(*now, alarms).await?;
        Ok(warning)
    }

    /// Which directions somebody has paused. A pause that cannot be read is one, with a warning: somebody may have had a reason.
    async fn paused(
        &self,
        resources: &impl Resources,
    ) -> Result<(PerDirection<bool>, Option<String>), TaskError> {
        let all = PerDirection { out: true, r#in: true };
        let key = pause_tag(self.policy.scaling.unit);
        Ok(match resources.tag(&self.description.arn, key).await {
            Ok(None) => (PerDirection::default(), None),
            Ok(Some(text)) => match Pause::parse(&text) {
                Ok(pause) => (pause.at(self.now), None),
                Err(why) => (all, Some(why)),
            },
            Err(error @ TaskError::Retryable(_)) => return Err(error),
            Err(error) => (all, Some(format!("{error}; it may be paused, so that nothing is scaled"))),
        })
    }

    /// Whether it matters which way the last steps went: for the reversal window, or for what the last step out has brought.
    fn past_matters(&self) -> bool {
        let Policy { scaling, load_alarm, .. } = self.policy;
        let judges = self.direction == Direction::Out && load_alarm.is_some();
        !scaling.reversal_window.is_zero() || (judges && !scaling.ineffective_pause.is_zero())
    }

    /// Whether a snapshot is being taken; if that cannot be read, it is taken for none, with a warning: it must not keep a job from
    /// being scaled. Nor must one that has hung for long.
    async fn takes_snapshot(&self, resources: &impl Resources) -> (bool, Option<String>) {
        if self.breaches.iter().any(|breach| breach.is_lag) {
            return (false, None);
        }
        match resources.snapshot(&self.policy.resource).await {
            Ok(since) => (since.is_some_and(|since| self.now.duration_since(since) < LONGEST_SNAPSHOT), None),
            Err(error) => (
                false,
                Some(format!("{error}; it was scaled without knowing whether a snapshot is being taken")),
            ),
        }
    }

    /// The newest updates that scaled it, as far as that matters. One that MSF no longer knows is none.
    async fn scalings(&self, resources: &impl Resources) -> Result<PerDirection<Option<Scaling>>, TaskError> {
        let mut scaled = PerDirection::<Option<Scaling>>::default();
        let scaling = &self.policy.scaling;
        let within = scaling.reversal_window.max(scaling.ineffective_pause);
        let succeeded =
            |operation: &&Operation| operation.is_update() && operation.status == OperationStatus::Successful;
        let succeeded = self.operations.iter().filter(succeeded);
        let lately = succeeded.filter(|operation| self.now.duration_since(end(operation)) < within);
        let mut lately: Vec<_> = lately.collect();
        lately.sort_by_key(|operation| std::cmp::Reverse(end(operation)));
        let mut changes = Vec::new();
        for operation in lately.into_iter().take(MOST_LOOKED_INTO) {
            if let Some(change) = resources.change(&self.policy.resource, &operation.id).await? {
                changes.push((operation, change));
            }
        }
        for (index, (operation, change)) in changes.iter().enumerate() {
            let size = |parallelism| self.description.size_of(parallelism).units;
            // After an update that has failed, its size stays configured: what ran is what the last one that succeeded has made.
            let ran = changes.get(index + 1).map_or(change.from, |(_, earlier)| earlier.to);
            let (from, to) = (size(ran), size(change.to));
            let newest = match Direction::between(from, to) {
                Some(Direction::Out) => &mut scaled.out,
                Some(Direction::In) => &mut scaled.r#in,
                None => continue,
            };
            let ends = self.operations.iter().filter_map(|other| other.ended);
            let since = ends.filter(|ended| *ended <= operation.started).max();
            let found = Scaling { since, began: operation.started, ended: end(operation), from, to };
            if newest.is_none_or(|newest| newest.ended < found.ended) {
                *newest = Some(found);
            }
        }
        Ok(scaled)
    }
}
