//! The state transitions of an execution; the longest execution stays within the limit of Step Functions.

use asl::{Execution, ExecutionContext, Machine, Next, Outcome};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use simulator::{Parameters, Settings, state_machine};

const START: Timestamp = Timestamp::constant(1_800_000_000, 0);

/// The longest that the template lets a run last.
const LONGEST_RUN: SignedDuration = SignedDuration::from_mins(480);

fn machine() -> Machine {
    state_machine(&Settings::new(&Parameters::default()).unwrap()).unwrap()
}

/// Drives an execution to its end, with an answer for each call and the time at which it is made.
fn drive(machine: &Machine, mut answer: impl FnMut(&str, SignedDuration) -> Value) -> Execution<'_> {
    let context = ExecutionContext { id: "run".to_owned(), started: START };
    let mut execution = Execution::start(machine, context, json!({}));
    let mut now = START;
    loop {
        match execution.next() {
            Next::Invoke { resource, .. } => {
                let answer = answer(resource, now.duration_since(START));
                execution.answer(Ok(answer), now, 0.5);
            }
            Next::WaitUntil(time) => {
                now = time;
                execution.wake(now);
            }
            Next::Ended(outcome) => {
                assert!(matches!(outcome, Outcome::Succeeded(_)), "{outcome:?}");
                return execution;
            }
        }
    }
}

fn breaching() -> Value {
    json!({"verdict": "Breaching", "graceSeconds": 30})
}

fn quiet() -> Value {
    json!({"verdict": "Quiet", "graceSeconds": 30})
}

/// Returns the transitions of an execution with `rounds` updates and `polls` polls for each update.
fn transitions(rounds: u32, polls: u32) -> u64 {
    let machine = machine();
    let (mut scaled, mut polled) = (0, 0);
    let execution = drive(&machine, |task, _| match task {
        "check" if scaled < rounds => breaching(),
        "check" => quiet(),
        "scale" => {
            (scaled, polled) = (scaled + 1, 0);
            json!({"verdict": "Scaling", "waitSeconds": 5})
        }
        _ => {
            polled += 1;
            let verdict = if polled < polls { "Updating" } else { "Settled" };
            json!({"verdict": verdict, "waitSeconds": 5})
        }
    });
    execution.transitions()
}

/// The public sample makes 16 for one round with three polls, and 64 for three rounds with five polls each.
#[test]
fn an_execution_costs_few_transitions() {
    assert_eq!(transitions(0, 0), 3, "a heartbeat that finds nothing to do");
    assert_eq!((transitions(1, 1), transitions(3, 1)), (11, 27), "one round, and three");
    assert_eq!(transitions(1, 2) - transitions(1, 1), 3, "one more poll");
    let machine = machine();
    let held = drive(&machine, |task, _| match task {
        "check" => breaching(),
        _ => json!({"verdict": "Hold", "waitSeconds": 5}),
    });
    assert_eq!(held.transitions(), 5, "at its bound");
}

/// The shortest waits for the longest duration of an execution: updates without end, and checks without end.
#[test]
fn the_longest_execution_stays_below_the_event_limit_of_a_history() {
    let machine = machine();
    let overdue = |at: SignedDuration| at >= LONGEST_RUN;
    let check =
        |at| if overdue(at) { json!({"verdict": "Overdue", "graceSeconds": 30}) } else { breaching() };
    let steps = drive(&machine, |task, at| match task {
        "check" => check(at),
        "scale" => json!({"verdict": "Scaling", "waitSeconds": 5}),
        _ => json!({"verdict": "Settled", "waitSeconds": 5}),
    });
    let rechecks = drive(&machine, |task, at| match task {
        "check" => check(at),
        _ => json!({"verdict": "RecheckLater", "waitSeconds": 5}),
    });
    // Step Functions ends an execution that has 25,000.
    assert!((15_000..22_000).contains(&steps.events()), "{}", steps.events());
    assert!((5_000..22_000).contains(&rechecks.events()), "{}", rechecks.events());
}
