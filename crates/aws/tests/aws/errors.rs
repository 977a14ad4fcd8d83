//! Classification of error codes. An exhausted quota is not throttling, and the SDK does not retry by itself.

use crate::{Answer, aws, error, ok, seen};
use scaling::Parallelism;
use serde_json::json;
use tasks::{Alarms, Refusal, Resources, TaskError, Update, UpdateOutcome};

fn update() -> Update {
    Update {
        asked: jiff::Timestamp::UNIX_EPOCH,
        from: Parallelism::ONE,
        resource: "orders".to_owned(),
        version: Some(7),
        parallelism: Parallelism::new(16).unwrap(),
        allow_non_restored_state: None,
    }
}

#[tokio::test]
async fn update_maps_every_error_code() {
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
        (400, "LimitExceededException", "lower MaxKpu or MaxParallelism"),
        (400, "AccessDeniedException", "allow kinesisanalytics:UpdateApplication"),
        (400, "ResourceNotFoundException", "check ApplicationName"),
        (400, "InvalidArgumentException", "compare MaxKpu"),
        (400, "InvalidApplicationConfigurationException", "compare MaxKpu"),
        (400, "UnsupportedOperationException", "let ApplicationName be an application for Apache Flink"),
        (400, "InvalidRequestException", "InvalidRequestException: as it is"),
        (400, "CodeValidationException", "CodeValidationException: as it is"),
        (400, "UnrecognizedClientException", "UnrecognizedClientException: as it is"),
        (400, "SomethingNobodyKnows", "SomethingNobodyKnows: as it is"),
    ];
    for (status, code, expected) in rows {
        let (aws, replay) = aws(vec![error(status, code), ok(&json!({"OperationId": "a second attempt"}))]);
        let outcome = aws.applications.update(&update()).await;
        assert_eq!(seen(&replay).len(), 1, "the SDK retried {code}");
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

/// Only an update can be rejected. The same error codes are fatal errors of a read.
#[tokio::test]
async fn error_codes_of_a_read_are_never_a_refusal() {
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

/// An error of CloudWatch: the body is CBOR, and the header carries the code.
fn cloudwatch(status: u16, code: &str) -> Answer {
    let headers = vec![
        ("smithy-protocol", "rpc-v2-cbor".to_owned()),
        ("content-type", "application/cbor".to_owned()),
        ("x-amzn-query-error", format!("{code};Sender")),
    ];
    (status, headers, vec![0xbf, 0xff])
}

#[tokio::test]
async fn cloudwatch_errors_are_classified_alike() {
    for (status, code, is_transient) in [
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
        assert_eq!(matches!(error, TaskError::Retryable(_)), is_transient, "{status} {code}: {error}");
        assert!(error.to_string().starts_with("failed to describe the alarms orders-out: "), "{error}");
        assert_eq!(replay.actual_requests().count(), 1);
    }
}

#[tokio::test]
async fn unreadable_response_is_retryable_only_with_a_server_error_status() {
    let page = b"<html>gateway</html>".to_vec();
    for (status, is_transient) in [(502, true), (200, false), (400, false)] {
        let (aws, _) = aws(vec![(status, vec![], page.clone())]);
        let error = aws.applications.describe("orders").await.unwrap_err();
        assert_eq!(matches!(error, TaskError::Retryable(_)), is_transient, "{status}: {error}");
    }
}
