//! Specification of the interpreter.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod execution;
mod loading;

use serde_json::{Value, json};

/// A definition with each type of state: a task with retries and a catcher, a choice, a wait, a success and a failure.
fn definition() -> Value {
    json!({
        "Comment": "Asks until it is done.",
        "StartAt": "Ask",
        "TimeoutSeconds": 1000,
        "States": {
            "Ask": {
                "Comment": "Ask.", "Type": "Task", "Resource": "${Resource}", "TimeoutSeconds": 10,
                "Parameters": {
                    "now.$": "$$.State.EnteredTime", "run.$": "$", "fixed": {"text": "${Text}", "number": 1},
                    "list": [{"id.$": "$$.Execution.Id"}, 2],
                },
                "ResultPath": "$.answer",
                "Retry": [
                    {"ErrorEquals": ["Busy"], "IntervalSeconds": 2, "BackoffRate": 2, "MaxAttempts": 3,
                     "MaxDelaySeconds": 5, "JitterStrategy": "NONE"},
                    {"ErrorEquals": ["Flaky", "States.Timeout"], "IntervalSeconds": 10, "BackoffRate": 1,
                     "MaxAttempts": 1, "MaxDelaySeconds": 60, "JitterStrategy": "FULL"},
                ],
                "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Broken"}],
                "Next": "IsDone",
            },
            "IsDone": {
                "Comment": "Done?", "Type": "Choice",
                "Choices": [{"Variable": "$.answer.verdict", "StringEquals": "Done", "Next": "Over"}],
                "Default": "Pause",
            },
            "Pause": {"Comment": "Wait.", "Type": "Wait", "SecondsPath": "$.answer.seconds", "Next": "Ask"},
            "Over": {"Comment": "Well.", "Type": "Succeed"},
            "Broken": {"Comment": "Badly.", "Type": "Fail", "Error": "Broken", "Cause": "It broke."},
        },
    })
}
