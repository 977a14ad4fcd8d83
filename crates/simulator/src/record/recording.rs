//! What the executions of a run were asked, answered and went through, for another interpreter to go through it again.

use asl::{Execution, Failure, Outcome};
use serde_json::Value;
use std::collections::BTreeMap;

/// One execution.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// What it was started with.
    pub input: Value,
    /// The calls of functions that it made, in order.
    pub calls: Vec<Call>,
    /// The states that it entered, in order. Of an execution that had not ended with the run, none.
    pub path: Vec<String>,
    /// How it ended, if it did.
    pub outcome: Option<Outcome>,
}

/// A call of a function.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The function.
    pub resource: String,
    /// What it was sent.
    pub payload: Value,
    /// What came back.
    pub answer: Result<Value, Failure>,
}

/// Recordings by the number of the execution; empty and without cost unless it is switched on.
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
