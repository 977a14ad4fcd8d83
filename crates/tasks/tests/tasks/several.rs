//! Several alarms: any may scale out, all must agree to scale in, and a doubt holds.

use crate::check::request;
use crate::world::{NOW, World, ago, alarm, now, operation};
use jiff::SignedDuration;
use scaling::{Direction, Reason};
use serde_json::json;
use tasks::{
    AlarmState, CheckAnswer, CheckRequest, CheckVerdict, Comparison, DataPoint, OperationStatus, Source,
    TaskError, check,
};

/// What is known of an alarm: it is OK, it rings, it is in ALARM without fresh data, or it is in ALARM and no longer breaches.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Is {
    Ok,
    Rings,
    Unproven,
    Over,
}

const EACH: [Is; 4] = [Is::Ok, Is::Rings, Is::Unproven, Is::Over];

/// Two alarms for each direction, on an application that restarted ten minutes ago.
fn world(out: [Is; 2], r#in: [Is; 2]) -> World {
    let mut world = World::new();
    world.operations = vec![operation("UpdateApplication", OperationStatus::Successful, 720, Some(600))];
    world.alarms.push(named("memory-out", Comparison::GreaterThanThreshold, 80.0));
    world.alarms.push(named("memory-in", Comparison::LessThanOrEqualToThreshold, 20.0));
    let alarms = [("orders-out", out[0], 90.0), ("memory-out", out[1], 95.0)];
    for (name, is, breaching) in
        alarms.into_iter().chain([("orders-in", r#in[0], 10.0), ("memory-in", r#in[1], 15.0)])
    {
        let alarm = world.alarms.iter_mut().find(|alarm| alarm.name == name).unwrap();
        alarm.state = if is == Is::Ok { AlarmState::Ok } else { AlarmState::Alarm };
        let value = if is == Is::Rings { breaching } else { 50.0 };
        if is != Is::Unproven {
            world.points.push((name, DataPoint { start: ago(120), value }));
        }
    }
    world
}

fn named(name: &str, comparison: Comparison, threshold: f64) -> tasks::Alarm {
    let mut alarm = alarm(name, comparison, threshold);
    let Source::Metric { name, .. } = &mut alarm.queries[0].source else { unreachable!() };
    "containerMemoryUtilization".clone_into(name);
    alarm
}

fn several() -> CheckRequest {
    let mut request = request(json!({"poll": {"verdict": "Settled"}}));
    request.policy =
        request.policy.with([("MoreScaleOutAlarms", "memory-out"), ("MoreScaleInAlarms", "memory-in")]);
    request
}

fn answer(world: &World) -> CheckAnswer {
    now(check(&several(), world, world)).unwrap()
}

/// Every combination of two alarms for each direction. Written from the promise, not from the code.
#[test]
fn any_scales_out_all_scale_in_and_a_doubt_holds() {
    let pairs = || EACH.into_iter().flat_map(|one| EACH.map(|other| [one, other]));
    let mut seen = Vec::new();
    for (out, r#in) in pairs().flat_map(|out| pairs().map(move |r#in| (out, r#in))) {
        let silent = |is: &Is| matches!(is, Is::Ok | Is::Over);
        let expected = if out.contains(&Is::Rings) {
            (CheckVerdict::Breaching, Some(Direction::Out), out.iter().filter(|is| **is == Is::Rings).count())
        } else if out.contains(&Is::Unproven) {
            (CheckVerdict::RecheckLater, None, 0)
        } else if r#in.iter().any(silent) {
            (CheckVerdict::Quiet, None, 0)
        } else if r#in.contains(&Is::Unproven) {
            (CheckVerdict::RecheckLater, None, 0)
        } else {
            // What the alarms for out watch is known, and calm.
            (CheckVerdict::Breaching, Some(Direction::In), 2)
        };
        let answer = answer(&world(out, r#in));
        let is = (answer.verdict, answer.direction(), answer.breaches.len());
        assert_eq!(is, expected, "out {out:?}, in {in:?}: {}", answer.why, in = r#in);
        seen.push((answer.verdict, answer.direction()));
    }
    assert_eq!(seen.len(), 256);
    for direction in [Some(Direction::Out), Some(Direction::In)] {
        assert!(seen.contains(&(CheckVerdict::Breaching, direction)));
    }
    assert!(
        seen.contains(&(CheckVerdict::RecheckLater, None)) && seen.contains(&(CheckVerdict::Quiet, None))
    );
}

#[test]
fn what_rings_is_said_of_each() {
    let answer = answer(&world([Is::Rings, Is::Rings], [Is::Ok, Is::Ok]));
    assert_eq!(answer.why, "containerCPUUtilization is 90 > 80, and containerMemoryUtilization is 95 > 80");
    let additional: Vec<_> =
        answer.breaches.iter().map(|breach| (breach.value, breach.is_additional)).collect();
    assert_eq!(additional, [(90.0, false), (95.0, true)]);
}

/// One that was added and is gone keeps from scaling in, and the others go on.
#[test]
fn an_alarm_that_does_not_exist_is_named_with_its_parameter_and_stops_no_other() {
    let mut gone = world([Is::Ok, Is::Ok], [Is::Rings, Is::Rings]);
    gone.alarms.retain(|alarm| alarm.name != "memory-in");
    let held = answer(&gone);
    assert_eq!((held.verdict, held.reason), (CheckVerdict::RecheckLater, Some(Reason::NoFreshData)));
    assert_eq!(
        held.why,
        "failed to find the alarm 'memory-in': MoreScaleInAlarms names an alarm that does not exist; create it in the Region of this stack, or correct its name"
    );
    let mut gone = world([Is::Rings, Is::Ok], [Is::Ok, Is::Ok]);
    gone.alarms.retain(|alarm| alarm.name != "memory-out");
    assert_eq!(answer(&gone).direction(), Some(Direction::Out));
}

/// An alarm that is OK may have no data at all.
#[test]
fn nothing_is_scaled_in_while_another_metric_is_unknown_or_high() {
    for (memory, expected) in [
        (Some((120, 50.0)), (CheckVerdict::Breaching, Some(Direction::In))),
        (Some((120, 81.0)), (CheckVerdict::Quiet, None)), // high, if not for long enough
        (None, (CheckVerdict::RecheckLater, None)),
        (Some((660, 50.0)), (CheckVerdict::RecheckLater, None)), // from before the restart
    ] {
        for state in [AlarmState::Ok, AlarmState::InsufficientData] {
            let mut world = world([Is::Ok, Is::Ok], [Is::Rings, Is::Ok]);
            world.alarms.iter_mut().find(|alarm| alarm.name == "memory-out").unwrap().state = state;
            world.points.retain(|(name, _)| *name != "memory-out");
            world
                .points
                .extend(memory.map(|(age, value)| ("memory-out", DataPoint { start: ago(age), value })));
            let mut request = several();
            request.policy = request.policy.with([("MoreScaleInAlarms", "")]);
            let answer = now(check(&request, &world, &world)).unwrap();
            assert_eq!(
                (answer.verdict, answer.direction()),
                expected,
                "{memory:?} {state:?}: {}",
                answer.why
            );
            let told = answer.warning.unwrap_or_default().contains("'memory-out' has insufficient data");
            assert_eq!(told, state == AlarmState::InsufficientData);
        }
    }
}

/// Any alarm may have been changed in the console, and two that watch the same are compared.
#[test]
fn further_alarms_are_compared_with_those_that_watch_the_same() {
    let mut world = world([Is::Ok, Is::Ok], [Is::Ok, Is::Ok]);
    world.alarms.iter_mut().find(|alarm| alarm.name == "memory-in").unwrap().threshold = 60.0;
    let message = now(check(&several(), &world, &world)).unwrap_err().to_string();
    assert!(message.contains("ScaleInThreshold is 60, and dividing by a ScaleInFactor of 2"), "{message}");
}

/// Fast out, slow in: more is asked for by what is now, less by what the whole window allows.
#[test]
fn scaling_in_takes_the_mildest_breach_of_the_window_and_scaling_out_the_newest() {
    let mut world = world([Is::Ok, Is::Ok], [Is::Rings, Is::Rings]);
    world.points.retain(|(name, _)| name.ends_with("-out"));
    for (minutes, value) in [(2, 5.0), (3, 12.0), (4, 18.0), (5, 50.0), (6, 1.0), (8, 19.0)] {
        world
            .points
            .push(("orders-in", DataPoint { start: NOW - SignedDuration::from_mins(minutes), value }));
        world
            .points
            .push(("memory-in", DataPoint { start: NOW - SignedDuration::from_mins(minutes), value: 9.0 }));
    }
    // 50 is an outlier that the alarm tolerates; 19 is older than its five periods.
    let values = |answer: CheckAnswer| answer.breaches.iter().map(|breach| breach.value).collect::<Vec<_>>();
    assert_eq!(values(answer(&world)), [18.0, 9.0]);

    let mut world = self::world([Is::Rings, Is::Ok], [Is::Ok, Is::Ok]);
    world.points.push(("orders-out", DataPoint { start: ago(180), value: 85.0 }));
    assert_eq!(values(answer(&world)), [90.0]);
}

#[test]
fn a_target_is_refused_for_a_lag_and_between_the_wrong_thresholds() {
    for (change, refusal) in [
        (None, None),
        (Some(("TargetValue", "85")), Some("set TargetValue between the two thresholds")),
        (Some(("lag", "")), Some("a lag, which does not fall in proportion")),
        (Some(("zero", "")), Some("has the threshold 0; set it above 0")),
        (Some(("other", "")), Some("TargetValue cannot be of both")),
        (Some(("below", "")), Some("compares the wrong way")),
    ] {
        let mut world = world([Is::Ok, Is::Ok], [Is::Ok, Is::Ok]);
        let mut request = several();
        request.policy = request.policy.clone().with([("ScalingOperation", "Target")]);
        request.policy = request.policy.clone().with([("TargetValue", "60")]);
        let added = world.alarms.iter_mut().find(|alarm| alarm.name == "memory-out").unwrap();
        match change {
            Some(("TargetValue", value)) => {
                request.policy = request.policy.clone().with([("TargetValue", value)]);
            }
            Some(("zero", _)) => added.threshold = 0.0,
            Some(("below", _)) => added.comparison = Comparison::LessThanThreshold,
            Some(("other", _)) => {
                let own = world.alarms.iter_mut().find(|alarm| alarm.name == "orders-in").unwrap();
                let Source::Metric { name, .. } = &mut own.queries[0].source else { unreachable!() };
                "busyTimeMsPerSecond".clone_into(name);
            }
            Some(_) => {
                let Source::Metric { name, .. } = &mut added.queries[0].source else { unreachable!() };
                "SumOffsetLag".clone_into(name);
            }
            None => {}
        }
        match (refusal, now(check(&request, &world, &world))) {
            (None, Ok(_)) => {}
            (Some(part), Err(TaskError::Fatal(message))) => assert!(message.contains(part), "{message}"),
            (_, other) => panic!("{change:?}: {other:?}"),
        }
    }
}

/// A lag that rings says that the lag that is allowed is exceeded.
#[test]
fn a_breach_says_whether_it_is_of_a_lag() {
    let mut world = world([Is::Rings, Is::Rings], [Is::Ok, Is::Ok]);
    let Source::Metric { name, .. } = &mut world.alarms[0].queries[0].source else { unreachable!() };
    "millisBehindLatest".clone_into(name);
    let answer = answer(&world);
    assert_eq!(answer.breaches.iter().map(|breach| breach.is_lag).collect::<Vec<_>>(), [true, false]);
    assert_eq!(answer.reason, None::<Reason>);
}
