//! A validated state machine.

use crate::path::ReferencePath;
use crate::retry::{Catcher, Retrier};
use crate::template::Template;
use jiff::SignedDuration;
use std::collections::BTreeMap;

/// A validated state machine. Every referenced state exists, and every state is reachable.
#[derive(Debug, Clone)]
pub struct Machine {
    pub(crate) comment: String,
    pub(crate) start: String,
    pub(crate) timeout: SignedDuration,
    pub(crate) states: BTreeMap<String, State>,
    /// Names of the states in the order of the file.
    pub(crate) order: Vec<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) comment: String,
    pub(crate) action: Action,
}

#[derive(Debug, Clone)]
pub(crate) enum Action {
    Task(Box<TaskState>),
    Choice { rules: Vec<Rule>, default: String },
    Wait { seconds: ReferencePath, text: String, next: String },
    Succeed,
    Fail { error: Words, cause: Words },
}

/// A text from the definition, or a path to a text in the data.
#[derive(Debug, Clone)]
pub(crate) enum Words {
    Fixed(String),
    At(ReferencePath, String),
}

#[derive(Debug, Clone)]
pub(crate) struct TaskState {
    pub(crate) resource: String,
    pub(crate) parameters: Template,
    pub(crate) result_field: String,
    pub(crate) timeout: SignedDuration,
    pub(crate) retry: Vec<Retrier>,
    pub(crate) catch: Vec<Catcher>,
    pub(crate) next: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) variable: ReferencePath,
    pub(crate) text: String,
    pub(crate) equals: String,
    pub(crate) next: String,
}

/// The type of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Calls a resource (a Lambda function).
    Task,
    /// Selects the next state by a value in the data.
    Choice,
    /// Waits for a number of seconds.
    Wait,
    /// Ends the execution with success.
    Succeed,
    /// Ends the execution with a failure.
    Fail,
}

/// The static description of a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateSummary<'a> {
    /// The state's name.
    pub name: &'a str,
    /// The state's type.
    pub kind: Kind,
    /// The state's comment.
    pub comment: &'a str,
    /// Transitions to other states, in the order of the file.
    pub edges: Vec<Edge<'a>>,
}

/// A transition from one state to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge<'a> {
    /// Name of the next state.
    pub to: &'a str,
    /// Condition: a verdict, an error, or `None` for an unconditional transition.
    pub on: Option<&'a str>,
}

impl Machine {
    /// Returns the comment, which states the machine's purpose.
    #[must_use]
    pub fn comment(&self) -> &str {
        &self.comment
    }

    /// Returns every state, in the order of the file.
    pub fn states(&self) -> impl Iterator<Item = StateSummary<'_>> {
        self.order.iter().filter_map(|name| {
            let state = self.states.get(name)?;
            Some(StateSummary { name, kind: state.kind(), comment: &state.comment, edges: state.edges() })
        })
    }

    /// Returns the resources that the machine's tasks call.
    pub fn resources(&self) -> impl Iterator<Item = &str> {
        self.states.values().filter_map(|state| match &state.action {
            Action::Task(task) => Some(task.resource.as_str()),
            _ => None,
        })
    }
}

impl State {
    fn kind(&self) -> Kind {
        match self.action {
            Action::Task(_) => Kind::Task,
            Action::Choice { .. } => Kind::Choice,
            Action::Wait { .. } => Kind::Wait,
            Action::Succeed => Kind::Succeed,
            Action::Fail { .. } => Kind::Fail,
        }
    }

    pub(crate) fn edges(&self) -> Vec<Edge<'_>> {
        let plain = |to| Edge { to, on: None };
        match &self.action {
            Action::Task(task) => {
                let caught = task
                    .catch
                    .iter()
                    .map(|catch| Edge { to: &catch.next, on: catch.errors.first().map(String::as_str) });
                std::iter::once(plain(&task.next)).chain(caught).collect()
            }
            Action::Choice { rules, default } => rules
                .iter()
                .map(|rule| Edge { to: &rule.next, on: Some(&rule.equals) })
                .chain([Edge { to: default, on: Some("otherwise") }])
                .collect(),
            Action::Wait { next, .. } => vec![plain(next)],
            Action::Succeed | Action::Fail { .. } => Vec::new(),
        }
    }
}
