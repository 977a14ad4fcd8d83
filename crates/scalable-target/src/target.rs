//! The documents that the API returns.

use serde::Serialize;
use serde_json::{Value, json};

/// A response.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The JSON document.
    pub body: Value,
}

/// A scalable target, with the field names of the protocol. Capacities are KPUs or shards.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ScalableTarget {
    /// The name of the application or stream.
    pub scalable_target_dimension_id: String,
    /// The version of the application; 0 for a stream.
    pub version: String,
    /// The present capacity.
    pub actual_capacity: f64,
    /// The requested capacity, or the present one if no request is in progress.
    pub desired_capacity: f64,
    /// The state of the last scaling.
    pub scaling_status: ScalingStatus,
    /// The display name.
    pub resource_name: String,
    /// The unit of capacity.
    pub dimension_name: &'static str,
    /// The reason why the last scaling failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_reason: Option<String>,
}

/// The state of a scaling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum ScalingStatus {
    /// The scaling has not begun.
    Pending,
    /// The resource is being changed.
    InProgress,
    /// The last scaling succeeded, or there was none.
    Successful,
    /// The last scaling failed, or the rule held it.
    Failed,
}

impl ScalingStatus {
    /// Every status.
    pub const ALL: [Self; 4] = [Self::Pending, Self::InProgress, Self::Successful, Self::Failed];
}

impl Response {
    /// The response that describes a scalable target.
    pub(crate) fn of(target: &ScalableTarget) -> Self {
        match serde_json::to_value(target) {
            Ok(body) => Self { status: 200, body },
            Err(error) => Self::error(500, &format!("failed to write the answer: {error}")),
        }
    }

    /// A response with an error.
    #[must_use]
    pub fn error(status: u16, message: &str) -> Self {
        Self { status, body: json!({"message": message}) }
    }

    /// The output of a Lambda proxy integration.
    #[must_use]
    pub fn document(&self) -> Value {
        json!({
            "statusCode": self.status,
            "headers": {"Content-Type": "application/json"},
            "body": self.body.to_string(),
        })
    }
}
