//! Errors, cut by what the state machine does next.

/// Why a task failed. The names of the variants are the error names in the state machine's `Retry` and `Catch`.
///
/// A refused version or a busy application is not an error: it is a verdict.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TaskError {
    /// The same call may succeed a little later: throttling, a server fault, a lost connection.
    #[error("{0}")]
    Retryable(String),
    /// The same call will fail again: access denied, no such application, a policy that contradicts itself.
    /// The message says what a person has to change.
    #[error("{0}")]
    Fatal(String),
}

impl TaskError {
    /// The name by which the state machine knows this error.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Retryable(_) => "Retryable",
            Self::Fatal(_) => "Fatal",
        }
    }
}

/// What a function that failed has said, of the cause by which Step Functions tells of it: a JSON document, or words already.
///
/// Source: Step Functions developer guide, "Handling errors": the cause of a failed function is its error as JSON.
#[must_use]
pub fn words_of(cause: &str) -> String {
    let document: serde_json::Value = serde_json::from_str(cause).unwrap_or_default();
    document["errorMessage"].as_str().unwrap_or(cause).to_owned()
}
