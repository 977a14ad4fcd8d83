//! Executions outlive deployments: what an earlier version has sent and stored, the present functions understand.
//!
//! `contract/v1` has the first state machine that was fit to be deployed, and payloads as it sent them. Nothing in it is
//! ever changed.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use boundary::scenario;
use scaling::Sizing;
use serde_json::Value;
use simulator::state_machine_of;
use std::path::Path;
use tasks::{CheckRequest, Mode, Policy, PollRequest, ScaleRequest};

const STATE_MACHINE: &str = include_str!("contract/v1/autoscaler.asl.json");

fn payload(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("contract/v1").join(format!("{name}.json"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn the_payloads_of_the_first_release_are_understood() {
    for name in ["check-by-alarm", "check-by-heartbeat", "check-again"] {
        let request: CheckRequest = serde_json::from_value(payload(name)).unwrap();
        let policy = Policy::parse(&request.policy).unwrap();
        assert_eq!(
            policy.scaling.failure_pause.as_mins(),
            30,
            "{name}: what it does not state has its default"
        );
        assert_eq!(request.run.alarm_event().is_some(), name == "check-by-alarm" || name == "check-again");
        assert_eq!(request.run.has_scaled(), name == "check-again");
    }
    for name in ["scale", "scale-again"] {
        let request: ScaleRequest = serde_json::from_value(payload(name)).unwrap();
        assert!(request.run.check.unwrap().direction.is_some(), "{name}");
    }
    for name in ["poll", "poll-again"] {
        let request: PollRequest = serde_json::from_value(payload(name)).unwrap();
        let update = request.run.scale.unwrap().update.unwrap();
        assert!(update.operation.is_some() && update.to.is_some(), "{name}");
        assert_eq!((update.expected_seconds, request.execution.as_str()), (None, ""), "{name}");
    }
}

/// There were only steps then, by one alarm for each direction.
fn is_of_the_first_release(policy: &Policy) -> bool {
    let scaling = &policy.scaling;
    matches!(scaling.sizing, Sizing::Factor { .. })
        && policy.alarm_names().len() == 2
        && scaling.limits.partitions.is_none()
        && scaling.reversal_window.is_zero()
        && policy.schedule.is_constant()
        && policy.mode == Mode::Active
}

/// The state machine of the first release, with the present functions, through every scenario and every fault: whatever
/// they answer, it finds its way.
#[test]
fn executions_of_the_first_release_finish_under_the_present_functions() {
    let (mut executions, mut failed) = (0, 0);
    for (name, scenario, settings) in scenario::all() {
        if !is_of_the_first_release(settings.policy()) {
            continue;
        }
        let machine = state_machine_of(STATE_MACHINE, &settings).unwrap();
        let mut run = scenario.run_machine(&machine, &settings, &mut |_| ());
        // A task that failed had a name of its own then; an alarm tells of it, as it does now. Nor were the bounds kept.
        let of_later = ["CheckFailed", "ScaleFailed", "PollFailed", "a size out of its bounds is led back"];
        run.violations.retain(|violation| !of_later.iter().any(|name| violation.promise.starts_with(name)));
        assert_eq!(run.violations, [], "{name}");
        executions += run.cost.executions;
        failed += run
            .seen
            .iter()
            .filter(|(what, _)| what.ends_with("Failed") && what.starts_with("end"))
            .map(|(_, count)| count)
            .sum::<u64>();
    }
    assert!(executions > 500 && failed > 5, "{executions} executions, {failed} failed");
}
