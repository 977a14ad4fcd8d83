//! The supported fields of a definition. Every field is required; `Error` and `Cause` each accept their `Path` variant
//! instead. Unknown fields are errors.

use crate::load_error::LoadError;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct MachineText {
    pub(crate) comment: String,
    pub(crate) start_at: String,
    pub(crate) timeout_seconds: u32,
    pub(crate) states: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct TaskText {
    pub(crate) resource: String,
    pub(crate) parameters: Value,
    pub(crate) timeout_seconds: u32,
    pub(crate) result_path: String,
    pub(crate) retry: Vec<RetryText>,
    pub(crate) catch: Vec<CatchText>,
    pub(crate) next: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct RetryText {
    pub(crate) error_equals: Vec<String>,
    pub(crate) interval_seconds: u32,
    pub(crate) backoff_rate: f64,
    pub(crate) max_attempts: u32,
    pub(crate) max_delay_seconds: u32,
    pub(crate) jitter_strategy: JitterText,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum JitterText {
    Full,
    None,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct CatchText {
    pub(crate) error_equals: Vec<String>,
    pub(crate) result_path: String,
    pub(crate) next: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct ChoiceText {
    pub(crate) choices: Vec<RuleText>,
    pub(crate) default: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct RuleText {
    pub(crate) variable: String,
    pub(crate) string_equals: String,
    pub(crate) next: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct WaitText {
    pub(crate) seconds_path: String,
    pub(crate) next: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SucceedText {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct FailText {
    pub(crate) error: Option<String>,
    pub(crate) error_path: Option<String>,
    pub(crate) cause: Option<String>,
    pub(crate) cause_path: Option<String>,
}

/// Deserializes a part of the definition. The error has the path of the invalid field.
pub(crate) fn read<Text: DeserializeOwned>(value: Value, path: &str) -> Result<Text, LoadError> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let within = error.path().to_string();
        let separator = if path.is_empty() || within.starts_with('[') { "" } else { "." };
        LoadError::new(format!("{path}{separator}{within}"), error.inner().to_string())
    })
}
