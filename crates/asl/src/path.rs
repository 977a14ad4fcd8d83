//! Reference paths: `$`, `$.check.verdict`, and `$$.State.EnteredTime` for the context object.

use serde_json::Value;

/// A path that identifies exactly one value.
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
    /// Parses a path. Wildcards, filters, indices and functions are not supported.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let invalid = || format!("'{text}' is not a reference path such as $.check.verdict");
        let (root, rest) = match text.strip_prefix("$$") {
            Some(rest) => (Root::Context, rest),
            None => (Root::Data, text.strip_prefix('$').ok_or_else(invalid)?),
        };
        let mut fields = Vec::new();
        if !rest.is_empty() {
            for field in rest.strip_prefix('.').ok_or_else(invalid)?.split('.') {
                let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
                if field.is_empty() || !field.bytes().all(plain) {
                    return Err(invalid());
                }
                fields.push(field.to_owned());
            }
        }
        Ok(Self { root, fields })
    }

    /// Returns the value at this path, or `None` if it is absent.
    pub(crate) fn resolve<'a>(&self, data: &'a Value, context: &'a Value) -> Option<&'a Value> {
        let start = match self.root {
            Root::Data => data,
            Root::Context => context,
        };
        self.fields.iter().try_fold(start, |value, field| value.get(field))
    }

    /// Returns the field of a path with one field, such as `$.check`. Only such a path is supported as a `ResultPath`.
    pub(crate) fn single_field(&self) -> Option<&str> {
        match (self.root, self.fields.as_slice()) {
            (Root::Data, [field]) => Some(field),
            _ => None,
        }
    }
}
