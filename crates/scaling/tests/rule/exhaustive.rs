//! The properties of the rule, tested on every case of a small world.

use crate::world::{NOW, alike, bounds, decide, kpus, limits, parallelism, policy, running};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use scaling::{
    Activity, Adjustment, Call, Decision, Direction, Limits, Parallelism, Past, PerDirection, Policy, Reason,
    Resource, Signals, Units,
};
use std::collections::BTreeMap;
use std::fmt;

/// The reasons that only the tasks or sizing by demand can give, and the reasons that need more than a size: see `guards.rs`.
const OF_OTHERS: [Reason; 11] = [
    Reason::NoFreshData,
    Reason::RestartLoop,
    Reason::Observing,
    Reason::NotCostEffective,
    Reason::AtDesiredCapacity,
    Reason::TakingSnapshot,
    Reason::Ineffective,
    Reason::OverBudget,
    // See `footprint.rs`.
    Reason::DoesNotFit,
    // See `cooldown.rs`.
    Reason::Stabilizing,
    // For a stream: see `shards.rs`.
    Reason::DailyLimit,
];

const GRACE_OUT: i64 = 300;
const GRACE_IN: i64 = 600;
const PAUSE_SECONDS: i64 = 1_800;
const WAIT_SECONDS: i64 = 1_200;

/// The largest parallelism that the job can use. The minimum has priority over the partitions.
fn most(policy: &Policy, resource: &Resource) -> Option<Parallelism> {
    let limits = policy.limits;
    let fills = |limit| Units::holding(limit, resource.parallelism_per_kpu) >= policy.bounds.minimum();
    let partitions = limits.partitions.filter(|limit| fills(*limit));
    Limits { partitions, ..limits }.most()
}

/// A policy with a cooldown, a failure pause and a backlog wait.
fn waiting(adjustment: Adjustment) -> Policy {
    Policy {
        grace_period: PerDirection {
            out: SignedDuration::from_secs(GRACE_OUT),
            r#in: SignedDuration::from_secs(GRACE_IN),
        },
        failure_pause: SignedDuration::from_secs(PAUSE_SECONDS),
        backlog_wait: SignedDuration::from_secs(WAIT_SECONDS),
        ..policy(alike(adjustment))
    }
}

/// The direction into its bounds, if it is out of them.
fn direction_into_bounds(policy: &Policy, resource: &Resource) -> Option<Direction> {
    let units = resource.size().units;
    if units < policy.bounds.minimum() {
        Some(Direction::Out)
    } else {
        (units > policy.bounds.maximum()).then_some(Direction::In)
    }
}

/// Whether the size was changed past the requested one after the request was found.
fn is_overtaken(call: Call, into_bounds: Option<Direction>, resource: &Resource) -> bool {
    let has = resource.size().units;
    let is_past =
        matches!(call, Call::CapacityRequest { direction, units, .. } if direction.leads(units, has));
    is_past && into_bounds.is_none() && resource.activity == Activity::Running
}

/// A requested size is never exceeded, and is reached unless the largest step limits it.
fn check_request(policy: &Policy, call: Call, from: Units, to: Units) {
    let Call::CapacityRequest { units, .. } = call else { return };
    let way = from.min(units)..=from.max(units);
    assert!(way.contains(&to), "a requested size is not exceeded: {policy:?} {call:?} {from:?} {to:?}");
    let is_far = to == policy.bounds.clamp(units);
    assert!(policy.largest_step.is_some() || is_far, "a request is followed: {policy:?} {call:?} {to:?}");
}

/// Whether a call states a backlog.
fn has_backlog(call: Call) -> bool {
    matches!(
        call,
        Call::Bounds { backlog: true, .. }
            | Call::CapacityRequest { backlog: true, .. }
            | Call::Alarm { direction: Direction::Out }
    )
}

/// The reason to hold if the call asks for no other size.
fn uncalled(call: Call, resource: &Resource) -> Reason {
    match resource.activity {
        Activity::Running if matches!(call, Call::CapacityRequest { .. }) => Reason::AtDesiredCapacity,
        Activity::Running => Reason::WithinBounds,
        Activity::Busy => Reason::Busy,
        Activity::Stopped => Reason::NotRunning,
    }
}

