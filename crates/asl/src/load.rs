//! Parses and validates a definition.

use crate::definition::{
    ChoiceText, FailText, JitterText, MachineText, SucceedText, TaskText, WaitText, read,
};
use crate::load_error::LoadError;
use crate::machine::{Action, Machine, Rule, State, TaskState, Words};
use crate::path::ReferencePath;
use crate::placeholders::substitute;
use crate::retry::{Catcher, Retrier};
use crate::template::Template;
use jiff::SignedDuration;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

impl Machine {
    /// Loads a definition after replacing every `${Name}` in its strings with the value in `placeholders`, as CloudFormation
    /// does.
    ///
    /// # Errors
    /// Returns an error if the text is not JSON, a placeholder has no value, a field is not supported, a value is out of
    /// range, or a state does not exist or is unreachable.
    pub fn load(definition: &str, placeholders: &BTreeMap<String, String>) -> Result<Self, LoadError> {
        let mut value: Value = serde_json::from_str(definition)
            .map_err(|error| LoadError::new("the file", error.to_string()))?;
        substitute(&mut value, placeholders, "")?;
        let text: MachineText = read(value, "")?;

        let mut states = BTreeMap::new();
        let order: Vec<String> = text.states.keys().cloned().collect();
        for (name, value) in text.states {
            let path = format!("States.{name}");
            states.insert(name, state(value, &path)?);
        }
        let timeout = SignedDuration::from_secs(text.timeout_seconds.into());
        let machine = Self { comment: text.comment, start: text.start_at, timeout, states, order };
        check_graph(&machine)?;
        Ok(machine)
    }
}

fn state(value: Value, path: &str) -> Result<State, LoadError> {
    let Value::Object(mut fields) = value else {
        return Err(LoadError::new(path, "a state must be an object"));
    };
    let mut take = |name: &str| match fields.remove(name) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text),
        Some(_) => Err(LoadError::new(format!("{path}.{name}"), "must be a string that is not empty")),
        None => Err(LoadError::new(format!("{path}.{name}"), "is missing")),
    };
    let comment = take("Comment")?;
    let kind = take("Type")?;
    let rest = Value::Object(fields);
    let action = match kind.as_str() {
        "Task" => task(read(rest, path)?, path)?,
        "Choice" => choice(read(rest, path)?, path)?,
        "Wait" => {
            let WaitText { seconds_path, next } = read(rest, path)?;
            Action::Wait {
                seconds: reference(&seconds_path, &format!("{path}.SecondsPath"))?,
                text: seconds_path,
                next,
            }
        }
        "Succeed" => {
            let SucceedText {} = read(rest, path)?;
            Action::Succeed
        }
        "Fail" => {
            let FailText { error, error_path, cause, cause_path } = read(rest, path)?;
            Action::Fail {
                error: words(error, error_path, &format!("{path}.Error"))?,
                cause: words(cause, cause_path, &format!("{path}.Cause"))?,
            }
        }
        other => {
            return Err(LoadError::new(
                format!("{path}.Type"),
                format!("'{other}' is not supported; use Task, Choice, Wait, Succeed or Fail"),
            ));
        }
    };
    Ok(State { comment, action })
}

fn task(text: TaskText, path: &str) -> Result<Action, LoadError> {
    in_range(text.timeout_seconds, 1, 99_999_999, &format!("{path}.TimeoutSeconds"))?;
    let parameters = Template::parse(text.parameters)
        .map_err(|(within, reason)| LoadError::new(format!("{path}.Parameters{within}"), reason))?;
    let last = text.retry.len().saturating_sub(1);
    let retry = text.retry.into_iter().enumerate().map(|(index, retry)| {
        let path = format!("{path}.Retry[{index}]");
        check_errors(&retry.error_equals, index == last, &path)?;
        in_range(retry.interval_seconds, 1, 99_999_999, &format!("{path}.IntervalSeconds"))?;
        in_range(retry.max_attempts, 0, 99_999_999, &format!("{path}.MaxAttempts"))?;
        in_range(
            retry.max_delay_seconds,
            retry.interval_seconds + 1,
            31_622_400,
            &format!("{path}.MaxDelaySeconds"),
        )?;
        if !(retry.backoff_rate >= 1.0 && retry.backoff_rate.is_finite()) {
            return Err(LoadError::new(format!("{path}.BackoffRate"), "must be at least 1"));
        }
        Ok(Retrier {
            errors: retry.error_equals,
            interval_seconds: retry.interval_seconds,
            max_attempts: retry.max_attempts,
            backoff_rate: retry.backoff_rate,
            max_delay_seconds: retry.max_delay_seconds,
            full_jitter: retry.jitter_strategy == JitterText::Full,
        })
    });
    let retry = retry.collect::<Result<Vec<_>, _>>()?;
    let last = text.catch.len().saturating_sub(1);
    let catch = text.catch.into_iter().enumerate().map(|(index, catch)| {
        let path = format!("{path}.Catch[{index}]");
        check_errors(&catch.error_equals, index == last, &path)?;
        Ok(Catcher {
            errors: catch.error_equals,
            result_field: result_field(&catch.result_path, &path)?,
            next: catch.next,
        })
    });
    let catch = catch.collect::<Result<Vec<_>, _>>()?;
    Ok(Action::Task(Box::new(TaskState {
        resource: text.resource,
        parameters,
        result_field: result_field(&text.result_path, path)?,
        timeout: SignedDuration::from_secs(text.timeout_seconds.into()),
        retry,
        catch,
        next: text.next,
    })))
}

