//! The values that an execution and its driver exchange.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// The execution's part of the context object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecutionContext {
    /// `$$.Execution.Id`
    pub id: String,
    /// `$$.Execution.StartTime`
    pub started: Timestamp,
}

/// The driver's next action.
#[derive(Debug, Clone, PartialEq)]
pub enum Next<'e> {
    /// Call this resource and report the result, or `States.Timeout` if the call takes longer than the timeout.
    Invoke {
        /// The `Resource` of the task.
        resource: &'e str,
        /// The payload of the call.
        payload: &'e Value,
        /// The `TimeoutSeconds` of the task.
        timeout: SignedDuration,
    },
    /// Wait until this time.
    WaitUntil(Timestamp),
    /// The execution has ended.
    Ended(&'e Outcome),
}

/// The result of an execution.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Ended in a `Succeed` state, with this output.
    Succeeded(Value),
    /// Ended in a `Fail` state, or by an uncaught error.
    Failed(Failure),
    /// Ended by the machine's `TimeoutSeconds`, which `Catch` can't match.
    TimedOut,
}

/// An error of a task or an execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The error's name, which `Retry` and `Catch` match.
    pub error: String,
    /// The error's message.
    pub cause: String,
}
