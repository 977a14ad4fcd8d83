//! Whoever listens, on the API of EventBridge.

use crate::errors::{sort, sort_code};
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use tasks::{EventBus, ScalingEvent, TaskError};

/// The source of our events.
const SOURCE: &str = "kpu-autoscaler";

/// The default event bus of the account.
///
/// Calls `PutEvents`.
#[derive(Debug, Clone)]
pub struct EventBridge {
    client: Client,
}

impl EventBridge {
    /// On a client.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { client }
    }
}

impl EventBus for EventBridge {
    async fn publish(&self, event: &ScalingEvent) -> Result<(), TaskError> {
        let attempt = format!("tell what became of the scaling of '{}'", event.moved.name());
        let detail = serde_json::to_string(event)
            .map_err(|error| TaskError::Fatal(format!("failed to {attempt}: {error}")))?;
        let entry = PutEventsRequestEntry::builder()
            .source(SOURCE)
            .detail_type(&event.kind)
            .resources(&event.execution)
            .detail(detail)
            .build();
        let answer = self.client.put_events().entries(entry).send().await;
        let answer = answer.map_err(|error| sort(&attempt, &error))?;
        // The call succeeds even if an entry does not.
        match answer.entries().iter().find_map(|entry| Some((entry.error_code()?, entry.error_message()))) {
            Some((code, message)) => Err(sort_code(&attempt, code, message.unwrap_or_default())),
            None => Ok(()),
        }
    }
}
