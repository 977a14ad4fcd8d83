//! Counts the messages of a queue.

use crate::signed::SignedRequest;
use crate::unread::refused;
use crate::{Account, Obstacle, Read, Unread};
use serde_json::{Value, json};

impl Account {
    /// Counts the messages of the queue with this URL.
    pub(crate) async fn messages(&self, queue_url: &str) -> Read<u64> {
        let attempt = "count the messages of the dead-letter queue".to_owned();
        let request = SignedRequest {
            service: "sqs",
            attempt: attempt.clone(),
            headers: vec![
                ("content-type", "application/x-amz-json-1.0"),
                ("x-amz-target", "AmazonSQS.GetQueueAttributes"),
            ],
            body: json!({"QueueUrl": queue_url, "AttributeNames": ["ApproximateNumberOfMessages"]})
                .to_string(),
        };
        let (is_success, body) = self.send(request).await?;
        count(is_success, &body, &attempt)
    }
}

/// The number of messages in an answer of SQS.
fn count(is_success: bool, body: &str, attempt: &str) -> Read<u64> {
    let answer: Value = serde_json::from_str(body).unwrap_or_default();
    if is_success {
        let count = answer["Attributes"]["ApproximateNumberOfMessages"].as_str();
        return count.and_then(|count| count.parse().ok()).ok_or_else(|| {
            Unread::new(Obstacle::Other, format!("failed to {attempt}: the answer could not be read"))
        });
    }
    let code = answer["__type"].as_str().and_then(|code| code.rsplit('#').next()).unwrap_or("no code");
    let message = answer.get("message").or_else(|| answer.get("Message")).and_then(Value::as_str);
    Err(refused(attempt, code, message.unwrap_or("without a message")))
}

#[cfg(test)]
mod tests {
    use super::count;
    use crate::Obstacle;

    #[test]
    fn the_messages_are_counted_or_the_refusal_is_stated() {
        let count = |is_success, body| count(is_success, body, "count them");
        assert_eq!(count(true, r#"{"Attributes": {"ApproximateNumberOfMessages": "3"}}"#), Ok(3));
        let denied =
            count(false, r#"{"__type": "com.amazonaws.sqs#AccessDeniedException", "message": "no"}"#);
        assert_eq!(denied.unwrap_err().obstacle, Obstacle::Denied);
        for strange in ["", "{}", r#"{"Attributes": {"ApproximateNumberOfMessages": "few"}}"#] {
            assert_eq!(count(true, strange).unwrap_err().obstacle, Obstacle::Other, "{strange}");
        }
    }
}
