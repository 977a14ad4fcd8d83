//! The errors of the tasks, divided by the next action of the state machine.

/// The error of a failed task. The names of the variants are the error names in the state machine's `Retry` and `Catch`.
///
/// A rejected version or a busy application is not an error but a verdict.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TaskError {
    /// The same call may succeed a little later: throttling, a server fault, a lost connection.
    #[error("{0}")]
    Retryable(String),
    /// The same call will fail again: access denied, an application that does not exist, a policy that contradicts itself.
    /// The message names the change that a user has to make.
    #[error("{0}")]
    Fatal(String),
}

impl TaskError {
    /// Returns the name by which the state machine knows this error.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Retryable(_) => "Retryable",
            Self::Fatal(_) => "Fatal",
        }
    }
}

/// Returns the message of a failed function, from the cause that Step Functions reports: a JSON document, or already plain text.
///
/// Source: Step Functions developer guide, "Handling errors": the cause of a failed function is its error as JSON.
#[must_use]
pub fn words_of(cause: &str) -> String {
    let document: serde_json::Value = serde_json::from_str(cause).unwrap_or_default();
    document["errorMessage"].as_str().unwrap_or(cause).to_owned()
}
