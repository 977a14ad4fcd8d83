//! Creation of the SDK's clients: each costs the start of a function about a tenth of a millisecond of CPU.

use crate::{config, ok, replay_of};
use aws::Aws;
use aws_sdk_cloudwatch::config::{ConfigBag, HttpClient, RuntimeComponents, RuntimeComponentsBuilder};
use aws_smithy_http_client::test_util::StaticReplayClient;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{HttpConnectorSettings, SharedHttpConnector};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tasks::Streams;

/// Replays responses, and counts the clients that use it: each validates it once, when it is created.
#[derive(Debug, Clone)]
struct Counted {
    replay: StaticReplayClient,
    clients: Arc<AtomicUsize>,
}

impl HttpClient for Counted {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        self.replay.http_connector(settings, components)
    }

    fn validate_base_client_config(
        &self,
        _: &RuntimeComponentsBuilder,
        _: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.clients.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

#[tokio::test]
async fn clients_that_a_check_of_an_application_does_not_need_are_created_once_at_their_first_call() {
    let tags = || ok(&json!({"HasMoreTags": false, "Tags": [{"Key": "a", "Value": "b"}]}));
    let client = Counted { replay: replay_of(vec![tags(), tags()]), clients: Arc::default() };
    let clients = client.clients.clone();
    let aws = Aws::new(&config(client));
    assert_eq!(clients.load(Ordering::Relaxed), 2, "MSF and CloudWatch");
    for _ in 0..2 {
        assert_eq!(aws.streams.tag("orders", "a").await, Ok(Some("b".to_owned())));
    }
    assert_eq!(clients.load(Ordering::Relaxed), 3, "and Kinesis");
}
