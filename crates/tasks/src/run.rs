//! One door for all three tasks, from JSON to JSON: production and the local run go through it alike.

use crate::{Alarms, Applications, Events, TaskError, check, poll, scale};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A task, by the word that names it everywhere: in the state machine, in the template, in the logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Task {
    /// See [`check()`].
    Check,
    /// See [`scale()`].
    Scale,
    /// See [`poll()`].
    Poll,
}

impl Task {
    /// Every task there is.
    pub const ALL: [Self; 3] = [Self::Check, Self::Scale, Self::Poll];

    /// The task of this name, if there is one.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|task| task.name() == name)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Scale => "scale",
            Self::Poll => "poll",
        }
    }
}

/// The world as the tasks see it.
#[derive(Debug, Clone, Copy)]
pub struct Ports<'a, A, B, C> {
    /// The Flink applications.
    pub applications: &'a A,
    /// The CloudWatch alarms.
    pub alarms: &'a B,
    /// Whoever listens.
    pub events: &'a C,
}

/// Runs a task.
///
/// # Errors
/// Those of the task, and `Fatal` if the payload is not what the state machine sends.
pub async fn run<A: Applications, B: Alarms, C: Events>(
    task: Task,
    payload: Value,
    ports: Ports<'_, A, B, C>,
) -> Result<Value, TaskError> {
    match task {
        Task::Check => write(&check(&read(task, payload)?, ports.applications, ports.alarms).await?),
        Task::Scale => write(&scale(&read(task, payload)?, ports.applications, ports.alarms).await?),
        Task::Poll => write(&poll(&read(task, payload)?, ports.applications, ports.events).await?),
    }
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
