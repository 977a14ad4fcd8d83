//! Parses the texts of parameters. An error names the parameter.

use crate::{PolicyText, TaskError};
use jiff::SignedDuration;
use std::ops::RangeInclusive;

pub(crate) fn refuse<T>(message: &str) -> Result<T, TaskError> {
    Err(TaskError::Fatal(format!("failed to read the policy: {message}")))
}

pub(crate) fn name(policy: &PolicyText, parameter: &str) -> Result<String, TaskError> {
    let text = policy.get(parameter);
    if text.is_empty() {
        refuse(&format!("{parameter} is empty; give it a name"))
    } else {
        Ok(text.to_owned())
    }
}

pub(crate) fn optional_number(policy: &PolicyText, parameter: &str) -> Result<Option<f64>, TaskError> {
    let text = policy.get(parameter);
    match (text, text.parse::<f64>()) {
        ("", _) => Ok(None),
        (_, Ok(number)) if number.is_finite() => Ok(Some(number)),
        _ => refuse(&format!("{parameter} is '{text}'; set it to a number, or leave it empty")),
    }
}

pub(crate) fn seconds(count: u32) -> SignedDuration {
    SignedDuration::from_secs(count.into())
}

pub(crate) fn minutes(count: u32) -> SignedDuration {
    SignedDuration::from_mins(count.into())
}

pub(crate) fn whole(
    policy: &PolicyText,
    parameter: &str,
    range: RangeInclusive<u32>,
) -> Result<u32, TaskError> {
    number(policy, parameter, range, Some)
}

/// Parses a whole number. `None` if the text is empty.
pub(crate) fn optional<Unit>(
    policy: &PolicyText,
    parameter: &str,
    range: RangeInclusive<u32>,
    unit: fn(u32) -> Option<Unit>,
) -> Result<Option<Unit>, TaskError> {
    if policy.get(parameter).is_empty() { Ok(None) } else { number(policy, parameter, range, unit).map(Some) }
}

pub(crate) fn number<Unit>(
    policy: &PolicyText,
    parameter: &str,
    range: RangeInclusive<u32>,
    unit: fn(u32) -> Option<Unit>,
) -> Result<Unit, TaskError> {
    let text = policy.get(parameter);
    let (least, most) = (range.start(), range.end());
    match text.parse().ok().filter(|number| range.contains(number)).and_then(unit) {
        Some(number) => Ok(number),
        None => refuse(&format!("{parameter} is '{text}'; set it to a whole number from {least} to {most}")),
    }
}
