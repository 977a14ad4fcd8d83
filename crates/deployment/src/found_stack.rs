//! A stack of this product, as CloudFormation lists it.

/// A stack of ours.
#[derive(Debug, Clone)]
pub(crate) struct FoundStack {
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) status: String,
    /// The application that it scales.
    pub(crate) application: String,
    /// Whether it scales no application but a stream.
    pub(crate) is_of_a_stream: bool,
    /// The topic that it tells.
    pub(crate) topic: Option<String>,
}
