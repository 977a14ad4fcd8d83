//! The timeline of several executions: steps, holds, failures, and the times without an execution. Pure.

use crate::entry::{Entry, EntryKind, summarized};
use crate::executions::Execution;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

/// A period of time. Both ends are included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// Its start.
    pub since: Timestamp,
    /// Its end.
    pub until: Timestamp,
}

/// The timeline of a period, with every check as an entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Timeline {
    entries: Vec<Entry>,
}

/// The entries around a moment.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Around {
    /// The summarized entry that was in force at the moment.
    pub in_force: Option<Entry>,
    /// The last answer before the moment.
    pub before: Option<Entry>,
    /// The first answer after the moment.
    pub after: Option<Entry>,
}

/// A start of an execution may be this late. A schedule of EventBridge has the precision of a minute.
const LATE_START: SignedDuration = SignedDuration::from_mins(1);

impl Timeline {
    /// Returns the timeline of these executions, the newest first, which may include some from before the period. `heartbeat` is the time between two
    /// scheduled executions, if it is known: without executions for more than twice this time, the timeline has an entry that says so.
    #[must_use]
    pub fn of(executions: &[Execution], period: Period, heartbeat: Option<SignedDuration>) -> Self {
        // The answers have the precision of a second, and the order of the executions decides within it.
        let mut entries: Vec<Entry> = executions.iter().rev().flat_map(Execution::entries).collect();
        entries.extend(missing(executions, period, heartbeat));
        entries.retain(|entry| entry.until >= period.since && entry.at <= period.until);
        entries.sort_by_key(|entry| entry.at);
        Self { entries }
    }

    /// Returns the entries, with successive equal ones merged.
    #[must_use]
    pub fn summary(&self) -> Vec<Entry> {
        summarized(self.entries.clone())
    }

    /// Returns the entries around a moment.
    #[must_use]
    pub fn around(&self, moment: Timestamp) -> Around {
        let is_answer = |entry: &&Entry| entry.verdict != EntryKind::Missing;
        Around {
            in_force: self.summary().into_iter().rfind(|entry| entry.at <= moment),
            before: self.entries.iter().filter(is_answer).rfind(|entry| entry.at <= moment).cloned(),
            after: self.entries.iter().filter(is_answer).find(|entry| entry.at > moment).cloned(),
        }
    }
}

/// Returns an entry for every time without a start of an execution that is longer than twice the heartbeat.
fn missing(executions: &[Execution], period: Period, heartbeat: Option<SignedDuration>) -> Vec<Entry> {
    let mut starts: Vec<Timestamp> = executions.iter().map(|execution| execution.started).collect();
    starts.sort();
    if starts.is_empty() {
        return vec![without_execution(period.since, period.until, heartbeat)];
    }
    let Some(heartbeat) = heartbeat else { return Vec::new() };
    starts.push(period.until);
    let limit = heartbeat.saturating_mul(2).saturating_add(LATE_START);
    let gaps = starts.windows(2).filter(|pair| pair[1].duration_since(pair[0]) > limit);
    let first_missing = |start: Timestamp| start.checked_add(heartbeat).unwrap_or(start);
    gaps.map(|pair| without_execution(first_missing(pair[0]), pair[1], Some(heartbeat))).collect()
}

fn without_execution(from: Timestamp, until: Timestamp, heartbeat: Option<SignedDuration>) -> Entry {
    let minutes = until.duration_since(from).as_mins();
    let expected = heartbeat.map(|heartbeat| format!("HeartbeatMinutes is {} and ", heartbeat.as_mins()));
    let why = format!(
        "{}no execution started for {minutes} min; check the alarms no-runs and dead-letters of the stack, and run kpu doctor",
        expected.unwrap_or_default()
    );
    Entry { until, ..Entry::new(EntryKind::Missing, from, why) }
}
