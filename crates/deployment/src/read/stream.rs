//! Reads a stream, and the limits of the account on its size.

use crate::resource::Reader;
use crate::{Account, Obstacle, Read, ShardQuota, StreamFacts, StreamSettings, Unread};
use tasks::{CHANGES_TAG, ResourceStatus, StreamSummary, Streams as _};

impl Account {
    /// Reads a stream, and the application that reads it.
    pub(crate) async fn facts_of_stream(&self, name: &str, reader: Option<&str>) -> StreamFacts {
        let settings = self.ports.streams.summary(name).await.map_err(Unread::from);
        let settings = settings.map(|summary| summary.map(settings_of));
        let changes = match &settings {
            Ok(Some(_)) => self.ports.streams.tag(name, CHANGES_TAG).await.map_err(Unread::from),
            Ok(None) | Err(_) => Ok(None),
        };
        let reader = match reader {
            Some(name) => Some(Reader { name: name.to_owned(), settings: self.application(name).await }),
            None => None,
        };
        StreamFacts { settings, changes, quota: self.shard_quota().await, reader }
    }

    async fn shard_quota(&self) -> Read<ShardQuota> {
        let attempt = "read the shard quota";
        let answer = self.streams.describe_limits().send().await;
        let answer = answer.map_err(|error| Unread::of(attempt, &error))?;
        let counts =
            u32::try_from(answer.shard_limit()).ok().zip(u32::try_from(answer.open_shard_count()).ok());
        let (limit, open) = counts.ok_or_else(|| {
            Unread::new(Obstacle::Other, format!("failed to {attempt}: the answer could not be read"))
        })?;
        Ok(ShardQuota { limit, open })
    }
}

fn settings_of(summary: StreamSummary) -> StreamSettings {
    let status = match summary.status {
        ResourceStatus::Running => "ACTIVE".to_owned(),
        ResourceStatus::Changing(status) => status,
        // A stream has no other status.
        other => format!("{other:?}").to_uppercase(),
    };
    StreamSettings {
        arn: summary.arn,
        status,
        shards: summary.shards.count(),
        on_demand: summary.is_on_demand,
    }
}