/// Checks the properties of an answer that hold in every case. Written from the documentation, not from the code.
fn check(policy: &Policy, call: Call, resource: &Resource, past: &Past) -> Decision {
    let decision = decide(policy, call, resource, &Signals::default(), past, NOW);
    let has = resource.size();
    let direction_into_bounds = direction_into_bounds(policy, resource);
    if is_overtaken(call, direction_into_bounds, resource) {
        assert_eq!(
            decision,
            Decision::Hold(Reason::ConcurrentModification),
            "another change has passed the requested size"
        );
        return decision;
    }
    let Some(direction) = direction_into_bounds.or(call.direction(has.units)) else {
        assert_eq!(decision, Decision::Hold(uncalled(call, resource)), "the call asks for no other size");
        return decision;
    };
    // Formatted lazily, because there are millions of cases.
    let case =
        fmt::from_fn(|text| write!(text, "{policy:?} {call:?} {resource:?} {past:?} gave {decision:?}"));
    let younger = |time: Option<Timestamp>, seconds| {
        time.is_some_and(|time| NOW.duration_since(time).as_secs() < seconds)
    };
    let grace = if direction == Direction::Out { GRACE_OUT } else { GRACE_IN };
    let cooling = younger(resource.last_change, grace);
    let failed = younger(resource.failed.of(direction), PAUSE_SECONDS);
    let backlog = has_backlog(call);
    let catches_up = direction_into_bounds == Some(Direction::In)
        && backlog
        && (younger(policy.too_large_since, WAIT_SECONDS) || younger(resource.last_change, WAIT_SECONDS));
    // A request for fewer units despite a backlog.
    let is_rash = direction == Direction::In && matches!(call, Call::CapacityRequest { backlog: true, .. });

    match decision {
        Decision::Scale { from, to } => {
            assert_eq!(resource.activity, Activity::Running, "only a running resource is scaled: {case}");
            assert!(!cooling, "a direction is blocked within its cooldown: {case}");
            assert!(!failed, "a direction is blocked after a failure: {case}");
            assert!(!catches_up, "a backlog is worked off first: {case}");
            assert!(
                !is_rash || direction_into_bounds.is_some(),
                "a backlog blocks a requested scale-in: {case}"
            );
            if direction_into_bounds.is_none() && most(policy, resource).is_none() {
                check_request(policy, call, from.units, to.units);
            }
            assert!(
                !policy.blocked && !past.paused.of(direction),
                "a blocked or paused direction holds: {case}"
            );
            assert_eq!(from, has, "{case}");
            assert!(to.units <= policy.bounds.maximum(), "never above the maximum: {case}");
            match direction {
                Direction::Out => assert!(to.parallelism > from.parallelism, "out means more: {case}"),
                Direction::In => assert!(to.parallelism < from.parallelism, "in means less: {case}"),
            }
            assert_ne!(to.units, from.units, "at least one KPU: {case}");
            let all_it_can = Some(to.parallelism) == policy.limits.max_parallelism
                && direction_into_bounds == Some(Direction::Out);
            assert!(to.units >= policy.bounds.minimum() || all_it_can, "never below the minimum: {case}");
            let whole = to.units.count() * resource.parallelism_per_kpu.count();
            if let Some(largest) = policy.largest_step {
                let step = from.units.count().abs_diff(to.units.count());
                let outside =
                    policy.bounds.clamp(from.units) != from.units || most(policy, resource).is_some();
                assert!(step <= largest.count() || outside, "a step is at most the largest: {case}");
            }
            match most(policy, resource) {
                Some(maximum) if to.parallelism == maximum => assert!(whole >= maximum.count(), "{case}"),
                Some(maximum) => assert!(to.parallelism < maximum, "never above the job's maximum: {case}"),
                None => assert_eq!(to.parallelism.count(), whole, "whole KPUs: {case}"),
            }
        }
        Decision::Hold(Reason::NotRunning) => assert_eq!(resource.activity, Activity::Stopped, "{case}"),
        Decision::Hold(Reason::Busy) => assert_eq!(resource.activity, Activity::Busy, "{case}"),
        Decision::Hold(Reason::AtMaximum) => assert_eq!(has.units, policy.bounds.maximum(), "{case}"),
        Decision::Hold(Reason::AtMinimum) => assert_eq!(has.units, policy.bounds.minimum(), "{case}"),
        Decision::Hold(Reason::CatchingUp) => assert!(catches_up || is_rash, "{case}"),
        Decision::Hold(Reason::BlockedWindow) => assert!(policy.blocked, "{case}"),
        Decision::Hold(Reason::Paused) => assert!(past.paused.of(direction), "{case}"),
        Decision::Hold(Reason::AtMaximumParallelism) => {
            // The job's maximum is below the minimum, or not a KPU above the present size.
            let usable = |maximum| Units::holding(maximum, resource.parallelism_per_kpu);
            assert!(
                most(policy, resource).map(usable).is_some_and(|usable| match direction {
                    Direction::Out => usable <= has.units,
                    Direction::In => usable < policy.bounds.minimum(),
                }),
                "{case}"
            );
        }
        Decision::Hold(Reason::AfterFailure) => assert!(failed, "{case}"),
        Decision::Hold(Reason::CoolingDown) => assert!(cooling, "{case}"),
        Decision::Hold(reason) => {
            assert!(OF_OTHERS.contains(&reason));
            panic!("a step cannot give the reason {reason:?}: {case}")
        }
    }
    decision
}

