//! Executions of the state machine with the answers of their tasks, as entries of a timeline. Pure.

use crate::entry::{Entry, EntryKind, FAILED};
use crate::runs::RunStatus;
use jiff::Timestamp;
use scaling::{DemandFigures, Direction};
use serde::Deserialize as _;
use serde_json::Value;
use tasks::{Task, words_of};

/// An execution of the state machine.
#[derive(Debug, Clone, PartialEq)]
pub struct Execution {
    /// Its ARN.
    pub arn: String,
    /// The time of its start.
    pub started: Timestamp,
    /// The time of its end; `None` while it is running.
    pub ended: Option<Timestamp>,
    /// Its status.
    pub status: RunStatus,
    /// The error and the cause of a failed execution.
    pub error: Option<(String, String)>,
    /// The answers of its tasks, in their order.
    pub answers: Vec<Answer>,
}

/// The answer of a task.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The time of the answer.
    pub at: Timestamp,
    /// The task.
    pub task: Task,
    /// The answer, as it stands in the field of the task's name.
    pub answer: Value,
}

impl Execution {
    /// Returns the entries of this execution, in the order of their times.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        let mut entries: Vec<Entry> = Vec::new();
        let (mut check, mut follows_step) = (&Value::Null, false);
        for Answer { at, task, answer } in &self.answers {
            match task {
                Task::Check => {
                    check = answer;
                    entries.extend(checked(*at, answer));
                }
                Task::Scale => {
                    let entry = scaled(*at, answer, check);
                    follows_step = entry.verdict == EntryKind::Scaling;
                    entries.push(entry);
                }
                Task::Poll => {
                    follows_step = !["Settled", "Superseded"].map(Some).contains(&text(answer, "verdict"));
                    polled(*at, answer, &mut entries);
                }
            }
        }
        let end = self.end(entries.last_mut().filter(|_| follows_step));
        entries.extend(end);
        for entry in &mut entries {
            entry.execution = Some(self.arn.clone());
        }
        entries
    }

    /// Returns the entry of the execution's end if it failed or was stopped. If it followed a step, its failure is the outcome of the step.
    fn end(&self, step: Option<&mut Entry>) -> Option<Entry> {
        let at = self.ended.unwrap_or(self.started);
        match (self.status, step) {
            (RunStatus::Failed, Some(step)) => {
                step.outcome = Some(failure(self.error.as_ref()));
                None
            }
            (RunStatus::Failed, None) => {
                Some(Entry::new(EntryKind::Failed, at, failure(self.error.as_ref())))
            }
            (RunStatus::Stopped, _) => {
                let why = "the execution was stopped by hand; the next execution continues its work";
                Some(Entry::new(EntryKind::Stopped, at, why))
            }
            (RunStatus::Running | RunStatus::Succeeded, _) => None,
        }
    }
}

/// Returns the sentence about a failed execution. The tasks write the remedy into the cause.
fn failure(error: Option<&(String, String)>) -> String {
    let (error, cause) = error.map_or(("", ""), |(error, cause)| (error.as_str(), cause.as_str()));
    match (error, words_of(cause)) {
        ("TIMED_OUT" | "States.Timeout", _) => {
            format!(
                "{FAILED}States.Timeout: the execution exceeded the TimeoutSeconds of its state machine; the next heartbeat starts another one"
            )
        }
        (error, words) if words.is_empty() => {
            format!(
                "{FAILED}{error}: it states no cause; open the execution in the console of Step Functions"
            )
        }
        (error, words) => format!("{FAILED}{error}: {words}"),
    }
}

fn text<'a>(answer: &'a Value, field: &str) -> Option<&'a str> {
    answer[field].as_str().filter(|text| !text.is_empty())
}

fn number(answer: &Value, path: &str) -> Option<u32> {
    answer.pointer(path)?.as_u64()?.try_into().ok()
}

/// Returns an entry with the size, the bounds, the direction and the warning that `check` found.
fn entry(verdict: EntryKind, at: Timestamp, why: &str, check: &Value) -> Entry {
    let direction = check.pointer("/call/direction");
    Entry {
        direction: direction.and_then(|direction| Direction::deserialize(direction).ok()),
        from: number(check, "/units"),
        bounds: number(check, "/bounds/0").zip(number(check, "/bounds/1")).map(<[u32; 2]>::from),
        warning: text(check, "warning").map(str::to_owned),
        ..Entry::new(verdict, at, why)
    }
}

/// Returns the entry of a `check` after which no `scale` follows.
fn checked(at: Timestamp, check: &Value) -> Option<Entry> {
    if ["Breaching", "CapacityRequested", "OutOfBounds"].map(Some).contains(&text(check, "verdict")) {
        return None;
    }
    let reason = text(check, "reason").map(str::to_owned);
    let verdict = if reason.is_some() { EntryKind::Hold } else { EntryKind::Quiet };
    Some(Entry { reason, ..entry(verdict, at, text(check, "why").unwrap_or_default(), check) })
}

fn scaled(at: Timestamp, scale: &Value, check: &Value) -> Entry {
    let called_by = text(check, "why").map(str::to_owned);
    let why = text(scale, "why").unwrap_or_default();
    let step = [&scale["update"], &scale["step"]].into_iter().find(|step| step.is_object());
    let size = |of: &str| {
        let size = &step?[of];
        number(size, "/units").or_else(|| number(size, "/kpus"))
    };
    let demand = DemandFigures::deserialize(&scale["demand"]).ok();
    let found = Entry { called_by: called_by.clone(), demand, ..entry(EntryKind::Hold, at, why, check) };
    let warning = text(scale, "warning").map(str::to_owned).or(found.warning.clone());
    let is_step = scale["update"].is_object();
    if !is_step && step.is_none() {
        return Entry { reason: text(scale, "reason").map(str::to_owned), warning, ..found };
    }
    let (from, to) = (size("from"), size("to"));
    // A recovered update may not state its size; then the task explains it. Otherwise the cause is the call.
    let called_by = called_by.filter(|_| to.is_some());
    Entry {
        verdict: if is_step { EntryKind::Scaling } else { EntryKind::Observed },
        direction: from.zip(to).and_then(|(from, to)| Direction::between(from, to)).or(found.direction),
        from: from.filter(|_| to.is_some()),
        to,
        why: called_by.unwrap_or_else(|| why.to_owned()),
        reason: text(scale, "reason").map(str::to_owned),
        called_by: None,
        warning,
        ..found
    }
}

/// Sets the outcome of the last step. A failure is the outcome once the execution has ended.
fn polled(at: Timestamp, poll: &Value, entries: &mut [Entry]) {
    let Some(step) = entries.iter_mut().rev().find(|entry| entry.verdict == EntryKind::Scaling) else {
        return;
    };
    let seconds = poll["event"]["seconds"].as_i64().unwrap_or_else(|| at.duration_since(step.at).as_secs());
    let why = text(poll, "why").unwrap_or_default();
    step.outcome = Some(format!("after {seconds} s {why}"));
}
