//! Error codes, sorted by what is done next. A quota is not throttling, and nothing is tried twice behind one's back.

use crate::{Answer, aws, error, ok, seen};
use scaling::Parallelism;
use serde_json::json;
use tasks::{Alarms, Refusal, Resources, TaskError, Update, UpdateOutcome};

fn update() -> Update {
    Update {
        asked: jiff::Timestamp::UNIX_EPOCH,
        from: Parallelism::ONE,
        resource: "orders".to_owned(),
        version: 7,
        parallelism: Parallelism::new(16).unwrap(),
        allow_non_restored_state: None,
    }
}

#[tokio::test]
async fn every_code_of_an_update_has_its_answer() {
    let retryable = "retryable";
    #[rustfmt::skip]
    let rows = [
        (400, "ConcurrentModificationException", "version changed"),
        (400, "ResourceInUseException", "busy"),
        (400, "ThrottlingException", retryable),
        (400, "TooManyRequestsException", retryable),
        (400, "ExpiredTokenException", retryable),
        (400, "InternalFailure", retryable),
        (500, "InternalFailure", retryable),
        (503, "ServiceUnavailable", retryable),
        (500, "SomethingNobodyKnows", retryable),
        (429, "SomethingNobodyKnows", retryable),
        (400, "LimitExceededException", "have the quota raised"),
        (400, "AccessDeniedException", "lacks this permission"),
        (400, "ResourceNotFoundException", "check ApplicationName"),
        (400, "InvalidArgumentException", "look at MaxKpu"),
        (400, "InvalidApplicationConfigurationException", "look at MaxKpu"),
        (400, "UnsupportedOperationException", "not one that can be scaled this way"),
        (400, "InvalidRequestException", "InvalidRequestException: as it is"),
        (400, "CodeValidationException", "CodeValidationException: as it is"),
        (400, "UnrecognizedClientException", "UnrecognizedClientException: as it is"),
        (400, "SomethingNobodyKnows", "SomethingNobodyKnows: as it is"),
    ];
    for (status, code, expected) in rows {
        let (aws, replay) = aws(vec![error(status, code), ok(&json!({"OperationId": "a second attempt"}))]);
        let outcome = aws.applications.update(&update()).await;
        assert_eq!(seen(&replay).len(), 1, "{code} was tried again in secret");
        match (expected, outcome) {
            ("version changed", Ok(UpdateOutcome::Refused(Refusal::VersionChanged)))
            | ("busy", Ok(UpdateOutcome::Refused(Refusal::Busy))) => {}
            ("retryable", Err(TaskError::Retryable(message))) => {
                assert!(
                    message.starts_with(&format!("failed to update the application 'orders': {code}")),
                    "{message}"
                );
            }
            (expected, Err(TaskError::Fatal(message))) => {
                assert!(
                    message.contains(expected) && message.starts_with("failed to update"),
                    "{code}: {message}"
                );
            }
            (expected, outcome) => panic!("{status} {code}: expected {expected}, not {outcome:?}"),
        }
    }
}

/// Reading has no refusals: what an update is refused for would be an error there.
#[tokio::test]
async fn reading_never_takes_an_error_for_a_refusal() {
    for code in ["ConcurrentModificationException", "ResourceInUseException", "InvalidArgumentException"] {
        let (aws, _) = aws(vec![error(400, code), error(400, code), error(400, code)]);
        assert!(matches!(aws.applications.describe("orders").await, Err(TaskError::Fatal(_))), "{code}");
        assert!(matches!(aws.applications.operations("orders").await, Err(TaskError::Fatal(_))), "{code}");
        assert!(
            matches!(aws.applications.operation("orders", "op").await, Err(TaskError::Fatal(_))),
            "{code}"
        );
    }
}

/// CloudWatch's errors are CBOR, and the code of the header counts.
fn cloudwatch(status: u16, code: &str) -> Answer {
    let headers = vec![
        ("smithy-protocol", "rpc-v2-cbor".to_owned()),
        ("content-type", "application/cbor".to_owned()),
        ("x-amzn-query-error", format!("{code};Sender")),
    ];
    (status, headers, vec![0xbf, 0xff])
}

#[tokio::test]
async fn the_alarms_sort_their_errors_alike() {
    for (status, code, passes) in [
        (400, "Throttling", true),
        (500, "InternalServiceFault", true),
        (503, "AnythingElse", true),
        (400, "AccessDenied", false),
        (400, "InvalidNextToken", false),
        (400, "LimitExceededException", false),
        (400, "AnythingElse", false),
    ] {
        let (aws, replay) = aws(vec![cloudwatch(status, code), cloudwatch(status, code)]);
        let error = aws.alarms.describe(&["orders-out"]).await.unwrap_err();
        assert_eq!(matches!(error, TaskError::Retryable(_)), passes, "{status} {code}: {error}");
        assert!(error.to_string().starts_with("failed to describe the alarms orders-out: "), "{error}");
        assert_eq!(replay.actual_requests().count(), 1);
    }
}

#[tokio::test]
async fn an_answer_that_is_none_is_worth_another_attempt_only_if_the_server_failed() {
    let page = b"<html>gateway</html>".to_vec();
    for (status, passes) in [(502, true), (200, false), (400, false)] {
        let (aws, _) = aws(vec![(status, vec![], page.clone())]);
        let error = aws.applications.describe("orders").await.unwrap_err();
        assert_eq!(matches!(error, TaskError::Retryable(_)), passes, "{status}: {error}");
    }
}
