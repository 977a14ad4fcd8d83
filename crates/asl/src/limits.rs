//! Quotas of an execution. Source: Step Functions developer guide, "Service quotas".

use serde_json::Value;

/// Maximum number of events in an execution's history.
pub(crate) const MOST_EVENTS: u64 = 25_000;

/// Maximum size in bytes of a state's data, and of a task's payload.
pub(crate) const MOST_BYTES: usize = 262_144;

/// Returns the size of a value as JSON, in bytes.
pub(crate) fn size(value: &Value) -> usize {
    value.to_string().len()
}
