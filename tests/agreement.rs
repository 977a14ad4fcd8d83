//! The parts agree: the deployed state machine with the words, the parameters and the payloads of the code.

use serde_json::{Value, json};
use simulator::{Parameters, Settings, state_machine};
use std::collections::BTreeSet;
use tasks::{CheckVerdict, POLICY_PARAMETERS, PollVerdict, STACK_VALUES, ScaleVerdict, Task, TaskError};

fn definition() -> Value {
    serde_json::from_str(include_str!("../statemachine/autoscaler.asl.json")).unwrap()
}

fn states(kind: &str) -> Vec<(String, Value)> {
    let definition = definition();
    let states = definition["States"].as_object().unwrap();
    states
        .iter()
        .filter(|(_, state)| state["Type"] == kind)
        .map(|(name, state)| (name.clone(), state.clone()))
        .collect()
}

fn names<Verdict: std::fmt::Debug>(verdicts: &[Verdict]) -> BTreeSet<String> {
    verdicts.iter().map(|verdict| format!("{verdict:?}")).collect()
}

#[test]
fn the_state_machine_handles_exactly_the_verdicts_of_the_code() {
    for (choice, variable, verdicts) in [
        ("IsCalledFor", "$.check.verdict", names(&CheckVerdict::ALL)),
        ("IsScaling", "$.scale.verdict", names(&ScaleVerdict::ALL)),
        ("IsSettled", "$.poll.verdict", names(&PollVerdict::ALL)),
    ] {
        let rules = definition()["States"][choice]["Choices"].as_array().unwrap().clone();
        let handled: BTreeSet<String> =
            rules.iter().map(|rule| rule["StringEquals"].as_str().unwrap().to_owned()).collect();
        assert_eq!(handled, verdicts, "{choice}");
        assert!(rules.iter().all(|rule| rule["Variable"] == variable), "{choice}");
    }
}

#[test]
fn a_verdict_is_written_letter_for_letter() {
    for verdict in CheckVerdict::ALL {
        assert_eq!(serde_json::to_value(verdict).unwrap(), format!("{verdict:?}"));
    }
    for verdict in ScaleVerdict::ALL {
        assert_eq!(serde_json::to_value(verdict).unwrap(), format!("{verdict:?}"));
    }
    for verdict in PollVerdict::ALL {
        assert_eq!(serde_json::to_value(verdict).unwrap(), format!("{verdict:?}"));
    }
}

#[test]
fn an_unknown_verdict_leads_to_a_wait_and_a_new_check() {
    for (_, choice) in states("Choice") {
        let default = choice["Default"].as_str().unwrap();
        assert_eq!(definition()["States"][default]["Type"], "Wait", "{default}");
    }
}

#[test]
fn every_task_is_bounded_retried_with_jitter_and_caught() {
    let tasks = states("Task");
    assert_eq!(tasks.len(), Task::ALL.len());
    let fatal = TaskError::Fatal(String::new());
    for (name, task) in &tasks {
        assert!(Task::ALL.iter().any(|task| task.name() == name.to_lowercase()), "{name}");
        assert_eq!(task["ResultPath"], format!("$.{}", name.to_lowercase()));
        assert_eq!(task["Resource"], format!("${{{name}FunctionArn}}"));
        assert!(task["TimeoutSeconds"].is_u64(), "{name}");
        // Every error name is retried, but not `Fatal`, which a retry cannot cure.
        let [never, always] = task["Retry"].as_array().unwrap().as_slice() else { panic!("{name}") };
        assert_eq!(
            (&never["ErrorEquals"], &never["MaxAttempts"]),
            (&json!([fatal.name()]), &json!(0)),
            "{name}"
        );
        assert_eq!(always["ErrorEquals"], json!(["States.ALL"]), "{name}");
        assert!(always["JitterStrategy"] == "FULL" && always["MaxDelaySeconds"].is_u64(), "{name}");
        // No outage leaves an update unfollowed: half an hour on average, a minute for the others.
        assert_eq!(always["MaxAttempts"], if name == "Poll" { 60 } else { 6 }, "{name}");
        let caught = &task["Catch"][0];
        assert_eq!(caught["ErrorEquals"], json!(["States.ALL"]), "{name}");
        let end = &definition()["States"][caught["Next"].as_str().unwrap()];
        assert_eq!(end["Type"], "Fail", "{name}");
    }
}

#[test]
fn every_state_has_a_comment_and_every_failure_a_cause() {
    let definition = definition();
    for (name, state) in definition["States"].as_object().unwrap() {
        assert!(state["Comment"].as_str().is_some_and(|comment| comment.len() > 20), "{name}");
        // The cause comes from the tasks: each error names the change that it needs, each failure its remedy.
        if state["Type"] == "Fail" {
            assert!(state["CausePath"].is_string(), "{name}");
        }
    }
}

/// The policy of the state machine is one object of quoted placeholders, each for the field of its own name, and the
/// code reads exactly these fields.
#[test]
fn the_policy_is_stated_once_and_read_whole() {
    let definition = definition();
    let policy = definition["States"]["Check"]["Parameters"]["policy"].as_object().unwrap().clone();
    for (name, value) in &policy {
        assert_eq!(*value, format!("${{{name}}}"));
    }
    let known = POLICY_PARAMETERS.iter().map(|parameter| parameter.name).chain(STACK_VALUES.iter().copied());
    let stated: BTreeSet<&str> = policy.keys().map(String::as_str).collect();
    assert_eq!(stated, known.collect(), "left: the state machine; right: the tables of the tasks");
    let whole = definition.to_string();
    for name in policy.keys() {
        assert_eq!(whole.matches(&format!("${{{name}}}")).count(), 1, "{name} is stated once");
    }
}

#[test]
fn no_intrinsic_function_and_no_placeholder_outside_a_string() {
    let text = include_str!("../statemachine/autoscaler.asl.json");
    assert!(!text.contains("States.Format") && !text.contains("States.Math") && !text.contains("{%"));
    assert!(!text.contains(": ${"), "the file must be JSON as it stands");
}

#[test]
fn the_defaults_are_a_policy_and_the_machine_runs_with_it() {
    let settings = Settings::new(&Parameters::default()).unwrap();
    let machine = state_machine(&settings).unwrap();
    let resources: BTreeSet<&str> = machine.resources().collect();
    assert_eq!(resources, Task::ALL.iter().map(|task| task.name()).collect());
}

/// The worked example of ARCHITECTURE: the lines of each file for one parameter of the policy.
#[test]
fn a_parameter_of_the_policy_takes_eight_edits() {
    let example = [
        ("template.yaml", 3),
        ("statemachine/autoscaler.asl.json", 1),
        ("crates/tasks/src/policy/parameters.rs", 1),
        ("crates/tasks/src/policy.rs", 1),
        ("crates/scaling/src/policy.rs", 1),
        ("crates/scaling/src/decide.rs", 1),
    ];
    let read =
        |path: &str| std::fs::read_to_string(format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let architecture = read("ARCHITECTURE.md");
    assert!(
        architecture
            .contains("`FailurePauseMinutes`, a parameter of the policy, takes eight edits in six files")
    );
    for (path, expected) in example {
        let names = |line: &&str| line.contains("FailurePauseMinutes") || line.contains("failure_pause");
        assert_eq!(read(path).lines().filter(names).count(), expected, "{path}");
        assert!(architecture.contains(&format!("| `{path}` |")), "ARCHITECTURE does not name {path}");
    }
}
