//! The view of a Kinesis stream as a scaled resource.

use super::changes::{CHANGES_TAG, Change, Changes, Earlier, Ended};
use crate::ports::UPDATE_SHARD_COUNT;
use crate::{
    Operation, OperationStatus, ParallelismChange, ResourceDescription, ResourceStatus, Resources,
    StreamSummary, Streams, TaskError, Update, UpdateOutcome,
};
use jiff::Timestamp;

/// A stream as a resource. Its parallelism and its units are its shards, and its operations are the changes that its tag states.
///
/// A stream has no version. If two executions decide at the same time, each requests the size that it considers right, and Kinesis
/// rejects the second request while the first change is in progress. If both executions write the tag at the same moment, the tag keeps
/// one of the two changes, and the stream itself follows the other change.
#[derive(Debug)]
pub struct ScaledStream<'a, S>(pub &'a S);

impl<S: Streams> ScaledStream<'_, S> {
    /// Returns the newest change as an operation and the earlier changes, or `None` if the stream does not exist.
    async fn history(&self, stream: &str) -> Result<Option<(Option<Operation>, Vec<Earlier>)>, TaskError> {
        let Some(summary) = self.0.summary(stream).await? else { return Ok(None) };
        let changes = read_changes(self.0, stream).await?;
        let newest = changes.newest.map(|newest| operation(newest, &summary));
        Ok(Some((newest, changes.earlier)))
    }
}

impl<S: Streams> Resources for ScaledStream<'_, S> {
    async fn describe(&self, stream: &str) -> Result<Option<ResourceDescription>, TaskError> {
        let Some(summary) = self.0.summary(stream).await? else { return Ok(None) };
        if summary.is_on_demand {
            return Err(TaskError::Fatal(format!(
                "failed to scale the stream '{stream}': its capacity is on demand, so that Kinesis scales it itself; switch it to provisioned, or delete this stack"
            )));
        }
        Ok(Some(ResourceDescription {
            arn: summary.arn,
            status: summary.status,
            current_parallelism: summary.shards,
            application: None,
        }))
    }

    async fn operations(&self, stream: &str) -> Result<Vec<Operation>, TaskError> {
        let Some((newest, earlier)) = self.history(stream).await? else { return Ok(Vec::new()) };
        // The end of an earlier change matters only to a caller that follows this change.
        let earlier = earlier.into_iter().map(|earlier| before(Earlier { failed: false, ..earlier }));
        Ok(newest.into_iter().chain(earlier).collect())
    }

    async fn operation(&self, stream: &str, id: &str) -> Result<Option<Operation>, TaskError> {
        let Some((newest, earlier)) = self.history(stream).await? else { return Ok(None) };
        let mut all = newest.into_iter().chain(earlier.into_iter().map(before));
        Ok(all.find(|operation| operation.id == id))
    }

    async fn change(&self, stream: &str, id: &str) -> Result<Option<ParallelismChange>, TaskError> {
        let newest =
            read_changes(self.0, stream).await?.newest.filter(|newest| newest.asked.to_string() == id);
        Ok(newest.map(|Change { from, to, .. }| ParallelismChange { version: None, from, to }))
    }

    async fn tag(&self, arn: &str, key: &str) -> Result<Option<String>, TaskError> {
        // An ARN ends with a slash and the stream's name, and a name contains no slash.
        self.0.tag(arn.rsplit('/').next().unwrap_or(arn), key).await
    }

    async fn update(&self, update: &Update) -> Result<UpdateOutcome, TaskError> {
        let stream = &update.resource;
        // The change's ID is the time in the tag, which has whole seconds.
        let asked = update.asked.round(jiff::Unit::Second).unwrap_or(update.asked);
        let known = read_changes(self.0, stream).await?;
        let is_known = known.newest.is_some_and(|newest| newest.asked == asked);
        let changes = known.without(asked);
        let change = Change { from: update.from, to: update.parallelism, asked, ended: None };
        self.0.set_tag(stream, CHANGES_TAG, &changes.then(change).to_string()).await?;
        let refusal = match self.0.update_shard_count(stream, update.parallelism).await {
            Ok(None) => return Ok(UpdateOutcome::Accepted { operation: Some(asked.to_string()) }),
            Ok(Some(refusal)) => Ok(UpdateOutcome::Refused(refusal)),
            // The change may have been made.
            Err(error @ TaskError::Retryable(_)) => return Err(error),
            Err(error) => Err(error),
        };
        // An earlier attempt may have begun the change, so that Kinesis rejects this attempt. Another caller may also have written the tag
        // in the meantime. In both cases the tag stays as it is.
        if !is_known && read_changes(self.0, stream).await?.newest == Some(change) {
            self.0.set_tag(stream, CHANGES_TAG, &changes.to_string()).await?;
        }
        refusal
    }
}

