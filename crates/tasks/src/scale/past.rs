//! Reads the past, which only a proposed step needs. Most executions hold for a reason that is known without it.

use super::failures::{MOST_LOOKED_INTO, end};
use super::footprint;
use super::measured::{Measured, read_spending};
use super::observe::Observed;
use crate::history::{PastUpdate, newest_scale_out};
use crate::{Alarms, Operation, OperationStatus, PAUSE_TAG, Pause, Policy, Resources, Snapshots, TaskError};
use jiff::{SignedDuration, Timestamp};
use scaling::{
    Breach, Direction, Footprint, PerDirection, Scaling, Signals, includes_lag, snapshot_dollars,
    start_of_month,
};

/// The longest duration of a snapshot. A snapshot that takes longer counts as stuck, and blocks nothing.
const LONGEST_SNAPSHOT: SignedDuration = SignedDuration::from_mins(30);

/// The past as it was read.
#[derive(Debug, Default)]
pub(crate) struct Past {
    paused: PerDirection<bool>,
    scaled_out: Option<Scaling>,
    takes_snapshot: bool,
    days: Vec<Option<f64>>,
    spent: f64,
    /// The heap and the state of the job, for a scale-in.
    pub(crate) footprint: Footprint,
    /// Load and lag around the last scale-out, unless the signals of the proposal contain them.
    effect: Option<Measured>,
    /// A warning about a part of the past that could not be read, with the consequence.
    pub(crate) warning: Option<String>,
}

impl Past {
    /// The past in the form that the rule needs, with the measurements of the proposal.
    pub(crate) fn of<'a>(&'a self, measured: &'a Measured) -> scaling::Past<'a> {
        let effect: Signals = self.effect.as_ref().unwrap_or(measured).signals(&[], None);
        let Self { paused, scaled_out, takes_snapshot, spent, footprint, .. } = *self;
        scaling::Past { paused, scaled_out, takes_snapshot, days: &self.days, spent, footprint, effect }
    }
}

/// A proposed step.
pub(crate) struct ProposedStep<'a> {
    pub(crate) direction: Direction,
    pub(crate) breaches: &'a [Breach],
    pub(crate) policy: &'a Policy,
    pub(crate) now: Timestamp,
}

impl ProposedStep<'_> {
    /// Reads whether the step's direction is paused. If it is not, reads the load of the past days, and for a scale-out the last scale-out,
    /// whether a snapshot is being taken, and the cost of the month; for a scale-in the heap and the state.
    pub(crate) async fn read_past(
        &self,
        observed: &Observed<'_>,
        resources: &impl Resources,
        snapshots: &impl Snapshots,
        alarms: &impl Alarms,
    ) -> Result<Past, TaskError> {
        let Self { policy, now, .. } = self;
        let (paused, warning) = self.paused(&observed.described.description.arn, resources).await?;
        let mut past = Past { paused, warning, ..Past::default() };
        if paused.of(self.direction) {
            return Ok(past);
        }
        if self.direction == Direction::Out {
            if self.judges_effect() {
                past.scaled_out = self.scaled_out(observed, resources).await?;
            }
            let (takes_snapshot, unread) = self.takes_snapshot(snapshots).await;
            past.takes_snapshot = takes_snapshot;
            past.warning = past.warning.or(unread);
            if past.scaled_out.is_some() {
                past.effect = observed.measured.read_effect(policy, *now, alarms).await?;
            }
            past.spent = read_spending(policy, *now, alarms).await? + self.snapshots_of_the_month(observed);
        } else {
            let (footprint, unread) =
                footprint::read(policy, observed.resource.last_change, *now, alarms).await?;
            past.footprint = footprint;
            past.warning = past.warning.or(unread);
        }
        past.days = observed.measured.read_days(*now, alarms).await?;
        Ok(past)
    }

    /// The price of a month of storage of the snapshots that the updates of this month have left, if there is a budget.
    fn snapshots_of_the_month(&self, observed: &Observed<'_>) -> f64 {
        let Some(budget) = self.policy.scaling.budget else { return 0.0 };
        let month = start_of_month(self.now);
        let leaves_one = |operation: &&Operation| {
            operation.is_update()
                && operation.status == OperationStatus::Successful
                && operation.started >= month
        };
        let updates = observed.described.operations.iter().filter(leaves_one).count();
        snapshot_dollars(budget.state_gigabytes, updates)
    }

    /// The paused directions. A pause that cannot be read counts as a pause of both directions, with a warning: a person may have had a
    /// reason.
    async fn paused(
        &self,
        arn: &str,
        resources: &impl Resources,
    ) -> Result<(PerDirection<bool>, Option<String>), TaskError> {
        let all = PerDirection { out: true, r#in: true };
        Ok(match resources.tag(arn, PAUSE_TAG).await {
            Ok(None) => (PerDirection::default(), None),
            Ok(Some(text)) => match Pause::parse(&text) {
                Ok(pause) => (pause.at(self.now), None),
                Err(why) => (all, Some(why)),
            },
            Err(error @ TaskError::Retryable(_)) => return Err(error),
            Err(error) => (all, Some(format!("{error}; it may be paused, so that nothing is scaled"))),
        })
    }

    /// Whether the effect of the last scale-out is judged.
    fn judges_effect(&self) -> bool {
        self.policy.load_alarm.is_some() && !self.policy.scaling.ineffective_pause.is_zero()
    }

    /// Whether a snapshot is being taken. If that cannot be read, no snapshot is assumed, with a warning: an unreadable snapshot must not
    /// block a scale-out. A snapshot that has lasted for too long counts as stuck.
    async fn takes_snapshot(&self, snapshots: &impl Snapshots) -> (bool, Option<String>) {
        if !self.policy.kind().has_job || includes_lag(self.breaches) {
            return (false, None);
        }
        match snapshots.snapshot(&self.policy.resource).await {
            Ok(since) => (since.is_some_and(|since| self.now.duration_since(since) < LONGEST_SNAPSHOT), None),
            Err(error) => {
                (false, Some(format!("{error}; a snapshot may be under way, and does not block this step")))
            }
        }
    }

    /// The newest scale-out within the ineffective pause. An update that MSF no longer has is left out.
    async fn scaled_out(
        &self,
        observed: &Observed<'_>,
        resources: &impl Resources,
    ) -> Result<Option<Scaling>, TaskError> {
        let window = self.policy.scaling.ineffective_pause;
        let is_recent = |operation: &&Operation| {
            operation.is_update()
                && operation.status == OperationStatus::Successful
                && self.now.duration_since(end(operation)) < window
        };
        let mut recent: Vec<_> = observed.described.operations.iter().filter(is_recent).collect();
        recent.sort_by_key(|operation| std::cmp::Reverse(end(operation)));
        let mut updates = Vec::new();
        for operation in recent.into_iter().take(MOST_LOOKED_INTO) {
            if let Some(change) = resources.change(&self.policy.resource, &operation.id).await? {
                let units = |parallelism| observed.described.description.size_of(parallelism).units;
                updates.push(PastUpdate {
                    began: operation.started,
                    ended: end(operation),
                    from: units(change.from),
                    to: units(change.to),
                });
            }
        }
        let ends = || observed.described.operations.iter().filter_map(|operation| operation.ended);
        Ok(newest_scale_out(&updates, ends))
    }
}
