//! The resource's own operations. They are the only memory of the autoscaler.

use crate::{Operation, OperationStatus, Policy, ResourceDescription};
use jiff::{SignedDuration, Timestamp};
use scaling::{Activity, Direction, PerDirection, Reason, Resource, Scaling, Unit, Units};

/// How many of the last updates tell how long the next one will take.
const UPDATES_TO_LEARN_FROM: usize = 3;

/// The resource for the rule. `failed`: when the newest failed update in each direction ended.
pub(crate) fn resource(
    description: &ResourceDescription,
    operations: &[Operation],
    failed: PerDirection<Option<Timestamp>>,
    now: Timestamp,
) -> Resource {
    Resource {
        activity: activity(description, operations),
        parallelism: description.current_parallelism,
        parallelism_per_kpu: description.parallelism_per_kpu,
        last_change: last_change(description, operations),
        failed,
        changes_of_the_day: changes_of_the_day(operations, now),
    }
}

/// The activity, by its status and its operations.
fn activity(description: &ResourceDescription, operations: &[Operation]) -> Activity {
    let busy = operations.iter().any(|operation| operation.status == OperationStatus::InProgress);
    match description.status.activity() {
        Activity::Running if busy => Activity::Busy,
        activity => activity,
    }
}

/// How many updates were begun in the 24 hours before `now`.
fn changes_of_the_day(operations: &[Operation], now: Timestamp) -> u32 {
    let is_of_the_day =
        |operation: &&Operation| now.duration_since(operation.started) < SignedDuration::from_hours(24);
    let count = operations.iter().filter(|operation| operation.is_update()).filter(is_of_the_day).count();
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// When it was last changed: the end of the newest operation of any kind, or the last update of the description.
fn last_change(description: &ResourceDescription, operations: &[Operation]) -> Option<Timestamp> {
    operations.iter().filter_map(|operation| operation.ended).max().max(description.last_updated)
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
    match activity(description, operations) {
        Activity::Busy => Epoch::NotYet(Reason::Busy),
        Activity::Stopped => Epoch::NotYet(Reason::NotRunning),
        Activity::Running => last_change(description, operations).map_or(Epoch::Ever, Epoch::Since),
    }
}

/// An update that succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PastUpdate {
    /// When it began.
    pub began: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// The configured size before it.
    pub from: Units,
    /// The size after it.
    pub to: Units,
}

/// The newest scaling in each direction. `updates` are the newest first, and `ends` returns the ends of all operations.
pub fn newest_scalings<Ends: Iterator<Item = Timestamp>>(
    updates: &[PastUpdate],
    ends: impl Fn() -> Ends,
) -> PerDirection<Option<Scaling>> {
    let mut newest = PerDirection::<Option<Scaling>>::default();
    for (index, PastUpdate { began, ended, from, to }) in updates.iter().copied().enumerate() {
        // After an update that failed, its size stays configured. The size that ran is the one that the last successful update made.
        let from = updates.get(index + 1).map_or(from, |earlier| earlier.to);
        let found = match Direction::between(from, to) {
            Some(Direction::Out) => &mut newest.out,
            Some(Direction::In) => &mut newest.r#in,
            None => continue,
        };
        if found.is_none_or(|found| found.ended < ended) {
            let since = ends().filter(|end| *end <= began).max();
            *found = Some(Scaling { since, began, ended, from, to });
        }
    }
    newest
}

/// How far back a scaling matters: to the reversal window and to the ineffective pause.
#[must_use]
pub fn scalings_window(policy: &scaling::Policy) -> SignedDuration {
    policy.reversal_window.max(policy.ineffective_pause)
}

/// How long the last few updates took that succeeded.
pub(crate) fn update_times(operations: &[Operation], policy: &Policy) -> Option<UpdateTimes> {
    let mut updates: Vec<&Operation> = operations
        .iter()
        .filter(|operation| operation.is_update() && operation.status == OperationStatus::Successful)
        .collect();
    updates.sort_by_key(|operation| std::cmp::Reverse(operation.started));
    // The end of a change of a stream may have been seen late.
    let most = match policy.scaling.unit {
        Unit::Kpu => SignedDuration::MAX,
        Unit::Shard => policy.update_timeout,
    };
    let durations = updates.into_iter().map(Operation::duration);
    UpdateTimes::of_newest(durations.map(|duration| duration.map(|duration| duration.min(most))))
}

/// How long the last few updates took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpdateTimes {
    /// The median, or the shorter of two in the middle, for the rule: one slow update must not keep the size.
    pub usual: SignedDuration,
    /// The longest, after which an update is polled first: a poll too early costs three transitions, and a few seconds too late cost
    /// nothing.
    pub longest: SignedDuration,
}

impl UpdateTimes {
    /// The times of the last few updates, from the durations of all, the newest first. A duration that is not known or not positive
    /// is skipped. `None` if none is left.
    #[must_use]
    pub fn of_newest(durations: impl Iterator<Item = Option<SignedDuration>>) -> Option<Self> {
        let newest = durations.take(UPDATES_TO_LEARN_FROM).flatten().filter(SignedDuration::is_positive);
        let mut durations: Vec<_> = newest.collect();
        durations.sort();
        let last = durations.len().checked_sub(1)?;
        Some(Self { usual: durations[last / 2], longest: durations[last] })
    }
}
