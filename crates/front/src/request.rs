//! What is asked.

use serde_json::Value;

/// A request, as API Gateway passes it on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What to do.
    pub method: Method,
    /// The name of the scalable target.
    pub target: String,
    /// Its identity, of letters, digits and hyphens.
    pub id: String,
}

/// What to do with a scalable target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Method {
    /// Say how it is.
    Get,
    /// Wish for the size that this document states.
    Patch(String),
}

impl Request {
    /// Understands the event of a Lambda proxy integration. Its identity is that of the function's invocation: that of the request
    /// may be chosen by whoever sends it.
    ///
    /// # Errors
    /// What it lacks, in a sentence.
    pub fn parse(event: &Value, id: &str) -> Result<Self, String> {
        let text = |path: &str| event.pointer(path).and_then(Value::as_str);
        let method = match text("/httpMethod") {
            Some("GET") => Method::Get,
            Some("PATCH") => Method::Patch(text("/body").unwrap_or_default().to_owned()),
            other => {
                return Err(format!(
                    "failed to read the request: its method is GET or PATCH, not '{}'",
                    other.unwrap_or_default()
                ));
            }
        };
        let target = text("/pathParameters/scalableTargetDimensionId");
        let target = target.ok_or("failed to read the request: its path names no scalable target")?;
        Ok(Self { method, target: target.to_owned(), id: id.to_owned() })
    }
}
