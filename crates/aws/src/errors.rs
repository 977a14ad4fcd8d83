//! Translates errors of the SDK. The tasks know the remedy for each call and error code.

use aws_sdk_cloudwatch::config::http::HttpResponse;
use aws_sdk_cloudwatch::error::{ProvideErrorMetadata, SdkError};
use tasks::{Attempt, TaskError, failed_call};

/// Returns the service's error code, or `None` if the service sent no error response.
pub(crate) fn code<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Option<&str> {
    error.as_service_error().and_then(ProvideErrorMetadata::code)
}

/// Translates an error of a call.
pub(crate) fn classify<E: ProvideErrorMetadata>(
    attempt: Attempt<'_>,
    error: &SdkError<E, HttpResponse>,
) -> TaskError {
    let status = error.raw_response().map(|response| response.status().as_u16());
    let Some(code) = code(error) else {
        return without_code(attempt, error, status);
    };
    let message =
        error.as_service_error().and_then(ProvideErrorMetadata::message).unwrap_or("without a message");
    failed_call(attempt, code, message, status)
}

/// Maps `ResourceNotFoundException` to `None`, and every other error by `classify`.
pub(crate) fn not_found_as_none<Answer, E: ProvideErrorMetadata>(
    attempt: Attempt<'_>,
    answer: Result<Answer, SdkError<E, HttpResponse>>,
) -> Result<Option<Answer>, TaskError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if code(&error) == Some("ResourceNotFoundException") => Ok(None),
        Err(error) => Err(classify(attempt, &error)),
    }
}

/// Translates an error without a service error code: no connection, a timeout, or an unreadable response.
fn without_code<E>(
    attempt: Attempt<'_>,
    error: &SdkError<E, HttpResponse>,
    status: Option<u16>,
) -> TaskError {
    let (cause, is_transient) = match error {
        SdkError::TimeoutError(_) => ("the call timed out", true),
        SdkError::DispatchFailure(_) => ("the service could not be reached", true),
        SdkError::ConstructionFailure(_) => ("the request could not be built", false),
        _ => ("the response could not be read", status.is_none_or(|status| status >= 500 || status == 429)),
    };
    let message = format!("failed to {attempt}: {cause}");
    if is_transient { TaskError::Retryable(message) } else { TaskError::Fatal(message) }
}
