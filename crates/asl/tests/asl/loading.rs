//! Invalid definitions: the error has the path and the reason.

use crate::definition;
use asl::{LoadError, Machine};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn load(definition: &Value) -> Result<Machine, LoadError> {
    let placeholders = [("Resource".to_owned(), "arn".to_owned()), ("Text".to_owned(), String::new())];
    Machine::load(&definition.to_string(), &BTreeMap::from(placeholders))
}

/// The valid definition with the value at a JSON pointer replaced or added.
fn with(pointer: &str, value: Value) -> Value {
    let mut definition = definition();
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    match definition.pointer_mut(parent).unwrap() {
        Value::Object(fields) => drop(fields.insert(field.to_owned(), value)),
        Value::Array(items) => items[field.parse::<usize>().unwrap()] = value,
        _ => panic!("{parent} has no fields"),
    }
    definition
}

#[test]
fn valid_definition_is_accepted() {
    assert!(load(&definition()).is_ok());
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn invalid_fields_are_rejected_with_their_path() {
    let rows = [
        ("/Version", json!("1.0"), "Version", "unknown field"),
        ("/QueryLanguage", json!("JSONata"), "QueryLanguage", "unknown field"),
        ("/States/Ask/InputPath", json!("$"), "States.Ask.InputPath", "unknown field"),
        ("/States/Ask/Assign", json!({}), "States.Ask.Assign", "unknown field"),
        ("/States/Ask/HeartbeatSeconds", json!(5), "States.Ask.HeartbeatSeconds", "unknown field"),
        ("/States/Ask/End", json!(true), "States.Ask.End", "unknown field"),
        ("/States/Ask/Retry/0/Comment", json!(""), "States.Ask.Retry[0].Comment", "unknown field"),
        ("/States/Ask/Retry/1/MaxAttempts", json!("3"), "States.Ask.Retry[1].MaxAttempts", "invalid type"),
        ("/States/Ask/Retry/1/MaxAttempts", json!(-1), "States.Ask.Retry[1].MaxAttempts", "invalid value"),
        ("/States/Ask/Retry/0/BackoffRate", json!(0.5), "States.Ask.Retry[0].BackoffRate", "at least 1"),
        (
            "/States/Ask/Retry/0/IntervalSeconds",
            json!(0),
            "States.Ask.Retry[0].IntervalSeconds",
            "range from 1",
        ),
        (
            "/States/Ask/Retry/0/MaxDelaySeconds",
            json!(2),
            "States.Ask.Retry[0].MaxDelaySeconds",
            "range from 3",
        ),
        (
            "/States/Ask/Retry/0/JitterStrategy",
            json!("BOGUS"),
            "States.Ask.Retry[0].JitterStrategy",
            "unknown variant",
        ),
        (
            "/States/Ask/Retry/0/ErrorEquals",
            json!(["States.ALL"]),
            "States.Ask.Retry[0].ErrorEquals",
            "the last entry",
        ),
        ("/States/Ask/Retry/0/ErrorEquals", json!([]), "States.Ask.Retry[0].ErrorEquals", "not be empty"),
        (
            "/States/Ask/Catch/0/ErrorEquals",
            json!(["States.ALL", "A"]),
            "States.Ask.Catch[0].ErrorEquals",
            "the only name",
        ),
        ("/States/Ask/Catch/0/ResultPath", json!("$"), "States.Ask.Catch[0].ResultPath", "one field"),
        ("/States/Ask/ResultPath", json!("$.a.b"), "States.Ask.ResultPath", "one field"),
        ("/States/Ask/ResultPath", json!("$$.State"), "States.Ask.ResultPath", "one field"),
        ("/States/Ask/ResultPath", json!(null), "States.Ask.ResultPath", "invalid type"),
        ("/States/Ask/TimeoutSeconds", json!(0), "States.Ask.TimeoutSeconds", "range from 1"),
        ("/States/Ask/Resource", json!("${Nothing}"), "States.Ask.Resource", "${Nothing} has no value"),
        ("/States/Ask/Resource", json!("${Open"), "States.Ask.Resource", "has no value"),
        (
            "/States/Ask/Parameters/fixed/now.$",
            json!("now"),
            "States.Ask.Parameters.fixed.now.$",
            "reference path",
        ),
        (
            "/States/Ask/Parameters/now.$",
            json!("States.UUID()"),
            "States.Ask.Parameters.now.$",
            "reference path",
        ),
        ("/States/Ask/Parameters/now.$", json!("$.list[0]"), "States.Ask.Parameters.now.$", "reference path"),
        ("/States/Ask/Parameters/now.$", json!("$..name"), "States.Ask.Parameters.now.$", "reference path"),
        ("/States/Ask/Parameters/now.$", json!("$now"), "States.Ask.Parameters.now.$", "reference path"),
        ("/States/Ask/Parameters/now.$", json!(5), "States.Ask.Parameters.now.$", "requires a path"),
        (
            "/States/Ask/Parameters/list",
            json!([{"at.$": 1}]),
            "States.Ask.Parameters.list[0].at.$",
            "requires a path",
        ),
        ("/States/Ask/Next", json!("Nowhere"), "States.Ask", "no state 'Nowhere'"),
        ("/States/Ask/Catch/0/Next", json!("Nowhere"), "States.Ask", "no state 'Nowhere'"),
        ("/States/IsDone/Choices", json!([]), "States.IsDone.Choices", "not be empty"),
        (
            "/States/IsDone/Choices/0/NumericEquals",
            json!(1),
            "States.IsDone.Choices[0].NumericEquals",
            "unknown field",
        ),
        (
            "/States/IsDone/Choices/0/Variable",
            json!("answer"),
            "States.IsDone.Choices[0].Variable",
            "reference path",
        ),
        (
            "/States/IsDone/Choices/0/StringEquals",
            json!(1),
            "States.IsDone.Choices[0].StringEquals",
            "invalid type",
        ),
        ("/States/IsDone/Default", json!("Nowhere"), "States.IsDone", "no state 'Nowhere'"),
        ("/States/Pause/Seconds", json!(5), "States.Pause.Seconds", "unknown field"),
        ("/States/Pause/SecondsPath", json!(5), "States.Pause.SecondsPath", "invalid type"),
        ("/States/Over/End", json!(true), "States.Over.End", "unknown field"),
        ("/States/Broken/CausePath", json!("$"), "States.Broken.Cause", "only one"),
        ("/States/Broken/Reason", json!("$"), "States.Broken.Reason", "unknown field"),
        ("/States/Broken/Type", json!("Pass"), "States.Broken.Type", "'Pass' is not supported"),
        ("/States/Broken", json!("text"), "States.Broken", "must be an object"),
        ("/StartAt", json!("Nowhere"), "StartAt", "no state 'Nowhere'"),
        ("/States/Lost", json!({"Comment": "Lost.", "Type": "Succeed"}), "States.Lost", "cannot be reached"),
        ("/TimeoutSeconds", json!("1000"), "TimeoutSeconds", "invalid type"),
    ];
    for (pointer, value, path, reason) in rows {
        let error =
            load(&with(pointer, value.clone())).expect_err(&format!("{pointer} = {value} was accepted"));
        assert_eq!(error.path, path, "{pointer} = {value}: {error}");
        assert!(error.reason.contains(reason), "{pointer} = {value}: {error}");
    }
}

#[test]
fn required_fields_are_rejected_when_missing() {
    for pointer in [
        "/Comment",
        "/StartAt",
        "/TimeoutSeconds",
        "/States",
        "/States/Ask/Comment",
        "/States/Ask/Type",
        "/States/Ask/Resource",
        "/States/Ask/Parameters",
        "/States/Ask/TimeoutSeconds",
        "/States/Ask/ResultPath",
        "/States/Ask/Retry",
        "/States/Ask/Catch",
        "/States/Ask/Next",
        "/States/Ask/Retry/0/JitterStrategy",
        "/States/Ask/Retry/0/MaxDelaySeconds",
        "/States/IsDone/Default",
        "/States/IsDone/Choices/0/Next",
        "/States/Pause/SecondsPath",
        "/States/Broken/Error",
        "/States/Broken/Cause",
    ] {
        let mut definition = definition();
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        definition.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(field).unwrap();
        let error = load(&definition).expect_err(&format!("accepted without {pointer}"));
        assert!(error.reason.contains("missing"), "{pointer}: {error}");
    }
}

#[test]
fn placeholder_values_that_break_the_json_text_are_rejected() {
    for value in ["say \"hi\"", "back\\slash", "two\nlines"] {
        let placeholders = [("Resource", "arn"), ("Text", value)];
        let placeholders = placeholders.map(|(name, text)| (name.to_owned(), text.to_owned()));
        let error = Machine::load(&definition().to_string(), &BTreeMap::from(placeholders)).unwrap_err();
        assert_eq!(error.path, "States.Ask.Parameters.fixed.text");
        assert!(error.reason.contains("${Text}"), "{error}");
    }
}

#[test]
fn text_that_is_not_json_is_rejected() {
    for text in ["", "{", "[]", "null", "{\"StartAt\": }", "\u{0}\u{1}"] {
        let error = Machine::load(text, &BTreeMap::new()).expect_err("it was accepted");
        assert!(error.to_string().starts_with("failed to load the state machine: "), "{error}");
    }
}
