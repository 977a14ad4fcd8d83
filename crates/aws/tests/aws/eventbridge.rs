//! Event bus port: the fields of `PutEvents`, and an entry that EventBridge rejects although the call succeeds.

use crate::{aws, error, ok, seen};
use scaling::Direction;
use serde_json::{Value, json};
use tasks::{EventBus, Moved, ScalingEvent, TaskError};

fn event() -> ScalingEvent {
    ScalingEvent {
        kind: "Application Scaled".to_owned(),
        moved: Moved::Application { application: "orders".to_owned(), from_kpus: 4, to_kpus: 8 },
        failure: None,
        direction: Direction::Out,
        seconds: 130,
        because: "cpu is 91 > 85".to_owned(),
        execution: "arn:execution".to_owned(),
        message: "orders: scaled".to_owned(),
        subject: "orders: scaled out".to_owned(),
        text: "The application 'orders' was scaled out.\n".to_owned(),
    }
}

#[tokio::test]
async fn publish_puts_the_event_on_the_default_bus() {
    let (aws, replay) = aws(vec![ok(&json!({"FailedEntryCount": 0, "Entries": [{"EventId": "one"}]}))]);
    assert_eq!(aws.events.publish(&event()).await, Ok(()));
    let (operation, body) = seen(&replay).remove(0);
    assert_eq!(operation, "PutEvents");
    let entry = &body["Entries"][0];
    assert_eq!(
        (&entry["Source"], &entry["DetailType"]),
        (&json!("kpu-autoscaler"), &json!("Application Scaled"))
    );
    assert_eq!(entry["Resources"], json!(["arn:execution"]));
    let detail: Value = serde_json::from_str(entry["Detail"].as_str().unwrap()).unwrap();
    assert_eq!(detail, serde_json::to_value(event()).unwrap());
}

#[tokio::test]
async fn rejected_entry_is_an_error_although_the_call_succeeds() {
    for (code, is_transient) in
        [("InternalFailure", true), ("ThrottlingException", true), ("MalformedDetail", false)]
    {
        let rejected = json!({"FailedEntryCount": 1, "Entries": [{"ErrorCode": code, "ErrorMessage": "no"}]});
        let (aws, _) = aws(vec![ok(&rejected)]);
        let error = aws.events.publish(&event()).await.unwrap_err();
        assert_eq!(matches!(error, TaskError::Retryable(_)), is_transient, "{error}");
        let expected = format!("failed to publish the result of scaling 'orders': {code}: no");
        assert!(error.to_string().starts_with(&expected), "{error}");
    }
    let (aws, _) = aws(vec![error(400, "AccessDeniedException")]);
    assert!(matches!(aws.events.publish(&event()).await, Err(TaskError::Fatal(_))));
}
