//! Several alarms: one alarm scales out, all alarms must agree to scale in, and an unconfirmed alarm holds.

use crate::check::request;
use crate::world::{IN, OUT, Watch, World, alarm, now};
use scaling::{Direction, Reason};
use serde_json::json;
use tasks::{AlarmState, CheckAnswer, CheckRequest, CheckVerdict, Comparison, Source, TaskError, check};

const MEMORY_OUT: &str = "memory-out";
const MEMORY_IN: &str = "memory-in";

/// The condition of an alarm: OK, breaching, in ALARM without fresh data, or in ALARM with a value that no longer breaches.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Condition {
    Ok,
    Breaching,
    Unconfirmed,
    Cleared,
}

const CONDITIONS: [Condition; 4] =
    [Condition::Ok, Condition::Breaching, Condition::Unconfirmed, Condition::Cleared];

/// Returns an application that restarted ten minutes ago, with two alarms for each direction.
fn world(out: [Condition; 2], r#in: [Condition; 2]) -> World {
    let world = World::new()
        .restarted(600)
        .with_alarm(alarm(MEMORY_OUT, Comparison::GreaterThanThreshold, 80.0))
        .watching(MEMORY_OUT, "containerMemoryUtilization")
        .with_alarm(alarm(MEMORY_IN, Comparison::LessThanOrEqualToThreshold, 20.0))
        .watching(MEMORY_IN, "containerMemoryUtilization");
    let alarms =
        [(OUT, out[0], 90.0), (MEMORY_OUT, out[1], 95.0), (IN, r#in[0], 10.0), (MEMORY_IN, r#in[1], 15.0)];
    alarms.into_iter().fold(world, |world, (name, condition, breaching)| match condition {
        Condition::Ok => world.showing(name, 50.0),
        Condition::Breaching => world.breaching(name, breaching),
        Condition::Unconfirmed => world.in_alarm(name),
        Condition::Cleared => world.breaching(name, 50.0),
    })
}

fn request_with_more_alarms() -> CheckRequest {
    let mut request = request(json!({"poll": {"verdict": "Settled"}}));
    request.policy =
        request.policy.with([("MoreScaleOutAlarms", "memory-out"), ("MoreScaleInAlarms", "memory-in")]);
    request
}

fn answer(world: &World) -> CheckAnswer {
    now(check(&request_with_more_alarms(), world, world)).unwrap()
}

/// Enumerates every combination of two alarms for each direction. The expectation follows the specification and not the code.
#[test]
fn one_alarm_scales_out_all_alarms_scale_in_and_an_unconfirmed_alarm_holds() {
    let pairs = || CONDITIONS.into_iter().flat_map(|one| CONDITIONS.map(|other| [one, other]));
    let mut seen = Vec::new();
    for (out, r#in) in pairs().flat_map(|out| pairs().map(move |r#in| (out, r#in))) {
        let not_breaching = |condition: &Condition| matches!(condition, Condition::Ok | Condition::Cleared);
        let expected = if out.contains(&Condition::Breaching) {
            (
                CheckVerdict::Breaching,
                Some(Direction::Out),
                out.iter().filter(|condition| **condition == Condition::Breaching).count(),
            )
        } else if out.contains(&Condition::Unconfirmed) {
            (CheckVerdict::RecheckLater, None, 0)
        } else if r#in.iter().any(not_breaching) {
            (CheckVerdict::Quiet, None, 0)
        } else if r#in.contains(&Condition::Unconfirmed) {
            (CheckVerdict::RecheckLater, None, 0)
        } else {
            // The metrics of the scale-out alarms are known and below their thresholds.
            (CheckVerdict::Breaching, Some(Direction::In), 2)
        };
        let answer = answer(&world(out, r#in));
        let actual = (answer.verdict, answer.direction(), answer.breaches.len());
        assert_eq!(actual, expected, "out {out:?}, in {in:?}: {}", answer.why, in = r#in);
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
fn every_breach_is_named() {
    let answer = answer(&world([Condition::Breaching, Condition::Breaching], [Condition::Ok, Condition::Ok]));
    assert_eq!(answer.why, "containerCPUUtilization is 90 > 80, and containerMemoryUtilization is 95 > 80");
    let additional: Vec<_> =
        answer.breaches.iter().map(|breach| (breach.value, breach.is_additional)).collect();
    assert_eq!(additional, [(90.0, false), (95.0, true)]);
}

/// A deleted additional alarm stops scale-in. The remaining alarms still scale out.
#[test]
fn a_missing_alarm_is_named_with_its_parameter_and_does_not_block_scale_out() {
    let all_in = world([Condition::Ok, Condition::Ok], [Condition::Breaching, Condition::Breaching]);
    let held = answer(&all_in.without_alarm(MEMORY_IN));
    assert_eq!((held.verdict, held.reason), (CheckVerdict::RecheckLater, Some(Reason::NoFreshData)));
    assert_eq!(
        held.why,
        "failed to find the alarm 'memory-in': MoreScaleInAlarms names an alarm that was not found; create it in the Region of this stack, or correct its name; a composite alarm or a log alarm is never found: name the metric alarms below it, or an alarm on a metric filter of its logs"
    );
    let one_out = world([Condition::Breaching, Condition::Ok], [Condition::Ok, Condition::Ok]);
    assert_eq!(answer(&one_out.without_alarm(MEMORY_OUT)).direction(), Some(Direction::Out));
}

/// An alarm can be OK without any data.
#[test]
fn an_unknown_or_high_metric_blocks_scale_in() {
    for (memory, expected) in [
        (Some((120, 50.0)), (CheckVerdict::Breaching, Some(Direction::In))),
        (Some((120, 81.0)), (CheckVerdict::Quiet, None)), // high, but not for the whole evaluation window
        (None, (CheckVerdict::RecheckLater, None)),
        (Some((660, 50.0)), (CheckVerdict::RecheckLater, None)), // from before the restart
    ] {
        for state in [AlarmState::Ok, AlarmState::InsufficientData] {
            let world = world([Condition::Ok, Condition::Ok], [Condition::Breaching, Condition::Ok])
                .with_state(MEMORY_OUT, state)
                .without_data(MEMORY_OUT);
            let world =
                memory.into_iter().fold(world, |world, (age, value)| world.measured(MEMORY_OUT, age, value));
            let mut request = request_with_more_alarms();
            request.policy = request.policy.with([("MoreScaleInAlarms", "")]);
            let answer = now(check(&request, &world, &world)).unwrap();
            assert_eq!(
                (answer.verdict, answer.direction()),
                expected,
                "{memory:?} {state:?}: {}",
                answer.why
            );
            let has_warning =
                answer.warning.unwrap_or_default().contains("'memory-out' has insufficient data");
            assert_eq!(has_warning, state == AlarmState::InsufficientData);
        }
    }
}

#[test]
fn the_warning_about_an_alarm_without_data_names_its_unit() {
    for (asked, remedy) in [
        (None, "'memory-out' has insufficient data; check the name and the dimensions of its metric"),
        (
            Some("Seconds"),
            "'memory-out' has insufficient data, and reads only data points with the Unit Seconds; remove Unit",
        ),
    ] {
        let mut world = world([Condition::Ok, Condition::Ok], [Condition::Ok, Condition::Ok]);
        let alarm = world.alarm(MEMORY_OUT);
        alarm.state = AlarmState::InsufficientData;
        let Source::Metric { unit, .. } = &mut alarm.queries[0].source else { unreachable!() };
        *unit = asked.map(str::to_owned);
        assert!(answer(&world).warning.unwrap().contains(remedy));
    }
}

/// An operator can change any alarm in the console, so alarms on the same metric are compared.
#[test]
fn additional_alarms_are_compared_with_alarms_on_the_same_metric() {
    let mut world = world([Condition::Ok, Condition::Ok], [Condition::Ok, Condition::Ok]);
    world.alarm(MEMORY_IN).threshold = 60.0;
    let message = now(check(&request_with_more_alarms(), &world, &world)).unwrap_err().to_string();
    assert!(message.contains("ScaleInThreshold is 60, and dividing by a ScaleInFactor of 2"), "{message}");
}

/// Scale-out follows the newest value. Scale-in follows the mildest value of the whole window.
#[test]
fn scale_in_uses_the_mildest_breach_of_the_window_and_scale_out_the_newest() {
    let mut all_in = world([Condition::Ok, Condition::Ok], [Condition::Breaching, Condition::Breaching])
        .without_data(IN)
        .without_data(MEMORY_IN);
    for (minutes, value) in [(2, 5.0), (3, 12.0), (4, 18.0), (5, 50.0), (6, 1.0), (8, 19.0)] {
        all_in = all_in.measured(IN, 60 * minutes, value).measured(MEMORY_IN, 60 * minutes, 9.0);
    }
    // The alarm tolerates the outlier of 50. The value 19 is older than its five periods.
    let values = |answer: CheckAnswer| answer.breaches.iter().map(|breach| breach.value).collect::<Vec<_>>();
    assert_eq!(values(answer(&all_in)), [18.0, 9.0]);

    let out = world([Condition::Breaching, Condition::Ok], [Condition::Ok, Condition::Ok]);
    assert_eq!(values(answer(&out.measured(OUT, 180, 85.0))), [90.0]);
}

#[test]
fn a_target_is_rejected_for_a_lag_and_outside_the_thresholds() {
    for (change, refusal) in [
        (None, None),
        (Some(("TargetValue", "85")), Some("set TargetValue between the two thresholds")),
        (Some(("lag", "")), Some("a lag, which does not fall in proportion")),
        (Some(("zero", "")), Some("has the threshold 0; set it above 0")),
        (Some(("other", "")), Some("TargetValue cannot be of both")),
        (Some(("below", "")), Some("compares the wrong way")),
    ] {
        let mut world = world([Condition::Ok, Condition::Ok], [Condition::Ok, Condition::Ok]);
        let mut request = request_with_more_alarms();
        request.policy = request.policy.clone().with([("ScalingOperation", "Target")]);
        request.policy = request.policy.clone().with([("TargetValue", "60")]);
        match change {
            Some(("TargetValue", value)) => {
                request.policy = request.policy.clone().with([("TargetValue", value)]);
            }
            Some(("zero", _)) => world.alarm(MEMORY_OUT).threshold = 0.0,
            Some(("below", _)) => world.alarm(MEMORY_OUT).comparison = Comparison::LessThanThreshold,
            Some(("other", _)) => world.alarm(IN).watch("busyTimeMsPerSecond"),
            Some(_) => world.alarm(MEMORY_OUT).watch("SumOffsetLag"),
            None => {}
        }
        match (refusal, now(check(&request, &world, &world))) {
            (None, Ok(_)) => {}
            (Some(part), Err(TaskError::Fatal(message))) => assert!(message.contains(part), "{message}"),
            (_, other) => panic!("{change:?}: {other:?}"),
        }
    }
}

/// A breach on a lag means that the application violates its lag objective.
#[test]
fn a_breach_states_whether_it_concerns_a_lag() {
    let both_out = world([Condition::Breaching, Condition::Breaching], [Condition::Ok, Condition::Ok]);
    let answer = answer(&both_out.watching(OUT, "millisBehindLatest"));
    assert_eq!(answer.breaches.iter().map(|breach| breach.is_lag).collect::<Vec<_>>(), [true, false]);
    assert_eq!(answer.reason, None::<Reason>);
}
