//! Capacity requests of operators and of Application Auto Scaling, as `check` and `scale` follow them.

use crate::clock::{checked, scaled, with};
use crate::world::{IN, OUT, World};
use scaling::{Call, Direction, Reason, Units};
use serde_json::{Value, json};
use tasks::{CheckVerdict, Mode, Policy, PolicyText, ResourceStatus, ScaleVerdict, TaskError};

fn alarms_and_requests() -> PolicyText {
    with(&[("ApplicationAutoScaling", "off")])
}

fn requests_only() -> PolicyText {
    with(&[("ApplicationAutoScaling", "on")])
}

fn request(units: u32) -> Value {
    json!({"desiredCapacity": units})
}

/// Returns the answer of `check` and `scale` to a capacity request: the new size, or the reason of the hold.
fn answer(world: &World, units: u32) -> Result<u32, Reason> {
    let checked = checked(world, &requests_only(), &request(units));
    assert_eq!(checked.verdict, CheckVerdict::CapacityRequested, "{}", checked.why);
    let answer = scaled(world, &checked).unwrap();
    answer.update.map(|update| update.to.unwrap().units.count()).ok_or_else(|| answer.reason.unwrap())
}

#[test]
fn a_request_is_followed_within_the_bounds() {
    let found = checked(&World::running(4), &requests_only(), &json!({"desiredCapacity": 9.0}));
    assert_eq!((found.verdict, found.direction()), (CheckVerdict::CapacityRequested, Some(Direction::Out)));
    let units = Units::new(9).unwrap();
    let call = Call::CapacityRequest { direction: Direction::Out, units, backlog: true };
    assert_eq!(found.call, Some(call), "a scale-out request implies a backlog");
    assert_eq!(found.why, "9 KPU are requested, and it has 4");
    let answered = scaled(&World::running(4), &found).unwrap();
    assert_eq!(answered.verdict, ScaleVerdict::Scaling);
    assert_eq!(answered.why, "scaling out from 4 KPU to 9 KPU, because 9 KPU are requested, and it has 4");
    assert_eq!(answer(&World::running(4), 99), Ok(10), "MaxKpu");
    assert_eq!(answer(&World::running(10), 99), Err(Reason::AtMaximum));
    assert_eq!(checked(&World::running(4), &requests_only(), &request(4)).verdict, CheckVerdict::Quiet);
}

/// A run makes at most one step. The caller repeats the request if needed.
#[test]
fn a_request_makes_one_step() {
    let mut run = request(9);
    run["poll"] = json!({"verdict": "Settled"});
    let found = checked(&World::running(6), &requests_only(), &run);
    assert_eq!(
        (found.verdict, found.why.as_str()),
        (CheckVerdict::Quiet, "the one step of the capacity request is made")
    );
}

#[test]
fn a_request_scales_in_only_without_a_backlog() {
    assert_eq!(answer(&World::running(8), 4), Err(Reason::CatchingUp), "no data");
    let idle = World::running(8).showing(OUT, 30.0);
    assert_eq!(answer(&idle, 4), Ok(4));
    let high = World::running(8).showing(OUT, 95.0);
    assert_eq!(answer(&high, 4), Err(Reason::CatchingUp), "in any state of the alarm");
    let found = checked(&high, &requests_only(), &request(4));
    assert!(found.why.starts_with("4 KPU are requested, and it has 8; "), "{}", found.why);
    let cooling = World::running(8).restarted(100).showing(OUT, 30.0);
    assert_eq!(answer(&cooling, 4), Err(Reason::CatchingUp), "the data point is older than the restart");
}

#[test]
fn alarms_are_ignored_and_bounds_apply_with_requests_only() {
    let world = World::running(4).breaching(OUT, 95.0);
    let found = checked(&world, &requests_only(), &json!({}));
    assert_eq!(found.verdict, CheckVerdict::Quiet);
    assert!(found.why.contains("ApplicationAutoScaling is on"), "{}", found.why);
    assert_eq!(checked(&world, &alarms_and_requests(), &json!({})).verdict, CheckVerdict::Breaching);
    let low = World::running(4).breaching(IN, 5.0).showing(OUT, 5.0);
    assert_eq!(checked(&low, &requests_only(), &json!({})).verdict, CheckVerdict::Quiet);
    for (kpus, direction) in [(12, Direction::In), (1, Direction::Out)] {
        let bounds = with(&[("ApplicationAutoScaling", "on"), ("MinKpu", "2")]);
        let world = World::running(kpus).breaching(OUT, 95.0);
        let found = checked(&world, &bounds, &json!({}));
        assert_eq!((found.verdict, found.direction()), (CheckVerdict::OutOfBounds, Some(direction)));
    }
}

