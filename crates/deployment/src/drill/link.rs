//! The result for one link of the chain.

use crate::{Finding, Level, Obstacle, Unread};
use jiff::Timestamp;
use serde::Serialize;

/// The outcome of one link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The drill has seen the link work.
    Passed,
    /// The link does not work, and the remedy states the repair.
    Failed,
    /// The drill could not see whether the link works, and the message states the reason.
    Unknown,
}

/// A link of the chain, and its outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// The stable name of the link, for scripts.
    pub link: &'static str,
    /// The outcome.
    pub outcome: Outcome,
    /// The time of the observation, if the link is an event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// The observation or the reason, in a sentence.
    pub message: String,
    /// The remedy; `None` for a link that passed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

impl Link {
    pub(super) fn passed(link: &'static str, message: impl Into<String>) -> Self {
        Self { link, outcome: Outcome::Passed, at: None, message: message.into(), remedy: None }
    }

    pub(super) fn failed(link: &'static str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { remedy: Some(remedy.into()), outcome: Outcome::Failed, ..Self::passed(link, message) }
    }

    pub(super) fn unknown(link: &'static str, reason: impl Into<String>) -> Self {
        Self { outcome: Outcome::Unknown, ..Self::passed(link, reason) }
    }

    /// A link that could not be read.
    pub(super) fn unread(link: &'static str, unread: &Unread) -> Self {
        let remedy = match unread.obstacle {
            Obstacle::Denied => {
                "grant the caller the permission; docs/reference/permissions.md lists the permissions of the drill"
            }
            Obstacle::Missing | Obstacle::Other => "follow the message, and run the drill again",
        };
        Self { remedy: Some(remedy.to_owned()), ..Self::unknown(link, &unread.why) }
    }

    /// The link as the doctor finds it.
    pub(super) fn found(link: &'static str, finding: &Finding) -> Self {
        let outcome = if finding.level == Level::Good { Outcome::Passed } else { Outcome::Failed };
        Self { outcome, remedy: finding.remedy.clone(), ..Self::passed(link, &finding.message) }
    }

    pub(super) fn with_remedy(self, remedy: &str) -> Self {
        Self { remedy: Some(remedy.to_owned()), ..self }
    }

    pub(super) fn at(self, at: Timestamp) -> Self {
        Self { at: Some(at), ..self }
    }
}
