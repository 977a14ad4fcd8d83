//! A stack of kpu-autoscaler, as CloudFormation lists it.

/// A stack of kpu-autoscaler.
#[derive(Debug, Clone)]
pub(crate) struct FoundStack {
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) status: String,
    /// The application that it scales.
    pub(crate) application: String,
    /// Whether it scales a stream instead of an application.
    pub(crate) scales_stream: bool,
    /// The parameter `ApplicationKmsKeyArn`; empty in a stack without it.
    pub(crate) application_key: String,
    /// The topic of its notifications.
    pub(crate) topic: Option<String>,
}
