//! The drill sets the alarm only if nothing can be scaled, and pauses where the mode alone does not prevent a scaling.

use super::denied;
use crate::world::{NOW, healthy, healthy_stream, machine};
use deployment::{AlarmBefore, Facts, Read, pause_for_drill};
use jiff::SignedDuration;
use serde_json::json;
use tasks::{AlarmState, CheckAnswer, CheckVerdict};

const WAIT: SignedDuration = SignedDuration::from_secs(120);

/// The case, its change, and the pause to set or a part of the refusal and its remedy.
type Row = (&'static str, fn(&mut World), Result<Option<&'static str>, &'static str>);

struct World {
    facts: Facts,
    alarm: AlarmBefore,
    rehearsed: Read<CheckAnswer>,
}

/// The end of the pause: the wait and five minutes after NOW, which is 2027-01-15T08:00:00Z.
const OWN_PAUSE: Result<Option<&str>, &str> = Ok(Some("out until 2027-01-15T08:07:00Z"));

const ROWS: [Row; 16] = [
    ("an OK alarm and quiet data", |_| {}, OWN_PAUSE),
    ("an alarm without data", |world| world.alarm.state = AlarmState::InsufficientData, OWN_PAUSE),
    ("an alarm in ALARM", |world| world.alarm.state = AlarmState::Alarm, Err("is in ALARM already")),
    (
        "an alarm with actions",
        |world| world.alarm.actions = 2,
        Err("2 actions of its own, which the drill would start → disable them"),
    ),
    (
        "an alarm with disabled actions",
        |world| (world.alarm.actions, world.alarm.actions_enabled) = (2, false),
        OWN_PAUSE,
    ),
    ("breaching data", |world| verdict(world, CheckVerdict::Breaching), Err("would act on the present data")),
    (
        "a size out of the bounds",
        |world| verdict(world, CheckVerdict::OutOfBounds),
        Err("kpu plan shows no next step"),
    ),
    (
        "a requested capacity",
        |world| verdict(world, CheckVerdict::CapacityRequested),
        Err("would act on the present data"),
    ),
    (
        "data that cannot be read",
        |world| world.rehearsed = Err(denied()),
        Err("could not be checked, so the drill has not set the alarm: failed to do it"),
    ),
    ("Mode observe", |world| mode(world, "observe"), Ok(None)),
    ("Mode off", |world| mode(world, "off"), Ok(None)),
    ("a pause of both directions", |world| tag(world, "all"), Ok(None)),
    ("a longer pause of scale-out", |world| tag(world, "out until 2027-01-15T09:00:00Z"), Ok(None)),
    (
        "a pause that ends within the drill",
        |world| tag(world, "all until 2027-01-15T08:03:00Z"),
        Err("replace this pause by its own → end the pause with kpu resume"),
    ),
    ("a pause of scale-in", |world| tag(world, "in"), Err("scaling is paused (in)")),
    ("a pause that has ended", |world| tag(world, "all until 2027-01-15T07:00:00Z"), OWN_PAUSE),
];

#[test]
fn the_alarm_is_set_only_if_nothing_can_be_scaled() {
    for (case, change, expected) in ROWS {
        let mut world = quiet();
        change(&mut world);
        let World { facts, alarm, rehearsed } = &world;
        let found = pause_for_drill(facts, alarm, rehearsed, NOW, WAIT);
        match (found, expected) {
            (Ok(pause), expected) => {
                let pause = pause.map(|pause| pause.to_string());
                assert_eq!(Ok(pause.as_deref()), expected, "{case}");
            }
            (Err(refusal), Err(part)) => {
                let text = format!("{} → {}", refusal.why, refusal.remedy);
                assert!(text.contains(part), "{case}: {text}");
            }
            (Err(refusal), Ok(_)) => panic!("{case}: {refusal:?}"),
        }
    }
}

#[test]
fn an_unreadable_or_incomprehensible_pause_keeps_the_alarm_from_being_set() {
    for (mut facts, pause, part) in [
        (
            healthy(),
            Err(denied()),
            "the pause of the application could not be read, so the drill has not set the alarm: failed to do it: AccessDenied: no → grant the caller kinesisanalytics:ListTagsForResource",
        ),
        (
            healthy_stream(),
            Err(denied()),
            "the pause of the stream could not be read, so the drill has not set the alarm: failed to do it: AccessDenied: no → grant the caller kinesis:ListTagsForStream",
        ),
        (healthy(), Ok(Some("forever".to_owned())), "forever"),
    ] {
        let World { alarm, rehearsed, .. } = quiet();
        facts.pause = pause;
        let refusal = pause_for_drill(&facts, &alarm, &rehearsed, NOW, WAIT).unwrap_err();
        let text = format!("{} → {}", refusal.why, refusal.remedy);
        assert!(text.contains(part), "{text}");
    }
}

fn quiet() -> World {
    let mut facts = healthy();
    let answer = json!({"verdict": "Quiet", "why": "out is OK", "graceSeconds": 300, "policy": machine(&mut facts).policy});
    let alarm =
        AlarmBefore { name: "out".to_owned(), state: AlarmState::Ok, actions: 0, actions_enabled: true };
    World { facts, alarm, rehearsed: Ok(serde_json::from_value(answer).unwrap()) }
}

fn verdict(world: &mut World, verdict: CheckVerdict) {
    world.rehearsed.as_mut().unwrap().verdict = verdict;
}

fn mode(world: &mut World, mode: &str) {
    machine(&mut world.facts).policy = machine(&mut world.facts).policy.clone().with([("Mode", mode)]);
}

fn tag(world: &mut World, tag: &str) {
    world.facts.pause = Ok(Some(tag.to_owned()));
}
