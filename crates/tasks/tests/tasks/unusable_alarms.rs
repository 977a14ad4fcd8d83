//! Alarms that cannot be used: each kind is named with its remedy, the others go on scaling out, and nothing scales in.

use crate::check::request;
use crate::world::{IN, OUT, World, alarm, now};
use scaling::{Direction, Reason};
use serde_json::json;
use tasks::{AlarmState, CheckAnswer, CheckVerdict, Comparison, TaskError, UnusableKind, check};

/// Both alarms of the stack in ALARM or OK, with data that confirms it, and a user alarm of this kind.
fn world(kind: UnusableKind, name: &str, out: AlarmState) -> World {
    let high = if out == AlarmState::Alarm { 95.0 } else { 50.0 };
    World::new().with_state(OUT, out).showing(OUT, high).breaching(IN, 10.0).with_unusable(name, kind)
}

fn answer(world: &World, parameters: &[(&str, &str)]) -> Result<CheckAnswer, TaskError> {
    let mut request = request(json!({}));
    request.policy = request.policy.with(parameters.iter().copied());
    now(check(&request, world, world))
}

#[test]
fn an_unusable_user_alarm_is_named_blocks_every_scale_in_and_no_scale_out() {
    for kind in UnusableKind::ALL {
        for parameter in ["MoreScaleOutAlarms", "MoreScaleInAlarms"] {
            let named =
                |text: &str| text.contains(&format!("{parameter} names {}; {}", kind.words(), kind.remedy()));
            let set = [(parameter, "band")];

            let held = answer(&world(kind, "band", AlarmState::Ok), &set).unwrap();
            assert_eq!((held.verdict, held.reason), (CheckVerdict::Quiet, Some(Reason::NoFreshData)));
            assert!(named(&held.why) && held.warning.is_none(), "{} {:?}", held.why, held.warning);

            let scaled = answer(&world(kind, "band", AlarmState::Alarm), &set).unwrap();
            assert_eq!(scaled.direction(), Some(Direction::Out), "{kind:?}");
            assert!(named(&scaled.warning.unwrap()), "{kind:?}");

            // Neither a request nor the bounds scale in under an unknown backlog.
            if parameter == "MoreScaleOutAlarms" {
                let bounds = [(parameter, "band"), ("MaxKpu", "4")];
                let call = answer(&world(kind, "band", AlarmState::Ok), &bounds).unwrap().call.unwrap();
                assert!(call.has_backlog(), "{kind:?}");
            }
        }
    }
    // Without the unusable alarm, the same world scales in.
    assert_eq!(
        answer(&world(UnusableKind::AnomalyDetection, "band", AlarmState::Ok), &[]).unwrap().direction(),
        Some(Direction::In)
    );
}

#[test]
fn an_unusable_alarm_of_the_stack_is_a_failure() {
    for kind in UnusableKind::ALL {
        for (name, parameter) in [("orders-out", "ScaleOutAlarm"), ("orders-in", "ScaleInAlarm")] {
            let world = world(kind, name, AlarmState::Ok).without_alarm(name);
            let Err(TaskError::Fatal(message)) = answer(&world, &[]) else { panic!("{kind:?}") };
            let expected = format!("the alarm '{name}': {parameter} names {}; ", kind.words());
            assert!(message.contains(&expected) && message.contains("delete the stack"), "{message}");
        }
    }
}

/// A stack with user alarms only: the first of them is an alarm like the others.
#[test]
fn the_first_user_alarm_can_be_unusable_as_well() {
    let outs = [("ScaleOutAlarm", "band"), ("MoreScaleOutAlarms", "band,orders-out")];
    for kind in UnusableKind::ALL {
        let scaled = answer(&world(kind, "band", AlarmState::Alarm), &outs).unwrap();
        assert_eq!(scaled.direction(), Some(Direction::Out));
        assert!(!scaled.breaches[0].is_additional && scaled.warning.unwrap().contains(kind.remedy()));
        let held = answer(&world(kind, "band", AlarmState::Ok), &outs).unwrap();
        assert_eq!(held.reason, Some(Reason::NoFreshData), "{}", held.why);

        let ins = [("ScaleInAlarm", "band"), ("MoreScaleInAlarms", "band")];
        let scaled = answer(&world(kind, "band", AlarmState::Alarm), &ins).unwrap();
        assert_eq!(scaled.direction(), Some(Direction::Out));
        let held = answer(&world(kind, "band", AlarmState::Ok), &ins).unwrap();
        assert!(held.reason == Some(Reason::NoFreshData) && held.why.contains(kind.remedy()), "{}", held.why);

        // Without any alarm that can scale out, the run fails with the remedy for a user alarm.
        let only = [("ScaleOutAlarm", "band"), ("MoreScaleOutAlarms", "band")];
        let Err(TaskError::Fatal(message)) = answer(&world(kind, "band", AlarmState::Ok), &only) else {
            panic!("{kind:?}")
        };
        let expected = format!("MoreScaleOutAlarms names {}; {}", kind.words(), kind.remedy());
        assert!(message.contains(&expected), "{message}");
    }
}

/// The data of the alarms that can be used still decides.
#[test]
fn usable_user_alarms_beside_an_unusable_one_scale_out() {
    let world = world(UnusableKind::AnomalyDetection, "band", AlarmState::Ok)
        .with_alarm(alarm("orders-memory", Comparison::GreaterThanThreshold, 80.0))
        .breaching("orders-memory", 91.0);
    let answer = answer(&world, &[("MoreScaleOutAlarms", "band,orders-memory")]).unwrap();
    assert_eq!((answer.direction(), answer.breaches.len()), (Some(Direction::Out), 1));
}
