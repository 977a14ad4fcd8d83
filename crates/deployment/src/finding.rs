//! What an examination finds.

use crate::{Obstacle, Unread};
use serde::Serialize;

/// How a resource that was deleted or changed by hand comes back. A deployment of the same template does not do it:
/// CloudFormation compares templates, not resources.
pub(crate) const RESTORE: &str = "put it back by hand as template.yaml has it; or delete the stack and deploy it again, which leaves the application as it is";

/// How it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// As it should be.
    Good,
    /// It works, but it may cost data, money or a night.
    Warning,
    /// It does not scale as long as this is so, or it could not be read.
    Problem,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at, by a name that does not change: for scripts.
    pub check: &'static str,
    /// How it stands.
    pub level: Level,
    /// What is so, in a sentence.
    pub says: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

impl Finding {
    pub(crate) fn good(check: &'static str, says: impl Into<String>) -> Self {
        Self { check, level: Level::Good, says: says.into(), remedy: None }
    }

    pub(crate) fn warning(check: &'static str, says: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { check, level: Level::Warning, says: says.into(), remedy: Some(remedy.into()) }
    }

    pub(crate) fn problem(check: &'static str, says: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { check, level: Level::Problem, says: says.into(), remedy: Some(remedy.into()) }
    }

    /// Something that could not be read.
    pub(crate) fn unread(check: &'static str, unread: &Unread) -> Self {
        let remedy = match unread.obstacle {
            Obstacle::Denied => {
                "give whoever runs this the permission to read it; docs/reference/permissions.md lists them"
            }
            Obstacle::Missing => RESTORE,
            Obstacle::Other => "look at it in the AWS console, and ask again",
        };
        Self::problem(check, &unread.why, remedy)
    }
}