fn choice(text: ChoiceText, path: &str) -> Result<Action, LoadError> {
    if text.choices.is_empty() {
        return Err(LoadError::new(format!("{path}.Choices"), "must not be empty"));
    }
    let rules = text.choices.into_iter().enumerate().map(|(index, rule)| {
        Ok(Rule {
            variable: reference(&rule.variable, &format!("{path}.Choices[{index}].Variable"))?,
            text: rule.variable,
            equals: rule.string_equals,
            next: rule.next,
        })
    });
    Ok(Action::Choice { rules: rules.collect::<Result<_, _>>()?, default: text.default })
}

fn words(fixed: Option<String>, at: Option<String>, path: &str) -> Result<Words, LoadError> {
    match (fixed, at) {
        (Some(text), None) => Ok(Words::Fixed(text)),
        (None, Some(at)) => Ok(Words::At(reference(&at, &format!("{path}Path"))?, at)),
        (None, None) => Err(LoadError::new(path, "is missing; set it or its Path")),
        (Some(_), Some(_)) => {
            Err(LoadError::new(path, "is set together with its Path; only one of them is allowed"))
        }
    }
}

fn reference(text: &str, path: &str) -> Result<ReferencePath, LoadError> {
    ReferencePath::parse(text).map_err(|reason| LoadError::new(path, reason))
}

fn result_field(text: &str, path: &str) -> Result<String, LoadError> {
    let path = format!("{path}.ResultPath");
    let reference = reference(text, &path)?;
    let field = reference.single_field().map(str::to_owned);
    field.ok_or_else(|| {
        LoadError::new(path, format!("'{text}' must be a path with one field, such as $.check"))
    })
}

fn in_range(number: u32, least: u32, most: u32, path: &str) -> Result<(), LoadError> {
    if (least..=most).contains(&number) {
        Ok(())
    } else {
        Err(LoadError::new(path, format!("{number} is outside of the range from {least} to {most}")))
    }
}

/// Checks that `States.ALL` is the only name of its entry, and that the entry is the last.
fn check_errors(names: &[String], is_last: bool, path: &str) -> Result<(), LoadError> {
    let path = format!("{path}.ErrorEquals");
    if names.is_empty() {
        return Err(LoadError::new(path, "must not be empty"));
    }
    if names.iter().any(|name| name == "States.ALL") && (names.len() > 1 || !is_last) {
        return Err(LoadError::new(path, "States.ALL must be the only name of the last entry"));
    }
    Ok(())
}

/// Checks that every referenced state exists and every state is reachable.
fn check_graph(machine: &Machine) -> Result<(), LoadError> {
    let missing = |path: &str, name: &str| LoadError::new(path, format!("there is no state '{name}'"));
    if !machine.states.contains_key(&machine.start) {
        return Err(missing("StartAt", &machine.start));
    }
    for (name, state) in &machine.states {
        for edge in state.edges() {
            if !machine.states.contains_key(edge.to) {
                return Err(missing(&format!("States.{name}"), edge.to));
            }
        }
    }
    let mut reached = BTreeSet::new();
    let mut open = vec![machine.start.as_str()];
    while let Some(name) = open.pop() {
        if reached.insert(name) {
            let edges = machine.states.get(name).map(State::edges).unwrap_or_default();
            open.extend(edges.iter().map(|edge| edge.to));
        }
    }
    match machine.states.keys().find(|name| !reached.contains(name.as_str())) {
        Some(name) => Err(LoadError::new(format!("States.{name}"), "cannot be reached")),
        None => Ok(()),
    }
}
