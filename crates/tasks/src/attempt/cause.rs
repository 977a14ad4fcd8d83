//! The causes of failed calls, by their error codes.

use super::action::Attempt;

/// The cause of a failed call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The account has made too many calls of this operation in a short time.
    Throttled,
    /// AWS failed.
    ServerFault,
    /// The credentials were valid and have expired.
    CredentialsExpired,
    /// The credentials are invalid.
    CredentialsInvalid,
    /// A policy does not allow the call.
    AccessDenied,
    /// The resource does not exist.
    NotFound,
    /// A parameter of the call is out of its limits.
    InvalidArgument,
    /// The call would exceed a quota.
    QuotaExceeded,
    /// The resource is being changed.
    InUse,
    /// Another writer has changed the resource.
    Conflict,
    /// The KMS key that encrypts the resource cannot be used.
    KeyUnusable,
    /// The resource does not support the operation.
    Unsupported,
    /// The code is not in this list.
    Unknown,
}

impl Cause {
    /// Returns the cause of an error code, and of the HTTP status if the code came with a response of its own.
    ///
    /// Sources: the SDK's list of throttling codes without `LimitExceededException`, which is a quota; AWS general reference, "Common
    /// errors"; the API references of the services.
    #[must_use]
    pub fn of(attempt: Attempt<'_>, code: &str, status: Option<u16>) -> Self {
        let cause = match code {
            // For a call with an account-wide rate limit, Kinesis reports throttling with the first code, and a change of the stream with
            // the second one. Both pass.
            "LimitExceededException" | "ResourceInUseException" if is_rate_limited(attempt) => {
                Self::Throttled
            }
            _ => Self::of_code(code),
        };
        match (cause, status) {
            (cause, _) if cause.is_transient() => cause,
            (_, Some(429)) => Self::Throttled,
            (_, Some(500..)) => Self::ServerFault,
            (cause, _) => cause,
        }
    }

    /// Returns the usual cause of an error code, whichever call it answers. SNS and EC2 have codes of their own for a missing permission.
    #[must_use]
    pub fn of_code(code: &str) -> Self {
        match code {
            "BandwidthLimitExceeded"
            | "KMSThrottlingException"
            | "KmsThrottlingException"
            | "PriorRequestNotComplete"
            | "RequestLimitExceeded"
            | "RequestThrottled"
            | "RequestThrottledException"
            | "SlowDown"
            | "ThrottledException"
            | "Throttling"
            | "ThrottlingException"
            | "TooManyRequestsException" => Self::Throttled,
            "InternalException"
            | "InternalFailure"
            | "InternalServiceError"
            | "InternalServiceFault"
            | "ServiceUnavailable" => Self::ServerFault,
            // Lambda renews the credentials of a function, so that a second call can succeed.
            "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" => Self::CredentialsExpired,
            "IncompleteSignature"
            | "InvalidClientTokenId"
            | "InvalidSignatureException"
            | "MissingAuthenticationToken"
            | "MissingAuthenticationTokenException"
            | "OptInRequired"
            | "RegionDisabledException"
            | "SignatureDoesNotMatch"
            | "UnrecognizedClientException" => Self::CredentialsInvalid,
            "AccessDenied"
            | "AccessDeniedException"
            | "AuthorizationError"
            | "AuthorizationErrorException"
            | "NotAuthorized"
            | "UnauthorizedOperation" => Self::AccessDenied,
            "ExecutionDoesNotExist"
            | "NotFound"
            | "ResourceNotFound"
            | "ResourceNotFoundException"
            | "StateMachineDeleting"
            | "StateMachineDoesNotExist" => Self::NotFound,
            "InvalidApplicationConfigurationException"
            | "InvalidArgument"
            | "InvalidArgumentException"
            | "InvalidParameterCombination"
            | "InvalidParameterCombinationException"
            | "InvalidParameterValue"
            | "InvalidParameterValueException"
            | "MissingParameter"
            | "MissingRequiredParameterException"
            | "ValidationError"
            | "ValidationException" => Self::InvalidArgument,
            "ExecutionLimitExceeded"
            | "LimitExceeded"
            | "LimitExceededException"
            | "LimitExceededFault"
            | "ServiceQuotaExceededException" => Self::QuotaExceeded,
            "ResourceInUse" | "ResourceInUseException" => Self::InUse,
            "ConcurrentModificationException" | "ConflictException" | "ExecutionAlreadyExists" => {
                Self::Conflict
            }
            "UnsupportedOperationException" => Self::Unsupported,
            _ if code.starts_with("KMS") || code.starts_with("Kms") => Self::KeyUnusable,
            _ => Self::Unknown,
        }
    }

    /// Whether the same call can succeed a little later.
    #[must_use]
    pub fn is_transient(self) -> bool {
        matches!(self, Self::Throttled | Self::ServerFault | Self::CredentialsExpired)
    }
}

fn is_rate_limited(attempt: Attempt<'_>) -> bool {
    matches!(
        attempt,
        Attempt::DescribeStreamSummary { .. }
            | Attempt::ListTagsForStream { .. }
            | Attempt::AddTagsToStream { .. }
    )
}
