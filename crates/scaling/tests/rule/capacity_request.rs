//! A capacity request is a call like the others, and the same guards hold it.

use crate::world::{NOW, alike, bounds, decide, kpus, outcome, policy, running};
use jiff::SignedDuration;
use scaling::{Adjustment, Call, Direction, Past, PerDirection, Policy, Reason, Resource, Signals};

/// From 2 to 16 KPU. A capacity request does not use the adjustment.
fn two_to_sixteen() -> Policy {
    Policy { bounds: bounds(2, 16), ..policy(alike(Adjustment::By(kpus(1)))) }
}

fn answer(policy: &Policy, requested: u32, backlog: bool, resource: &Resource) -> Result<u32, Reason> {
    answer_after(policy, requested, backlog, resource, &Past::default())
}

fn answer_after(
    policy: &Policy,
    requested: u32,
    backlog: bool,
    resource: &Resource,
    past: &Past,
) -> Result<u32, Reason> {
    let units = kpus(requested);
    let direction = Direction::between(resource.size().units, units).unwrap_or(Direction::Out);
    let call = Call::CapacityRequest { direction, units, backlog };
    outcome(decide(policy, call, resource, &Signals::default(), past, NOW))
}

#[test]
fn a_request_is_followed_within_the_bounds_and_a_backlog_blocks_the_scale_in() {
    let rows = [
        // has, requested, backlog, answer
        (4, 12, false, Ok(12)),
        (4, 12, true, Ok(12)),
        (12, 4, false, Ok(4)),
        (12, 4, true, Err(Reason::CatchingUp)),
        (4, 4, false, Err(Reason::AtDesiredCapacity)),
        (4, 4, true, Err(Reason::AtDesiredCapacity)),
        (4, 99, false, Ok(16)),
        (16, 99, false, Err(Reason::AtMaximum)),
        (4, 1, false, Ok(2)),
        (2, 1, false, Err(Reason::AtMinimum)),
        // An application out of bounds returns, at the requested size if that is in the same direction.
        (1, 8, false, Ok(8)),
        (1, 1, false, Ok(2)),
        (20, 10, false, Ok(10)),
        (20, 10, true, Ok(16)),
        (20, 30, false, Ok(16)),
    ];
    for (has, requested, backlog, expected) in rows {
        let found = answer(&two_to_sixteen(), requested, backlog, &running(has, 1));
        assert_eq!(found, expected, "{has} KPU, {requested} requested, backlog: {backlog}");
    }
}

#[test]
fn the_guards_of_a_step_hold_a_request_as_well() {
    let minutes = |minutes| NOW - SignedDuration::from_mins(minutes);
    let four = running(4, 1);
    let policy = Policy {
        grace_period: PerDirection { out: SignedDuration::from_mins(5), r#in: SignedDuration::from_mins(10) },
        failure_pause: SignedDuration::from_mins(30),
        ..two_to_sixteen()
    };
    let rows = [
        (Resource { last_change: Some(minutes(4)), ..four }, 8, Err(Reason::CoolingDown)),
        (Resource { last_change: Some(minutes(6)), ..four }, 8, Ok(8)),
        (Resource { last_change: Some(minutes(6)), ..four }, 3, Err(Reason::CoolingDown)),
        (
            Resource { failed: PerDirection { out: Some(minutes(29)), r#in: None }, ..four },
            8,
            Err(Reason::AfterFailure),
        ),
    ];
    for (resource, requested, expected) in rows {
        assert_eq!(answer(&policy, requested, false, &resource), expected, "{resource:?}");
    }
    let none = Past::default();
    let rows = [
        (Past { takes_snapshot: true, ..none }, Reason::TakingSnapshot),
        (Past { paused: PerDirection { out: true, r#in: false }, ..none }, Reason::Paused),
    ];
    for (past, reason) in rows {
        assert_eq!(answer_after(&policy, 8, false, &four, &past), Err(reason), "{past:?}");
    }
    let largest = Policy { largest_step: Some(kpus(3)), ..two_to_sixteen() };
    assert_eq!(answer(&largest, 16, false, &four), Ok(7), "at most the largest step");
}

/// The request asked for more or for fewer units, and another change has passed the requested size since.
#[test]
fn a_request_that_another_change_has_passed_is_not_turned_around() {
    use Direction::{In, Out};
    let rows = [
        // found, has, requested, answer
        (Out, 12, 8, Err(Reason::ConcurrentModification)),
        (In, 4, 8, Err(Reason::ConcurrentModification)),
        (Out, 8, 8, Err(Reason::AtDesiredCapacity)),
        (In, 12, 8, Ok(8)),
        (Out, 20, 8, Ok(8)), // out of its bounds, it returns in any case
    ];
    for (direction, has, requested, expected) in rows {
        let call = Call::CapacityRequest { direction, units: kpus(requested), backlog: false };
        let found = outcome(decide(
            &two_to_sixteen(),
            call,
            &running(has, 1),
            &Signals::default(),
            &Past::default(),
            NOW,
        ));
        assert_eq!(found, expected, "{direction}, {has} KPU, {requested} requested");
    }
}
