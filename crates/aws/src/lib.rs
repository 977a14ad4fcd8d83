//! The ports of the tasks on the AWS SDK, and nothing else: a translation with nothing to decide.
//!
//! Start with [`configuration`]. Which calls are made, and so which permissions a function needs, stands in the
//! documentation of [`Flink`], [`Kinesis`], [`CloudWatch`], [`EventBridge`] and [`StepFunctions`].

mod cloudwatch;
mod errors;
mod eventbridge;
mod flink;
mod kinesis;
mod stepfunctions;
mod time;

pub use cloudwatch::CloudWatch;
pub use eventbridge::EventBridge;
pub use flink::Flink;
pub use kinesis::Kinesis;
pub use stepfunctions::StepFunctions;

use aws_config::BehaviorVersion;
pub use aws_config::SdkConfig;
use aws_config::environment::{EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider};
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_cloudwatch::config::SharedHttpClient;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use std::time::Duration;

/// The ports.
#[derive(Debug, Clone)]
pub struct Aws {
    /// The Flink applications.
    pub applications: Flink,
    /// The Kinesis streams.
    pub streams: Kinesis,
    /// The alarms.
    pub alarms: CloudWatch,
    /// Whoever listens.
    pub events: EventBridge,
}

/// The longest that one call may take. A task makes four to eight calls, more after updates whose direction matters, and its function has 50 s.
const CALL: Duration = Duration::from_secs(6);

/// The longest that making a connection may take.
const CONNECT: Duration = Duration::from_secs(2);

/// Where calls go out. TLS is by `ring`: the default provider gathers entropy at the start, which takes longer than
/// everything else that a task does on a small function.
#[must_use]
pub fn http_client() -> SharedHttpClient {
    Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
}

/// What the environment says, which is where Lambda puts it: region, credentials, and an endpoint of one's own if there is one
/// (`AWS_ENDPOINT_URL`). No other source is looked at.
///
/// The SDK does not retry. It would take a quota that is used up (`LimitExceededException`) for throttling and try it
/// again; what is worth another attempt is tried again by the state machine, with jitter and in sight.
pub async fn configuration() -> SdkConfig {
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .region(EnvironmentVariableRegionProvider::new())
        .credentials_provider(EnvironmentVariableCredentialsProvider::new())
        .http_client(http_client())
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::builder().connect_timeout(CONNECT).operation_timeout(CALL).build())
        .load()
        .await
}

/// The same for whom no state machine tries again: what passes is tried up to three times.
#[must_use]
pub fn patient(config: &SdkConfig) -> SdkConfig {
    config.to_builder().retry_config(RetryConfig::standard().with_max_attempts(3)).build()
}

impl Aws {
    /// The ports with this configuration.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self {
            applications: Flink::new(aws_sdk_kinesisanalyticsv2::Client::new(config)),
            streams: Kinesis::new(aws_sdk_kinesis::Client::new(config)),
            alarms: CloudWatch::new(aws_sdk_cloudwatch::Client::new(config)),
            events: EventBridge::new(aws_sdk_eventbridge::Client::new(config)),
        }
    }
}
