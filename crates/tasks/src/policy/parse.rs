//! How the texts of parameters are read, or refused by name.

use crate::TaskError;
use jiff::SignedDuration;
use std::ops::RangeInclusive;

pub(crate) fn refuse<T>(message: &str) -> Result<T, TaskError> {
    Err(TaskError::Fatal(format!("failed to read the policy: {message}")))
}

pub(crate) fn name(parameter: &str, text: &str) -> Result<String, TaskError> {
    if text.is_empty() {
        refuse(&format!("{parameter} is empty; give it a name"))
    } else {
        Ok(text.to_owned())
    }
}

pub(crate) fn optional_number(parameter: &str, text: &str) -> Result<Option<f64>, TaskError> {
    match (text, text.parse::<f64>()) {
        ("", _) => Ok(None),
        (_, Ok(number)) if number.is_finite() => Ok(Some(number)),
        _ => refuse(&format!("{parameter} takes a number or nothing, not '{text}'")),
    }
}

pub(crate) fn seconds(count: u32) -> SignedDuration {
    SignedDuration::from_secs(count.into())
}

pub(crate) fn minutes(count: u32) -> SignedDuration {
    SignedDuration::from_mins(count.into())
}

pub(crate) fn whole(parameter: &str, text: &str, range: RangeInclusive<u32>) -> Result<u32, TaskError> {
    number(parameter, text, range, Some)
}

/// A whole number, or nothing.
pub(crate) fn optional<Unit>(
    parameter: &str,
    text: &str,
    range: RangeInclusive<u32>,
    unit: fn(u32) -> Option<Unit>,
) -> Result<Option<Unit>, TaskError> {
    if text.is_empty() { Ok(None) } else { number(parameter, text, range, unit).map(Some) }
}

pub(crate) fn number<Unit>(
    parameter: &str,
    text: &str,
    range: RangeInclusive<u32>,
    unit: fn(u32) -> Option<Unit>,
) -> Result<Unit, TaskError> {
    let (least, most) = (range.start(), range.end());
    match text.parse().ok().filter(|number| range.contains(number)).and_then(unit) {
        Some(number) => Ok(number),
        None => refuse(&format!("{parameter} takes a whole number from {least} to {most}, not '{text}'")),
    }
}