/// The seconds since an event of each direction.
type Ago = (Option<i64>, Option<i64>);

/// The seconds since the end of the last change, and since the last failures.
type Times = (Option<i64>, Ago, Clock);

/// The seconds since the bounds moved, whether a window blocks, and which directions are paused.
type Clock = (Option<i64>, bool, (bool, bool));

const CALLS: [Call; 4] = [
    Call::Alarm { direction: Direction::Out },
    Call::Alarm { direction: Direction::In },
    Call::Bounds { direction: Direction::In, backlog: false },
    Call::Bounds { direction: Direction::In, backlog: true },
];

/// Requests for three sizes, found in either direction. They are tried with the first and the last adjustment only, because they do not
/// use it.
fn requests() -> impl Iterator<Item = Call> {
    let sizes = [1, 4, 9].map(kpus).into_iter();
    let found = [(Direction::Out, true), (Direction::In, false), (Direction::In, true)];
    sizes.flat_map(move |units| {
        found.map(|(direction, backlog)| Call::CapacityRequest { direction, units, backlog })
    })
}

const STILL: Clock = (None, false, (false, false));

const NEVER: Ago = (None, None);

const TIMES: [Times; 14] = [
    (None, NEVER, STILL),
    (Some(0), NEVER, STILL),
    (Some(GRACE_OUT - 1), NEVER, STILL),
    (Some(GRACE_OUT), NEVER, STILL),
    (Some(GRACE_IN), NEVER, STILL),
    (Some(GRACE_IN), (Some(PAUSE_SECONDS - 1), None), STILL),
    (Some(GRACE_IN), (None, Some(PAUSE_SECONDS - 1)), STILL),
    (Some(0), (Some(0), Some(0)), STILL),
    (None, (Some(PAUSE_SECONDS), Some(PAUSE_SECONDS)), STILL),
    (None, NEVER, (Some(WAIT_SECONDS - 1), false, (false, false))),
    (Some(WAIT_SECONDS), NEVER, (Some(WAIT_SECONDS), false, (false, false))),
    (None, NEVER, (None, true, (false, false))),
    (None, NEVER, (None, false, (true, false))),
    (None, NEVER, (None, false, (false, true))),
];

fn called_by(call: Call) -> &'static str {
    match call {
        Call::Alarm { .. } => "alarm",
        Call::CapacityRequest { .. } => "request",
        Call::Bounds { .. } => "bounds",
    }
}

