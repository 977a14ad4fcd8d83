//! Reference paths: `$`, `$.check.verdict`, and `$$.State.EnteredTime` for the context object.

use serde_json::Value;

/// A path that names exactly one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReferencePath {
    root: Root,
    fields: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Root {
    Data,
    Context,
}

impl ReferencePath {
    /// Parses the text of a path. Wildcards, filters, indices and functions are not reference paths as used here.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let refusal = || format!("'{text}' is not a reference path such as $.check.verdict");
        let (root, rest) = match text.strip_prefix("$$") {
            Some(rest) => (Root::Context, rest),
            None => (Root::Data, text.strip_prefix('$').ok_or_else(refusal)?),
        };
        let mut fields = Vec::new();
        if !rest.is_empty() {
            for field in rest.strip_prefix('.').ok_or_else(refusal)?.split('.') {
                let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
                if field.is_empty() || !field.bytes().all(plain) {
                    return Err(refusal());
                }
                fields.push(field.to_owned());
            }
        }
        Ok(Self { root, fields })
    }

    /// The value at this path, if there is one.
    pub(crate) fn resolve<'a>(&self, data: &'a Value, context: &'a Value) -> Option<&'a Value> {
        let start = match self.root {
            Root::Data => data,
            Root::Context => context,
        };
        self.fields.iter().try_fold(start, |value, field| value.get(field))
    }

    /// The only field of a path like `$.check`, which is where a task's answer may be put.
    pub(crate) fn single_field(&self) -> Option<&str> {
        match (self.root, self.fields.as_slice()) {
            (Root::Data, [field]) => Some(field),
            _ => None,
        }
    }
}
