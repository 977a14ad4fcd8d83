//! The rule.

use crate::effect::{Effect, effect};
use crate::{Activity, Decision, Direction, Limits, Policy, Reason, Resource, Signals, Units};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A call for another size. Its direction is that in which the size had to move when the call was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all_fields = "camelCase")]
pub enum Call {
    /// An alarm for this direction breaches.
    Alarm {
        /// The direction for which the alarm asks.
        direction: Direction,
    },
    /// A caller requests a capacity: a person, or a policy of Application Auto Scaling.
    CapacityRequest {
        /// The direction of the requested size.
        direction: Direction,
        /// The requested size.
        units: Units,
        /// As of [`Call::Bounds`].
        backlog: bool,
    },
    /// The size is out of its bounds: they have moved, or a person has changed the size.
    Bounds {
        /// The direction into the bounds.
        direction: Direction,
        /// Whether there is more to do than the resource keeps up with, or whether that is uncertain.
        backlog: bool,
    },
}

/// Decides what to do with `resource` at `now`, when there is a call for another size.
///
/// 1. A resource that is stopped or being changed is left alone.
/// 2. One that is out of its bounds is led back into them, whatever rings: to the nearest, or as far as an alarm asks that leads the
///    same way. On the way in it may work off a backlog first, for a time.
/// 3. Otherwise the wish is what is wished for, or what the policy's sizing makes of the size and of the signals; the target is the wish
///    within the largest step and the bounds, and only a target in the direction of the call is followed. Nobody's wish moves it in
///    while there is a backlog.
/// 4. The parallelism fills the target's units, or those of the next size that shares the work evenly, but never exceeds what the
///    job can use. If that leaves no unit to move, or leads to less than the bounds allow, nothing moves: a restart has its price.
///    Shards are at most doubled and at least halved, rather by whole quarters, and not changed in while the day's last changes are
///    needed to get back out.
/// 5. Nothing moves in a window that blocks, nor in a direction that is paused.
/// 6. Nothing moves in a direction within the failure pause after an update that way has failed.
/// 7. Nothing moves in a direction within its grace period after the last change.
///
/// Within the bounds, also:
///
/// 8. Nothing moves back within the reversal window, unless a lag rings: then the lag that is allowed is exceeded already.
/// 9. Nothing moves out while a snapshot is being taken, unless a lag rings: that looks like load and is none. Nor does it for a
///    while after a step out that has brought nothing.
///
/// What lasts is found before the grace period, so that a resource at its bound is never waited for. One that is
/// busy is not waited for either: whoever changes it follows it, and the heartbeat looks again.
pub fn decide(
    policy: &Policy,
    call: Call,
    resource: &Resource,
    signals: &Signals,
    now: Timestamp,
) -> Decision {
    match resource.activity {
        Activity::Stopped => return Decision::Hold(Reason::NotRunning),
        Activity::Busy => return Decision::Hold(Reason::Busy),
        Activity::Running => {}
    }

    let from = resource.size();
    let direction_into_bounds = policy.bounds.direction_into_bounds(from.units);
    let called = call.direction(from.units);
    if direction_into_bounds.is_none() && call.is_overtaken(from.units) {
        return Decision::Hold(Reason::ConcurrentModification);
    }
    let Some(direction) = direction_into_bounds.or(called) else {
        return Decision::Hold(match call {
            Call::CapacityRequest { .. } => Reason::AtDesiredCapacity,
            Call::Alarm { .. } | Call::Bounds { .. } => Reason::WithinBounds,
        });
    };
    let asked = match call {
        _ if called != Some(direction) => None,
        Call::Alarm { .. } => Some(policy.sizing.wish(direction, resource, signals)),
        Call::CapacityRequest { .. } if direction == Direction::In && call.has_backlog() => {
            Some(Err(Reason::CatchingUp))
        }
        Call::CapacityRequest { units, .. } => Some(Ok(units)),
        Call::Bounds { .. } => None,
    };
    let wish = match (asked, direction_into_bounds) {
        (Some(Ok(wish)), _) => policy.within_largest_step(from.units, wish),
        (Some(Err(reason)), None) => return Decision::Hold(reason),
        (Some(Err(_)) | None, _) => from.units,
    };
    // What has become too dear is not added; it is not taken away either, for a step in goes as far as its alarm asks.
    let bounds = match direction {
        Direction::Out => policy.affordable(signals.spent, now),
        Direction::In => policy.bounds,
    };
    let target = policy.within_one_change(from.units, bounds.clamp(wish));
    if !direction.leads(from.units, target) {
        let is_dear = bounds.maximum() < policy.bounds.maximum();
        return Decision::Hold(match direction {
            Direction::Out if is_dear => Reason::OverBudget,
            Direction::Out => Reason::AtMaximum,
            Direction::In => Reason::AtMinimum,
        });
    }

    let most = match direction_into_bounds {
        Some(_) => policy.within_one_change(from.units, bounds.maximum()),
        None => bounds.maximum().min(policy.within_largest_step(from.units, bounds.maximum())),
    };
    let target = policy.preferred(direction, from.units, target, most);
    let sized =
        |limits: Limits| limits.size(direction, from.units, target, most, resource.parallelism_per_kpu);
    let to = sized(policy.limits);
    // The smallest size that is wanted goes before a preference, and not before what the job can do.
    let to = if to.units < policy.bounds.minimum() {
        sized(Limits { partitions: None, ..policy.limits })
    } else {
        to
    };
    // A job that cannot use its smallest size is led as near to it as it can, and not away from it.
    let too_small = to.units < policy.bounds.minimum() && direction_into_bounds != Some(Direction::Out);
    if !direction.leads(from.units, to.units) || too_small {
        return Decision::Hold(Reason::AtMaximumParallelism);
    }

    if !policy.has_a_change_left(direction, resource, to.units) {
        return Decision::Hold(Reason::DailyLimit);
    }
    let held = held(policy, direction, resource, now);
    let held = held.or_else(|| match direction_into_bounds {
        Some(_) => {
            waits_for_its_backlog(policy, call, direction, resource, now).then_some(Reason::CatchingUp)
        }
        None => held_within_bounds(policy, direction, resource, signals, now),
    });
    held.map_or(Decision::Scale { from, to }, Decision::Hold)
}

