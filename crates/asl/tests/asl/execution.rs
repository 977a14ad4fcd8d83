//! Executions: the next action, and the effect of each reported result.

use crate::definition;
use asl::{Execution, ExecutionContext, Failure, Machine, Next, Outcome};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const START: Timestamp = Timestamp::constant(1_800_000_000, 250_000_000); // 2027-01-15T08:00:00.250Z

fn after(seconds: i64) -> Timestamp {
    START + SignedDuration::from_secs(seconds)
}

fn machine() -> Machine {
    let placeholders = [("Resource", "arn:ask"), ("Text", "say 'hi'")];
    let placeholders: BTreeMap<_, _> =
        placeholders.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
    Machine::load(&definition().to_string(), &placeholders).unwrap()
}

fn start(machine: &Machine, input: Value) -> Execution<'_> {
    Execution::start(machine, ExecutionContext { id: "run-1".to_owned(), started: START }, input)
}

fn failure(error: &str) -> Failure {
    Failure { error: error.to_owned(), cause: "because".to_owned() }
}

fn payload(execution: &Execution<'_>) -> Value {
    match execution.next() {
        Next::Invoke { payload, .. } => payload.clone(),
        other => panic!("expected a call, not {other:?}"),
    }
}

fn outcome(execution: &Execution<'_>) -> Outcome {
    match execution.next() {
        Next::Ended(outcome) => outcome.clone(),
        other => panic!("expected the end, not {other:?}"),
    }
}

#[test]
fn execution_passes_every_type_of_state() {
    let machine = machine();
    let mut execution = start(&machine, json!({"input": true}));
    let Next::Invoke { resource, timeout, .. } = execution.next() else { panic!() };
    assert_eq!((resource, timeout.as_secs()), ("arn:ask", 10));
    assert_eq!(
        payload(&execution),
        json!({
            "now": "2027-01-15T08:00:00.250Z",
            "run": {"input": true},
            "fixed": {"text": "say 'hi'", "number": 1},
            "list": [{"id": "run-1"}, 2],
        })
    );

    execution.answer(Ok(json!({"verdict": "NotYet", "seconds": 30})), after(1), 0.5);
    assert_eq!((execution.state_name(), execution.next()), ("Pause", Next::WaitUntil(after(31))));
    execution.wake(after(30));
    assert_eq!(execution.state_name(), "Pause", "the wait has not ended");
    execution.wake(after(31));
    assert_eq!(
        payload(&execution)["run"],
        json!({"input": true, "answer": {"verdict": "NotYet", "seconds": 30}})
    );
    assert_eq!(payload(&execution)["now"], "2027-01-15T08:00:31.250Z");

    execution.answer(Ok(json!({"verdict": "Done"})), after(32), 0.5);
    assert_eq!(
        outcome(&execution),
        Outcome::Succeeded(json!({"input": true, "answer": {"verdict": "Done"}}))
    );
    // Ask, IsDone, Pause, Ask, IsDone, Over.
    assert_eq!(execution.transitions(), 6);
    // Five events for a task, two for any other state, one for the start and one for the end.
    assert_eq!(execution.events(), 1 + 5 + 2 + 2 + 5 + 2 + 2 + 1);
}

#[test]
fn retries_back_off_up_to_the_maximum_before_catch_applies() {
    let machine = machine();
    let mut execution = start(&machine, json!({}));
    let first = payload(&execution);
    let mut now = 0;
    for delay in [2, 4, 5] {
        execution.answer(Err(failure("Busy")), after(now), 0.5);
        now += delay;
        assert_eq!(execution.next(), Next::WaitUntil(after(now)));
        execution.wake(after(now));
        assert_eq!(payload(&execution), first, "a retry sends the same payload, including its time");
    }
    execution.answer(Err(failure("Busy")), after(now), 0.5);
    let Outcome::Failed(broken) = outcome(&execution) else { panic!() };
    assert_eq!((broken.error.as_str(), broken.cause.as_str()), ("Broken", "It broke."));
    assert_eq!(execution.data()["error"], json!({"Error": "Busy", "Cause": "because"}));
    assert_eq!(execution.transitions(), 1 + 3 + 1);
}

#[test]
fn jitter_uses_the_given_chance_and_each_retry_entry_counts_separately_per_visit() {
    let machine = machine();
    let mut execution = start(&machine, json!({}));
    execution.answer(Err(failure("Flaky")), START, 0.3);
    assert_eq!(execution.next(), Next::WaitUntil(after(3)));
    execution.wake(after(3));
    execution.answer(Err(failure("Busy")), after(3), 0.3);
    assert_eq!(execution.next(), Next::WaitUntil(after(5)));
    execution.wake(after(5));

    // Leaving the state resets the counts.
    execution.answer(Ok(json!({"verdict": "NotYet", "seconds": 0})), after(5), 0.3);
    execution.wake(after(5));
    execution.answer(Err(failure("States.Timeout")), after(5), 1.0);
    assert_eq!(execution.next(), Next::WaitUntil(after(15)));
    execution.wake(after(15));
    execution.answer(Err(failure("Flaky")), after(15), 1.0);
    assert!(matches!(outcome(&execution), Outcome::Failed(_)), "its one retry was used");
}

