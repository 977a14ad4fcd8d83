//! Scheduled bounds, pauses and the observe mode in `check` and `scale`. The time is Friday, 8:00 UTC.

use crate::world::{IN, NOW, OUT, World, now, policy};
use jiff::SignedDuration;
use scaling::{Call, Direction, Reason};
use serde_json::{Value, json};
use tasks::{
    CheckAnswer, CheckRequest, CheckVerdict, Moved, OperationStatus, PAUSE_TAG, Pause, PolicyText,
    PollRequest, ResourceStatus, ScaleAnswer, ScaleRequest, ScaleVerdict, TaskError, check, poll, scale,
};

pub(crate) fn with(set: &[(&str, &str)]) -> PolicyText {
    let mut text = serde_json::to_value(policy()).unwrap();
    for (name, value) in set {
        text[*name] = json!(value);
    }
    serde_json::from_value(text).unwrap()
}

pub(crate) fn checked(world: &World, policy: &PolicyText, run: &Value) -> CheckAnswer {
    let run = serde_json::from_value(run.clone()).unwrap();
    now(check(&CheckRequest { now: NOW, started_at: NOW, policy: policy.clone(), run }, world, world))
        .unwrap()
}

/// Returns the answer of `scale` to an answer of `check`.
pub(crate) fn scaled(world: &World, checked: &CheckAnswer) -> Result<ScaleAnswer, TaskError> {
    let run = serde_json::from_value(json!({"check": checked})).unwrap();
    now(scale(&ScaleRequest { now: NOW, run }, world, world, world, world))
}

/// Returns the answer of `check` and `scale`: the new size, or the reason of the hold.
fn answer(world: &World, policy: &PolicyText) -> Result<u32, Reason> {
    let checked = checked(world, policy, &json!({}));
    let answer = scaled(world, &checked).unwrap();
    answer.update.map(|update| update.to.unwrap().units.count()).ok_or_else(|| answer.reason.unwrap())
}

#[test]
fn a_size_out_of_bounds_is_corrected_and_the_window_is_named() {
    let high =
        with(&[("HighKpu", "9"), ("HighStart", "8:00"), ("HighEnd", "18:00"), ("HighDays", "Mon-Fri")]);
    let found = checked(&World::running(4), &high, &json!({}));
    assert_eq!((found.verdict, found.direction()), (CheckVerdict::OutOfBounds, Some(Direction::Out)));
    assert_eq!(found.why, "it has 4 KPU, fewer than its minimum of 9 (Mon-Fri 8:00-18:00 9)");
    let answer = scaled(&World::running(4), &found).unwrap();
    assert_eq!(answer.verdict, ScaleVerdict::Scaling);
    assert_eq!(
        answer.why,
        "scaling out from 4 KPU to 9 KPU, because it has 4 KPU, fewer than its minimum of 9 (Mon-Fri 8:00-18:00 9)"
    );
    assert_eq!(checked(&World::running(9), &high, &json!({})).verdict, CheckVerdict::Quiet);
    // Another writer has corrected the size after the check.
    assert_eq!(scaled(&World::running(9), &found).unwrap().reason, Some(Reason::WithinBounds));
    // A stopped application is left alone without a notification.
    let stopped = World::running(4).is(ResourceStatus::Ready);
    assert_eq!(checked(&stopped, &high, &json!({})).verdict, CheckVerdict::Quiet);
}

#[test]
fn the_bounds_apply_without_a_window() {
    let found = checked(&World::running(12), &policy(), &json!({}));
    assert_eq!(
        found.why,
        "it has 12 KPU, more than its maximum of 10; to scale in, containerCPUUtilization must be known, but nothing fresh has been measured since its last change"
    );
    assert_eq!(answer(&World::running(12), &policy()), Ok(10));
}

#[test]
fn an_alarm_that_requires_more_than_the_minimum_is_followed_at_once() {
    let high = with(&[("Windows", "Fri 7:00-9:00 >=5")]);
    let world = World::running(4).breaching(OUT, 91.0);
    assert_eq!(checked(&world, &high, &json!({})).verdict, CheckVerdict::Breaching);
    assert_eq!(answer(&world, &high), Ok(8));
    let world = World::running(4).breaching(IN, 5.0).showing(OUT, 5.0);
    assert_eq!(answer(&world, &high), Ok(5), "the minimum takes precedence over a scale-in alarm");
}

