//! Why a definition is refused.

/// Why a definition cannot be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("failed to load the state machine: {path}: {reason}")]
pub struct LoadError {
    /// Where in the definition, such as `States.Check.Retry[0].MaxAttempts`.
    pub path: String,
    /// What is wrong there.
    pub reason: String,
}

impl LoadError {
    pub(crate) fn new(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { path: path.into(), reason: reason.into() }
    }
}
