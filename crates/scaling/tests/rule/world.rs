//! Shared helpers of the tests of the rule.

use jiff::{SignedDuration, Timestamp};
use scaling::{
    Activity, Adjustment, Bounds, Call, Decision, Limits, Parallelism, Past, PerDirection, Policy, Reason,
    Resource, Signals, Sizing, Unit, Units, confirm, propose,
};

pub(crate) const NOW: Timestamp = Timestamp::constant(1_000_000, 0);

pub(crate) fn kpus(count: u32) -> Units {
    Units::new(count).unwrap()
}

pub(crate) fn parallelism(count: u32) -> Parallelism {
    Parallelism::new(count).unwrap()
}

pub(crate) fn bounds(minimum: u32, maximum: u32) -> Bounds {
    Bounds::new(kpus(minimum), kpus(maximum)).unwrap()
}

/// The same adjustment for scale-out and scale-in.
pub(crate) fn alike(adjustment: Adjustment) -> Sizing {
    Sizing::Factor { out: adjustment, r#in: adjustment }
}

/// Limits with a maximum parallelism and without partitions.
pub(crate) fn limits(max_parallelism: Option<u32>) -> Limits {
    Limits { max_parallelism: max_parallelism.map(parallelism), partitions: None, quota: None }
}

/// A policy from 1 to 32 KPU without a cooldown, a pause or a limit.
pub(crate) fn policy(sizing: Sizing) -> Policy {
    Policy {
        unit: Unit::Kpu,
        bounds: bounds(1, 32),
        smallest: kpus(1),
        largest: kpus(32),
        too_large_since: None,
        blocked: false,
        backlog_wait: SignedDuration::ZERO,
        sizing,
        largest_step: None,
        grace_period: PerDirection { out: SignedDuration::ZERO, r#in: SignedDuration::ZERO },
        ineffective_pause: SignedDuration::ZERO,
        budget: None,
        failure_pause: SignedDuration::ZERO,
        limits: Limits::default(),
    }
}

/// A running application without a past.
pub(crate) fn running(count: u32, per_kpu: u32) -> Resource {
    Resource {
        changes_of_the_day: 0,
        activity: Activity::Running,
        parallelism: parallelism(count),
        parallelism_per_kpu: parallelism(per_kpu),
        last_change: None,
        failed: PerDirection::default(),
    }
}

/// The whole rule: a proposal, and its confirmation by the past.
pub(crate) fn decide(
    policy: &Policy,
    call: Call,
    resource: &Resource,
    signals: &Signals,
    past: &Past,
    now: Timestamp,
) -> Decision {
    match propose(policy, call, resource, signals, now) {
        Ok(proposal) => confirm(policy, proposal, resource, signals, past, now),
        Err(reason) => Decision::Hold(reason),
    }
}

/// The new parallelism, or the reason to hold.
pub(crate) fn outcome(decision: Decision) -> Result<u32, Reason> {
    match decision {
        Decision::Scale { to, .. } => Ok(to.parallelism.count()),
        Decision::Hold(reason) => Err(reason),
    }
}
