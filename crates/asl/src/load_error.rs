//! The error of an invalid definition.

/// The reason why a definition is invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("failed to load the state machine: {path}: {reason}")]
pub struct LoadError {
    /// The path in the definition, such as `States.Check.Retry[0].MaxAttempts`.
    pub path: String,
    /// The defect at this path.
    pub reason: String,
}

impl LoadError {
    pub(crate) fn new(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { path: path.into(), reason: reason.into() }
    }
}
