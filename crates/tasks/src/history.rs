//! What the application's own past says. It is the only memory there is.

use crate::{Operation, OperationStatus, Policy, ResourceDescription};
use jiff::{SignedDuration, Timestamp};
use scaling::{Activity, PerDirection, Reason, Resource, Scaling, Unit};

/// How many of the last updates tell how long the next one will take.
pub const UPDATES_TO_LEARN_FROM: usize = 3;

/// What has been done to an application lately.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Lately {
    /// When the newest ended that should have scaled it, and failed.
    pub(crate) failed: PerDirection<Option<Timestamp>>,
    /// The newest that has scaled it.
    pub(crate) scaled: PerDirection<Option<Scaling>>,
    /// Whether a snapshot is being taken.
    pub(crate) takes_snapshot: bool,
    /// How many updates were begun in the last 24 hours.
    pub(crate) changes_of_the_day: u32,
}

/// What the rule has to know of an application.
pub(crate) fn observe(
    description: &ResourceDescription,
    operations: &[Operation],
    lately: Lately,
) -> Resource {
    let busy = operations.iter().any(|operation| operation.status == OperationStatus::InProgress);
    let activity = match description.status.activity() {
        Activity::Running if busy => Activity::Busy,
        activity => activity,
    };
    Resource {
        activity,
        parallelism: description.current_parallelism,
        parallelism_per_kpu: description.parallelism_per_kpu,
        last_change: last_change(operations).max(description.last_updated),
        failed: lately.failed,
        scaled: lately.scaled,
        takes_snapshot: lately.takes_snapshot,
        paused: PerDirection::default(),
        changes_of_the_day: lately.changes_of_the_day,
    }
}

/// How many updates were begun in the 24 hours before `now`.
pub(crate) fn changes_of_the_day(operations: &[Operation], now: Timestamp) -> u32 {
    let is_of_the_day =
        |operation: &&Operation| now.duration_since(operation.started) < SignedDuration::from_hours(24);
    let count = operations.iter().filter(|operation| operation.is_update()).filter(is_of_the_day).count();
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// When the newest operation of any kind ended.
fn last_change(operations: &[Operation]) -> Option<Timestamp> {
    operations.iter().filter_map(|operation| operation.ended).max()
}

/// The time since which data points describe the application as it is now: its last restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Epoch {
    /// No data point describes it, for this reason: it is stopped or being changed.
    NotYet(Reason),
    /// It has not changed since then.
    Since(Timestamp),
    /// No change of it is known.
    Ever,
}

impl Epoch {
    /// The earliest start of a data point that describes the application as it is now.
    ///
    /// # Errors
    /// The reason if none does.
    pub fn since(self) -> Result<Timestamp, Reason> {
        match self {
            Self::NotYet(reason) => Err(reason),
            Self::Since(restart) => Ok(restart),
            Self::Ever => Ok(Timestamp::MIN),
        }
    }
}

/// The epoch of an application. Every change counts as a restart: most are, and to wait for data after one that was none costs minutes,
/// while data from before a restart would lead to a wrong step.
pub(crate) fn epoch(description: &ResourceDescription, operations: &[Operation]) -> Epoch {
    let resource = observe(description, operations, Lately::default());
    match resource.activity {
        Activity::Busy => Epoch::NotYet(Reason::Busy),
        Activity::Stopped => Epoch::NotYet(Reason::NotRunning),
        Activity::Running => resource.last_change.map_or(Epoch::Ever, Epoch::Since),
    }
}

/// How long the last few updates took that succeeded.
pub(crate) fn update_times(operations: &[Operation], policy: &Policy) -> Option<UpdateTimes> {
    let mut updates: Vec<&Operation> = operations
        .iter()
        .filter(|operation| operation.is_update() && operation.status == OperationStatus::Successful)
        .collect();
    updates.sort_by_key(|operation| std::cmp::Reverse(operation.started));
    let durations = updates
        .iter()
        .take(UPDATES_TO_LEARN_FROM)
        .filter_map(|operation| operation.duration())
        .filter(SignedDuration::is_positive);
    // The end of a change of a stream may have been seen late.
    let most = match policy.scaling.unit {
        Unit::Kpu => SignedDuration::MAX,
        Unit::Shard => policy.update_timeout,
    };
    UpdateTimes::of(durations.map(|duration| duration.min(most)))
}

/// How long its last few updates took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpdateTimes {
    /// The median, or the shorter of two in the middle, as the rule weighs it: one that took long by itself must not keep the size.
    pub usual: SignedDuration,
    /// The longest, by which an update is waited for: one look too early costs three transitions, a few seconds too late cost nothing.
    pub longest: SignedDuration,
}

impl UpdateTimes {
    /// What some updates tell; `None` without any.
    #[must_use]
    pub fn of(durations: impl Iterator<Item = SignedDuration>) -> Option<Self> {
        let mut durations: Vec<_> = durations.collect();
        durations.sort();
        let last = durations.len().checked_sub(1)?;
        Some(Self { usual: durations[last / 2], longest: durations[last] })
    }
}
