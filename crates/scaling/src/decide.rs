//! The rule of scaling, in two steps: a proposal from inputs that are cheap to read, and its confirmation by the past.

use crate::cooldown::cooldown;
use crate::effect::{Effect, effect};
use crate::{
    Activity, Call, Decision, Direction, Limits, Past, Policy, Reason, Resource, Signals, Size, Units,
    includes_lag,
};
use jiff::{SignedDuration, Timestamp};

/// A step that a call asks for and nothing cheap to read speaks against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proposal {
    call: Call,
    direction: Direction,
}

impl Proposal {
    /// The direction of the proposed step. It differs from the direction of the call if the bounds have moved since the call was found.
    #[must_use]
    pub fn direction(self) -> Direction {
        self.direction
    }
}

/// Proposes a step for `resource` at `now`, or holds for a reason that is known without its past.
///
/// 1. A resource that is stopped or being changed stays as it is.
/// 2. The size follows the call: see [`Policy`] for the ways of sizing. A size out of its bounds moves back into them at any call:
///    to the nearest bound, or further if an alarm asks for the same direction.
/// 3. The size stays within the bounds, the largest step and the budget. A capacity request does not scale in while there is a backlog.
/// 4. The parallelism fills the units, or the units of the next size that shares the work evenly, and never exceeds the parallelism that the
///    job can use. If no unit would move, the size stays: a restart has its price. A change of a stream at most doubles and at least
///    halves its shards, prefers whole quarters, and keeps the day's last changes for scaling out.
/// 5. Nothing moves in a window that blocks, within the failure pause after an update in this direction failed, or during the cooldown
///    after the last change. If an alarm alone asks for the step, the cooldown is at least a multiple of the duration of an update, and a
///    scale-in waits longer after many updates in a day.
/// 6. A resource that is too large since a window has closed may work off its backlog first, for a limited time.
///
/// Lasting reasons (a bound, a parallelism) are found before the cooldown, so that an execution never waits for them.
///
/// # Errors
/// The reason to hold.
pub fn propose(
    policy: &Policy,
    call: Call,
    resource: &Resource,
    signals: &Signals,
    now: Timestamp,
) -> Result<Proposal, Reason> {
    match resource.activity {
        Activity::Stopped => return Err(Reason::NotRunning),
        Activity::Busy => return Err(Reason::Busy),
        Activity::Running => {}
    }
    let (direction, _) = size(policy, call, resource, signals, &Past::default(), now)?;
    let is_out_of_bounds = out_of_bounds(policy, resource).is_some();
    let by_load = matches!(call, Call::Alarm { .. }) && !is_out_of_bounds;
    let waits = is_out_of_bounds && waits_for_its_backlog(policy, call, direction, resource, now);
    if policy.blocked {
        Err(Reason::BlockedWindow)
    } else if within(policy.failure_pause, resource.failed.of(direction), now) {
        Err(Reason::AfterFailure)
    } else if let Some(reason) = cooldown(policy, direction, by_load, resource, signals, now) {
        Err(reason)
    } else if waits {
        Err(Reason::CatchingUp)
    } else {
        Ok(Proposal { call, direction })
    }
}

/// Confirms a proposal by the past, or holds. `resource` and `signals` are the same as for the proposal.
///
/// 7. Nothing moves in a paused direction.
/// 8. The size is found once more, with the load of the past days and the cost of the month. A scale-in goes only as far as the heap and the
///    state of the job fit.
///
/// 9. Within the bounds, a scale-out is blocked while a snapshot is being taken, because a snapshot raises the utilization without load,
///    and for the ineffective pause after a scale-out that did not raise the throughput. A lag alarm is exempt from the first. A scale-in waits
///    for the heap of the new task managers, if the heap is published.
pub fn confirm(
    policy: &Policy,
    proposal: Proposal,
    resource: &Resource,
    signals: &Signals,
    past: &Past,
    now: Timestamp,
) -> Decision {
    let Proposal { call, direction } = proposal;
    if past.paused.of(direction) {
        return Decision::Hold(Reason::Paused);
    }
    let to = match size(policy, call, resource, signals, past, now) {
        Ok((_, to)) => to,
        Err(reason) => return Decision::Hold(reason),
    };
    let held = match (direction, out_of_bounds(policy, resource)) {
        (Direction::Out, None) => misleading_load(policy, resource, signals, past, now),
        (Direction::In, None) if past.footprint.awaits_heap => Some(Reason::NoFreshData),
        (Direction::Out, Some(_)) | (Direction::In, _) => None,
    };
    held.map_or(Decision::Scale { from: resource.size(), to }, Decision::Hold)
}

