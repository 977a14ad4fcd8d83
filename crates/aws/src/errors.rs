//! Classifies AWS error codes as retryable or fatal, and adds a remedy to fatal ones.

use aws_sdk_cloudwatch::config::http::HttpResponse;
use aws_sdk_cloudwatch::error::{ProvideErrorMetadata, SdkError};
use tasks::TaskError;

/// Error codes after which the same request can succeed, independent of the HTTP status.
/// Sources: the SDK's list of throttling codes without `LimitExceededException`, which is a quota; AWS general
/// reference, "Common errors". The codes for expired credentials are included because Lambda renews them.
const TRANSIENT_CODES: [&str; 16] = [
    "BandwidthLimitExceeded",
    "ExpiredToken",
    "ExpiredTokenException",
    "InternalFailure",
    "InternalServiceFault",
    "PriorRequestNotComplete",
    "RequestExpired",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "ServiceUnavailable",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
];

/// Returns the service's error code, or `None` if the service sent no error response.
pub(crate) fn code<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Option<&str> {
    error.as_service_error().and_then(ProvideErrorMetadata::code)
}

/// Classifies an error of `attempt`, a verb phrase such as "describe the application 'orders'".
pub(crate) fn classify<E: ProvideErrorMetadata>(
    attempt: &str,
    error: &SdkError<E, HttpResponse>,
) -> TaskError {
    let status = error.raw_response().map(|response| response.status().as_u16());
    let Some(code) = code(error) else {
        return without_code(attempt, error, status);
    };
    let message =
        error.as_service_error().and_then(ProvideErrorMetadata::message).unwrap_or("without a message");
    match classify_code(attempt, code, message) {
        TaskError::Fatal(message) if status.is_some_and(|status| status >= 500 || status == 429) => {
            TaskError::Retryable(message)
        }
        classified => classified,
    }
}

/// Maps `ResourceNotFoundException` to `None`, and every other error by `classify`.
pub(crate) fn not_found_as_none<Answer, E: ProvideErrorMetadata>(
    answer: Result<Answer, SdkError<E, HttpResponse>>,
    classify: impl Fn(&SdkError<E, HttpResponse>) -> TaskError,
) -> Result<Option<Answer>, TaskError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if code(&error) == Some("ResourceNotFoundException") => Ok(None),
        Err(error) => Err(classify(&error)),
    }
}

/// Classifies an error by its code alone, without an HTTP status.
pub(crate) fn classify_code(attempt: &str, code: &str, message: &str) -> TaskError {
    let message = format!("failed to {attempt}: {code}: {message}");
    if TRANSIENT_CODES.contains(&code) {
        return TaskError::Retryable(message);
    }
    TaskError::Fatal(match remedy(code) {
        Some(remedy) => format!("{message}; {remedy}"),
        None => message,
    })
}

/// Classifies an error without a service error code: no connection, a timeout, or an unreadable response.
fn without_code<E>(attempt: &str, error: &SdkError<E, HttpResponse>, status: Option<u16>) -> TaskError {
    let (cause, is_transient) = match error {
        SdkError::TimeoutError(_) => ("the call timed out", true),
        SdkError::DispatchFailure(_) => ("the service could not be reached", true),
        SdkError::ConstructionFailure(_) => ("the request could not be built", false),
        _ => ("the response could not be read", status.is_none_or(|status| status >= 500 || status == 429)),
    };
    let message = format!("failed to {attempt}: {cause}");
    if is_transient { TaskError::Retryable(message) } else { TaskError::Fatal(message) }
}

/// Returns the remedy for a fatal error code.
fn remedy(code: &str) -> Option<&'static str> {
    Some(match code {
        "AccessDenied" | "AccessDeniedException" => {
            "the caller lacks this permission; check the policies of its role or user, and any permissions boundary"
        }
        "ResourceNotFoundException" => {
            "check ApplicationName or KinesisStreamName, and the region of the stack"
        }
        "LimitExceededException" => {
            "a quota is exhausted; lower MaxKpu or MaxShards, or request a quota increase"
        }
        "UnsupportedOperationException" => "this application does not support scaling by its parallelism",
        "InvalidArgumentException" | "InvalidApplicationConfigurationException" => {
            "compare MaxKpu and MaxParallelism with the application's limits, or MaxShards with the limits of the stream"
        }
        _ => return None,
    })
}
