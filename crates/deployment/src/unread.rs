//! The reasons why a fact could not be read.

use aws_sdk_cloudformation::error::{ProvideErrorMetadata, SdkError};
use std::error::Error;
use std::fmt;
use tasks::{Cause, TaskError};

/// A fact, or the reason why it could not be read.
pub type Read<T> = Result<T, Unread>;

/// The reason why a fact could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// The kind of reason, which selects the remedy.
    pub obstacle: Obstacle,
    /// The reason, in a sentence.
    pub why: String,
}

/// The kind of reason why a fact could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// The caller lacks a permission.
    Denied,
    /// The resource does not exist.
    Missing,
    /// Any other reason, such as a service that does not respond.
    Other,
}

impl Unread {
    /// Returns a reason in a sentence, with its kind.
    pub fn new(obstacle: Obstacle, why: impl Into<String>) -> Self {
        Self { obstacle, why: why.into() }
    }

    /// Converts an error of AWS; `attempt` completes "failed to", such as "list the runs".
    pub(crate) fn of<E, R>(attempt: &str, error: &SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
        R: fmt::Debug + 'static,
    {
        let Some(code) = error.code() else {
            return Self::new(Obstacle::Other, format!("failed to {attempt}: {}", chain(error)));
        };
        refused(attempt, code, error.message().unwrap_or("without a message"))
    }
}

/// Returns the reason for an error code of AWS and its message.
pub(crate) fn refused(attempt: &str, code: &str, message: &str) -> Unread {
    Unread::new(obstacle(code), format!("failed to {attempt}: {code}: {message}"))
}

/// A run that does not exist is missing like any other resource: it was listed, and its state machine was deleted since.
fn obstacle(code: &str) -> Obstacle {
    match Cause::of_code(code) {
        Cause::AccessDenied => Obstacle::Denied,
        Cause::NotFound => Obstacle::Missing,
        _ => Obstacle::Other,
    }
}

/// Returns the messages of an error and all its sources.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let errors = std::iter::successors(Some(error), |error| (**error).source());
    errors.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Reads the code from the tasks' errors, which have the form `failed to ...: code: words`.
impl From<TaskError> for Unread {
    fn from(error: TaskError) -> Self {
        let why = error.to_string();
        Self::new(why.split(": ").nth(1).map_or(Obstacle::Other, obstacle), why)
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_permission_differs_from_a_missing_resource() {
        for (why, expected) in [
            ("failed to describe the alarms: AccessDenied: User u is not authorized", Obstacle::Denied),
            ("failed to list them: AuthorizationError: User u is not authorized", Obstacle::Denied),
            ("failed to describe it: UnauthorizedOperation: User u is not authorized", Obstacle::Denied),
            ("failed to describe it: ResourceNotFoundException: there is none", Obstacle::Missing),
            ("failed to list them: NotFound: there is no topic", Obstacle::Missing),
            ("failed to list them: StateMachineDoesNotExist: there is none", Obstacle::Missing),
            ("failed to describe it: ExecutionDoesNotExist: there is none", Obstacle::Missing),
            ("failed to update it: ResourceInUseException: it is being changed", Obstacle::Other),
            ("failed to describe it: ThrottlingException: slow down", Obstacle::Other),
            ("failed to describe it: the service could not be reached", Obstacle::Other),
            ("nothing like the others", Obstacle::Other),
        ] {
            let unread = Unread::from(TaskError::Fatal(why.to_owned()));
            assert_eq!((unread.obstacle, unread.to_string()), (expected, why.to_owned()));
        }
    }
}
