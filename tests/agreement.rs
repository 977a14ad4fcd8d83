//! The parts agree: the deployed state machine with the words, the parameters and the payloads of the code.

use serde_json::{Value, json};
use simulator::{PARAMETERS, Parameters, Settings, state_machine};
use std::collections::BTreeSet;
use tasks::{CheckVerdict, PolicyText, PollVerdict, ScaleVerdict, Task, TaskError};

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
fn every_verdict_of_the_code_has_its_way_in_the_state_machine_and_there_are_no_others() {
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
fn a_verdict_that_nobody_knows_looks_again() {
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
        // Whatever a crash is called, it is tried again; what waiting does not cure is not.
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
fn every_state_explains_itself_and_every_failure_says_what_to_do() {
    let definition = definition();
    for (name, state) in definition["States"].as_object().unwrap() {
        assert!(state["Comment"].as_str().is_some_and(|comment| comment.len() > 20), "{name}");
        // The words come from the tasks: each of their errors says what to change, each failure has its remedy.
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
    let text: PolicyText = serde_json::from_value(Value::Object(policy.clone())).unwrap();
    let read = serde_json::to_value(text).unwrap();
    assert_eq!(read.as_object().unwrap().len(), policy.len());
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

/// The parameters of the alarms that a stream has beside those on its utilisation.
const STREAM_ALARMS: [&str; 2] = ["ThrottledThreshold", "DrainedSeconds"];

/// A parameter that does nothing is a defect: another value must change the alarms, the policy or the heartbeat.
#[test]
fn every_parameter_changes_something() {
    #[rustfmt::skip]
    let others = [
        ("Target", "stream"), ("ScaleMetric", "busyTimeMsPerSecond"), ("Statistic", "Maximum"), ("PeriodSeconds", "120"),
        ("ScaleOutThreshold", "90"), ("ScaleOutEvaluationPeriods", "4"), ("ScaleOutDatapointsToAlarm", "2"),
        ("ScaleInThreshold", "20"), ("ScaleInEvaluationPeriods", "21"), ("ScaleInDatapointsToAlarm", "19"),
        ("ScaleInUtilizationMetric", "busyTimeMsPerSecond"), ("ScaleInUtilizationThreshold", "20"),
        ("MoreScaleOutAlarms", "busyTimeMsPerSecond > 900"), ("MoreScaleInAlarms", "busyTimeMsPerSecond <= 300"),
        ("ScalingOperation", "Add/Subtract"), ("ScaleOutFactor", "2"), ("ScaleInFactor", "1.25"),
        ("ScaleOutSteps", "0:1"), ("ScaleInSteps", "0:1"), ("TargetValue", "50"), ("Preset", "cost"), ("CatchUpSeconds", "300"),
        ("MinKpu", "2"), ("MaxKpu", "16"),
        ("MinShards", "2"), ("MaxShards", "8"), ("ThrottledThreshold", "10"), ("DrainedSeconds", "30"),
        ("HighKpu", "6"), ("HighStart", "8:00"), ("HighEnd", "12:00"), ("HighDays", "Sat"), ("LowKpu", "3"), ("Windows", "Sun 8:00-9:00 blocked"),
        ("TimeZone", "Asia/Tokyo"), ("LeadMinutes", "10"), ("BacklogWaitMinutes", "5"), ("Mode", "observe"), ("ApplicationAutoScaling", "on"),
        ("MaxParallelism", "128"), ("SourcePartitions", "12"),
        ("LargestStepKpu", "4"), ("GracePeriodSeconds", "600"), ("ScaleInGracePeriodSeconds", "900"), ("ReversalWindowMinutes", "30"), ("FailurePauseMinutes", "60"), ("IneffectivePauseMinutes", "60"), ("MonthlyBudgetDollars", "900"), ("KpuHourDollars", "0.13"),
        ("PollIntervalSeconds", "20"), ("UpdateTimeoutMinutes", "60"),
        ("HeartbeatMinutes", "20"), ("ParallelismPerKpu", "2"),
    ];
    assert!(PARAMETERS.iter().map(|parameter| parameter.name).eq(others.map(|(name, _)| name)));
    for (name, value) in others {
        let of_a_stream = name == "Target" || name.contains("Shards") || STREAM_ALARMS.contains(&name);
        // Whole numbers fit both operations, so that the operation can be changed alone.
        let in_force = |assignments: &[String]| {
            let mut parameters = Parameters::default();
            // The utilisation to scale in on matters to a lag.
            let demand = ["Preset", "CatchUpSeconds"].contains(&name);
            let lag = name.contains("Utilization") || demand;
            let metric = if lag { "millisBehindLatest" } else { "containerCPUUtilization" };
            let operation = match name {
                _ if demand => "Demand",
                "ScaleOutSteps" | "ScaleInSteps" => "Steps",
                "TargetValue" => "Target",
                _ => "Multiply/Divide",
            };
            let base = [
                format!("ScaleMetric={metric}"),
                format!("ScalingOperation={operation}"),
                "ScaleInThreshold=30".into(),
                "ScaleInFactor=2".into(),
                // The other parameters of a schedule matter to its hours.
                "HighKpu=5".into(),
                "HighStart=7:00".into(),
                "HighEnd=9:00".into(),
                // The price matters to a budget.
                if name == "KpuHourDollars" { "MonthlyBudgetDollars=500".into() } else { "MinKpu=1".into() },
            ];
            for assignment in base.iter().filter(|_| !of_a_stream).chain(assignments) {
                parameters.set(assignment).unwrap();
            }
            if of_a_stream && (name != "Target" || !assignments.is_empty()) {
                parameters.set("Target=stream").unwrap();
                parameters.set("ScaleMetric=WriteUtilization").unwrap();
            }
            let settings = Settings::new(&parameters).unwrap_or_else(|error| panic!("{name}: {error}"));
            let alarms: Vec<_> = settings.alarms().cloned().collect();
            (settings.policy().clone(), alarms, settings.heartbeat(), settings.parallelism_per_kpu())
        };
        assert_ne!(in_force(&[format!("{name}={value}")]), in_force(&[]), "{name} does nothing");
    }
}
