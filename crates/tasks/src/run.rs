//! The common entry point of all three tasks, from JSON to JSON. Production and the local run both use it.

use crate::{
    Alarms, EventBus, ResourceKind, Resources, ScaledStream, Snapshots, Streams, TaskError, check, poll,
    scale,
};
use scaling::Unit;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A task. The name of a task is the same everywhere: in the state machine, in the template and in the logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Task {
    /// The task [`check()`].
    Check,
    /// The task [`scale()`].
    Scale,
    /// The task [`poll()`].
    Poll,
}

impl Task {
    /// All tasks.
    pub const ALL: [Self; 3] = [Self::Check, Self::Scale, Self::Poll];

    /// Returns the task of this name, or `None` if no task has this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|task| task.name() == name)
    }

    /// Returns the task's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Scale => "scale",
            Self::Poll => "poll",
        }
    }
}

/// The ports through which the tasks read and change all resources.
#[derive(Debug, Clone, Copy)]
pub struct Ports<'a, A, S, B, C> {
    /// The Flink applications.
    pub applications: &'a A,
    /// The Kinesis streams.
    pub streams: &'a S,
    /// The CloudWatch alarms.
    pub alarms: &'a B,
    /// The event bus.
    pub events: &'a C,
}

/// Runs a task, on a stream if the policy targets a stream and on an application otherwise.
///
/// # Errors
/// Returns the errors of the task, and `Fatal` if the payload does not have the format that the state machine sends.
pub async fn run<A: Resources + Snapshots, S: Streams, B: Alarms, C: EventBus>(
    task: Task,
    payload: Value,
    ports: Ports<'_, A, S, B, C>,
) -> Result<Value, TaskError> {
    match policy_of(&payload).map_or(Unit::Kpu, |(_, kind)| kind.unit) {
        Unit::Kpu => run_on(task, payload, ports.applications, ports).await,
        Unit::Shard => run_on(task, payload, &ScaledStream(ports.streams), ports).await,
    }
}

async fn run_on<A: Snapshots, S: Streams, B: Alarms, C: EventBus>(
    task: Task,
    payload: Value,
    scaled: &impl Resources,
    Ports { applications, streams, alarms, events }: Ports<'_, A, S, B, C>,
) -> Result<Value, TaskError> {
    match task {
        Task::Check => write(&check(&read(task, payload)?, scaled, alarms).await?),
        Task::Scale => write(&scale(&read(task, payload)?, scaled, applications, streams, alarms).await?),
        Task::Poll => write(&poll(&read(task, payload)?, scaled, streams, events).await?),
    }
}

/// The policy in a payload, as stated by the state machine or then as passed on by `check`, and the kind of its resource.
pub(crate) fn policy_of(payload: &Value) -> Option<(&Value, &'static ResourceKind)> {
    let policy = ["/policy", "/run/check/policy"].iter().find_map(|path| payload.pointer(path))?;
    let kind = policy["Target"].as_str().and_then(ResourceKind::targeted);
    Some((policy, kind.unwrap_or(&ResourceKind::APPLICATION)))
}

fn read<Request: DeserializeOwned>(task: Task, payload: Value) -> Result<Request, TaskError> {
    serde_json::from_value(payload).map_err(|error| {
        TaskError::Fatal(format!("failed to read the payload of '{}': {error}", task.name()))
    })
}

fn write<Answer: Serialize>(answer: &Answer) -> Result<Value, TaskError> {
    serde_json::to_value(answer)
        .map_err(|error| TaskError::Fatal(format!("failed to write the answer as JSON: {error}")))
}
