//! Runs of the state machine, and how they ended.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use tasks::words_of;

/// A run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// Its ARN.
    pub arn: String,
    /// When it began.
    pub started: Timestamp,
    /// When it ended, if it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// How far it is.
    pub status: RunStatus,
    /// The state it is in, or the one that it ended in, such as `Held`.
    pub state: String,
    /// Why, in a sentence.
    pub why: String,
    /// The last size that it has brought about, in KPUs before and after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scaled: Option<(u64, u64)>,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RunStatus {
    /// It goes on.
    Running,
    /// It has done what there was to do.
    Succeeded,
    /// It has not, for the reason that it names.
    Failed,
    /// Somebody has stopped it.
    Stopped,
}

/// What a run has left behind, by which it is told how it ended.
pub(crate) struct Remains {
    pub(crate) status: RunStatus,
    /// Its data: the output of one that has succeeded.
    pub(crate) output: Value,
    /// The error and the cause of one that has failed.
    pub(crate) error: Option<(String, String)>,
    /// The state in which one is that goes on.
    pub(crate) state: Option<String>,
}

impl Remains {
    /// The state that it is or ended in, and why. The names are those of the state machine.
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
                    "somebody has stopped it; the next run goes on from there".to_owned(),
                );
            }
            RunStatus::Succeeded | RunStatus::Failed => {}
        }
        let said = |field: &str, what: &str| self.output[field][what].as_str().unwrap_or_default();
        let is_called_for =
            ["Breaching", "CapacityRequested", "OutOfBounds"].contains(&said("check", "verdict"));
        if !is_called_for {
            return (said("check", "verdict").to_owned(), said("check", "why").to_owned());
        }
        if said("scale", "verdict") == "Hold" {
            let why = format!("{}: {}", said("scale", "reason"), said("scale", "why"));
            return ("Held".to_owned(), why);
        }
        (said("poll", "verdict").to_owned(), said("poll", "why").to_owned())
    }

    /// The KPUs before and after its last update.
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

    fn ended(output: Value) -> Remains {
        Remains { status: RunStatus::Succeeded, output, error: None, state: None }
    }

    #[test]
    fn a_run_is_told_by_the_state_it_ended_in() {
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
                Remains {
                    error: Some(("TaskFailed".to_owned(), r#"{"errorMessage":"failed to read"}"#.to_owned())),
                    status: RunStatus::Failed,
                    ..ended(json!({}))
                },
                "TaskFailed",
                "failed to read",
                None,
            ),
            (
                Remains {
                    error: Some(("UpdateStuck".to_owned(), "it hangs".to_owned())),
                    status: RunStatus::Failed,
                    ..ended(json!({}))
                },
                "UpdateStuck",
                "it hangs",
                None,
            ),
            (
                Remains { status: RunStatus::Stopped, ..ended(json!({})) },
                "Stopped",
                "somebody has stopped it; the next run goes on from there",
                None,
            ),
            (Remains { status: RunStatus::Running, ..ended(json!({})) }, "an unknown state", "", None),
            (
                Remains {
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