/// What holds any step this way.
fn held(policy: &Policy, direction: Direction, resource: &Resource, now: Timestamp) -> Option<Reason> {
    if policy.blocked {
        Some(Reason::BlockedWindow)
    } else if resource.paused.of(direction) {
        Some(Reason::Paused)
    } else if within(policy.failure_pause, resource.failed.of(direction), now) {
        Some(Reason::AfterFailure)
    } else if within(policy.grace_period.of(direction), resource.last_change, now) {
        Some(Reason::CoolingDown)
    } else {
        None
    }
}

/// Whether a resource that is too large now is given time to work off what waits: since it is, or since it was changed.
fn waits_for_its_backlog(
    policy: &Policy,
    call: Call,
    direction: Direction,
    resource: &Resource,
    now: Timestamp,
) -> bool {
    let since = policy.too_large_since.max(resource.last_change);
    direction == Direction::In && call.has_backlog() && within(policy.backlog_wait, since, now)
}

/// What holds a step within the bounds, for which nothing but the load or a wish speaks.
fn held_within_bounds(
    policy: &Policy,
    direction: Direction,
    resource: &Resource,
    signals: &Signals,
    now: Timestamp,
) -> Option<Reason> {
    let is_late = direction == Direction::Out && signals.breaches.iter().any(|breach| breach.is_lag);
    let ended = |direction| resource.scaled.of(direction).map(|scaling| scaling.ended);
    if !is_late && within(policy.reversal_window, ended(direction.other()), now) {
        return Some(Reason::Reversal);
    }
    if direction == Direction::In {
        return None;
    }
    if !is_late && resource.takes_snapshot {
        return Some(Reason::TakingSnapshot);
    }
    if !within(policy.ineffective_pause, ended(direction), now) {
        return None;
    }
    match effect(resource, signals, now) {
        Effect::Something => None,
        Effect::Nothing => Some(Reason::Ineffective),
        Effect::NotYetKnown => Some(Reason::NoFreshData),
    }
}

/// Whether something has been so for less than a pause.
fn within(pause: SignedDuration, since: Option<Timestamp>, now: Timestamp) -> bool {
    since.is_some_and(|since| now.duration_since(since) < pause)
}

impl Call {
    /// The direction in which the size had to move when the call was found.
    #[must_use]
    pub fn found_direction(self) -> Direction {
        match self {
            Self::Alarm { direction }
            | Self::CapacityRequest { direction, .. }
            | Self::Bounds { direction, .. } => direction,
        }
    }

    /// The direction in which it asks to go from a size; `None` if it asks for no other size. Bounds ask for nothing beyond themselves.
    #[must_use]
    pub fn direction(self, from: Units) -> Option<Direction> {
        match self {
            Self::Alarm { direction } => Some(direction),
            Self::CapacityRequest { units, .. } => Direction::between(from, units),
            Self::Bounds { .. } => None,
        }
    }

    /// Whether the size was changed past the requested capacity since the call was found. The request asks for the other direction now,
    /// for which nothing was checked.
    fn is_overtaken(self, from: Units) -> bool {
        matches!(self, Self::CapacityRequest { .. })
            && self.direction(from) == Some(self.found_direction().other())
    }

    /// Whether there is more to do than the resource keeps up with, or whether that is uncertain.
    #[must_use]
    pub fn has_backlog(self) -> bool {
        match self {
            Self::Alarm { direction } => direction == Direction::Out,
            Self::CapacityRequest { backlog, .. } | Self::Bounds { backlog, .. } => backlog,
        }
    }
}
