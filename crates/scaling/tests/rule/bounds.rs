//! An application out of its bounds, because a window opened or a user changed its size.

use crate::world::{NOW, alike, bounds, decide, kpus, limits, outcome, policy, running};
use jiff::SignedDuration;
use scaling::{Adjustment, Call, Direction, Past, PerDirection, Policy, Reason, Resource, Signals};

const MOVED: Call = Call::Bounds { direction: Direction::In, backlog: false };
const BEHIND: Call = Call::Bounds { direction: Direction::In, backlog: true };

/// From 8 to 16 KPU, in steps of two KPU.
fn eight_to_sixteen() -> Policy {
    Policy { bounds: bounds(8, 16), ..policy(alike(Adjustment::By(kpus(2)))) }
}

fn answer(policy: &Policy, call: Call, resource: &Resource) -> Result<u32, Reason> {
    answer_after(policy, call, resource, &Past::default())
}

fn answer_after(policy: &Policy, call: Call, resource: &Resource, past: &Past) -> Result<u32, Reason> {
    outcome(decide(policy, call, resource, &Signals::default(), past, NOW))
}

#[test]
fn an_application_out_of_bounds_is_scaled_to_the_nearest_bound() {
    let rows = [
        (5, MOVED, Ok(8)),
        (8, MOVED, Err(Reason::WithinBounds)),
        (16, BEHIND, Err(Reason::WithinBounds)),
        (20, MOVED, Ok(16)),
        // An alarm in the same direction is followed if its size is farther. An alarm in the other direction is not.
        (7, Call::Alarm { direction: Direction::Out }, Ok(9)),
        (5, Call::Alarm { direction: Direction::Out }, Ok(8)),
        (5, Call::Alarm { direction: Direction::In }, Ok(8)),
        (17, Call::Alarm { direction: Direction::In }, Ok(15)),
        (20, Call::Alarm { direction: Direction::Out }, Ok(16)),
    ];
    for (has, call, expected) in rows {
        assert_eq!(answer(&eight_to_sixteen(), call, &running(has, 1)), expected, "{has} KPU, {call:?}");
    }
}

#[test]
fn the_largest_step_and_a_snapshot_do_not_delay_the_way_into_bounds() {
    let policy = Policy { largest_step: Some(kpus(1)), ..eight_to_sixteen() };
    for (has, expected) in [(2, 8), (30, 16)] {
        let past = Past { takes_snapshot: true, ..Past::default() };
        assert_eq!(answer_after(&policy, MOVED, &running(has, 1), &past), Ok(expected), "{has} KPU");
    }
}

#[test]
fn a_job_with_a_maximum_parallelism_below_the_minimum_gets_its_maximum() {
    let policy = Policy { limits: limits(Some(6)), ..eight_to_sixteen() };
    assert_eq!(answer(&policy, MOVED, &running(4, 1)), Ok(6));
    assert_eq!(answer(&policy, MOVED, &running(6, 1)), Err(Reason::AtMaximumParallelism));
    assert_eq!(
        answer(&policy, MOVED, &running(20, 1)),
        Err(Reason::AtMaximumParallelism),
        "from above the bounds, it does not go below the minimum"
    );
}

#[test]
fn a_backlog_delays_the_scale_in_into_bounds() {
    let minutes = |count| NOW - SignedDuration::from_mins(count);
    let rows = [
        // bounds moved, changed, call, answer
        (Some(29), None, BEHIND, Err(Reason::CatchingUp)),
        (Some(30), None, BEHIND, Ok(16)),
        (Some(29), None, MOVED, Ok(16)),
        // The user has just raised the size above the maximum.
        (Some(600), Some(29), BEHIND, Err(Reason::CatchingUp)),
        (Some(600), Some(30), BEHIND, Ok(16)),
        (None, None, BEHIND, Ok(16)),
        (Some(29), None, Call::Alarm { direction: Direction::Out }, Err(Reason::CatchingUp)),
        (Some(29), None, Call::Alarm { direction: Direction::In }, Ok(16)),
    ];
    for (moved, changed, call, expected) in rows {
        let policy = Policy {
            too_large_since: moved.map(minutes),
            backlog_wait: SignedDuration::from_mins(30),
            ..eight_to_sixteen()
        };
        let resource = Resource { last_change: changed.map(minutes), ..running(20, 1) };
        assert_eq!(answer(&policy, call, &resource), expected, "{moved:?} {changed:?} {call:?}");
        // A scale-out into the bounds does not wait.
        let small = Resource { last_change: changed.map(minutes), ..running(5, 1) };
        assert_eq!(answer(&policy, call, &small), Ok(8), "{moved:?} {changed:?} {call:?}");
    }
}

/// The minimum of a window applies for some hours. The budget reserves money only for the smallest minimum of all.
#[test]
fn a_budget_reserves_money_for_the_smallest_size_and_not_for_a_windows_minimum() {
    let dollars = 1_000.0;
    let budget = scaling::Budget { dollars, dollars_per_kpu_hour: 0.11, state_gigabytes: 0.0 };
    let of = |bounds| Policy { bounds, budget: Some(budget), ..policy(alike(Adjustment::By(kpus(8)))) };
    let now = "2026-01-05T01:00:00Z".parse().unwrap();
    let decided = |policy: &Policy, has| {
        outcome(decide(
            policy,
            Call::Alarm { direction: Direction::Out },
            &running(has, 1),
            &Signals::default(),
            &Past::default(),
            now,
        ))
    };
    assert_eq!(decided(&of(bounds(1, 32)), 22), Ok(30));
    assert_eq!(decided(&of(bounds(20, 32)), 22), Ok(30), "the same as without a window");
    // The budget never vetoes the window's minimum.
    let spent = Policy { budget: Some(scaling::Budget { dollars: 1.0, ..budget }), ..of(bounds(20, 32)) };
    assert_eq!(decided(&spent, 5), Ok(20));
    assert_eq!(decided(&spent, 22), Err(Reason::OverBudget));
}

#[test]
fn a_blocked_window_and_a_pause_also_hold_out_of_bounds() {
    let blocked = Policy { blocked: true, ..eight_to_sixteen() };
    assert_eq!(answer(&blocked, MOVED, &running(5, 1)), Err(Reason::BlockedWindow));
    assert_eq!(
        answer(&blocked, Call::Alarm { direction: Direction::Out }, &running(10, 1)),
        Err(Reason::BlockedWindow)
    );
    assert_eq!(
        answer(&blocked, Call::Alarm { direction: Direction::Out }, &running(16, 1)),
        Err(Reason::AtMaximum)
    );
    let paused_in = PerDirection { out: false, r#in: true };
    for (has, call, expected) in [
        (20, MOVED, Err(Reason::Paused)),
        (5, MOVED, Ok(8)),
        (10, Call::Alarm { direction: Direction::In }, Err(Reason::Paused)),
        (10, Call::Alarm { direction: Direction::Out }, Ok(12)),
    ] {
        let past = Past { paused: paused_in, ..Past::default() };
        assert_eq!(
            answer_after(&eight_to_sixteen(), call, &running(has, 1), &past),
            expected,
            "{has} KPU, {call:?}"
        );
    }
}