#[test]
fn every_case_of_a_small_world() {
    let adjustments = ["1.001", "1.1", "1.5", "2", "3"]
        .map(|factor| (Adjustment::Times(factor.parse().unwrap()), None))
        .into_iter()
        .chain([1, 2, 5].map(|step| (Adjustment::By(kpus(step)), None)))
        .chain([(Adjustment::By(kpus(5)), Units::new(2))]);
    let mut answers: BTreeMap<(&str, Result<Direction, Reason>), u32> = BTreeMap::new();
    let mut cases = 0;
    for (index, (adjustment, largest_step)) in adjustments.enumerate() {
        let requested: Vec<Call> = requests().filter(|_| index == 0 || index == 8).collect();
        for (minimum, maximum) in
            (1..=7).flat_map(|minimum| (minimum..=7).map(move |maximum| (minimum, maximum)))
        {
            for limits in
                [(None, None), (Some(1), None), (None, Some(3)), (Some(6), None), (Some(12), Some(9))]
            {
                let policy = Policy {
                    bounds: bounds(minimum, maximum),
                    largest_step,
                    limits: Limits {
                        max_parallelism: limits.0.map(parallelism),
                        partitions: limits.1.map(parallelism),
                        quota: None,
                    },
                    ..waiting(adjustment)
                };
                for (count, per_kpu) in
                    (1..=18).flat_map(|count| (1..=4).map(move |per_kpu| (count, per_kpu)))
                {
                    for activity in [Activity::Running, Activity::Busy, Activity::Stopped] {
                        let ago = |seconds| NOW - SignedDuration::from_secs(seconds);
                        for (seconds_ago, failed, (moved, blocked, paused)) in TIMES {
                            let policy =
                                Policy { too_large_since: moved.map(ago), blocked, ..policy.clone() };
                            let resource = Resource {
                                activity,
                                last_change: seconds_ago.map(ago),
                                failed: PerDirection { out: failed.0.map(ago), r#in: failed.1.map(ago) },
                                ..running(count, per_kpu)
                            };
                            let past = Past {
                                paused: PerDirection { out: paused.0, r#in: paused.1 },
                                ..Past::default()
                            };
                            for call in CALLS.iter().chain(&requested).copied() {
                                let answer = match check(&policy, call, &resource, &past) {
                                    Decision::Scale { from, to } if to.units > from.units => {
                                        Ok(Direction::Out)
                                    }
                                    Decision::Scale { .. } => Ok(Direction::In),
                                    Decision::Hold(reason) => Err(reason),
                                };
                                *answers.entry((called_by(call), answer)).or_default() += 1;
                                cases += 1;
                            }
                        }
                    }
                }
            }
        }
    }
    assert_eq!(cases, 28 * 5 * 72 * 3 * 14 * (9 * 4 + 2 * 9));
    // Each "always" above has its "sometimes": each answer occurred, and each direction for every kind of call.
    let seen = |answer| ["alarm", "request", "bounds"].map(|by| answers.contains_key(&(by, answer)));
    assert!(
        seen(Err(Reason::AtDesiredCapacity)).contains(&true),
        "a request for the present size never occurred"
    );
    for reason in Reason::ALL.into_iter().filter(|reason| !OF_OTHERS.contains(reason)) {
        assert!(seen(Err(reason)).contains(&true), "{reason:?} never occurred");
    }
    for direction in [Direction::Out, Direction::In] {
        assert_eq!(seen(Ok(direction)), [true; 3], "{direction:?}: {answers:?}");
    }
}

/// A lasting alarm leads to the bound in fewer than 20 steps, and the size stays there.
#[test]
fn a_lasting_alarm_reaches_the_bound() {
    for factor in ["1.001", "1.3", "2"] {
        for (start, direction, end) in [(1, Direction::Out, 20), (20, Direction::In, 1)] {
            let adjustment = Adjustment::Times(factor.parse().unwrap());
            let policy = Policy { bounds: bounds(1, 20), ..policy(alike(adjustment)) };
            let mut resource = running(start, 1);
            let mut steps = 0;
            while let Decision::Scale { to, .. } =
                check(&policy, Call::Alarm { direction }, &resource, &Past::default())
            {
                resource.parallelism = to.parallelism;
                steps += 1;
                assert!(steps < 20, "x{factor} {direction} does not end");
            }
            assert_eq!(resource.parallelism.count(), end, "x{factor} {direction}");
        }
    }
}

proptest! {
    /// The same properties for sizes up to the range of MSF's 32-bit parallelism.
    #[test]
    fn any_case_of_a_large_world(
        ends in (1..=1_u32 << 28, 1..=1_u32 << 28),
        thousandths in 1_001..=1_000_000_u32,
        step in 1..=u32::MAX,
        times in any::<bool>(),
        count in 1..=u32::MAX,
        per_kpu in 1..=8_u32,
        max_parallelism in proptest::option::of(1..=u32::MAX),
        call in prop_oneof![
            prop::sample::select(CALLS.to_vec()),
            (1..=u32::MAX, any::<bool>(), prop::sample::select(vec![Direction::Out, Direction::In])).prop_map(|(units, backlog, direction)| {
                Call::CapacityRequest { direction, units: kpus(units), backlog }
            }),
        ],
        seconds_ago in proptest::option::of(-1_000_000..1_000_000_i64),
        failed_seconds_ago in proptest::option::of(-1_000_000..1_000_000_i64),
    ) {
        let factor = format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000);
        let adjustment =
            if times { Adjustment::Times(factor.parse().unwrap()) } else { Adjustment::By(kpus(step)) };
        let policy = Policy {
            bounds: bounds(ends.0.min(ends.1), ends.0.max(ends.1)),
            limits: limits(max_parallelism),
            ..waiting(adjustment)
        };
        let ago = |seconds| NOW - SignedDuration::from_secs(seconds);
        let resource = Resource {
            last_change: seconds_ago.map(ago),
            failed: PerDirection { out: failed_seconds_ago.map(ago), r#in: None },
            ..running(count, per_kpu)
        };
        let _ = check(&policy, call, &resource, &Past::default());
    }

    /// Beyond that range there is still an answer.
    #[test]
    fn the_largest_numbers_there_are(
        count in u32::MAX - 2..=u32::MAX,
        per_kpu in prop_oneof![1..=3_u32, Just(u32::MAX)],
        factor in prop_oneof![Just("1.001"), Just("1000")],
        out in any::<bool>(),
    ) {
        let adjustment = Adjustment::Times(factor.parse().unwrap());
        let policy = Policy { bounds: bounds(1, u32::MAX), ..policy(alike(adjustment)) };
        let resource = running(count, per_kpu);
        let direction = if out { Direction::Out } else { Direction::In };
        if let Decision::Scale { from, to } = decide(&policy, Call::Alarm { direction }, &resource, &Signals::default(), &Past::default(), NOW) {
            prop_assert!(direction.leads(from.parallelism, to.parallelism));
        }
    }
}
