//! The table of remedies: attempted call by cause. A remedy names only parameters that the attempted call depends on.

use super::action::Attempt;
use super::cause::Cause;
use crate::TaskError;

/// Returns the error of a failed call: the attempt, the code, the message of AWS and the remedy, in this order.
#[must_use]
pub fn failed_call(attempt: Attempt<'_>, code: &str, message: &str, status: Option<u16>) -> TaskError {
    let cause = Cause::of(attempt, code, status);
    let sentence = format!("failed to {attempt}: {code}: {message}; {}", remedy(attempt, cause, code));
    if cause.is_transient() { TaskError::Retryable(sentence) } else { TaskError::Fatal(sentence) }
}

/// The resource of a call, which selects the row of the table.
#[derive(Debug, Clone, Copy)]
enum Row {
    Alarm,
    Application,
    Stream,
    EventBus,
    StateMachine,
}

impl Row {
    fn of(attempt: Attempt<'_>) -> Self {
        match attempt {
            Attempt::DescribeAlarms { .. } | Attempt::GetMetricData { .. } => Self::Alarm,
            Attempt::DescribeApplication { .. }
            | Attempt::ListApplicationOperations { .. }
            | Attempt::DescribeApplicationOperation { .. }
            | Attempt::DescribeApplicationVersion { .. }
            | Attempt::ListApplicationSnapshots { .. }
            | Attempt::ListTagsForResource { .. }
            | Attempt::UpdateApplication { .. } => Self::Application,
            Attempt::DescribeStreamSummary { .. }
            | Attempt::ListTagsForStream { .. }
            | Attempt::AddTagsToStream { .. }
            | Attempt::UpdateShardCount { .. } => Self::Stream,
            Attempt::PutEvents { .. } => Self::EventBus,
            Attempt::StartExecution { .. } | Attempt::ListExecutions | Attempt::DescribeExecution { .. } => {
                Self::StateMachine
            }
        }
    }

    fn noun(self) -> &'static str {
        match self {
            Self::Alarm => "alarm",
            Self::Application => "application",
            Self::Stream => "stream",
            Self::EventBus => "event bus",
            Self::StateMachine => "state machine",
        }
    }

    /// The remedy if the resource of the call does not exist.
    fn find(self) -> &'static str {
        match self {
            Self::Alarm => "check the names of the alarms, and the Region of the stack",
            Self::Application => "check ApplicationName, and the Region of the stack",
            Self::Stream => "check KinesisStreamName, and the Region of the stack",
            Self::EventBus => "check that the default event bus exists in the Region of the stack",
            Self::StateMachine => {
                "check that the stack is still deployed; if its state machine was deleted by hand, deploy the stack again under another name"
            }
        }
    }
}

fn remedy(attempt: Attempt<'_>, cause: Cause, code: &str) -> String {
    let row = Row::of(attempt);
    let (action, noun) = (attempt.action(), row.noun());
    match cause {
        Cause::Throttled => {
            format!("wait for the next check; if it lasts, look in CloudTrail for the callers of {action}")
        }
        Cause::ServerFault => {
            "wait for the next check; if it lasts, look at the AWS Health Dashboard".to_owned()
        }
        Cause::CredentialsExpired => "sign in again, and check the clock of the computer".to_owned(),
        Cause::CredentialsInvalid => {
            "sign in again, and check that the account has enabled the Region".to_owned()
        }
        Cause::AccessDenied => {
            let remedy = format!("allow {action} in the policies of the caller, and in any permissions boundary");
            match attempt {
                // Source: MSF developer guide, "Key management": the caller of an update needs the permissions for a customer-managed key.
                Attempt::UpdateApplication { .. } => format!(
                    "{remedy}; if a customer-managed key encrypts the application, allow the role of the caller in the key policy too"
                ),
                _ => remedy,
            }
        }
        Cause::NotFound => row.find().to_owned(),
        Cause::InvalidArgument => invalid_argument(attempt, row).to_owned(),
        Cause::QuotaExceeded => match attempt {
            // AWS does not document which of the two quotas a refusal means.
            Attempt::UpdateApplication { .. } => {
                "the KPUs or the parallelism exceed a quota of the account; lower MaxKpu or MaxParallelism, or request a higher quota in Service Quotas"
                    .to_owned()
            }
            Attempt::UpdateShardCount { .. } => {
                "the shards of the account or the changes of a day exceed a quota; lower MaxShards, or request a higher quota in Service Quotas"
                    .to_owned()
            }
            _ => format!("request a higher quota for {action} in Service Quotas"),
        },
        Cause::InUse => format!("wait until the present change of the {noun} has ended"),
        Cause::Conflict => {
            format!("wait for the next check; if it lasts, look in CloudTrail for another writer of the {noun}")
        }
        Cause::KeyUnusable => {
            format!("check that the KMS key of the {noun} is enabled, and that its key policy allows the caller")
        }
        Cause::Unsupported => match attempt {
            Attempt::UpdateApplication { .. } => {
                "let ApplicationName be an application for Apache Flink whose parallelism can be changed".to_owned()
            }
            Attempt::UpdateShardCount { .. } => {
                "let KinesisStreamName be a stream in provisioned mode".to_owned()
            }
            _ => format!("check that {action} is available in the Region of the stack"),
        },
        Cause::Unknown => format!("look for {code} in the API reference of {action}"),
    }
}

fn invalid_argument(attempt: Attempt<'_>, row: Row) -> &'static str {
    match attempt {
        Attempt::GetMetricData { .. } => {
            "open the alarm in the CloudWatch console, and correct its metric or its expression"
        }
        Attempt::UpdateApplication { .. } => {
            "compare MaxKpu and MaxParallelism with the limits of the application"
        }
        Attempt::UpdateShardCount { .. } => {
            "compare MinShards and MaxShards with the limits of the stream, and check that its mode is provisioned"
        }
        // Source: Kinesis API reference, `AddTagsToStream`.
        Attempt::AddTagsToStream { .. } => {
            "look at the tags of the stream, which can have 50 at most, and remove one that is not needed"
        }
        Attempt::PutEvents { .. }
        | Attempt::StartExecution { .. }
        | Attempt::ListExecutions
        | Attempt::DescribeExecution { .. } => {
            "report this message, because the autoscaler sent an invalid request"
        }
        _ => row.find(),
    }
}
