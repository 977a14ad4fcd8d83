//! The test notification, which says that it is a drill.

use crate::Facts;
use jiff::Timestamp;
use serde_json::{Value, json};

/// The largest length of a subject. Source: API reference of SNS, `Publish`: a subject has less than 100 characters.
const MOST_CHARACTERS: usize = 99;

/// The field of the detail by which the drill finds the execution of its event.
pub(crate) const DRILL_FIELD: &str = "drill";

/// The subject of the test notification.
pub(super) fn subject(facts: &Facts) -> String {
    let name = facts.stack.as_ref().map_or(facts.name.as_str(), |stack| stack.name.as_str());
    format!("Drill: test notification of {name}").chars().take(MOST_CHARACTERS).collect()
}

/// Returns the detail of the event of a drill, which the stack publishes to its topic like the result of a scaling.
pub(crate) fn test_notification(facts: &Facts, drill: Timestamp) -> Value {
    let name = &facts.name;
    let text = format!(
        "This is a drill. Nothing was scaled, and no action is needed.\n\nThe command kpu drill sent this message to show that the \
         notifications on the scaling of {name} arrive.\nTime: {drill}\n"
    );
    json!({facts.kind().noun: name, DRILL_FIELD: drill, "subject": subject(facts), "text": text})
}
