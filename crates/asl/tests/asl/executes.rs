//! What an execution says to do next, and what it makes of what it is told.

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
fn a_loop_through_every_type_of_state() {
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
    assert_eq!(execution.state_name(), "Pause", "it is not time yet");
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
    // Five for a task, two for any other state, and the beginning and the end.
    assert_eq!(execution.events(), 1 + 5 + 2 + 2 + 5 + 2 + 2 + 1);
}

#[test]
fn retries_back_off_up_to_the_maximum_and_then_are_caught() {
    let machine = machine();
    let mut execution = start(&machine, json!({}));
    let first = payload(&execution);
    let mut now = 0;
    for delay in [2, 4, 5] {
        execution.answer(Err(failure("Busy")), after(now), 0.5);
        now += delay;
        assert_eq!(execution.next(), Next::WaitUntil(after(now)));
        execution.wake(after(now));
        assert_eq!(payload(&execution), first, "a retry sends the same payload, the time in it included");
    }
    execution.answer(Err(failure("Busy")), after(now), 0.5);
    let Outcome::Failed(broken) = outcome(&execution) else { panic!() };
    assert_eq!((broken.error.as_str(), broken.cause.as_str()), ("Broken", "It broke."));
    assert_eq!(execution.data()["error"], json!({"Error": "Busy", "Cause": "because"}));
    assert_eq!(execution.transitions(), 1 + 3 + 1);
}

#[test]
fn jitter_is_the_dice_and_each_entry_counts_for_itself_until_the_state_is_left() {
    let machine = machine();
    let mut execution = start(&machine, json!({}));
    execution.answer(Err(failure("Flaky")), START, 0.3);
    assert_eq!(execution.next(), Next::WaitUntil(after(3)));
    execution.wake(after(3));
    execution.answer(Err(failure("Busy")), after(3), 0.3);
    assert_eq!(execution.next(), Next::WaitUntil(after(5)));
    execution.wake(after(5));

    // Leaving the state and coming back starts the counts anew.
    execution.answer(Ok(json!({"verdict": "NotYet", "seconds": 0})), after(5), 0.3);
    execution.wake(after(5));
    execution.answer(Err(failure("States.Timeout")), after(5), 1.0);
    assert_eq!(execution.next(), Next::WaitUntil(after(15)));
    execution.wake(after(15));
    execution.answer(Err(failure("Flaky")), after(15), 1.0);
    assert!(matches!(outcome(&execution), Outcome::Failed(_)), "its one retry was used");
}

#[test]
fn what_nothing_can_catch_ends_the_execution() {
    let machine = machine();
    for error in ["States.Runtime", "States.DataLimitExceeded"] {
        let mut execution = start(&machine, json!({}));
        execution.answer(Err(failure(error)), START, 0.5);
        assert_eq!(outcome(&execution), Outcome::Failed(failure(error)));
    }
    for (input, answer, error) in [
        (json!({}), json!({"seconds": 5}), "States.Runtime"), // the choice's path leads nowhere
        (json!({}), json!({"verdict": "NotYet"}), "States.Runtime"), // so does the wait's
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

/// A machine that ends badly in the words of its data.
fn told_by_its_data() -> Machine {
    let mut definition = definition();
    let broken = definition.pointer_mut("/States/Broken").unwrap();
    *broken = json!({"Comment": "Badly.", "Type": "Fail", "ErrorPath": "$.error.Error", "CausePath": "$.error.Cause"});
    let placeholders = [("Resource", "arn:ask"), ("Text", "")];
    let placeholders: BTreeMap<_, _> =
        placeholders.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
    Machine::load(&definition.to_string(), &placeholders).unwrap()
}

#[test]
fn a_failure_may_be_told_in_the_words_of_the_data() {
    let machine = told_by_its_data();
    let mut execution = start(&machine, json!({}));
    execution.answer(Err(failure("Fatal")), START, 0.5);
    assert_eq!(outcome(&execution), Outcome::Failed(failure("Fatal")));
}

#[test]
fn more_data_than_step_functions_takes_ends_the_execution() {
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
fn a_history_that_is_full_ends_the_execution() {
    let machine = machine();
    let mut execution = start(&machine, json!({}));
    let mut laps = 0;
    while !matches!(execution.next(), Next::Ended(_)) {
        execution.answer(Ok(json!({"verdict": "NotYet", "seconds": 0})), START, 0.5);
        execution.wake(START);
        laps += 1;
    }
    let Outcome::Failed(failure) = outcome(&execution) else { panic!() };
    assert_eq!((failure.error.as_str(), laps), ("States.Runtime", 25_000 / 9 + 1));
}

#[test]
fn a_verdict_it_does_not_know_takes_the_default() {
    let machine = machine();
    for verdict in [json!("Unheard"), json!("done"), json!(5), json!(null)] {
        let mut execution = start(&machine, json!({}));
        execution.answer(Ok(json!({"verdict": verdict, "seconds": 5})), START, 0.5);
        assert_eq!(execution.state_name(), "Pause", "{verdict}");
    }
}

#[test]
fn the_timeout_of_the_machine_ends_it_wherever_it_is() {
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
fn what_it_did_not_ask_for_changes_nothing() {
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
