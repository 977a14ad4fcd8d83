//! Consistency of policy, alarms and application: combinations that are errors, and combinations that are warnings.

use crate::check::request;
use crate::world::{IN, OUT, World, now};
use serde_json::json;
use tasks::{TaskError, check};

/// CloudFormation cannot compare numbers, and an operator can change an alarm at any time. So every check compares the thresholds.
#[test]
fn thresholds_that_would_oscillate_are_rejected_with_a_remedy() {
    for (out, r#in, factor, remedy) in [
        (80.0, 33.9, "2", None),
        (80.0, 34.0, "2", Some("set ScaleInThreshold below 34.0, or ScaleInFactor lower")),
        (80.0, 45.0, "1.5", None),
        (80.0, 45.4, "1.5", Some("set ScaleInThreshold below 45.3")),
        (80.0, 80.0, "1.5", Some("set ScaleInThreshold below ScaleOutThreshold")),
        (20.0, 80.0, "1.5", Some("set ScaleInThreshold below ScaleOutThreshold")),
    ] {
        let world = World::new().with_threshold(OUT, out).with_threshold(IN, r#in);
        let mut request = request(json!({}));
        request.policy = request.policy.clone().with([("ScaleInFactor", factor)]);
        match (remedy, now(check(&request, &world, &world))) {
            (None, Ok(_)) => {}
            (Some(remedy), Err(TaskError::Fatal(message))) => assert!(message.contains(remedy), "{message}"),
            (_, other) => panic!("{out} {in} {factor}: {other:?}", r#in = r#in),
        }
        // Thresholds on different metrics cannot be compared.
        let world = world.watching(OUT, "millisBehindLatest");
        assert!(now(check(&request, &world, &world)).is_ok());
    }
}

#[test]
fn a_cooldown_shorter_than_the_evaluation_window_is_a_warning() {
    for (evaluation_periods, warned) in [(5, false), (6, true)] {
        let mut world = World::new();
        world.alarm(OUT).evaluation_periods = evaluation_periods;
        let answer = now(check(&request(json!({})), &world, &world)).unwrap();
        assert_eq!(answer.warning.is_some(), warned, "{:?}", answer.warning);
    }
}

#[test]
fn the_built_in_autoscaling_is_a_warning() {
    let world = World::new().with_built_in_autoscaling();
    let warning = now(check(&request(json!({})), &world, &world)).unwrap().warning.unwrap();
    assert!(warning.contains("built-in autoscaling of MSF is on"), "{warning}");
}