#[test]
fn a_backlog_delays_the_scale_in_to_the_maximum() {
    let low = |wait| with(&[("Windows", "daily 7:45-9:00 <=4"), ("BacklogWaitMinutes", wait)]);
    let load = |value: Option<f64>| {
        value.into_iter().fold(World::running(8), |world, value| world.showing(OUT, value))
    };
    for (value, wait, backlog, expected) in [
        (Some(40.0), "30", false, Ok(4)),
        (Some(91.0), "30", true, Err(Reason::CatchingUp)),
        (Some(91.0), "15", true, Ok(4)),
        (Some(91.0), "0", true, Ok(4)),
        // Without data a backlog is possible.
        (None, "30", true, Err(Reason::CatchingUp)),
        (None, "10", true, Ok(4)),
    ] {
        let (world, policy) = (load(value), low(wait));
        assert_eq!(
            checked(&world, &policy, &json!({})).call.is_some_and(Call::has_backlog),
            backlog,
            "{value:?} {wait}"
        );
        assert_eq!(answer(&world, &policy), expected, "{value:?} {wait}");
    }
}

#[test]
fn a_blocked_window_prevents_every_scaling() {
    let blocked = with(&[("Windows", "Fri 7:00-9:00 blocked; Fri 8:00-9:00 >=9")]);
    assert_eq!(answer(&World::running(4), &blocked), Err(Reason::BlockedWindow));
    let world = World::running(9).breaching(OUT, 91.0);
    assert_eq!(answer(&world, &blocked), Err(Reason::BlockedWindow));
}

#[test]
fn a_pause_is_read_from_a_tag() {
    let high = with(&[("Windows", "daily 8:00-9:00 >=9")]);
    for (tag, expected) in [
        ("all", Err(Reason::Paused)),
        ("out", Err(Reason::Paused)),
        ("in", Ok(9)),
        ("all until 2027-01-15T08:00:01Z", Err(Reason::Paused)),
        ("all until 2027-01-15T08:00:00Z", Ok(9)),
        ("out until 2027-01-15T10:00:00+01:00", Err(Reason::Paused)),
    ] {
        let world = World::running(4).paused(tag);
        assert_eq!(answer(&world, &high), expected, "{tag}");
    }
}

#[test]
fn an_invalid_or_unreadable_pause_blocks_scaling_with_a_warning() {
    let high = with(&[("Windows", "daily 8:00-9:00 >=9")]);
    let denied = || TaskError::Fatal("failed to list the tags: AccessDeniedException".to_owned());
    for (tag, warning) in [
        (
            Ok(Some(String::new())),
            "the tag for pauses is '', so that nothing is scaled; set it to all, out or in",
        ),
        (Ok(Some("yes".to_owned())), "is 'yes', so that nothing is scaled"),
        (Ok(Some("all until tomorrow".to_owned())), "is 'all until tomorrow'"),
        (
            Err(denied()),
            "failed to list the tags: AccessDeniedException; it may be paused, so that nothing is scaled",
        ),
    ] {
        let world = World::running(4).with_pause_tag(tag);
        let answer = scaled(&world, &checked(&world, &high, &json!({}))).unwrap();
        assert_eq!(answer.reason, Some(Reason::Paused));
        assert!(answer.why.contains(warning), "{}", answer.why);
        assert_eq!(answer.warning, Some(answer.why), "a warning sets the metric of the alarm 'unreadable'");
        assert!(world.updates.borrow().is_empty());
    }
    // A transient error is retried.
    let throttled = TaskError::Retryable("failed to list the tags: throttled".to_owned());
    let world = World::running(4).with_pause_tag(Err(throttled));
    let checked = checked(&world, &high, &json!({}));
    assert!(matches!(scaled(&world, &checked), Err(TaskError::Retryable(_))));
}

#[test]
fn a_pause_survives_parsing_and_formatting() {
    assert_eq!(PAUSE_TAG, "kpu-autoscaler.pause");
    for text in ["all", "out", "in until 2027-01-15T08:00:00Z"] {
        assert_eq!(Pause::parse(text).unwrap().to_string(), text);
    }
}

