//! The findings of the doctor.

use crate::{Obstacle, Unread};
use serde::Serialize;
use tasks::RESTORE;

/// The severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The check passed.
    Good,
    /// Scaling works, but data, money or time may be lost.
    Warning,
    /// Scaling is blocked until this is remedied, or the fact could not be read.
    Problem,
}

/// The result of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The stable name of the check, for scripts.
    pub check: &'static str,
    /// The severity.
    pub level: Level,
    /// The observation, in a sentence.
    pub message: String,
    /// The remedy; `None` for a passed check.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

impl Finding {
    pub(crate) fn good(check: &'static str, message: impl Into<String>) -> Self {
        Self { check, level: Level::Good, message: message.into(), remedy: None }
    }

    pub(crate) fn warning(
        check: &'static str,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { check, level: Level::Warning, message: message.into(), remedy: Some(remedy.into()) }
    }

    pub(crate) fn problem(
        check: &'static str,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { check, level: Level::Problem, message: message.into(), remedy: Some(remedy.into()) }
    }

    /// The finding that a fact could not be read.
    pub(crate) fn unread(check: &'static str, unread: &Unread) -> Self {
        let remedy = match unread.obstacle {
            Obstacle::Denied => {
                "grant the caller the permission to read it; docs/reference/permissions.md lists them"
            }
            Obstacle::Missing => RESTORE,
            Obstacle::Other => "check it in the AWS console, and run the command again",
        };
        Self::problem(check, &unread.why, remedy)
    }
}
