//! What is told: the request to the field, and an entry that was refused although the call succeeded.

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
    }
}

#[tokio::test]
async fn an_event_is_put_whole_on_the_default_bus() {
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
async fn an_entry_that_was_refused_is_an_error_although_the_call_succeeded() {
    for (code, passes) in
        [("InternalFailure", true), ("ThrottlingException", true), ("MalformedDetail", false)]
    {
        let refused = json!({"FailedEntryCount": 1, "Entries": [{"ErrorCode": code, "ErrorMessage": "no"}]});
        let (aws, _) = aws(vec![ok(&refused)]);
        let error = aws.events.publish(&event()).await.unwrap_err();
        assert_eq!(matches!(error, TaskError::Retryable(_)), passes, "{error}");
        let expected = format!("failed to tell what became of the scaling of 'orders': {code}: no");
        assert!(error.to_string().starts_with(&expected), "{error}");
    }
    let (aws, _) = aws(vec![error(400, "AccessDeniedException")]);
    assert!(matches!(aws.events.publish(&event()).await, Err(TaskError::Fatal(_))));
}
