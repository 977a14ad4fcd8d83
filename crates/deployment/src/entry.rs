//! The entries of a timeline. Pure.

use jiff::Timestamp;
use scaling::{DemandFigures, Direction};
use serde::Serialize;

/// The kind of a timeline entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum EntryKind {
    /// A step.
    Scaling,
    /// A step that `Mode=observe` did not make.
    Observed,
    /// A reason to keep the size, although another size is called for.
    Hold,
    /// Nothing called for another size.
    Quiet,
    /// An execution failed before it had scaled.
    Failed,
    /// An execution was stopped by hand.
    Stopped,
    /// No execution started, although the heartbeat should have started some.
    Missing,
}

/// An entry of the timeline.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// The time, or the time of its first occurrence.
    pub at: Timestamp,
    /// The time of its last occurrence.
    pub until: Timestamp,
    /// The number of successive occurrences.
    pub count: usize,
    /// Its kind.
    pub verdict: EntryKind,
    /// The direction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// The KPUs or shards before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<u32>,
    /// The requested KPUs or shards of a step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<u32>,
    /// The name of the reason of a hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The cause, in a sentence.
    pub why: String,
    /// The outcome of a step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// The sentence of `check` about the alarms or the request that called for the step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub called_by: Option<String>,
    /// The smallest and the largest size in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bounds: Option<[u32; 2]>,
    /// The figures from which sizing by demand found the size, or the reason to hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub demand: Option<DemandFigures>,
    /// The warning of a task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
    /// The ARN of the execution; for several occurrences, the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution: Option<String>,
}

/// The first word of every failure.
pub(crate) const FAILED: &str = "failed: ";

impl Entry {
    pub(crate) fn new(verdict: EntryKind, at: Timestamp, why: impl Into<String>) -> Self {
        Self {
            at,
            until: at,
            count: 1,
            verdict,
            direction: None,
            from: None,
            to: None,
            reason: None,
            why: why.into(),
            outcome: None,
            called_by: None,
            bounds: None,
            demand: None,
            warning: None,
            execution: None,
        }
    }

    /// Returns whether an execution failed, before a step or because of it.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        self.verdict == EntryKind::Failed
            || self.outcome.as_deref().is_some_and(|outcome| outcome.starts_with(FAILED))
    }

    /// Returns whether another entry repeats this one, apart from measured values.
    fn repeats(&self, other: &Self) -> bool {
        let is_alike = (self.verdict, self.direction, self.from, self.to, &self.reason)
            == (other.verdict, other.direction, other.from, other.to, &other.reason);
        is_alike
            && match self.verdict {
                EntryKind::Scaling | EntryKind::Missing => false,
                EntryKind::Observed => true,
                EntryKind::Hold | EntryKind::Quiet | EntryKind::Failed | EntryKind::Stopped => {
                    same_but_for_numbers(&self.why, &other.why)
                }
            }
    }

    /// Adds a repetition. The newest values count.
    fn extend(&mut self, repetition: Self) {
        *self = Self { at: self.at, count: self.count + repetition.count, ..repetition };
    }
}

/// Returns whether two sentences differ in numbers only.
fn same_but_for_numbers(one: &str, other: &str) -> bool {
    let words = |text: &str| text.replace(|letter: char| letter.is_ascii_digit() || letter == '.', "");
    words(one) == words(other)
}

/// Merges successive entries that repeat each other.
pub(crate) fn summarized(entries: Vec<Entry>) -> Vec<Entry> {
    let mut merged: Vec<Entry> = Vec::new();
    for entry in entries {
        match merged.last_mut() {
            Some(last) if last.repeats(&entry) => last.extend(entry),
            _ => merged.push(entry),
        }
    }
    merged
}
