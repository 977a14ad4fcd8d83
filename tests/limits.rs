//! What a run costs in state transitions, and that the longest one stays within what Step Functions allows.

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

fn ringing() -> Value {
    json!({"verdict": "Breaching", "graceSeconds": 30})
}

fn quiet() -> Value {
    json!({"verdict": "Quiet", "graceSeconds": 30})
}

/// The transitions of a run of so many rounds, each of which looks so often at its update.
fn transitions(rounds: u32, polls: u32) -> u64 {
    let machine = machine();
    let (mut scaled, mut polled) = (0, 0);
    let execution = drive(&machine, |task, _| match task {
        "check" if scaled < rounds => ringing(),
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

/// The sample makes 16 for one round with three looks, and 64 for three rounds with five looks each.
#[test]
fn a_run_costs_few_transitions() {
    assert_eq!(transitions(0, 0), 3, "a heartbeat that finds nothing to do");
    assert_eq!((transitions(1, 1), transitions(3, 1)), (11, 27), "one round, and three");
    assert_eq!(transitions(1, 2) - transitions(1, 1), 3, "one look more");
    let machine = machine();
    let held = drive(&machine, |task, _| match task {
        "check" => ringing(),
        _ => json!({"verdict": "Hold", "waitSeconds": 5}),
    });
    assert_eq!(held.transitions(), 5, "at its bound");
}

/// The shortest waits there are, for as long as a run may last: steps without end, and looks without end.
#[test]
fn the_longest_run_stays_below_the_events_of_a_history() {
    let machine = machine();
    let overdue = |at: SignedDuration| at >= LONGEST_RUN;
    let check = |at| if overdue(at) { json!({"verdict": "Overdue", "graceSeconds": 30}) } else { ringing() };
    let steps = drive(&machine, |task, at| match task {
        "check" => check(at),
        "scale" => json!({"verdict": "Scaling", "waitSeconds": 5}),
        _ => json!({"verdict": "Settled", "waitSeconds": 5}),
    });
    let looks = drive(&machine, |task, at| match task {
        "check" => check(at),
        _ => json!({"verdict": "RecheckLater", "waitSeconds": 5}),
    });
    // Step Functions ends an execution that has 25,000.
    assert!((15_000..22_000).contains(&steps.events()), "{}", steps.events());
    assert!((5_000..22_000).contains(&looks.events()), "{}", looks.events());
}
