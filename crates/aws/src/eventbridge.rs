//! Implements the event bus port with the EventBridge API.

use crate::errors::classify;
use aws_config::SdkConfig;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use std::sync::OnceLock;
use tasks::{Attempt, EventBus, ScalingEvent, TaskError, failed_call};

/// The `source` field of every event that the autoscaler publishes.
const SOURCE: &str = "kpu-autoscaler";

/// The default event bus of the account.
///
/// Calls `PutEvents`.
#[derive(Debug, Clone)]
pub struct EventBridge {
    config: SdkConfig,
    client: OnceLock<Client>,
}

impl EventBridge {
    /// Creates the port from an SDK configuration.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self { config: config.clone(), client: OnceLock::new() }
    }

    /// The client, created at the first call: most executions publish no event.
    fn client(&self) -> &Client {
        self.client.get_or_init(|| Client::new(&self.config))
    }
}

impl EventBus for EventBridge {
    async fn publish(&self, event: &ScalingEvent) -> Result<(), TaskError> {
        let attempt = Attempt::PutEvents { resource: event.moved.name() };
        let detail = serde_json::to_string(event)
            .map_err(|error| TaskError::Fatal(format!("failed to {attempt}: {error}")))?;
        let entry = PutEventsRequestEntry::builder()
            .source(SOURCE)
            .detail_type(&event.kind)
            .resources(&event.execution)
            .detail(detail)
            .build();
        let answer = self.client().put_events().entries(entry).send().await;
        let answer = answer.map_err(|error| classify(attempt, &error))?;
        // PutEvents succeeds even if EventBridge rejects an entry.
        match answer.entries().iter().find_map(|entry| Some((entry.error_code()?, entry.error_message()))) {
            Some((code, message)) => {
                Err(failed_call(attempt, code, message.unwrap_or("without a message"), None))
            }
            None => Ok(()),
        }
    }
}