#[test]
fn uncatchable_errors_end_the_execution() {
    let machine = machine();
    for error in ["States.Runtime", "States.DataLimitExceeded"] {
        let mut execution = start(&machine, json!({}));
        execution.answer(Err(failure(error)), START, 0.5);
        assert_eq!(outcome(&execution), Outcome::Failed(failure(error)));
    }
    for (input, answer, error) in [
        (json!({}), json!({"seconds": 5}), "States.Runtime"), // the path of the choice has no value
        (json!({}), json!({"verdict": "NotYet"}), "States.Runtime"), // the path of the wait has no value
        (json!({}), json!({"verdict": "NotYet", "seconds": "5"}), "States.Runtime"),
        (json!({}), json!({"verdict": "NotYet", "seconds": -1}), "States.Runtime"),
        (json!({}), json!({"verdict": "NotYet", "seconds": 100_000_000}), "States.Runtime"),
        (json!([]), json!({"verdict": "Done"}), "States.ResultPathMatchFailure"),
        (json!("text"), json!({"verdict": "Done"}), "States.ResultPathMatchFailure"),
    ] {
        let mut execution = start(&machine, input.clone());
        execution.answer(Ok(answer.clone()), START, 0.5);
        let Outcome::Failed(failure) = outcome(&execution) else { panic!("{input} {answer}") };
        assert_eq!(failure.error, error, "{input} {answer}");
    }
}

/// A machine whose `Fail` state takes error and cause from the data.
fn failing_with_paths() -> Machine {
    let mut definition = definition();
    let broken = definition.pointer_mut("/States/Broken").unwrap();
    *broken = json!({"Comment": "Badly.", "Type": "Fail", "ErrorPath": "$.error.Error", "CausePath": "$.error.Cause"});
    let placeholders = [("Resource", "arn:ask"), ("Text", "")];
    let placeholders: BTreeMap<_, _> =
        placeholders.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
    Machine::load(&definition.to_string(), &placeholders).unwrap()
}

#[test]
fn fail_state_reads_error_and_cause_from_the_data() {
    let machine = failing_with_paths();
    let mut execution = start(&machine, json!({}));
    execution.answer(Err(failure("Fatal")), START, 0.5);
    assert_eq!(outcome(&execution), Outcome::Failed(failure("Fatal")));
}

#[test]
fn data_above_the_size_limit_ends_the_execution() {
    let machine = machine();
    for (bytes, over) in [(250_000, false), (270_000, true)] {
        let mut execution = start(&machine, json!({}));
        let answer = json!({"verdict": "Done", "text": "x".repeat(bytes)});
        execution.answer(Ok(answer), START, 0.5);
        match outcome(&execution) {
            Outcome::Failed(failure) => assert!(over && failure.error == "States.DataLimitExceeded"),
            Outcome::Succeeded(_) => assert!(!over),
            Outcome::TimedOut => panic!(),
        }
    }
}

#[test]
fn full_history_ends_the_execution() {
    let machine = machine();
    let mut execution = start(&machine, json!({}));
    let mut loops = 0;
    while !matches!(execution.next(), Next::Ended(_)) {
        execution.answer(Ok(json!({"verdict": "NotYet", "seconds": 0})), START, 0.5);
        execution.wake(START);
        loops += 1;
    }
    let Outcome::Failed(failure) = outcome(&execution) else { panic!() };
    assert_eq!((failure.error.as_str(), loops), ("States.Runtime", 25_000 / 9 + 1));
}

#[test]
fn unknown_verdict_selects_the_default() {
    let machine = machine();
    for verdict in [json!("Unheard"), json!("done"), json!(5), json!(null)] {
        let mut execution = start(&machine, json!({}));
        execution.answer(Ok(json!({"verdict": verdict, "seconds": 5})), START, 0.5);
        assert_eq!(execution.state_name(), "Pause", "{verdict}");
    }
}

#[test]
fn machine_timeout_ends_the_execution_in_any_state() {
    let machine = machine();
    let mut execution = start(&machine, json!({}));
    execution.answer(Ok(json!({"verdict": "NotYet", "seconds": 5000})), after(1), 0.5);
    assert_eq!(execution.next(), Next::WaitUntil(after(1000)));
    execution.wake(after(999));
    assert_eq!(execution.state_name(), "Pause");
    execution.wake(after(1000));
    assert_eq!(outcome(&execution), Outcome::TimedOut);

    let mut execution = start(&machine, json!({}));
    execution.answer(Ok(json!({"verdict": "Done"})), after(1000), 0.5);
    assert_eq!(outcome(&execution), Outcome::TimedOut);
}

#[test]
fn unexpected_results_and_wakes_have_no_effect() {
    let machine = machine();
    let mut execution = start(&machine, json!({}));
    execution.wake(after(5));
    assert_eq!(execution.state_name(), "Ask");
    execution.answer(Ok(json!({"verdict": "NotYet", "seconds": 30})), after(1), 0.5);
    execution.answer(Ok(json!({"verdict": "Done"})), after(2), 0.5);
    assert_eq!(execution.next(), Next::WaitUntil(after(31)));
    execution.wake(after(31));
    execution.answer(Ok(json!({"verdict": "Done"})), after(31), 0.5);
    let over = outcome(&execution);
    execution.wake(after(5_000));
    execution.answer(Err(failure("Busy")), after(5_000), 0.5);
    assert_eq!(outcome(&execution), over);
}
