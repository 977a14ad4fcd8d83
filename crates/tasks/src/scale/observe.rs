//! Reads the observations that `scale` needs to propose a step.

use super::failures::failures;
use super::measured::Measured;
use crate::check::before;
use crate::history::{UpdateTimes, resource, update_times};
use crate::stream::record_end;
use crate::{Alarms, Operation, OperationStatus, Policy, ResourceDescription, Resources, Streams, TaskError};
use jiff::Timestamp;
use scaling::{Activity, Breach, Parallelism, Resource, Signals};
use std::borrow::Cow;

/// The resource and its operations, read in this order: a change in between is visible, or makes MSF reject the update.
pub(crate) struct Described<'a> {
    pub(crate) description: ResourceDescription,
    pub(crate) operations: Vec<Operation>,
    /// The policy with the bounds and the partitions that are in force.
    pub(crate) rule: Cow<'a, scaling::Policy>,
    /// The durations of the last updates.
    pub(crate) times: Option<UpdateTimes>,
}

/// The observations that `scale` needs to propose a step.
pub(crate) struct Observed<'a> {
    pub(crate) described: Described<'a>,
    pub(crate) resource: Resource,
    pub(crate) measured: Measured,
    /// A warning about failed updates that could not be read, with the consequence.
    pub(crate) warning: Option<String>,
}

impl<'a> Described<'a> {
    /// Reads the resource, its operations, and the shards of its source if they limit the parallelism.
    pub(crate) async fn read(
        policy: &'a Policy,
        now: Timestamp,
        resources: &impl Resources,
        streams: &impl Streams,
    ) -> Result<Self, TaskError> {
        let description = resources.describe(&policy.resource).await?;
        let description = description.ok_or_else(|| policy.missing())?;
        let mut operations = resources.operations(&policy.resource).await?;
        if !policy.kind().reports_ends {
            record_ends(policy, now, &mut operations, streams).await?;
        }
        let mut rule = policy.at(now, description.size().units);
        if let Some(stream) = &policy.source {
            rule.to_mut().limits.partitions = Some(shards(stream, streams).await?);
        }
        let times = update_times(&operations, policy);
        Ok(Self { description, operations, rule, times })
    }

    /// Reads the failed updates, and the signals if the resource runs. `breaches` are the breaching alarms that `check` found.
    pub(crate) async fn observe(
        self,
        policy: &Policy,
        breaches: &[Breach],
        now: Timestamp,
        resources: &impl Resources,
        alarms: &impl Alarms,
    ) -> Result<Observed<'a>, TaskError> {
        let Self { description, operations, .. } = &self;
        let since = before(now, policy.scaling.failure_pause);
        let (failed, warning) =
            failures(&policy.resource, description.current_parallelism, operations, since, resources).await?;
        let resource = resource(description, operations, failed, now);
        let measured = match resource.activity {
            Activity::Running => Measured::read(policy, breaches, operations, now, alarms).await?,
            Activity::Busy | Activity::Stopped => Measured::default(),
        };
        Ok(Observed { described: self, resource, measured, warning })
    }
}

impl Observed<'_> {
    /// The signals for the rule, with the breaching alarms that `check` found.
    pub(crate) fn signals<'s>(&'s self, breaches: &'s [Breach]) -> Signals<'s> {
        self.measured.signals(breaches, self.described.times.map(|times| times.usual))
    }
}

/// Records the end of a stream change if the execution that follows it has not done so: Kinesis does not report the end of a change.
async fn record_ends(
    policy: &Policy,
    now: Timestamp,
    operations: &mut Vec<Operation>,
    streams: &impl Streams,
) -> Result<(), TaskError> {
    // A change that an earlier attempt of this task has recorded, and that is over already, never began.
    let was_not_begun =
        |operation: &Operation| operation.status == OperationStatus::Failed && operation.is_over_unseen();
    operations.retain(|operation| !(was_not_begun(operation) && operation.began_since(now)));
    for operation in operations.iter_mut() {
        *operation = operation.clone().settled_by(now);
    }
    for operation in operations.iter_mut().filter(|operation| operation.is_over_unseen()) {
        record_end(streams, &policy.resource, operation, now).await?;
        operation.ended = Some(now);
    }
    Ok(())
}

/// The shards of the stream that an application reads.
async fn shards(stream: &str, streams: &impl Streams) -> Result<Parallelism, TaskError> {
    let summary = streams.summary(stream).await?;
    summary.map(|summary| summary.shards).ok_or_else(|| {
        TaskError::Fatal(format!(
            "failed to find the stream '{stream}', whose shards SourcePartitions asks for; correct KinesisStreamName, or set SourcePartitions to a number"
        ))
    })
}
