//! Sets and removes the pause tag, the only resource that this crate writes outside a drill.

use crate::{Account, Facts, Read, Unread};
use aws_sdk_kinesisanalyticsv2::types::Tag;
use scaling::Unit;
use tasks::{PAUSE_TAG, Pause, Streams as _};

impl Account {
    /// Pauses the scaling of an application or stream, in place of any earlier pause. `arn` is its ARN.
    ///
    /// # Errors
    /// If AWS refuses the call, with its reason.
    pub async fn pause(&self, facts: &Facts, arn: &str, pause: Pause) -> Read<()> {
        if facts.kind().unit == Unit::Shard {
            return Ok(self.ports.streams.set_tag(&facts.name, PAUSE_TAG, &tag_of_stream(pause)).await?);
        }
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
    pub async fn resume(&self, facts: &Facts, arn: &str) -> Read<()> {
        if facts.kind().unit == Unit::Shard {
            let request = self.streams.remove_tags_from_stream().stream_name(&facts.name).tag_keys(PAUSE_TAG);
            let attempt = format!("untag the stream '{}'", facts.name);
            return request.send().await.map(drop).map_err(|error| Unread::of(&attempt, &error));
        }
        let answer = self.flink.untag_resource().resource_arn(arn).tag_keys(PAUSE_TAG).send().await;
        answer.map(drop).map_err(|error| Unread::of("untag the application", &error))
    }
}

/// Returns the value of the tag of a stream. The documentation of Kinesis does not allow a colon in the value of a tag everywhere.
fn tag_of_stream(pause: Pause) -> String {
    pause.to_string().replace(['-', ':'], "")
}

#[cfg(test)]
mod tests {
    use super::tag_of_stream;
    use tasks::Pause;

    #[test]
    fn the_tag_of_a_stream_has_letters_digits_and_spaces_and_is_the_same_pause() {
        for (text, expected) in
            [("all", "all"), ("in", "in"), ("out until 2026-11-21T18:00:00Z", "out until 20261121T180000Z")]
        {
            let pause = Pause::parse(text).unwrap();
            assert_eq!(tag_of_stream(pause), expected);
            assert_eq!(Pause::parse(expected), Ok(pause));
        }
    }
}
