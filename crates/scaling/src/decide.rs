//! The rule.

use crate::effect::{Effect, effect};
use crate::{Activity, Application, Decision, Direction, Kpus, Limits, Policy, Reason, Signals};
use jiff::Timestamp;

/// Decides what to do with `application` at `now`, when an alarm for `direction` rings.
///
/// 1. An application that is stopped or being changed is left alone.
/// 2. The wish is what the policy's sizing makes of the size and of the signals, the target is the wish within the largest step
///    and the bounds, and only a target in the ringing direction is followed.
/// 3. The parallelism fills the target's KPUs, or those of the next size that shares the work evenly, but never exceeds what the
///    job can use. If that leaves no KPU to move, or less than the bounds allow, nothing moves: a restart has its price.
/// 4. Nothing moves in a direction within the failure pause after an update that way has failed.
/// 5. Nothing moves in a direction within its grace period after the last change.
/// 6. Nothing moves back within the reversal window, unless a lag rings: then the lag that is allowed is exceeded already.
/// 7. Nothing moves out while a snapshot is being taken, unless a lag rings: that looks like load and is none. Nor does it for a
///    while after a step out that has brought nothing.
///
/// What lasts is found before the grace period, so that an application at its bound is never waited for. One that is
/// busy is not waited for either: whoever changes it follows it, and the heartbeat looks again.
pub fn decide(
    policy: &Policy,
    direction: Direction,
    application: &Application,
    signals: &Signals,
    now: Timestamp,
) -> Decision {
    match application.activity {
        Activity::Stopped => return Decision::Hold(Reason::NotRunning),
        Activity::Busy => return Decision::Hold(Reason::Busy),
        Activity::Running => {}
    }

    let from = application.size();
    let wish = match policy.sizing.wish(direction, application, signals) {
        Ok(wish) => wish,
        Err(reason) => return Decision::Hold(reason),
    };
    // What has become too dear is not added; it is not taken away either, for a step in goes as far as its alarm asks.
    let bounds = match direction {
        Direction::Out => policy.affordable(signals.spent, now),
        Direction::In => policy.bounds,
    };
    let target = bounds.clamp(policy.within_largest_step(from.kpus, wish));
    if !direction.leads(from.kpus, target) {
        let is_dear = bounds.maximum() < policy.bounds.maximum();
        return Decision::Hold(if is_dear {
            Reason::OverBudget
        } else {
            bound(direction, from.kpus, target)
        });
    }

    let most = bounds.maximum().min(policy.within_largest_step(from.kpus, bounds.maximum()));
    let sized =
        |limits: Limits| limits.size(direction, from.kpus, target, most, application.parallelism_per_kpu);
    let to = sized(policy.limits);
    // The smallest size that is wanted goes before a preference, and not before what the job can do.
    let to = if to.kpus < policy.bounds.minimum() {
        sized(Limits { partitions: None, ..policy.limits })
    } else {
        to
    };
    if !direction.leads(from.kpus, to.kpus) || to.kpus < policy.bounds.minimum() {
        return Decision::Hold(Reason::AtMaximumParallelism);
    }

    let within =
        |pause, since: Option<Timestamp>| since.is_some_and(|since| now.duration_since(since) < pause);
    if within(policy.failure_pause, application.failed.of(direction)) {
        return Decision::Hold(Reason::AfterFailure);
    }
    if within(policy.grace_period.of(direction), application.last_change) {
        return Decision::Hold(Reason::CoolingDown);
    }
    let is_late = direction == Direction::Out && signals.breaches.iter().any(|breach| breach.is_lag);
    let ended = |direction| application.scaled.of(direction).map(|scaling| scaling.ended);
    if !is_late && within(policy.reversal_window, ended(direction.other())) {
        return Decision::Hold(Reason::Reversal);
    }
    if direction == Direction::Out {
        if !is_late && application.takes_snapshot {
            return Decision::Hold(Reason::TakingSnapshot);
        }
        if within(policy.ineffective_pause, ended(direction)) {
            match effect(application, signals, now) {
                Effect::Something => {}
                Effect::Nothing => return Decision::Hold(Reason::Ineffective),
                Effect::NotYetKnown => return Decision::Hold(Reason::NoFreshData),
            }
        }
    }

    Decision::Scale { from, to }
}

/// Which bound it was that kept a step from leading in its direction.
fn bound(direction: Direction, kpus: Kpus, target: Kpus) -> Reason {
    match (direction, kpus == target) {
        (Direction::Out, true) => Reason::AtMaximum,
        (Direction::Out, false) => Reason::AboveMaximum,
        (Direction::In, true) => Reason::AtMinimum,
        (Direction::In, false) => Reason::BelowMinimum,
    }
}
