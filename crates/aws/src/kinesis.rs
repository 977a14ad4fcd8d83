//! Implements the stream port with the Kinesis Data Streams API.

use crate::errors::{classify, code, not_found_as_none};
use aws_config::SdkConfig;
use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::types as sdk;
use scaling::Parallelism;
use std::sync::OnceLock;
use tasks::{Attempt, Refusal, ResourceStatus, StreamSummary, Streams, TaskError};

/// Client of Kinesis Data Streams.
///
/// Calls `DescribeStreamSummary`, `ListTagsForStream`, `AddTagsToStream` and `UpdateShardCount`.
#[derive(Debug, Clone)]
pub struct Kinesis {
    config: SdkConfig,
    client: OnceLock<Client>,
}

impl Kinesis {
    /// Creates the port from an SDK configuration.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self { config: config.clone(), client: OnceLock::new() }
    }

    /// The client, created at the first call: most functions scale an application, and need none.
    fn client(&self) -> &Client {
        self.client.get_or_init(|| Client::new(&self.config))
    }
}

impl Streams for Kinesis {
    async fn summary(&self, stream: &str) -> Result<Option<StreamSummary>, TaskError> {
        let attempt = Attempt::DescribeStreamSummary { stream };
        let answer = self.client().describe_stream_summary().stream_name(stream).send().await;
        let Some(answer) = not_found_as_none(attempt, answer)? else {
            return Ok(None);
        };
        let incomplete =
            |field: &str| TaskError::Fatal(format!("failed to {attempt}: the response has no {field}"));
        let summary = answer.stream_description_summary().ok_or_else(|| incomplete("summary"))?;
        let shards = u32::try_from(summary.open_shard_count()).ok().and_then(Parallelism::new);
        let mode = summary.stream_mode_details().map(sdk::StreamModeDetails::stream_mode);
        Ok(Some(StreamSummary {
            arn: summary.stream_arn().to_owned(),
            status: match summary.stream_status() {
                sdk::StreamStatus::Active => ResourceStatus::Running,
                sdk::StreamStatus::Deleting => ResourceStatus::Deleting,
                other => ResourceStatus::Changing(other.as_str().to_owned()),
            },
            shards: shards.ok_or_else(|| incomplete("number of open shards"))?,
            is_on_demand: mode == Some(&sdk::StreamMode::OnDemand),
        }))
    }

    async fn tag(&self, stream: &str, key: &str) -> Result<Option<String>, TaskError> {
        // A stream has at most 50 tags, and one page holds 50.
        let request = self.client().list_tags_for_stream().stream_name(stream).limit(50);
        let attempt = Attempt::ListTagsForStream { stream };
        let answer = request.send().await.map_err(|error| classify(attempt, &error))?;
        let tag = answer.tags().iter().find(|tag| tag.key() == key);
        Ok(tag.map(|tag| tag.value().unwrap_or_default().to_owned()))
    }

    async fn set_tag(&self, stream: &str, key: &str, value: &str) -> Result<(), TaskError> {
        let request = self.client().add_tags_to_stream().stream_name(stream).tags(key, value);
        let attempt = Attempt::AddTagsToStream { stream, key };
        request.send().await.map(|_| ()).map_err(|error| classify(attempt, &error))
    }

    async fn update_shard_count(
        &self,
        stream: &str,
        shards: Parallelism,
    ) -> Result<Option<Refusal>, TaskError> {
        let attempt = Attempt::UpdateShardCount { stream, shards: shards.count() };
        let Ok(target) = i32::try_from(shards.count()) else {
            return Err(TaskError::Fatal(format!(
                "failed to {attempt}: the API accepts at most {} shards; lower MaxShards",
                i32::MAX
            )));
        };
        let request = self.client().update_shard_count().stream_name(stream).target_shard_count(target);
        match request.scaling_type(sdk::ScalingType::UniformScaling).send().await {
            Ok(_) => Ok(None),
            Err(error) => match code(&error) {
                Some("ResourceInUseException") => Ok(Some(Refusal::Busy)),
                // Either the rate of changes or the account's shard quota is exceeded. AWS does not document how to distinguish them.
                Some("LimitExceededException") => Ok(Some(Refusal::LimitReached)),
                _ => Err(classify(attempt, &error)),
            },
        }
    }
}
