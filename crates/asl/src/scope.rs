//! The values that a state's paths can read, and the results of evaluating the state's fields.

use crate::dialogue::ExecutionContext;
use crate::machine::{Rule, Words};
use crate::path::ReferencePath;
use crate::template::Template;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// The largest number of seconds that a `Wait` state may have. Source: Amazon States Language, "Wait State".
const LONGEST_WAIT_SECONDS: i64 = 99_999_999;

/// The data of a state (`$`) and its context object (`$$`).
#[derive(Debug)]
pub(crate) struct Scope<'d> {
    data: &'d Value,
    context: Value,
}

impl<'d> Scope<'d> {
    /// Returns the scope of a state that was entered at this time.
    pub(crate) fn new(
        data: &'d Value,
        execution: &ExecutionContext,
        state: &str,
        entered: Timestamp,
    ) -> Self {
        let context = json!({
            "Execution": {"Id": execution.id, "StartTime": instant(execution.started)},
            "State": {"Name": state, "EnteredTime": instant(entered)},
        });
        Self { data, context }
    }

    /// Returns the payload of a task.
    pub(crate) fn payload(&self, parameters: &Template) -> Result<Value, String> {
        parameters.fill(self.data, &self.context)
    }

    /// Returns the state that the first matching rule names, or the default.
    pub(crate) fn choose<'m>(&self, rules: &'m [Rule], default: &'m str) -> Result<&'m str, String> {
        for rule in rules {
            match rule.variable.resolve(self.data, &self.context) {
                None => return Err(format!("the path {} leads nowhere", rule.text)),
                Some(Value::String(value)) if *value == rule.equals => return Ok(&rule.next),
                Some(_) => {}
            }
        }
        Ok(default)
    }

    /// Returns the end of a wait, if the path leads to a number of seconds.
    pub(crate) fn wait_end(&self, seconds: &ReferencePath, now: Timestamp) -> Option<Timestamp> {
        let seconds = seconds.resolve(self.data, &self.context)?.as_u64()?;
        let seconds = i64::try_from(seconds).ok().filter(|seconds| *seconds <= LONGEST_WAIT_SECONDS)?;
        now.checked_add(SignedDuration::from_secs(seconds)).ok()
    }

    /// Returns the text of a `Fail` state. A path must lead to text in the data.
    pub(crate) fn text(&self, words: &Words) -> Result<String, String> {
        match words {
            Words::Fixed(text) => Ok(text.clone()),
            Words::At(path, text) => {
                let found = path.resolve(self.data, &Value::Null).and_then(Value::as_str);
                found.map(str::to_owned).ok_or_else(|| format!("the path {text} leads to no text"))
            }
        }
    }
}

/// Formats a time as the context object does: always with three digits of milliseconds.
fn instant(time: Timestamp) -> String {
    format!("{time:.3}")
}