/// Records the time at which a change was observed to be over in the tag of the stream, because Kinesis does not report it.
///
/// # Errors
/// Returns an error if the tag cannot be read or written.
pub(crate) async fn record_end(
    streams: &impl Streams,
    stream: &str,
    over: &Operation,
    at: Timestamp,
) -> Result<(), TaskError> {
    let changes = read_changes(streams, stream).await?;
    let is_it = |newest: &Change| newest.asked.to_string() == over.id && newest.ended.is_none();
    let Some(newest) = changes.newest.filter(is_it) else { return Ok(()) };
    let ended = match over.status {
        OperationStatus::Successful => Ended::WellAt(at),
        OperationStatus::Failed | OperationStatus::Cancelled => Ended::BadlyAt(at),
        OperationStatus::InProgress => return Ok(()),
    };
    let changes = Changes { newest: Some(Change { ended: Some(ended), ..newest }), ..changes };
    streams.set_tag(stream, CHANGES_TAG, &changes.to_string()).await
}

/// Returns the changes that the tag of the stream states.
async fn read_changes(streams: &impl Streams, stream: &str) -> Result<Changes, TaskError> {
    let Some(text) = streams.tag(stream, CHANGES_TAG).await? else { return Ok(Changes::default()) };
    text.parse().map_err(|why| TaskError::Fatal(format!("failed to read the stream '{stream}': {why}")))
}

/// Returns the newest change as an operation, in the status that the stream confirms. An operation that is over has no end if the end
/// has not been observed yet.
fn operation(Change { to, asked, ended, .. }: Change, summary: &StreamSummary) -> Operation {
    let (status, at) = match (ended, &summary.status) {
        (Some(Ended::WellAt(at)), _) => (OperationStatus::Successful, Some(at)),
        // The failure was observed too early.
        (Some(Ended::BadlyAt(at)), ResourceStatus::Running) if summary.shards == to => {
            (OperationStatus::Successful, Some(at))
        }
        (Some(Ended::BadlyAt(at)), _) => (OperationStatus::Failed, Some(at)),
        (None, ResourceStatus::Running) if summary.shards == to => (OperationStatus::Successful, None),
        (None, ResourceStatus::Running) => (OperationStatus::Failed, None),
        (None, _) => (OperationStatus::InProgress, None),
    };
    let has_failed = status == OperationStatus::Failed;
    let failure = has_failed.then(|| format!("the stream has {} shards", summary.shards));
    Operation { status, ended: at, failure, ..before(Earlier { asked, failed: false }) }
}

/// Returns a change before the newest change as an operation.
fn before(Earlier { asked, failed }: Earlier) -> Operation {
    Operation {
        id: asked.to_string(),
        kind: UPDATE_SHARD_COUNT.to_owned(),
        status: if failed { OperationStatus::Failed } else { OperationStatus::Successful },
        started: asked,
        ended: Some(asked),
        failure: failed.then(|| "the stream kept its number of shards".to_owned()),
        rolled_back_by: None,
    }
}
