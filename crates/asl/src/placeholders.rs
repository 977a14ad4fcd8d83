//! `${Name}`, which CloudFormation replaces when the stack is deployed.

use crate::LoadError;
use serde_json::Value;
use std::collections::BTreeMap;

/// Replaces `${Name}` in every string of `value`.
pub(crate) fn substitute(
    value: &mut Value,
    placeholders: &BTreeMap<String, String>,
    path: &str,
) -> Result<(), LoadError> {
    match value {
        Value::String(text) => {
            let mut filled = String::new();
            let mut rest = text.as_str();
            while let Some((before, after)) = rest.split_once("${") {
                let unknown = |name: &str| {
                    LoadError::new(
                        path.trim_start_matches('.'),
                        format!("the placeholder ${{{name}}} has no value"),
                    )
                };
                let (name, after) = after.split_once('}').ok_or_else(|| unknown(after))?;
                filled.push_str(before);
                filled.push_str(placeholders.get(name).ok_or_else(|| unknown(name))?);
                rest = after;
            }
            filled.push_str(rest);
            *text = filled;
            Ok(())
        }
        Value::Array(items) => items
            .iter_mut()
            .enumerate()
            .try_for_each(|(index, item)| substitute(item, placeholders, &format!("{path}[{index}]"))),
        Value::Object(fields) => fields
            .iter_mut()
            .try_for_each(|(name, field)| substitute(field, placeholders, &format!("{path}.{name}"))),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}
