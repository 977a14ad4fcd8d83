//! What is answered.

use serde::Serialize;
use serde_json::{Value, json};

/// An answer, as API Gateway takes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// The status of HTTP.
    pub status: u16,
    /// The document.
    pub body: Value,
}

/// A scalable target, in the words of the protocol. Capacities are KPUs or shards.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ScalableTarget {
    /// Its name.
    pub scalable_target_dimension_id: String,
    /// Its version.
    pub version: String,
    /// What it has.
    pub actual_capacity: f64,
    /// What it is to have.
    pub desired_capacity: f64,
    /// How far that is.
    pub scaling_status: ScalingStatus,
    /// Its name for people.
    pub resource_name: String,
    /// What capacity is counted in.
    pub dimension_name: &'static str,
    /// Why the last scaling has failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_reason: Option<String>,
}

/// How far a scaling is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum ScalingStatus {
    /// It has not begun.
    Pending,
    /// It goes on.
    InProgress,
    /// The last one has succeeded, or there was none.
    Successful,
    /// The last one has failed, or there is a reason to leave the target as it is.
    Failed,
}

impl ScalingStatus {
    /// Every status there is.
    pub const ALL: [Self; 4] = [Self::Pending, Self::InProgress, Self::Successful, Self::Failed];
}

impl Response {
    /// How a target is.
    pub(crate) fn of(target: &ScalableTarget) -> Self {
        match serde_json::to_value(target) {
            Ok(body) => Self { status: 200, body },
            Err(error) => Self::refused(500, &format!("failed to write the answer: {error}")),
        }
    }

    /// Why there is no such answer.
    #[must_use]
    pub fn refused(status: u16, message: &str) -> Self {
        Self { status, body: json!({"message": message}) }
    }

    /// As the answer of a Lambda proxy integration.
    #[must_use]
    pub fn document(&self) -> Value {
        json!({
            "statusCode": self.status,
            "headers": {"Content-Type": "application/json"},
            "body": self.body.to_string(),
        })
    }
}
