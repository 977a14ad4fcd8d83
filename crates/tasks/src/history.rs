//! The resource's own operations. These operations are the only memory of the autoscaler.

use crate::{Operation, OperationStatus, Policy, ResourceDescription};
use jiff::{SignedDuration, Timestamp};
use scaling::{Activity, Direction, PerDirection, Reason, Resource, Scaling, Units};

/// The number of last updates from which the duration of the next update is estimated.
const UPDATES_TO_LEARN_FROM: usize = 3;

/// Returns the resource for the scaling rule. `failed` is the end of the newest failed update in each direction.
pub(crate) fn resource(
    description: &ResourceDescription,
    operations: &[Operation],
    failed: PerDirection<Option<Timestamp>>,
    now: Timestamp,
) -> Resource {
    Resource {
        activity: activity(description, operations),
        parallelism: description.current_parallelism,
        parallelism_per_kpu: description.parallelism_per_unit(),
        last_change: last_change(description, operations),
        failed,
        changes_of_the_day: changes_of_the_day(operations, now),
    }
}

/// Returns the activity of the resource, from its status and its operations.
fn activity(description: &ResourceDescription, operations: &[Operation]) -> Activity {
    let busy = operations.iter().any(|operation| operation.status == OperationStatus::InProgress);
    match description.status.activity() {
        Activity::Running if busy => Activity::Busy,
        activity => activity,
    }
}

/// Returns the number of updates that began in the 24 hours before `now`.
fn changes_of_the_day(operations: &[Operation], now: Timestamp) -> u32 {
    let is_of_the_day =
        |operation: &&Operation| now.duration_since(operation.started) < SignedDuration::from_hours(24);
    let count = operations.iter().filter(|operation| operation.is_update()).filter(is_of_the_day).count();
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Returns the time of the last change: the later of the end of the newest operation of any kind and the last update in the
/// description.
fn last_change(description: &ResourceDescription, operations: &[Operation]) -> Option<Timestamp> {
    let last_updated = description.application.and_then(|application| application.last_updated);
    operations.iter().filter_map(|operation| operation.ended).max().max(last_updated)
}

/// The time since which data points describe the application as it is now: the last restart of the application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Epoch {
    /// No data point describes the application, for this reason: the application is stopped or being changed.
    NotYet(Reason),
    /// The application has not changed since this time.
    Since(Timestamp),
    /// No change of the application is known.
    Ever,
}

impl Epoch {
    /// Returns the earliest start of a data point that describes the application as it is now.
    ///
    /// # Errors
    /// Returns the reason if no data point describes the application.
    pub fn since(self) -> Result<Timestamp, Reason> {
        match self {
            Self::NotYet(reason) => Err(reason),
            Self::Since(restart) => Ok(restart),
            Self::Ever => Ok(Timestamp::MIN),
        }
    }
}

/// Returns the epoch of an application. Every change counts as a restart, because most changes are restarts. To wait for data after a
/// change without a restart costs minutes, while data from before a restart would lead to a wrong step.
pub(crate) fn epoch(description: &ResourceDescription, operations: &[Operation]) -> Epoch {
    match activity(description, operations) {
        Activity::Busy => Epoch::NotYet(Reason::Busy),
        Activity::Stopped => Epoch::NotYet(Reason::NotRunning),
        Activity::Running => last_change(description, operations).map_or(Epoch::Ever, Epoch::Since),
    }
}

/// A successful update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PastUpdate {
    /// The time at which the update began.
    pub began: Timestamp,
    /// The time at which the update ended.
    pub ended: Timestamp,
    /// The configured size before the update.
    pub from: Units,
    /// The size after the update.
    pub to: Units,
}

/// Returns the newest scale-out. `updates` are ordered newest first, and `ends` returns the ends of all operations.
pub fn newest_scale_out<Ends: Iterator<Item = Timestamp>>(
    updates: &[PastUpdate],
    ends: impl Fn() -> Ends,
) -> Option<Scaling> {
    updates.iter().copied().enumerate().find_map(|(index, PastUpdate { began, ended, from, to })| {
        // After a failed update, its size stays configured. The size that ran is the result of the last successful update.
        let from = updates.get(index + 1).map_or(from, |earlier| earlier.to);
        Direction::Out.leads(from, to).then(|| Scaling {
            since: ends().filter(|end| *end <= began).max(),
            began,
            ended,
            from,
            to,
        })
    })
}

/// Returns the durations of the last few successful updates.
pub(crate) fn update_times(operations: &[Operation], policy: &Policy) -> Option<UpdateTimes> {
    let mut updates: Vec<&Operation> = operations
        .iter()
        .filter(|operation| operation.is_update() && operation.status == OperationStatus::Successful)
        .collect();
    updates.sort_by_key(|operation| std::cmp::Reverse(operation.started));
    // The end of a change of a stream may have been observed late.
    let reports_ends = policy.kind().reports_ends;
    let most = if reports_ends { SignedDuration::MAX } else { policy.update_timeout };
    let durations = updates.into_iter().map(Operation::duration);
    UpdateTimes::of_newest(durations.map(|duration| duration.map(|duration| duration.min(most))))
}

/// The durations of the last few updates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpdateTimes {
    /// The median, or the shorter of the two middle durations, for the scaling rule: one slow update must not hold the size.
    pub usual: SignedDuration,
    /// The longest duration, after which an update is polled for the first time. A poll that is too early costs three state transitions,
    /// and a poll that is a few seconds too late costs nothing.
    pub longest: SignedDuration,
}

impl UpdateTimes {
    /// Returns the times of the last few updates, from the durations of all updates, newest first. A duration that is unknown or not
    /// positive is skipped. Returns `None` if no duration is left.
    #[must_use]
    pub fn of_newest(durations: impl Iterator<Item = Option<SignedDuration>>) -> Option<Self> {
        let newest = durations.take(UPDATES_TO_LEARN_FROM).flatten().filter(SignedDuration::is_positive);
        let mut durations: Vec<_> = newest.collect();
        durations.sort();
        let last = durations.len().checked_sub(1)?;
        Some(Self { usual: durations[last / 2], longest: durations[last] })
    }
}
