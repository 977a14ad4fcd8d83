//! What an execution and its driver tell each other.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// What the context object says of the execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecutionContext {
    /// `$$.Execution.Id`
    pub id: String,
    /// `$$.Execution.StartTime`
    pub started: Timestamp,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq)]
pub enum Next<'e> {
    /// Call this resource and tell its answer; if it takes longer than the timeout, tell `States.Timeout`.
    Invoke {
        /// The `Resource` of the task.
        resource: &'e str,
        /// What to send to it.
        payload: &'e Value,
        /// The `TimeoutSeconds` of the task.
        timeout: SignedDuration,
    },
    /// Do nothing until then.
    WaitUntil(Timestamp),
    /// Nothing: it is over.
    Ended(&'e Outcome),
}

/// How an execution ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// In a `Succeed` state, with this output.
    Succeeded(Value),
    /// In a `Fail` state, or by an error that nothing caught.
    Failed(Failure),
    /// By the `TimeoutSeconds` of the whole machine, which nothing can catch.
    TimedOut,
}

/// An error: what `Retry` and `Catch` match, and what people read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Its name.
    pub error: String,
    /// Its text.
    pub cause: String,
}
