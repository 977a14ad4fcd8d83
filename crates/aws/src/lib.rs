//! Implements the ports of the tasks with the AWS SDK. This crate only translates; it makes no decisions.
//!
//! Start with [`configuration`]. The documentation of [`Flink`], [`Kinesis`], [`CloudWatch`], [`EventBridge`] and
//! [`StepFunctions`] lists the API calls of each, which are the permissions that a function needs.

mod cloudwatch;
mod errors;
mod eventbridge;
mod flink;
mod kinesis;
mod stepfunctions;
mod time;

pub use cloudwatch::{CloudWatch, alarm_state};
pub use eventbridge::EventBridge;
pub use flink::Flink;
pub use kinesis::Kinesis;
pub use stepfunctions::StepFunctions;

use aws_config::BehaviorVersion;
pub use aws_config::SdkConfig;
use aws_config::environment::{EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider};
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::{
    HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use std::time::Duration;

/// The ports of the tasks, each on its AWS service.
#[derive(Debug, Clone)]
pub struct Aws {
    /// The Flink applications.
    pub applications: Flink,
    /// The Kinesis streams.
    pub streams: Kinesis,
    /// The alarms.
    pub alarms: CloudWatch,
    /// The event bus for notifications.
    pub events: EventBridge,
}

/// Timeout of one API call. A task makes four to eight calls, and more if it reads the direction of past updates. The
/// function's timeout is 50 s.
const CALL_TIMEOUT: Duration = Duration::from_secs(6);

/// Timeout of opening a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// The TLS provider is `ring`, because the default provider gathers entropy at start-up, which takes longer on a small function than
/// the rest of a task.
const TLS: Provider = Provider::Rustls(CryptoMode::Ring);

/// Returns an HTTP client with the timeouts of each client of the SDK that uses it.
#[must_use]
pub fn http_client() -> SharedHttpClient {
    Builder::new().tls_provider(TLS).build_https()
}

/// Returns the HTTP client of the functions: one connector, which is created here and has [`CONNECT_TIMEOUT`].
///
/// The SDK's own client parses the certificates of the system for each client of a service, and again for the first call.
fn one_connector() -> SharedHttpClient {
    let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT_TIMEOUT).build();
    let connector = Connector::builder().connector_settings(settings).tls_provider(TLS).build();
    let connector = SharedHttpConnector::new(connector);
    http_client_fn(move |_, _| connector.clone())
}

/// Loads region, credentials and an optional endpoint (`AWS_ENDPOINT_URL`) from the environment variables that Lambda
/// sets. It reads no other source.
///
/// The SDK's retries are off, because the SDK treats an exhausted quota (`LimitExceededException`) as throttling.
/// The state machine retries transient errors, with jitter and visibly in the execution.
pub async fn configuration() -> SdkConfig {
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .region(EnvironmentVariableRegionProvider::new())
        .credentials_provider(EnvironmentVariableCredentialsProvider::new())
        .http_client(one_connector())
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::builder().operation_timeout(CALL_TIMEOUT).build())
        .load()
        .await
}

/// Returns the configuration for callers that Step Functions does not retry. Transient errors are retried up to three times.
#[must_use]
pub fn with_retries(config: &SdkConfig) -> SdkConfig {
    config.to_builder().retry_config(RetryConfig::standard().with_max_attempts(3)).build()
}

impl Aws {
    /// The ports with this configuration.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self {
            applications: Flink::new(aws_sdk_kinesisanalyticsv2::Client::new(config)),
            streams: Kinesis::new(config),
            alarms: CloudWatch::new(aws_sdk_cloudwatch::Client::new(config)),
            events: EventBridge::new(config),
        }
    }
}
