//! Step Functions port: the fields of each request, and the translation of each response.

use crate::{config, error, ok, replay_of, seen};
use aws::StepFunctions;
use scalable_target::{Run, RunEnd, Runs};
use serde_json::{Value, json};
use tasks::TaskError;

const MACHINE: &str = "arn:aws:states:eu-central-1:111122223333:stateMachine:scaling";

fn runs(
    answers: Vec<crate::Answer>,
) -> (StepFunctions, aws_smithy_http_client::test_util::StaticReplayClient) {
    let replay = replay_of(answers);
    (StepFunctions::new(&config(replay.clone()), MACHINE.to_owned()), replay)
}

#[tokio::test]
async fn start_sends_name_and_input() {
    let (runs, replay) = runs(vec![ok(&json!({"executionArn": "arn", "startDate": 1_800_000_000}))]);
    assert_eq!(runs.start("capacity-8-1a", &json!({"desiredCapacity": 8})).await, Ok(()));
    let expected =
        json!({"stateMachineArn": MACHINE, "name": "capacity-8-1a", "input": "{\"desiredCapacity\":8}"});
    assert_eq!(seen(&replay), [("StartExecution".to_owned(), expected)]);
}

#[tokio::test]
async fn newest_lists_executions_with_start_and_status() {
    let listed = |name: &str, status: &str| {
        json!({"executionArn": format!("arn:{name}"), "stateMachineArn": MACHINE, "name": name,
               "status": status, "startDate": 1_800_000_000.5})
    };
    let answer =
        json!({"executions": [listed("capacity-8-1a", "RUNNING"), listed("heartbeat", "TIMED_OUT")]});
    let (runs, replay) = runs(vec![ok(&answer)]);
    let run = |name: &str, is_over| Run {
        id: format!("arn:{name}"),
        name: name.to_owned(),
        started: "2027-01-15T08:00:00.5Z".parse().unwrap(),
        is_over,
    };
    assert_eq!(runs.newest().await, Ok(vec![run("capacity-8-1a", false), run("heartbeat", true)]));
    let expected = json!({"stateMachineArn": MACHINE, "maxResults": 100});
    assert_eq!(seen(&replay), [("ListExecutions".to_owned(), expected)]);
}

#[tokio::test]
async fn end_has_the_output_or_the_cause() {
    let described = |status: &str, more: Value| {
        let mut answer =
            json!({"executionArn": "arn", "stateMachineArn": MACHINE, "status": status, "startDate": 1});
        answer.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        ok(&answer)
    };
    for (answer, expected) in [
        (described("SUCCEEDED", json!({"output": "{\"check\": 1}"})), RunEnd::Succeeded(json!({"check": 1}))),
        (
            described("FAILED", json!({"cause": "failed to read"})),
            RunEnd::Failed("failed to read".to_owned()),
        ),
        (described("ABORTED", json!({})), RunEnd::Failed("its execution is ABORTED".to_owned())),
    ] {
        let (runs, _) = runs(vec![answer]);
        assert_eq!(runs.end("arn").await, Ok(expected));
    }
}

#[tokio::test]
async fn errors_name_the_failed_attempt() {
    let (runs, _) = runs(vec![error(400, "AccessDeniedException"), error(500, "InternalFailure")]);
    let Err(TaskError::Fatal(message)) = runs.newest().await else { panic!("AccessDenied must be fatal") };
    assert!(message.starts_with("failed to list the executions of the state machine: AccessDeniedException"));
    let Err(TaskError::Retryable(message)) = runs.start("capacity-8-1a", &json!({})).await else {
        panic!("an internal failure must be retryable")
    };
    assert!(message.starts_with("failed to start the execution 'capacity-8-1a'"));
}
