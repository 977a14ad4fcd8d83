//! Capacity requests by people and by Application Auto Scaling, as `check` and `scale` follow them.

use crate::clock::{checked, measured, of, rings, scaled, with};
use crate::world::{World, ago, operation};
use scaling::{Call, Direction, Parallelism, Reason, Units};
use serde_json::{Value, json};
use tasks::{
    CheckVerdict, Mode, OperationStatus, Policy, PolicyText, ResourceStatus, ScaleVerdict, TaskError,
};

fn beside() -> PolicyText {
    with(&[("ApplicationAutoScaling", "off")])
}

fn only() -> PolicyText {
    with(&[("ApplicationAutoScaling", "on")])
}

fn wish(units: u32) -> Value {
    json!({"desiredCapacity": units})
}

/// What both answer to a wish, as a size or a reason.
fn answer(world: &World, units: u32) -> Result<u32, Reason> {
    let checked = checked(world, &only(), &wish(units));
    assert_eq!(checked.verdict, CheckVerdict::CapacityRequested, "{}", checked.why);
    let answer = scaled(world, &checked).unwrap();
    answer.update.map(|update| update.to.unwrap().units.count()).ok_or_else(|| answer.reason.unwrap())
}

#[test]
fn a_wish_is_followed_as_far_as_the_bounds_go() {
    let found = checked(&of(4), &only(), &json!({"desiredCapacity": 9.0}));
    assert_eq!((found.verdict, found.direction()), (CheckVerdict::CapacityRequested, Some(Direction::Out)));
    let units = Units::new(9).unwrap();
    let call = Call::CapacityRequest { direction: Direction::Out, units, backlog: true };
    assert_eq!(found.call, Some(call), "who requests more has more to do");
    assert_eq!(found.why, "9 KPU are requested, and it has 4");
    let answered = scaled(&of(4), &found).unwrap();
    assert_eq!(answered.verdict, ScaleVerdict::Scaling);
    assert_eq!(answered.why, "scaling out from 4 KPU to 9 KPU, because 9 KPU are requested, and it has 4");
    assert_eq!(answer(&of(4), 99), Ok(10), "MaxKpu");
    assert_eq!(answer(&of(10), 99), Err(Reason::AtMaximum));
    assert_eq!(checked(&of(4), &only(), &wish(4)).verdict, CheckVerdict::Quiet);
}

/// The run has made its step, and whoever wishes, wishes again.
#[test]
fn a_wish_is_one_step() {
    let mut run = wish(9);
    run["poll"] = json!({"verdict": "Settled"});
    let found = checked(&of(6), &only(), &run);
    assert_eq!(
        (found.verdict, found.why.as_str()),
        (CheckVerdict::Quiet, "the one step of the capacity request is made")
    );
}

#[test]
fn it_is_moved_in_only_where_nothing_waits_and_that_is_known() {
    assert_eq!(answer(&of(8), 4), Err(Reason::CatchingUp), "nothing is known");
    let mut calm = of(8);
    measured(&mut calm, "orders-out", 30.0);
    assert_eq!(answer(&calm, 4), Ok(4));
    let mut high = of(8);
    measured(&mut high, "orders-out", 95.0);
    assert_eq!(answer(&high, 4), Err(Reason::CatchingUp), "whatever state the alarm is in");
    let found = checked(&high, &only(), &wish(4));
    assert!(found.why.starts_with("4 KPU are requested, and it has 8; "), "{}", found.why);
    let mut lately = of(8);
    measured(&mut lately, "orders-out", 30.0);
    lately.operations = vec![operation("UpdateApplication", OperationStatus::Successful, 200, Some(100))];
    assert_eq!(answer(&lately, 4), Err(Reason::CatchingUp), "it was measured before the restart");
}

#[test]
fn where_another_decides_the_alarms_call_for_nothing_and_the_bounds_still_do() {
    let mut world = of(4);
    rings(&mut world, "orders-out", 95.0);
    let found = checked(&world, &only(), &json!({}));
    assert_eq!(found.verdict, CheckVerdict::Quiet);
    assert!(found.why.contains("ApplicationAutoScaling is on"), "{}", found.why);
    assert_eq!(checked(&world, &beside(), &json!({})).verdict, CheckVerdict::Breaching);
    let mut low = of(4);
    rings(&mut low, "orders-in", 5.0);
    measured(&mut low, "orders-out", 5.0);
    assert_eq!(checked(&low, &only(), &json!({})).verdict, CheckVerdict::Quiet);
    for (kpus, direction) in [(12, Direction::In), (1, Direction::Out)] {
        let bounds = with(&[("ApplicationAutoScaling", "on"), ("MinKpu", "2")]);
        let mut world = of(kpus);
        rings(&mut world, "orders-out", 95.0);
        let found = checked(&world, &bounds, &json!({}));
        assert_eq!((found.verdict, found.direction()), (CheckVerdict::OutOfBounds, Some(direction)));
    }
}

