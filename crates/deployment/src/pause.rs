//! Sets and removes the pause tag, the only resource that this crate writes.

use crate::{Account, Read, Unread};
use aws_sdk_kinesisanalyticsv2::types::Tag;
use tasks::{PAUSE_TAG, Pause};

impl Account {
    /// Pauses the scaling of the application with this ARN, in place of any earlier pause.
    ///
    /// # Errors
    /// If AWS refuses the call, with its reason.
    pub async fn pause(&self, arn: &str, pause: Pause) -> Read<()> {
        let attempt = "tag the application";
        let tag = Tag::builder().key(PAUSE_TAG).value(pause.to_string()).build();
        let tag = tag
            .map_err(|error| Unread::new(crate::Obstacle::Other, format!("failed to {attempt}: {error}")))?;
        let answer = self.flink.tag_resource().resource_arn(arn).tags(tag).send().await;
        answer.map(drop).map_err(|error| Unread::of(attempt, &error))
    }

    /// Ends the pause. Without a pause, this does nothing.
    ///
    /// # Errors
    /// If AWS refuses the call, with its reason.
    pub async fn resume(&self, arn: &str) -> Read<()> {
        let answer = self.flink.untag_resource().resource_arn(arn).tag_keys(PAUSE_TAG).send().await;
        answer.map(drop).map_err(|error| Unread::of("untag the application", &error))
    }
}