/// The size that a call leads to, and the direction of that step.
fn size(
    policy: &Policy,
    call: Call,
    resource: &Resource,
    signals: &Signals,
    past: &Past,
    now: Timestamp,
) -> Result<(Direction, Size), Reason> {
    let from = resource.size().units;
    let direction_into_bounds = out_of_bounds(policy, resource);
    let called = call.direction(from);
    if direction_into_bounds.is_none() && call.is_overtaken(from) {
        return Err(Reason::ConcurrentModification);
    }
    let Some(direction) = direction_into_bounds.or(called) else {
        return Err(match call {
            Call::CapacityRequest { .. } => Reason::AtDesiredCapacity,
            Call::Alarm { .. } | Call::Bounds { .. } => Reason::WithinBounds,
        });
    };
    let asked = match call {
        _ if called != Some(direction) => None,
        Call::Alarm { .. } => Some(policy.sizing.required_size(direction, resource, signals, past.days)),
        Call::CapacityRequest { .. } if direction == Direction::In && call.has_backlog() => {
            Some(Err(Reason::CatchingUp))
        }
        Call::CapacityRequest { units, .. } => Some(Ok(units)),
        Call::Bounds { .. } => None,
    };
    let wanted = match (asked, direction_into_bounds) {
        (Some(Ok(wanted)), _) => policy.within_largest_step(from, wanted),
        (Some(Err(reason)), None) => return Err(reason),
        (Some(Err(_)) | None, _) => from,
    };
    // The budget limits a scale-out. It never takes units away: only an alarm or a request scales in.
    let bounds = match direction {
        Direction::Out => policy.affordable(past.spent, now),
        Direction::In => policy.bounds,
    };
    let within = policy.within_one_change(from, bounds.clamp(wanted));
    // The footprint limits a scale-in, and the maximum has priority. It never asks for more units: the smallest size that holds it is at most
    // the present one.
    let holding = match direction {
        Direction::Out => Units::ONE,
        Direction::In => past.footprint.smallest(from).min(bounds.maximum()),
    };
    let target = within.max(holding);
    if !direction.leads(from, target) {
        let is_over_budget = bounds.maximum() < policy.bounds.maximum();
        return Err(match direction {
            Direction::Out if is_over_budget => Reason::OverBudget,
            Direction::Out => Reason::AtMaximum,
            Direction::In if direction.leads(from, within) => Reason::DoesNotFit,
            Direction::In => Reason::AtMinimum,
        });
    }

    let most = match direction_into_bounds {
        Some(_) => policy.within_one_change(from, bounds.maximum()),
        None => bounds.maximum().min(policy.within_largest_step(from, bounds.maximum())),
    };
    let target = policy.preferred(direction, from, target, most);
    let sized = |limits: Limits| limits.size(direction, from, target, most, resource.parallelism_per_kpu);
    let to = sized(policy.limits);
    // The minimum takes precedence over the even share of the work, and not over the parallelism that the job can use. So does the footprint.
    let least = policy.bounds.minimum().max(holding);
    let to = if to.units < least { sized(Limits { partitions: None, ..policy.limits }) } else { to };
    // A job that cannot use the minimum moves as near to it as it can, and not away from it.
    let too_small = to.units < least && direction_into_bounds != Some(Direction::Out);
    if !direction.leads(from, to.units) || too_small {
        let fits = to.units >= holding;
        return Err(if fits { Reason::AtMaximumParallelism } else { Reason::DoesNotFit });
    }
    if !policy.has_a_change_left(direction, resource, to.units) {
        return Err(Reason::DailyLimit);
    }
    Ok((direction, to))
}

/// The direction into the bounds, if the size is out of them.
fn out_of_bounds(policy: &Policy, resource: &Resource) -> Option<Direction> {
    policy.bounds.direction_into_bounds(resource.size().units)
}

/// Whether a resource that is too large gets time to work off its backlog: since it is too large, or since it was changed.
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

/// The reason to hold a scale-out within the bounds, if the load that calls for it may mislead.
fn misleading_load(
    policy: &Policy,
    resource: &Resource,
    signals: &Signals,
    past: &Past,
    now: Timestamp,
) -> Option<Reason> {
    if past.takes_snapshot && !includes_lag(signals.breaches) {
        return Some(Reason::TakingSnapshot);
    }
    if !within(policy.ineffective_pause, past.scaled_out.map(|scaling| scaling.ended), now) {
        return None;
    }
    match effect(resource, past, now) {
        Effect::Something => None,
        Effect::Nothing => Some(Reason::Ineffective),
        Effect::NotYetKnown => Some(Reason::NoFreshData),
    }
}

/// Whether something has lasted for less than a pause.
fn within(pause: SignedDuration, since: Option<Timestamp>, now: Timestamp) -> bool {
    since.is_some_and(|since| now.duration_since(since) < pause)
}
