//! Prints every execution of every scenario, one JSON document a line, for another interpreter to go through them again:
//! `cargo run --example executions`. Of executions that went the same way, the first of a scenario stands for all.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "this is a tool of the tests")]

use asl::{Failure, Outcome};
use boundary::scenario;
use serde_json::{Value, json};
use simulator::{Call, Recording, state_machine};
use std::collections::BTreeSet;

fn main() {
    for (name, scenario, settings) in scenario::all() {
        let machine = state_machine(&settings).unwrap();
        let mut ways = BTreeSet::new();
        for recording in scenario.record(&machine, &settings) {
            let Some(outcome) = &recording.outcome else { continue };
            if ways.insert((recording.path.clone(), failures(&recording))) {
                let execution = json!({
                    "scenario": name,
                    "policy": settings.policy_text(),
                    "input": recording.input,
                    "calls": recording.calls.iter().map(call).collect::<Vec<_>>(),
                    "path": recording.path,
                    "outcome": ended(outcome),
                });
                println!("{execution}");
            }
        }
    }
}

/// Which calls failed, and by which name: tries are no states of their own.
fn failures(recording: &Recording) -> Vec<(usize, String)> {
    let failed = |(index, call): (usize, &Call)| Some((index, call.answer.as_ref().err()?.error.clone()));
    recording.calls.iter().enumerate().filter_map(failed).collect()
}

fn call(Call { resource, payload, answer }: &Call) -> Value {
    let answer = match answer {
        Ok(answer) => answer.clone(),
        Err(Failure { error, cause }) => {
            // Step Functions receives the failure of a function as this document, as text.
            let document = serde_json::from_str(cause).unwrap_or(Value::Null);
            if document.is_object() { document } else { json!({"errorType": error, "errorMessage": cause}) }
        }
    };
    json!({"task": resource, "payload": payload, "answer": answer})
}

fn ended(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Succeeded(output) => json!({"status": "SUCCEEDED", "output": output}),
        Outcome::Failed(Failure { error, cause }) => {
            json!({"status": "FAILED", "error": error, "cause": cause})
        }
        Outcome::TimedOut => json!({"status": "TIMED_OUT"}),
    }
}
