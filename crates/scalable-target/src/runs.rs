//! The port to the executions of the state machine.

use jiff::Timestamp;
use scaling::Units;
use serde_json::Value;
use tasks::{TaskError, words_of};

/// Starts executions of the state machine, and reads them.
#[expect(
    async_fn_in_trait,
    reason = "the callers are generic and bring their own executor; no Send bound is needed"
)]
pub trait Runs {
    /// Starts an execution with this name and input. A second start with the same name and input has no effect.
    ///
    /// # Errors
    /// If the execution cannot be started.
    async fn start(&self, name: &str, input: &Value) -> Result<(), TaskError>;

    /// Returns the newest hundred executions, newest first.
    ///
    /// # Errors
    /// If the executions cannot be listed.
    async fn newest(&self) -> Result<Vec<Run>, TaskError>;

    /// Returns the end of a finished execution, by its ID.
    ///
    /// # Errors
    /// If the execution cannot be described.
    async fn end(&self, id: &str) -> Result<RunEnd, TaskError>;
}

/// An execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The ARN.
    pub id: String,
    /// The name.
    pub name: String,
    /// The start time.
    pub started: Timestamp,
    /// Whether the execution has finished.
    pub is_over: bool,
}

/// The end of an execution.
#[derive(Debug, Clone, PartialEq)]
pub enum RunEnd {
    /// The execution succeeded, with this output.
    Succeeded(Value),
    /// The execution failed, timed out or was aborted, with this cause.
    Failed(String),
}

/// The prefix of the names of executions that carry a capacity request.
const CAPACITY_REQUEST_PREFIX: &str = "capacity-";

/// Returns the name of the execution for a capacity request.
pub(crate) fn execution_name(requested: Units, request_id: &str) -> String {
    format!("{CAPACITY_REQUEST_PREFIX}{}-{request_id}", requested.count())
}

/// Returns the capacity that an execution with this name requests.
pub(crate) fn requested_by(name: &str) -> Option<Units> {
    let (units, _) = name.strip_prefix(CAPACITY_REQUEST_PREFIX)?.split_once('-')?;
    units.parse().ok().and_then(Units::new)
}

impl RunEnd {
    /// Returns why the execution made no successful step; `None` if it made one.
    pub(crate) fn failure_reason(&self) -> Option<String> {
        match self {
            Self::Failed(cause) => Some(words_of(cause)),
            Self::Succeeded(output) if output.pointer("/scale/update").is_some() => None,
            Self::Succeeded(output) => {
                let text = |path| output.pointer(path).and_then(Value::as_str);
                let whys: Vec<_> = ["/check/why", "/scale/why"].into_iter().filter_map(text).collect();
                Some(whys.join(": "))
            }
        }
    }
}
