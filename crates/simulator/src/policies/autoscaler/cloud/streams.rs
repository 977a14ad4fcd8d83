//! The port to the streams on the simulated stream, with the limits at which Kinesis rejects a change.

use super::{Cloud, parallelism};
use crate::model::application::{ManagedApplication, PlannedOutcome};
use crate::model::fault::Fault;
use crate::model::lifecycle::Status;
use jiff::{SignedDuration, Timestamp, Unit as TimeUnit};
use scaling::{CHANGES_OF_A_DAY, Parallelism, Unit};
use tasks::{PAUSE_TAG, Refusal, ResourceStatus, StreamSummary, Streams, TaskError};

impl Streams for Cloud<'_> {
    async fn summary(&self, stream: &str) -> Result<Option<StreamSummary>, TaskError> {
        self.call(&format!("describe the stream '{stream}'"))?;
        let summary = |status, shards| {
            Ok(Some(StreamSummary {
                arn: stream.to_owned(),
                status,
                shards: parallelism(shards)?,
                is_on_demand: false,
            }))
        };
        if let (Unit::Kpu, Some(shards)) = (self.settings.parsed.scaling.unit, self.source) {
            return summary(ResourceStatus::Running, shards);
        }
        let scaled = self.application.borrow();
        let status = match scaled.status() {
            Status::Gone => return Ok(None),
            Status::Running => ResourceStatus::Running,
            Status::Deleting => ResourceStatus::Deleting,
            _ => ResourceStatus::Changing("UPDATING".to_owned()),
        };
        summary(status, scaled.current_parallelism())
    }

    async fn tag(&self, stream: &str, key: &str) -> Result<Option<String>, TaskError> {
        self.call(&format!("list the tags of the stream '{stream}'"))?;
        let scaled = self.application.borrow();
        let pause = self.settings.pause(scaled.now()).filter(|_| key == PAUSE_TAG);
        Ok(pause.map(|pause| pause.to_string()).or_else(|| scaled.tags.get(key).cloned()))
    }

    async fn set_tag(&self, stream: &str, key: &str, value: &str) -> Result<(), TaskError> {
        self.call(&format!("tag the stream '{stream}'"))?;
        self.application.borrow_mut().tags.insert(key.to_owned(), value.to_owned());
        Ok(())
    }

    async fn update_shard_count(
        &self,
        stream: &str,
        shards: Parallelism,
    ) -> Result<Option<Refusal>, TaskError> {
        self.call(&format!("change the shards of the stream '{stream}'"))?;
        let (now, from, to) = {
            let scaled = self.application.borrow();
            (scaled.now(), scaled.current_parallelism(), shards.count())
        };
        if self.strike(Fault::ResourceInUse) || self.application.borrow().is_updating() {
            return Ok(Some(Refusal::Busy));
        }
        if to > from * 2 || to * 2 < from {
            return Err(TaskError::Fatal(format!(
                "failed to change the shards of the stream '{stream}': InvalidArgumentException: from {from} to {to}"
            )));
        }
        if changes_of_the_day(&self.application.borrow(), now) >= CHANGES_OF_A_DAY as usize {
            return Ok(Some(Refusal::LimitReached));
        }
        // A stream accepts records during every failure of an update.
        let outcome = match self.planned_outcome() {
            PlannedOutcome::Succeeds => PlannedOutcome::Succeeds,
            PlannedOutcome::Hangs => PlannedOutcome::Hangs,
            PlannedOutcome::Aborts | PlannedOutcome::Stops | PlannedOutcome::RollsBack => {
                PlannedOutcome::Aborts
            }
        };
        let begun = self.application.borrow_mut().update(to, outcome);
        let Some(operation) = begun else { return Ok(Some(Refusal::Busy)) };
        *self.begun.borrow_mut() = Some(operation);
        if self.strike(Fault::LostAnswer) {
            return Err(TaskError::Retryable(format!(
                "failed to change the shards of the stream '{stream}': the connection was closed"
            )));
        }
        Ok(None)
    }
}

/// Whether Kinesis counts a change in its limit of changes in 24 hours.
pub(crate) fn is_of_the_day(asked: Timestamp, now: Timestamp) -> bool {
    asked <= now && now.duration_since(asked) < SignedDuration::from_hours(24)
}

/// The number of changes from a number of shards to a larger one. A change at most doubles the shards.
pub(crate) fn doublings(from: u32, to: u32) -> usize {
    std::iter::successors(Some(from), |shards| Some(shards * 2)).take_while(|shards| *shards < to).count()
}

/// The number of changes of the shards in the 24 hours before `now`, by any client.
pub(crate) fn changes_of_the_day(stream: &ManagedApplication, now: Timestamp) -> usize {
    let newest = stream.life.operations.iter().rev().skip_while(|operation| operation.asked > now);
    newest.take_while(|operation| is_of_the_day(operation.asked, now)).count()
}

/// The operation of a stream with this time of request, which the tag states in whole seconds.
pub(crate) fn asked_at(stream: &ManagedApplication, id: &str) -> Option<usize> {
    let asked: Timestamp = id.parse().ok()?;
    // A retry has the time of the first attempt.
    let began = |begun: Timestamp| begun.round(TimeUnit::Second).is_ok_and(|begun| begun >= asked);
    stream.life.operations.iter().position(|operation| began(operation.asked))
}
