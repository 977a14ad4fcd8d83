//! The cooldown follows the duration of the updates, and a scale-in waits longer after many updates in a day.

use crate::world::{NOW, alike, decide, kpus, policy, running};
use jiff::SignedDuration;
use scaling::{
    Adjustment, Bounds, Call, Decision, Direction, Past, PerDirection, Policy, Reason, Resource, Signals,
    Unit,
};

use Direction::{In, Out};

const GRACE_MINUTES: i64 = 5;

/// The reason to hold a step at an alarm, after an update that took `update` minutes, as the last of `updates` on that day. `None` for a step.
fn held(policy: &Policy, call: Call, update: i64, updates: u32, minutes_ago: i64) -> Option<Reason> {
    let last_change = Some(NOW - SignedDuration::from_mins(minutes_ago));
    let resource = Resource { last_change, changes_of_the_day: updates, ..running(8, 1) };
    let signals = Signals { restart: Some(SignedDuration::from_mins(update)), ..Signals::default() };
    match decide(policy, call, &resource, &signals, &Past::default(), NOW) {
        Decision::Hold(reason) => Some(reason),
        Decision::Scale { .. } => None,
    }
}

/// A policy with a cooldown of five minutes in both directions.
fn resting() -> Policy {
    let grace = SignedDuration::from_mins(GRACE_MINUTES);
    let doubling = alike(Adjustment::Times("2".parse().unwrap()));
    Policy { grace_period: PerDirection { out: grace, r#in: grace }, ..policy(doubling) }
}

#[test]
fn an_alarm_waits_for_the_backlog_of_the_restart() {
    #[rustfmt::skip]
    let rows = [
        // update, alarm, minutes since the update, reason to hold
        (1,  Out, 4,  Some(Reason::CoolingDown)),
        (1,  Out, 5,  None),
        (1,  In,  5,  None),
        (2,  Out, 5,  None),
        (2,  In,  7,  Some(Reason::CatchingUp)),
        (2,  In,  8,  None),
        (10, Out, 4,  Some(Reason::CoolingDown)),
        (10, Out, 19, Some(Reason::CatchingUp)),
        (10, Out, 20, None),
        (10, In,  39, Some(Reason::CatchingUp)),
        (10, In,  40, None),
    ];
    for (update, direction, minutes_ago, expected) in rows {
        let found = held(&resting(), Call::Alarm { direction }, update, 1, minutes_ago);
        assert_eq!(found, expected, "{update} {direction} {minutes_ago}");
    }
}

#[test]
fn a_scale_in_waits_longer_after_each_update_of_the_day_and_a_scale_out_never_does() {
    #[rustfmt::skip]
    let rows = [
        // update, updates of the day, alarm, minutes since the last one, reason to hold
        (1,  3,   In,  5,   None),
        (1,  4,   In,  12,  Some(Reason::Stabilizing)),
        (1,  4,   In,  13,  None),
        (1,  6,   In,  76,  Some(Reason::Stabilizing)), // 8 minutes times the square of three
        (1,  6,   In,  77,  None),
        (10, 5,   In,  39,  Some(Reason::CatchingUp)),
        (10, 5,   In,  71,  Some(Reason::Stabilizing)),
        (10, 5,   In,  72,  None),
        (1,  8,   In,  204, Some(Reason::Stabilizing)),
        (1,  8,   In,  205, None),
        (1,  9,   In,  244, Some(Reason::Stabilizing)), // four hours at most
        (1,  u32::MAX, In, 244, Some(Reason::Stabilizing)),
        (1,  u32::MAX, In, 245, None),
        (1,  100, Out, 5,   None),
    ];
    for (update, updates, direction, minutes_ago, expected) in rows {
        let found = held(&resting(), Call::Alarm { direction }, update, updates, minutes_ago);
        assert_eq!(found, expected, "{update} {updates} {direction} {minutes_ago}");
    }
}

#[test]
fn bounds_and_capacity_requests_wait_for_the_grace_period_alone() {
    let too_large = Policy { bounds: Bounds::new(kpus(1), kpus(4)).unwrap(), ..resting() };
    let into_bounds = Call::Bounds { direction: In, backlog: false };
    let request = Call::CapacityRequest { direction: In, units: kpus(2), backlog: false };
    for (policy, call) in
        [(&too_large, into_bounds), (&too_large, Call::Alarm { direction: In }), (&resting(), request)]
    {
        assert_eq!(held(policy, call, 10, 100, 4), Some(Reason::CoolingDown), "{call:?}");
        assert_eq!(held(policy, call, 10, 100, 5), None, "{call:?}");
    }
}

#[test]
fn a_stream_processes_records_while_it_is_changed() {
    let stream = Policy { unit: Unit::Shard, largest: kpus(8), ..resting() };
    assert_eq!(held(&stream, Call::Alarm { direction: Out }, 10, 5, 5), None);
    assert_eq!(held(&stream, Call::Alarm { direction: In }, 10, 5, 5), None);
}
