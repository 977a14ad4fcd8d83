//! Recordings of the executions of a run: inputs, calls and states. Another interpreter of the state machine can replay them.

use asl::{Execution, Failure, Outcome};
use serde_json::Value;
use std::collections::BTreeMap;

/// The recording of an execution.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// The input of the execution.
    pub input: Value,
    /// The calls of functions, in order.
    pub calls: Vec<Call>,
    /// The entered states, in order. It is empty if the execution was still running at the end of the run.
    pub path: Vec<String>,
    /// The outcome, if the execution ended.
    pub outcome: Option<Outcome>,
}

/// A call of a function.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The function.
    pub resource: String,
    /// The input of the function.
    pub payload: Value,
    /// The answer of the function.
    pub answer: Result<Value, Failure>,
}

/// The recordings by the number of the execution. By default it records nothing.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    recordings: Option<BTreeMap<u64, Recording>>,
}

impl Recorder {
    pub(crate) fn on() -> Self {
        Self { recordings: Some(BTreeMap::new()) }
    }

    pub(crate) fn starts(&mut self, id: u64, input: &Value) {
        if let Some(recordings) = &mut self.recordings {
            let recording =
                Recording { input: input.clone(), calls: Vec::new(), path: Vec::new(), outcome: None };
            recordings.insert(id, recording);
        }
    }

    pub(crate) fn calls(
        &mut self,
        id: u64,
        resource: &str,
        payload: &Value,
        answer: &Result<Value, Failure>,
    ) {
        if let Some(recording) = self.of(id) {
            recording.calls.push(Call {
                resource: resource.to_owned(),
                payload: payload.clone(),
                answer: answer.clone(),
            });
        }
    }

    pub(crate) fn ends(&mut self, id: u64, execution: &Execution<'_>, outcome: &Outcome) {
        if let Some(recording) = self.of(id) {
            recording.path = execution.path().iter().map(|state| (*state).to_owned()).collect();
            recording.outcome = Some(outcome.clone());
        }
    }

    pub(crate) fn finish(self) -> Vec<Recording> {
        self.recordings.into_iter().flatten().map(|(_, recording)| recording).collect()
    }

    fn of(&mut self, id: u64) -> Option<&mut Recording> {
        self.recordings.as_mut()?.get_mut(&id)
    }
}