/// Bounds that lie the other way go before a wish; one that leads back into them, and farther, is followed.
#[test]
fn a_wish_and_bounds() {
    let bounds = with(&[("ApplicationAutoScaling", "on"), ("MinKpu", "5")]);
    let verdict = |kpus, units| checked(&of(kpus), &bounds, &wish(units)).verdict;
    assert_eq!(
        [verdict(12, 11), verdict(4, 3), verdict(4, 8)],
        [CheckVerdict::CapacityRequested, CheckVerdict::OutOfBounds, CheckVerdict::CapacityRequested]
    );
    assert_eq!([verdict(12, 12), verdict(12, 20)], [CheckVerdict::OutOfBounds; 2]);
}

#[test]
fn beside_the_alarms_a_wish_goes_first() {
    let mut world = of(4);
    rings(&mut world, "orders-in", 5.0);
    measured(&mut world, "orders-out", 5.0);
    assert_eq!(checked(&world, &beside(), &wish(8)).verdict, CheckVerdict::CapacityRequested);
}

/// Somebody else has taken it past what is wished for. That asks for the other way now, for which nothing was looked at.
#[test]
fn a_wish_that_has_become_one_the_other_way_is_left() {
    let found = checked(&of(4), &only(), &wish(6));
    let answered = scaled(&of(8), &found).unwrap();
    assert_eq!(
        (answered.reason, answered.verdict),
        (Some(Reason::ConcurrentModification), ScaleVerdict::Hold)
    );
    assert_eq!(scaled(&of(6), &found).unwrap().reason, Some(Reason::AtDesiredCapacity));
    assert_eq!(scaled(&of(5), &found).unwrap().verdict, ScaleVerdict::Scaling);
}

#[test]
fn what_holds_every_step_holds_a_wish() {
    let mut lately = of(4);
    lately.operations = vec![operation("UpdateApplication", OperationStatus::Successful, 200, Some(100))];
    assert_eq!(answer(&lately, 8), Err(Reason::CoolingDown));
    let mut paused = of(4);
    paused.tag = Ok(Some("all".to_owned()));
    assert_eq!(answer(&paused, 8), Err(Reason::Paused));
    let mut busy = of(4);
    busy.description.status = ResourceStatus::Changing("UPDATING".to_owned());
    assert_eq!(answer(&busy, 8), Err(Reason::Busy));
    let off = with(&[("ApplicationAutoScaling", "on"), ("Mode", "off")]);
    assert_eq!(Policy::parse(&off).unwrap().mode, Mode::Off);
    assert_eq!(checked(&of(4), &off, &wish(8)).verdict, CheckVerdict::Quiet);
}

/// What rings for more goes with a wish for more: what lifts a guard for an alarm lifts it for the wish.
#[test]
fn a_wish_for_more_carries_what_rings() {
    assert_eq!(checked(&of(4), &only(), &wish(8)).breaches, []);
    let mut world = of(4);
    rings(&mut world, "orders-out", 95.0);
    let [breach] = checked(&world, &only(), &wish(8)).breaches[..] else { panic!("one alarm rings") };
    assert!((breach.value, breach.threshold) == (95.0, 80.0) && !breach.is_lag);
    measured(&mut world, "orders-out", 30.0);
    assert_eq!(checked(&world, &only(), &wish(2)).breaches, [], "not with one for less");
}

#[test]
fn a_requested_capacity_that_is_no_size_is_refused() {
    for (value, shown) in
        [(json!(0), "0"), (json!(2.5), "2.5"), (json!("8"), "\"8\""), (json!(10_001), "10001")]
    {
        let run = serde_json::from_value::<tasks::Run>(json!({"desiredCapacity": value})).unwrap();
        let expected = format!(
            "failed to read the run: desiredCapacity takes a whole number from 1 to 10000, not {shown}"
        );
        assert_eq!(run.requested_capacity(), Err(TaskError::Fatal(expected)));
    }
    let wrong = Policy::parse(&with(&[("ApplicationAutoScaling", "yes")])).unwrap_err();
    assert!(wrong.to_string().contains("ApplicationAutoScaling takes on or off, not 'yes'"));
}

#[test]
fn the_largest_wish_is_still_a_size() {
    let mut world = of(4);
    world.description.parallelism_per_kpu = Parallelism::new(4).unwrap();
    world.points.push(("orders-out", tasks::DataPoint { start: ago(120), value: 5.0 }));
    assert_eq!(answer(&world, 10_000), Ok(10));
}
