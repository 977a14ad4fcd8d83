//! The rule.

use crate::{Activity, Application, Decision, Direction, Kpus, Parallelism, Policy, Reason, Signals, Size};
use jiff::Timestamp;

/// Decides what to do with `application` at `now`, when an alarm for `direction` rings.
///
/// 1. An application that is stopped or being changed is left alone.
/// 2. The wish is what the policy's sizing makes of the size and of the signals, the target is the wish within the bounds,
///    and only a target in the ringing direction is followed.
/// 3. The parallelism fills the target's KPUs, but never exceeds the job's own maximum. If that leaves no KPU to move,
///    or less than the bounds allow, nothing moves: a restart has its price.
/// 4. Nothing moves in a direction within the failure pause after an update that way has failed.
/// 5. Nothing moves within the grace period after the last change.
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
    let target = policy.bounds.clamp(wish);
    if !direction.leads(from.kpus, target) {
        return Decision::Hold(bound(direction, from.kpus, target));
    }

    let to = size(policy, target, application.parallelism_per_kpu);
    if !direction.leads(from.kpus, to.kpus) || to.kpus < policy.bounds.minimum() {
        return Decision::Hold(Reason::AtMaximumParallelism);
    }

    let within =
        |pause, since: Option<Timestamp>| since.is_some_and(|since| now.duration_since(since) < pause);
    if within(policy.failure_pause, application.failed.of(direction)) {
        return Decision::Hold(Reason::AfterFailure);
    }
    if within(policy.grace_period, application.last_change) {
        return Decision::Hold(Reason::CoolingDown);
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

/// The size that fills `kpus`, or the part of it that the job can use.
fn size(policy: &Policy, kpus: Kpus, per_kpu: Parallelism) -> Size {
    let filled = Parallelism::filling(kpus, per_kpu);
    let parallelism = policy.max_parallelism.map_or(filled, |maximum| filled.min(maximum));
    Size { kpus: Kpus::holding(parallelism, per_kpu), parallelism }
}
