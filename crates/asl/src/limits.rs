//! What Step Functions allows an execution. Source: its developer guide, "Service quotas".

use serde_json::Value;

/// How many events a history may have.
pub(crate) const MOST_EVENTS: u64 = 25_000;

/// How many bytes the data of a state may have, and what is sent to a task.
pub(crate) const MOST_BYTES: usize = 262_144;

/// The bytes that a value has as JSON.
pub(crate) fn size(value: &Value) -> usize {
    value.to_string().len()
}
