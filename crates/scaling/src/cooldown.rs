//! The time for which an application keeps its size after a change.

use crate::{Direction, Policy, Reason, Resource, Signals, Sizing, Unit};
use jiff::{SignedDuration, Timestamp};

/// How long a breaching scale-out alarm waits after a change, as a multiple of the duration of an update: the job processes the
/// backlog of its restart, and its utilization shows that backlog and not the load.
const UPDATES_BEFORE_SCALE_OUT: i32 = 2;

/// The same for a scale-in. Each restart costs the more, the longer it takes.
const UPDATES_BEFORE_SCALE_IN: i32 = 4;

/// The updates of a day that do not make a scale-in wait longer.
const UNHURRIED_UPDATES_PER_DAY: u32 = 3;

/// The additional wait of a scale-in, times the square of the further updates of the last 24 hours. A few further updates cost little, and a
/// load that returns again and again can't restart the job more than ten times a day. A scale-out never waits for it.
const STABILIZATION_PER_SQUARED_UPDATE: SignedDuration = SignedDuration::from_mins(8);

/// The longest additional wait, for an application that is deployed many times a day.
const LONGEST_STABILIZATION: SignedDuration = SignedDuration::from_hours(4);

/// Returns the reason to keep the size for now, if the last change is too recent for a step in this direction. `by_load` says whether only
/// the load asks for the step. A step into the bounds and a capacity request wait for the grace period alone.
pub(crate) fn cooldown(
    policy: &Policy,
    direction: Direction,
    by_load: bool,
    resource: &Resource,
    signals: &Signals,
    now: Timestamp,
) -> Option<Reason> {
    let age = now.duration_since(resource.last_change?);
    let grace = policy.grace_period.of(direction);
    if age < grace {
        return Some(Reason::CoolingDown);
    }
    // A stream processes records while it is changed.
    if !by_load || policy.unit == Unit::Shard {
        return None;
    }
    let updates = match direction {
        Direction::Out => UPDATES_BEFORE_SCALE_OUT,
        Direction::In => UPDATES_BEFORE_SCALE_IN,
    };
    let catch_up = signals.restart.unwrap_or_default().saturating_mul(updates);
    if age < catch_up {
        return Some(Reason::CatchingUp);
    }
    // Sizing by demand knows the price of a restart.
    if direction == Direction::Out || matches!(policy.sizing, Sizing::Demand(_)) {
        return None;
    }
    (age < grace.max(catch_up) + stabilization(resource.changes_of_the_day)).then_some(Reason::Stabilizing)
}

/// The additional wait of a scale-in after this number of updates in 24 hours.
fn stabilization(updates: u32) -> SignedDuration {
    let hurried = updates.saturating_sub(UNHURRIED_UPDATES_PER_DAY);
    let squared = i32::try_from(hurried.saturating_mul(hurried)).unwrap_or(i32::MAX);
    STABILIZATION_PER_SQUARED_UPDATE.saturating_mul(squared).min(LONGEST_STABILIZATION)
}
