//! A request to the API.

use serde_json::Value;

/// A request, as API Gateway passes it to the function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The name of the scalable target, from the path.
    pub target: String,
    /// The ID of the request: letters, digits and hyphens.
    pub id: String,
}

/// A method of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Method {
    /// Describe the scalable target.
    Get,
    /// Request the capacity that this document states.
    Patch(String),
}

impl Request {
    /// Parses the event of a Lambda proxy integration. `id` is the ID of the function's invocation, because the client may choose the ID
    /// of its request.
    ///
    /// # Errors
    /// A sentence that names the missing or unknown part of the event.
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
