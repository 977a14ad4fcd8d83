//! Runs of the state machine and their results.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use tasks::words_of;

/// A run of the state machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// Its ARN.
    pub arn: String,
    /// The time of its start.
    pub started: Timestamp,
    /// The time of its end; `None` while it is running.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// Its status.
    pub status: RunStatus,
    /// Its present state, or the state in which it ended, such as `Held`.
    pub state: String,
    /// The reason, in a sentence.
    pub why: String,
    /// The KPUs before and after its last update.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scaled: Option<(u64, u64)>,
}

/// The ended runs to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastRuns {
    /// This number of last runs, and those that failed within the last day.
    Count(usize),
    /// The runs that ran at this time or later.
    Since(Timestamp),
}

/// The status of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RunStatus {
    /// It is running.
    Running,
    /// It ended in a `Succeed` state.
    Succeeded,
    /// It failed, or timed out.
    Failed,
    /// It was stopped by hand.
    Stopped,
}

/// The data of an execution, from which its result is derived.
pub(crate) struct ExecutionData {
    pub(crate) status: RunStatus,
    /// The output of a succeeded execution.
    pub(crate) output: Value,
    /// The error and the cause of a failed execution.
    pub(crate) error: Option<(String, String)>,
    /// The present state of a running execution.
    pub(crate) state: Option<String>,
}

impl ExecutionData {
    /// Returns its present or last state, as the state machine names it, and the reason.
    pub(crate) fn outcome(&self) -> (String, String) {
        if let Some((error, cause)) = &self.error {
            return (error.clone(), words_of(cause));
        }
        match self.status {
            RunStatus::Running => {
                return (self.state.clone().unwrap_or_else(|| "an unknown state".to_owned()), String::new());
            }
            RunStatus::Stopped => {
                return (
                    "Stopped".to_owned(),
                    "the run was stopped by hand; the next run continues its work".to_owned(),
                );
            }
            RunStatus::Succeeded | RunStatus::Failed => {}
        }
        let text = |task: &str, field: &str| self.output[task][field].as_str().unwrap_or_default();
        let was_called =
            ["Breaching", "CapacityRequested", "OutOfBounds"].contains(&text("check", "verdict"));
        if !was_called {
            return (text("check", "verdict").to_owned(), text("check", "why").to_owned());
        }
        if text("scale", "verdict") == "Hold" {
            let why = format!("{}: {}", text("scale", "reason"), text("scale", "why"));
            return ("Held".to_owned(), why);
        }
        (text("poll", "verdict").to_owned(), text("poll", "why").to_owned())
    }

    /// Returns the KPUs before and after its last update.
    pub(crate) fn scaled(&self) -> Option<(u64, u64)> {
        let update = self.output["scale"].get("update").or_else(|| self.output["poll"].get("event"))?;
        let kpus = |size: &str, flat: &str| {
            let sizes = [&update[size]["units"], &update[size]["kpus"], &update[flat]];
            sizes.into_iter().find_map(Value::as_u64)
        };
        kpus("from", "fromKpus").zip(kpus("to", "toKpus"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ended(output: Value) -> ExecutionData {
        ExecutionData { status: RunStatus::Succeeded, output, error: None, state: None }
    }

    #[test]
    fn a_run_is_described_by_the_state_in_which_it_ended() {
        let sizes = json!({"from": {"units": 2, "parallelism": 2}, "to": {"units": 6, "parallelism": 6}});
        let event = json!({"fromKpus": 2, "toKpus": 6});
        for (run, state, why, scaled) in [
            (
                ended(json!({"check": {"verdict": "Quiet", "why": "all is well"}})),
                "Quiet",
                "all is well",
                None,
            ),
            (
                ended(
                    json!({"check": {"verdict": "Breaching"}, "scale": {"verdict": "Hold", "reason": "AtMaximum", "why": "it has them all"}, "poll": {"event": event}}),
                ),
                "Held",
                "AtMaximum: it has them all",
                Some((2, 6)),
            ),
            (
                ended(
                    json!({"check": {"verdict": "Breaching"}, "scale": {"verdict": "Scaling", "update": sizes}, "poll": {"verdict": "Superseded", "why": "somebody"}}),
                ),
                "Superseded",
                "somebody",
                Some((2, 6)),
            ),
            (
                ExecutionData {
                    error: Some(("TaskFailed".to_owned(), r#"{"errorMessage":"failed to read"}"#.to_owned())),
                    status: RunStatus::Failed,
                    ..ended(json!({}))
                },
                "TaskFailed",
                "failed to read",
                None,
            ),
            (
                ExecutionData {
                    error: Some(("UpdateStuck".to_owned(), "it hangs".to_owned())),
                    status: RunStatus::Failed,
                    ..ended(json!({}))
                },
                "UpdateStuck",
                "it hangs",
                None,
            ),
            (
                ExecutionData { status: RunStatus::Stopped, ..ended(json!({})) },
                "Stopped",
                "the run was stopped by hand; the next run continues its work",
                None,
            ),
            (ExecutionData { status: RunStatus::Running, ..ended(json!({})) }, "an unknown state", "", None),
            (
                ExecutionData {
                    status: RunStatus::Running,
                    state: Some("GracePeriod".to_owned()),
                    ..ended(json!({}))
                },
                "GracePeriod",
                "",
                None,
            ),
        ] {
            assert_eq!(run.outcome(), (state.to_owned(), why.to_owned()));
            assert_eq!(run.scaled(), scaled, "{state}");
        }
    }
}
