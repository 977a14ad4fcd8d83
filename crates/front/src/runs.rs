//! The port to the executions of the state machine.

use jiff::Timestamp;
use scaling::Units;
use serde_json::Value;
use tasks::{TaskError, words_of};

/// Starts executions of the state machine, and sees what became of them.
#[expect(
    async_fn_in_trait,
    reason = "the callers are generic and bring their own executor; no Send bound is needed"
)]
pub trait Runs {
    /// Starts one of this name with this input. Twice the same is once.
    ///
    /// # Errors
    /// If it cannot be started.
    async fn start(&self, name: &str, input: &Value) -> Result<(), TaskError>;

    /// The newest hundred, the newest first.
    ///
    /// # Errors
    /// If they cannot be read.
    async fn newest(&self) -> Result<Vec<Run>, TaskError>;

    /// How one that is over has ended, by its identity.
    ///
    /// # Errors
    /// If it cannot be read.
    async fn end(&self, id: &str) -> Result<RunEnd, TaskError>;
}

/// An execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its identity.
    pub id: String,
    /// Its name.
    pub name: String,
    /// When it began.
    pub started: Timestamp,
    /// Whether it is over.
    pub is_over: bool,
}

/// How an execution has ended.
#[derive(Debug, Clone, PartialEq)]
pub enum RunEnd {
    /// Well, with this output.
    Succeeded(Value),
    /// Badly, for this cause.
    Failed(String),
}

/// What the names of executions begin with that were started to wish for a size.
const PREFIX: &str = "wish-";

/// The name of an execution that wishes for so many units, on a request of this identity.
pub(crate) fn name_of(wish: Units, request: &str) -> String {
    format!("{PREFIX}{}-{request}", wish.count())
}

/// What an execution of this name was started to wish for.
pub(crate) fn wish_of(name: &str) -> Option<Units> {
    let (units, _) = name.strip_prefix(PREFIX)?.split_once('-')?;
    units.parse().ok().and_then(Units::new)
}

impl RunEnd {
    /// Why it has made no step, or none that succeeded, in words; `None` if it has made one.
    pub(crate) fn why_not(&self) -> Option<String> {
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
