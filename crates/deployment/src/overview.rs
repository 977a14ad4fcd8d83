//! One line about each of several stacks, the worst first.

use crate::{Facts, Finding, Level, RunStatus};
use serde::Serialize;
use tasks::{Mode, Pause};

/// One line about a stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overview {
    /// The stack.
    pub stack: String,
    /// `application` or `stream`.
    pub kind: &'static str,
    /// The name of the application or stream.
    pub resource: String,
    /// The worst level.
    pub level: Level,
    /// The observations, in a line.
    pub message: String,
}

impl Overview {
    /// Summarizes the findings of the doctor: how many problems and warnings, and their checks.
    #[must_use]
    pub fn of_findings(facts: &Facts, findings: &[Finding]) -> Self {
        let counted = |level: Level, noun: &str| {
            let mut checks: Vec<&str> = findings
                .iter()
                .filter(|finding| finding.level == level)
                .map(|finding| finding.check)
                .collect();
            let count = checks.len();
            checks.dedup();
            let plural = if count == 1 { "" } else { "s" };
            (count > 0).then(|| format!("{count} {noun}{plural} ({})", checks.join(", ")))
        };
        let counts = [counted(Level::Problem, "problem"), counted(Level::Warning, "warning")];
        let message = counts.into_iter().flatten().collect::<Vec<_>>().join(", ");
        let message =
            if message.is_empty() { format!("{} findings, all good", findings.len()) } else { message };
        let level = findings.iter().map(|finding| finding.level).max().unwrap_or(Level::Good);
        Self::new(facts, level, message)
    }

    /// Summarizes the present state: the resource and its bounds, everything that keeps it from being scaled, and the last run.
    #[must_use]
    pub fn of_state(facts: &Facts) -> Self {
        let parts = [resource(facts)].into_iter().chain(blocked(facts)).chain([last_run(facts)]);
        let parts: Vec<(Level, String)> = parts.collect();
        let level = parts.iter().map(|(level, _)| *level).max().unwrap_or(Level::Good);
        let words: Vec<String> = parts.into_iter().map(|(_, words)| words).collect();
        Self::new(facts, level, words.join("; "))
    }

    fn new(facts: &Facts, level: Level, message: String) -> Self {
        let stack = facts.stack.as_ref().map_or("no stack", |stack| &stack.name).to_owned();
        Self { stack, kind: facts.kind().noun, resource: facts.name.clone(), level, message }
    }

    /// Sorts the lines: the worst first, and lines of one level by their stacks.
    pub fn sort(lines: &mut [Self]) {
        lines.sort_by(|one, other| other.level.cmp(&one.level).then_with(|| one.stack.cmp(&other.stack)));
    }
}

/// The status, the size and the bounds.
fn resource(facts: &Facts) -> (Level, String) {
    let kind = facts.kind();
    let Some((status, units)) = facts.resource.status_and_units() else {
        let why = match facts.resource.arn() {
            Err(unread) => unread.why,
            Ok(_) => format!("there is no {} '{}'", kind.noun, facts.name),
        };
        return (Level::Problem, why);
    };
    let bounds = facts.policy().map(|policy| policy.schedule.at(facts.now).bounds);
    let bounds = bounds.map_or(String::new(), |bounds| {
        format!(", bounds {} to {}", bounds.minimum().count(), bounds.maximum().count())
    });
    let level = match status {
        "RUNNING" | "ACTIVE" | "UPDATING" | "AUTOSCALING" => Level::Good,
        _ => Level::Warning,
    };
    (level, format!("{status}, {}{bounds}", kind.unit.words(units)))
}

/// Everything that keeps the resource from being scaled: a policy that cannot be read, the mode, a window and a pause.
fn blocked(facts: &Facts) -> Vec<(Level, String)> {
    let mut all = Vec::new();
    match (facts.policy(), facts.stack.as_ref().map(|stack| &stack.machine)) {
        (Some(policy), _) => {
            if policy.mode != Mode::Active {
                all.push((Level::Warning, format!("mode {:?}", policy.mode)));
            }
            if policy.schedule.at(facts.now).blocked {
                all.push((Level::Warning, "a window blocks scaling".to_owned()));
            }
        }
        (None, Some(Err(unread))) => all.push((Level::Problem, unread.why.clone())),
        (None, Some(Ok(_))) => all.push((Level::Problem, "the policy is invalid".to_owned())),
        (None, None) => all.push((Level::Problem, "no stack scales it".to_owned())),
    }
    match &facts.pause {
        Ok(None) => {}
        Ok(Some(text)) => {
            let is_paused = Pause::parse(text).map_or(true, |pause| {
                let paused = pause.at(facts.now);
                paused.out || paused.r#in
            });
            if is_paused {
                all.push((Level::Warning, format!("paused: {text}")));
            }
        }
        Err(unread) => all.push((Level::Problem, unread.why.clone())),
    }
    all
}

/// The run under way, or the end of the last one. A failed run is a problem also while the next run is under way.
fn last_run(facts: &Facts) -> (Level, String) {
    if let Some(Err(unread)) = facts.stack.as_ref().map(|stack| &stack.runs) {
        return (Level::Problem, unread.why.clone());
    }
    let runs = facts.runs();
    let last = runs.iter().filter(|run| run.ended.is_some()).max_by_key(|run| run.ended);
    let running = runs.iter().find(|run| run.status == RunStatus::Running);
    match (last, running) {
        (Some(last), _) if last.status == RunStatus::Failed => {
            (Level::Problem, format!("the last run failed: {}: {}", last.state, last.why))
        }
        (_, Some(running)) => (Level::Good, format!("a run is in {}", running.state)),
        (Some(last), None) => (Level::Good, format!("the last run ended in {}", last.state)),
        (None, None) => (Level::Warning, "no run has started".to_owned()),
    }
}