/// The answer differs only in the update, and nothing is written.
#[test]
fn observe_mode_decides_and_scales_nothing() {
    let world = World::running(4).breaching(OUT, 91.0);
    let answer = |mode| {
        let policy = with(&[("Mode", mode)]);
        scaled(&world, &checked(&world, &policy, &json!({}))).unwrap()
    };
    let observed = answer("observe");
    assert!(world.updates.borrow().is_empty());
    assert_eq!((observed.verdict, observed.reason), (ScaleVerdict::Hold, Some(Reason::Observing)));
    assert_eq!(
        observed.why,
        "would scale out from 4 KPU to 8 KPU, because containerCPUUtilization is 91 > 80; Mode is observe, in which nothing is scaled"
    );
    let active = answer("active");
    assert_eq!(world.updates.borrow().len(), 1);
    assert_eq!(
        (observed.step, active.reason),
        (active.step, None),
        "the step has the same form in both modes"
    );
    // Hold reasons apply in both modes.
    let cooling = World::running(4).restarted(200).breaching(OUT, 91.0);
    let observe = with(&[("Mode", "observe")]);
    assert_eq!(
        scaled(&cooling, &checked(&cooling, &observe, &json!({}))).unwrap().reason,
        Some(Reason::CoolingDown)
    );
}

/// Observe mode makes no update, so no response can be lost.
#[test]
fn observe_mode_recovers_no_update() {
    let world = World::running(4).breaching(OUT, 91.0);
    let observe = with(&[("Mode", "observe")]);
    let found = checked(&world, &observe, &json!({}));
    let world = world.updated(OperationStatus::InProgress, 0, None).changed("op-1", 4, 8);
    assert_eq!(scaled(&world, &found).unwrap().reason, Some(Reason::Busy));
    let active = CheckAnswer { policy: with(&[]), ..found };
    assert_eq!(scaled(&world, &active).unwrap().verdict, ScaleVerdict::Scaling, "the update can be its own");
}

#[test]
fn mode_off_checks_nothing() {
    let gone = World::running(40).without_application().without_alarm(OUT).without_alarm(IN);
    let found = checked(&gone, &with(&[("Mode", "off")]), &json!({}));
    assert_eq!(
        (found.verdict, found.why.as_str()),
        (CheckVerdict::Quiet, "Mode is off: nothing is checked or scaled")
    );
}

/// `scale` uses the bounds at the time of the step, although the alarm was confirmed under earlier bounds.
#[test]
fn bounds_that_changed_after_the_check_apply_to_the_step() {
    let high = with(&[("Windows", "daily 7:00-8:00 >=8; daily 8:00-9:00 <=6"), ("BacklogWaitMinutes", "0")]);
    let world = World::running(7).breaching(OUT, 91.0);
    let run = serde_json::from_value(json!({})).unwrap();
    let before = NOW - SignedDuration::from_secs(1);
    let request = CheckRequest { now: before, started_at: before, policy: high, run };
    let found = now(check(&request, &world, &world)).unwrap();
    assert_eq!((found.verdict, found.direction()), (CheckVerdict::Breaching, Some(Direction::Out)));
    let answer = scaled(&world, &found).unwrap();
    assert_eq!(
        answer.why,
        "scaling in from 7 KPU to 6 KPU, because its bounds have moved since it was checked"
    );
    // The published event states the actual direction.
    let world = world.runs_with(6).at_version(8).updated(OperationStatus::Successful, 60, Some(10));
    let run = serde_json::from_value(json!({"check": found, "scale": answer})).unwrap();
    let polled =
        now(poll(&PollRequest { now: NOW, execution: String::new(), run }, &world, &world, &world)).unwrap();
    let event = polled.event.unwrap();
    assert_eq!(event.direction, Direction::In);
    assert_eq!(
        event.moved,
        Moved::Application { application: "orders".to_owned(), from_kpus: 7, to_kpus: 6 }
    );
    assert!(
        event.message.contains("scaling in from 7 KPU to 6 KPU, because its bounds have moved"),
        "{}",
        event.message
    );
}

/// The metric of a deleted alarm is unknown, so a backlog is possible.
#[test]
fn a_deleted_additional_alarm_counts_as_a_backlog() {
    let low = with(&[("Windows", "daily 7:45-9:00 <=4"), ("MoreScaleOutAlarms", "gone")]);
    let world = World::running(8).showing(OUT, 40.0);
    let found = checked(&world, &low, &json!({}));
    assert!(
        found.call.is_some_and(Call::has_backlog) && found.why.contains("failed to find the alarm 'gone'"),
        "{}",
        found.why
    );
}
