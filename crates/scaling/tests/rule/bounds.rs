//! An application out of its bounds, which move with the clock and under people's hands.

use crate::world::{NOW, alike, bounds, decide, kpus, limits, outcome, policy, running};
use jiff::SignedDuration;
use scaling::{Adjustment, Call, Direction, Past, PerDirection, Policy, Reason, Resource, Signals};

const MOVED: Call = Call::Bounds { direction: Direction::In, backlog: false };
const BEHIND: Call = Call::Bounds { direction: Direction::In, backlog: true };

/// From 8 to 16 KPU, in steps of two.
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
fn it_is_led_back_to_the_nearest_bound() {
    let rows = [
        (5, MOVED, Ok(8)),
        (8, MOVED, Err(Reason::WithinBounds)),
        (16, BEHIND, Err(Reason::WithinBounds)),
        (20, MOVED, Ok(16)),
        // An alarm that leads the same way and farther is followed at once, one that leads the other way is not.
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
fn no_largest_step_and_no_reversal_window_keeps_it_out() {
    let policy = Policy {
        largest_step: Some(kpus(1)),
        reversal_window: SignedDuration::from_hours(1),
        ..eight_to_sixteen()
    };
    let lately = scaling::Scaling { since: None, began: NOW, ended: NOW, from: kpus(1), to: kpus(2) };
    let scaled = PerDirection { out: Some(lately), r#in: Some(lately) };
    for (has, expected) in [(2, 8), (30, 16)] {
        let past = Past { scaled, takes_snapshot: true, ..Past::default() };
        assert_eq!(answer_after(&policy, MOVED, &running(has, 1), &past), Ok(expected), "{has} KPU");
    }
}

#[test]
fn a_job_that_cannot_use_the_smallest_size_is_led_as_near_as_it_can() {
    let policy = Policy { limits: limits(Some(6)), ..eight_to_sixteen() };
    assert_eq!(answer(&policy, MOVED, &running(4, 1)), Ok(6));
    assert_eq!(answer(&policy, MOVED, &running(6, 1)), Err(Reason::AtMaximumParallelism));
    assert_eq!(
        answer(&policy, MOVED, &running(20, 1)),
        Err(Reason::AtMaximumParallelism),
        "not from above to below"
    );
}

#[test]
fn a_backlog_is_worked_off_first_for_a_time() {
    let minutes = |count| NOW - SignedDuration::from_mins(count);
    let rows = [
        // bounds moved, changed, call, answer
        (Some(29), None, BEHIND, Err(Reason::CatchingUp)),
        (Some(30), None, BEHIND, Ok(16)),
        (Some(29), None, MOVED, Ok(16)),
        // Somebody has just made it so large.
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
        // On the way out there is nothing to wait for.
        let small = Resource { last_change: changed.map(minutes), ..running(5, 1) };
        assert_eq!(answer(&policy, call, &small), Ok(8), "{moved:?} {changed:?} {call:?}");
    }
}

/// A window's minimum holds for some hours, and money is kept for the smallest size of all.
#[test]
fn a_budget_keeps_money_for_the_smallest_size_and_not_for_that_of_a_window() {
    let dollars = 1_000.0;
    let budget = scaling::Budget { dollars, dollars_per_kpu_hour: 0.11 };
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
    assert_eq!(decided(&of(bounds(20, 32)), 22), Ok(30), "as without a window");
    // The window's own minimum is never vetoed.
    let spent = Policy { budget: Some(scaling::Budget { dollars: 1.0, ..budget }), ..of(bounds(20, 32)) };
    assert_eq!(decided(&spent, 5), Ok(20));
    assert_eq!(decided(&spent, 22), Err(Reason::OverBudget));
}

#[test]
fn what_is_blocked_or_paused_stays_where_it_is() {
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
