//! Somebody wishes for a size: it is one more call, and passes what every other has to pass.

use crate::world::{NOW, alike, bounds, decide, kpus, outcome, policy, running};
use jiff::SignedDuration;
use scaling::{Adjustment, Call, Direction, Past, PerDirection, Policy, Reason, Resource, Scaling, Signals};

/// From 2 to 16 KPU, whatever the steps are.
fn two_to_sixteen() -> Policy {
    Policy { bounds: bounds(2, 16), ..policy(alike(Adjustment::By(kpus(1)))) }
}

fn answer(policy: &Policy, wish: u32, backlog: bool, resource: &Resource) -> Result<u32, Reason> {
    answer_after(policy, wish, backlog, resource, &Past::default())
}

fn answer_after(
    policy: &Policy,
    wish: u32,
    backlog: bool,
    resource: &Resource,
    past: &Past,
) -> Result<u32, Reason> {
    let units = kpus(wish);
    let direction = Direction::between(resource.size().units, units).unwrap_or(Direction::Out);
    let call = Call::CapacityRequest { direction, units, backlog };
    outcome(decide(policy, call, resource, &Signals::default(), past, NOW))
}

#[test]
fn it_is_followed_within_the_bounds_and_in_under_no_backlog() {
    let rows = [
        // has, wish, backlog, becomes
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
        // Out of its bounds it is led back, as far as is wished for if that leads the same way.
        (1, 8, false, Ok(8)),
        (1, 1, false, Ok(2)),
        (20, 10, false, Ok(10)),
        (20, 10, true, Ok(16)),
        (20, 30, false, Ok(16)),
    ];
    for (has, wish, backlog, expected) in rows {
        let found = answer(&two_to_sixteen(), wish, backlog, &running(has, 1));
        assert_eq!(found, expected, "{has} KPU, {wish} wished for, backlog: {backlog}");
    }
}

#[test]
fn what_holds_every_other_step_holds_it_as_well() {
    let minutes = |minutes| NOW - SignedDuration::from_mins(minutes);
    let lately = Scaling { since: None, began: minutes(9), ended: minutes(8), from: kpus(8), to: kpus(4) };
    let four = running(4, 1);
    let policy = Policy {
        grace_period: PerDirection { out: SignedDuration::from_mins(5), r#in: SignedDuration::from_mins(10) },
        failure_pause: SignedDuration::from_mins(30),
        reversal_window: SignedDuration::from_mins(20),
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
    for (resource, wish, expected) in rows {
        assert_eq!(answer(&policy, wish, false, &resource), expected, "{resource:?}");
    }
    let none = Past::default();
    let rows = [
        (Past { scaled: PerDirection { out: None, r#in: Some(lately) }, ..none }, Reason::Reversal),
        (Past { takes_snapshot: true, ..none }, Reason::TakingSnapshot),
        (Past { paused: PerDirection { out: true, r#in: false }, ..none }, Reason::Paused),
    ];
    for (past, reason) in rows {
        assert_eq!(answer_after(&policy, 8, false, &four, &past), Err(reason), "{past:?}");
    }
    let largest = Policy { largest_step: Some(kpus(3)), ..two_to_sixteen() };
    assert_eq!(answer(&largest, 16, false, &four), Ok(7), "no farther than the largest step");
}
