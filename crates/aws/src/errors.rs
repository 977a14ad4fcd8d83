//! Error codes, sorted by what is done next.

use aws_sdk_cloudwatch::config::http::HttpResponse;
use aws_sdk_cloudwatch::error::{ProvideErrorMetadata, SdkError};
use tasks::TaskError;

/// Codes of requests that may succeed a little later, whatever their HTTP status.
/// Sources: the SDK's own list of throttling codes without `LimitExceededException`, which is a quota; AWS general
/// reference, "Common errors"; credentials of a function are renewed when they expire.
const PASSING: [&str; 16] = [
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

/// The code of an error, if the service has answered with one.
pub(crate) fn code<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Option<&str> {
    error.as_service_error().and_then(ProvideErrorMetadata::code)
}

/// Sorts an error that ended `attempt`, such as "describe the application 'orders'".
pub(crate) fn sort<E: ProvideErrorMetadata>(attempt: &str, error: &SdkError<E, HttpResponse>) -> TaskError {
    let status = error.raw_response().map(|response| response.status().as_u16());
    let Some(code) = code(error) else {
        return without_code(attempt, error, status);
    };
    let words =
        error.as_service_error().and_then(ProvideErrorMetadata::message).unwrap_or("without a message");
    match sort_code(attempt, code, words) {
        TaskError::Fatal(message) if status.is_some_and(|status| status >= 500 || status == 429) => {
            TaskError::Retryable(message)
        }
        sorted => sorted,
    }
}

/// The answer, or `None` if what was asked for does not exist.
pub(crate) fn if_found<Answer, E: ProvideErrorMetadata>(
    answer: Result<Answer, SdkError<E, HttpResponse>>,
    sort: impl Fn(&SdkError<E, HttpResponse>) -> TaskError,
) -> Result<Option<Answer>, TaskError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if code(&error) == Some("ResourceNotFoundException") => Ok(None),
        Err(error) => Err(sort(&error)),
    }
}

/// Sorts an error of which only the code is known.
pub(crate) fn sort_code(attempt: &str, code: &str, words: &str) -> TaskError {
    let message = format!("failed to {attempt}: {code}: {words}");
    if PASSING.contains(&code) {
        return TaskError::Retryable(message);
    }
    TaskError::Fatal(match remedy(code) {
        Some(remedy) => format!("{message}; {remedy}"),
        None => message,
    })
}

/// Nothing usable came back: no connection, no answer in time, or one that is none.
fn without_code<E>(attempt: &str, error: &SdkError<E, HttpResponse>, status: Option<u16>) -> TaskError {
    let (what, passes) = match error {
        SdkError::TimeoutError(_) => ("there was no answer in time", true),
        SdkError::DispatchFailure(_) => ("the service could not be reached", true),
        SdkError::ConstructionFailure(_) => ("the request could not be made", false),
        _ => {
            ("the answer could not be understood", status.is_none_or(|status| status >= 500 || status == 429))
        }
    };
    let message = format!("failed to {attempt}: {what}");
    if passes { TaskError::Retryable(message) } else { TaskError::Fatal(message) }
}

/// What a person has to do about an error that does not pass.
fn remedy(code: &str) -> Option<&'static str> {
    Some(match code {
        "AccessDenied" | "AccessDeniedException" => {
            "whoever asks lacks this permission; look at the policies of the role or user, and for a permissions boundary"
        }
        "ResourceNotFoundException" => {
            "check ApplicationName or KinesisStreamName, and the region of the stack"
        }
        "LimitExceededException" => "a quota is used up; lower MaxKpu or MaxShards, or have the quota raised",
        "UnsupportedOperationException" => "the application is not one that can be scaled this way",
        "InvalidArgumentException" | "InvalidApplicationConfigurationException" => {
            "look at MaxKpu and MaxParallelism against the application's own limits, or at MaxShards against those of the stream"
        }
        _ => return None,
    })
}
