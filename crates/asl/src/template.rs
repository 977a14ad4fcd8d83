//! Payload templates: JSON in which a key that ends in `.$` takes its value from a path.

use crate::path::ReferencePath;
use serde_json::{Map, Value};

/// The `Parameters` of a task.
#[derive(Debug, Clone)]
pub(crate) enum Template {
    /// A constant value.
    Literal(Value),
    /// A reference to a value in the data or the context object, with the text of its path.
    Reference(ReferencePath, String),
    /// An object of templates.
    Object(Vec<(String, Template)>),
    /// A list of templates.
    List(Vec<Template>),
}

impl Template {
    /// Parses a template. The error has the path within the template, and the reason.
    pub(crate) fn parse(value: Value) -> Result<Self, (String, String)> {
        match value {
            Value::Object(map) => map.into_iter().map(field).collect::<Result<_, _>>().map(Self::Object),
            Value::Array(list) => {
                list.into_iter().enumerate().map(item).collect::<Result<_, _>>().map(Self::List)
            }
            literal => Ok(Self::Literal(literal)),
        }
    }

    /// Returns the payload, or an error with a path that has no value.
    pub(crate) fn fill(&self, data: &Value, context: &Value) -> Result<Value, String> {
        match self {
            Self::Literal(value) => Ok(value.clone()),
            Self::Reference(path, text) => {
                path.resolve(data, context).cloned().ok_or_else(|| format!("the path {text} leads nowhere"))
            }
            Self::Object(fields) => fields
                .iter()
                .map(|(name, template)| Ok((name.clone(), template.fill(data, context)?)))
                .collect::<Result<Map<_, _>, String>>()
                .map(Value::Object),
            Self::List(items) => items
                .iter()
                .map(|template| template.fill(data, context))
                .collect::<Result<_, _>>()
                .map(Value::Array),
        }
    }
}

fn item((index, value): (usize, Value)) -> Result<Template, (String, String)> {
    Template::parse(value).map_err(|(path, reason)| (format!("[{index}]{path}"), reason))
}

fn field((name, value): (String, Value)) -> Result<(String, Template), (String, String)> {
    let at = |(path, reason): (String, String)| (format!(".{name}{path}"), reason);
    let Some(plain) = name.strip_suffix(".$") else {
        let template = Template::parse(value).map_err(at)?;
        return Ok((name, template));
    };
    let Value::String(text) = value else {
        return Err(at((String::new(), "a key that ends in .$ requires a path".to_owned())));
    };
    let path = ReferencePath::parse(&text).map_err(|reason| at((String::new(), reason)))?;
    Ok((plain.to_owned(), Template::Reference(path, text)))
}
