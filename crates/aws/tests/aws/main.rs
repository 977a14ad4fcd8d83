//! Specification of the AWS ports: every field of each request, and the translation of each response.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod clients;
mod cloudwatch;
mod errors;
mod eventbridge;
mod flink;
mod permissions;
mod stepfunctions;

use aws::Aws;
use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_sdk_cloudwatch::config::{Credentials, HttpClient, SharedCredentialsProvider};
use aws_smithy_http_client::test_util::{ReplayEvent, StaticReplayClient};
use aws_smithy_types::body::SdkBody;
use serde_json::Value;

/// A recorded response: status, headers and body.
type Answer = (u16, Vec<(&'static str, String)>, Vec<u8>);

/// The ports, on a client that replays these responses in order.
fn aws(answers: Vec<Answer>) -> (Aws, StaticReplayClient) {
    let replay = replay_of(answers);
    (Aws::new(&config(replay.clone())), replay)
}

/// A client that replays these responses in order.
fn replay_of(answers: Vec<Answer>) -> StaticReplayClient {
    let events = answers.into_iter().map(|(status, headers, body)| {
        let request = http::Request::builder().body(SdkBody::empty()).unwrap();
        let mut response = http::Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(name, value);
        }
        ReplayEvent::new(request, response.body(SdkBody::from(body)).unwrap())
    });
    StaticReplayClient::new(events.collect())
}

fn config(client: impl HttpClient + 'static) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("eu-central-1"))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::for_tests()))
        .retry_config(RetryConfig::disabled())
        .http_client(client)
        .build()
}

/// A successful response of MSF.
fn ok(body: &Value) -> Answer {
    (200, vec![], body.to_string().into_bytes())
}

/// An error response of MSF.
fn error(status: u16, code: &str) -> Answer {
    (status, vec![], serde_json::json!({"__type": code, "Message": "as it is"}).to_string().into_bytes())
}

/// The recorded requests: operation name and body.
fn seen(replay: &StaticReplayClient) -> Vec<(String, Value)> {
    let request = |request: &aws_sdk_cloudwatch::config::http::HttpRequest| {
        let target = request.headers().get("x-amz-target").unwrap().to_owned();
        let body = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        (target.rsplit('.').next().unwrap().to_owned(), body)
    };
    replay.actual_requests().map(request).collect()
}