/// Bounds in the opposite direction take precedence over a request. A request that leads into the bounds, or beyond, is followed.
#[test]
fn a_request_that_leads_into_the_bounds_takes_precedence_over_them() {
    let bounds = with(&[("ApplicationAutoScaling", "on"), ("MinKpu", "5")]);
    let verdict = |kpus, units| checked(&World::running(kpus), &bounds, &request(units)).verdict;
    assert_eq!(
        [verdict(12, 11), verdict(4, 3), verdict(4, 8)],
        [CheckVerdict::CapacityRequested, CheckVerdict::OutOfBounds, CheckVerdict::CapacityRequested]
    );
    assert_eq!([verdict(12, 12), verdict(12, 20)], [CheckVerdict::OutOfBounds; 2]);
}

#[test]
fn a_request_takes_precedence_over_the_alarms() {
    let world = World::running(4).breaching(IN, 5.0).showing(OUT, 5.0);
    assert_eq!(checked(&world, &alarms_and_requests(), &request(8)).verdict, CheckVerdict::CapacityRequested);
}

/// Another writer has scaled past the requested capacity, so the request now needs the opposite direction. `check` has not evaluated
/// that direction.
#[test]
fn a_request_that_changed_its_direction_is_dropped() {
    let found = checked(&World::running(4), &requests_only(), &request(6));
    let answered = scaled(&World::running(8), &found).unwrap();
    assert_eq!(
        (answered.reason, answered.verdict),
        (Some(Reason::ConcurrentModification), ScaleVerdict::Hold)
    );
    assert_eq!(scaled(&World::running(6), &found).unwrap().reason, Some(Reason::AtDesiredCapacity));
    assert_eq!(scaled(&World::running(5), &found).unwrap().verdict, ScaleVerdict::Scaling);
}

#[test]
fn a_request_respects_cooldown_pause_update_and_mode() {
    assert_eq!(answer(&World::running(4).restarted(100), 8), Err(Reason::CoolingDown));
    assert_eq!(answer(&World::running(4).paused("all"), 8), Err(Reason::Paused));
    let busy = World::running(4).is(ResourceStatus::Changing("UPDATING".to_owned()));
    assert_eq!(answer(&busy, 8), Err(Reason::Busy));
    let off = with(&[("ApplicationAutoScaling", "on"), ("Mode", "off")]);
    assert_eq!(Policy::parse(&off).unwrap().mode, Mode::Off);
    assert_eq!(checked(&World::running(4), &off, &request(8)).verdict, CheckVerdict::Quiet);
}

/// The breaches of the scale-out alarms are part of a scale-out request, so a guard that exempts an alarm also exempts the request.
#[test]
fn a_scale_out_request_carries_the_breaches() {
    assert_eq!(checked(&World::running(4), &requests_only(), &request(8)).breaches, []);
    let world = World::running(4).breaching(OUT, 95.0);
    let [breach] = checked(&world, &requests_only(), &request(8)).breaches[..] else {
        panic!("one alarm breaches")
    };
    assert!((breach.value, breach.threshold) == (95.0, 80.0) && !breach.is_lag);
    let world = world.showing(OUT, 30.0);
    assert_eq!(
        checked(&world, &requests_only(), &request(2)).breaches,
        [],
        "a scale-in request carries none"
    );
}

#[test]
fn an_invalid_capacity_is_rejected() {
    for (value, shown) in
        [(json!(0), "0"), (json!(2.5), "2.5"), (json!("8"), "\"8\""), (json!(10_001), "10001")]
    {
        let run = serde_json::from_value::<tasks::Run>(json!({"desiredCapacity": value})).unwrap();
        let expected = format!(
            "failed to read the run: desiredCapacity is {shown}; set it to a whole number from 1 to 10000"
        );
        assert_eq!(run.requested_capacity(), Err(TaskError::Fatal(expected)));
    }
    let wrong = Policy::parse(&with(&[("ApplicationAutoScaling", "yes")])).unwrap_err();
    assert!(wrong.to_string().contains("ApplicationAutoScaling is 'yes'; set it to on or off"));
}

#[test]
fn the_largest_request_is_limited_to_the_maximum() {
    let world = World::running(4).with_subtasks_per_kpu(4).showing(OUT, 5.0);
    assert_eq!(answer(&world, 10_000), Ok(10));
}
