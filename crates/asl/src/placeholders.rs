//! Substitutes placeholders `${Name}`, as CloudFormation does when it deploys the stack.

use crate::load_error::LoadError;
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
                filled.push_str(plain(placeholders.get(name).ok_or_else(|| unknown(name))?, name, path)?);
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

/// Checks the value of a placeholder. CloudFormation inserts it into the text of the file, where a quotation mark would
/// end the JSON string.
fn plain<'a>(value: &'a str, name: &str, path: &str) -> Result<&'a str, LoadError> {
    let breaks = |character: char| character == '"' || character == '\\' || character.is_control();
    if value.contains(breaks) {
        let reason =
            format!("the value of ${{{name}}} contains a quotation mark, a backslash or a control character");
        return Err(LoadError::new(path.trim_start_matches('.'), reason));
    }
    Ok(value)
}
