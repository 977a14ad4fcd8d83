//! The remedy of a failed call depends on the attempted call and on the error code.

use crate::check::request;
use crate::world::{World, now};
use serde_json::json;
use std::collections::BTreeSet;
use tasks::{Attempt, Cause, POLICY_PARAMETERS, STACK_VALUES, TaskError, check, failed_call};

/// Every call, with the parameters of the template that a remedy for it may name.
const ATTEMPTS: [(Attempt<'static>, &[&str]); 17] = [
    (Attempt::DescribeAlarms { alarms: &["orders-out", "orders-in"] }, &[]),
    (Attempt::GetMetricData { alarm: "orders-out" }, &[]),
    (Attempt::DescribeApplication { application: "orders" }, &["ApplicationName"]),
    (Attempt::ListApplicationOperations { application: "orders" }, &["ApplicationName"]),
    (
        Attempt::DescribeApplicationOperation { application: "orders", operation: "op-7" },
        &["ApplicationName"],
    ),
    (Attempt::DescribeApplicationVersion { application: "orders", version: 7 }, &["ApplicationName"]),
    (Attempt::ListApplicationSnapshots { application: "orders" }, &["ApplicationName"]),
    (Attempt::ListTagsForResource { arn: "arn:orders" }, &["ApplicationName"]),
    (Attempt::UpdateApplication { application: "orders" }, &["ApplicationName", "MaxKpu", "MaxParallelism"]),
    (Attempt::DescribeStreamSummary { stream: "orders" }, &["KinesisStreamName"]),
    (Attempt::ListTagsForStream { stream: "orders" }, &["KinesisStreamName"]),
    (Attempt::AddTagsToStream { stream: "orders", key: "kpu-autoscaler.changes" }, &["KinesisStreamName"]),
    (
        Attempt::UpdateShardCount { stream: "orders", shards: 8 },
        &["KinesisStreamName", "MinShards", "MaxShards"],
    ),
    (Attempt::PutEvents { resource: "orders" }, &[]),
    (Attempt::StartExecution { execution: "run-7" }, &[]),
    (Attempt::ListExecutions, &[]),
    (Attempt::DescribeExecution { execution: "run-7" }, &[]),
];

/// Every cause, by codes of the services, and whether the same call can succeed a little later.
const CODES: [(Cause, &[&str], bool); 13] = [
    (
        Cause::Throttled,
        &["Throttling", "ThrottlingException", "TooManyRequestsException", "KmsThrottlingException"],
        true,
    ),
    (Cause::ServerFault, &["InternalFailure", "InternalServiceFault", "ServiceUnavailable"], true),
    (Cause::CredentialsExpired, &["ExpiredToken", "ExpiredTokenException", "RequestExpired"], true),
    (
        Cause::CredentialsInvalid,
        &[
            "UnrecognizedClientException",
            "InvalidClientTokenId",
            "RegionDisabledException",
            "SignatureDoesNotMatch",
        ],
        false,
    ),
    (
        Cause::AccessDenied,
        &[
            "AccessDenied",
            "AccessDeniedException",
            "AuthorizationError",
            "NotAuthorized",
            "UnauthorizedOperation",
        ],
        false,
    ),
    (
        Cause::NotFound,
        &[
            "NotFound",
            "ResourceNotFound",
            "ResourceNotFoundException",
            "StateMachineDeleting",
            "StateMachineDoesNotExist",
        ],
        false,
    ),
    (
        Cause::InvalidArgument,
        &[
            "InvalidArgumentException",
            "InvalidParameterValueException",
            "ValidationError",
            "ValidationException",
        ],
        false,
    ),
    (Cause::QuotaExceeded, &["LimitExceeded", "ExecutionLimitExceeded"], false),
    (Cause::InUse, &["ResourceInUse"], false),
    (Cause::Conflict, &["ConcurrentModificationException", "ExecutionAlreadyExists"], false),
    (
        Cause::KeyUnusable,
        &["KMSAccessDeniedException", "KMSDisabledException", "KmsInvalidStateException"],
        false,
    ),
    (Cause::Unsupported, &["UnsupportedOperationException"], false),
    (Cause::Unknown, &["AnUnknownException", "CodeValidationException"], false),
];

/// The names of parameters in a text.
fn parameters(text: &str) -> BTreeSet<&str> {
    let known: BTreeSet<&str> = POLICY_PARAMETERS
        .iter()
        .map(|parameter| parameter.name)
        .chain(STACK_VALUES.iter().copied())
        .collect();
    text.split(|character: char| !character.is_alphanumeric()).filter(|word| known.contains(word)).collect()
}

#[test]
fn a_remedy_names_only_parameters_of_the_attempted_call() {
    let mut named = BTreeSet::new();
    for (attempt, allowed) in ATTEMPTS {
        for (cause, codes, is_transient) in CODES {
            for code in codes {
                assert_eq!(Cause::of(attempt, code, None), cause, "{attempt}: {code}");
                let error = failed_call(attempt, code, "as AWS says", None);
                assert_eq!(matches!(error, TaskError::Retryable(_)), is_transient, "{error}");
                let message = error.to_string();
                let start = format!("failed to {attempt}: {code}: as AWS says; ");
                let remedy = message.strip_prefix(&start).expect(&message);
                assert!(!remedy.is_empty() && !remedy.ends_with('.'), "{message}");
                let found = parameters(remedy);
                assert!(found.iter().all(|name| allowed.contains(name)), "{message}");
                named.extend(found.into_iter().map(str::to_owned));
            }
        }
    }
    // The search for names finds something: every parameter that is allowed above occurs in some remedy.
    let allowed: BTreeSet<_> =
        ATTEMPTS.iter().flat_map(|(_, allowed)| *allowed).map(|name| (*name).to_owned()).collect();
    assert_eq!(named, allowed);
}

#[test]
fn each_call_has_a_row_and_an_action() {
    let actions: BTreeSet<_> = ATTEMPTS.iter().map(|(attempt, _)| attempt.action()).collect();
    assert_eq!(actions.len(), ATTEMPTS.len());
    for (attempt, _) in ATTEMPTS {
        let message = failed_call(attempt, "AccessDeniedException", "no", None).to_string();
        assert!(message.contains(&format!("allow {} in the policies", attempt.action())), "{message}");
    }
}

#[test]
fn one_code_has_another_remedy_for_another_call() {
    let update = Attempt::UpdateApplication { application: "orders" };
    let tag = Attempt::AddTagsToStream { stream: "orders", key: "kpu-autoscaler.changes" };
    let reshard = Attempt::UpdateShardCount { stream: "orders", shards: 8 };
    let read = Attempt::GetMetricData { alarm: "orders-out" };
    let publish = Attempt::PutEvents { resource: "orders" };
    #[rustfmt::skip]
    let rows = [
        (update,  "AccessDeniedException",
         "allow kinesisanalytics:UpdateApplication in the policies of the caller, and in any permissions boundary; if a customer-managed key encrypts the application, allow the role of the caller in the key policy too"),
        (read,    "AccessDeniedException",
         "allow cloudwatch:GetMetricData in the policies of the caller, and in any permissions boundary"),
        (update,  "InvalidArgumentException",
         "compare MaxKpu and MaxParallelism with the limits of the application"),
        (tag,     "InvalidArgumentException",
         "look at the tags of the stream, which can have 50 at most, and remove one that is not needed"),
        (reshard, "InvalidArgumentException",
         "compare MinShards and MaxShards with the limits of the stream, and check that its mode is provisioned"),
        (read,    "InvalidArgumentException",
         "open the alarm in the CloudWatch console, and correct its metric or its expression"),
        (update,  "LimitExceededException",
         "the KPUs or the parallelism exceed a quota of the account; lower MaxKpu or MaxParallelism, or request a higher quota in Service Quotas"),
        (reshard, "LimitExceededException",
         "the shards of the account or the changes of a day exceed a quota; lower MaxShards, or request a higher quota in Service Quotas"),
        // For this call, Kinesis reports throttling with this code.
        (tag,     "LimitExceededException",
         "wait for the next check; if it lasts, look in CloudTrail for the callers of kinesis:AddTagsToStream"),
        (update,  "KMSDisabledException",
         "check that the KMS key of the application is enabled, and that its key policy allows the caller"),
        (update,  "ResourceNotFoundException", "check ApplicationName, and the Region of the stack"),
        (reshard, "ResourceNotFoundException", "check KinesisStreamName, and the Region of the stack"),
        (read,    "ResourceNotFoundException", "check the names of the alarms, and the Region of the stack"),
        (publish, "ResourceNotFoundException", "check that the default event bus exists in the Region of the stack"),
        (Attempt::ListExecutions, "StateMachineDoesNotExist",
         "check that the stack is still deployed; if its state machine was deleted by hand, deploy the stack again under another name"),
        (update,  "ServiceUnavailable", "wait for the next check; if it lasts, look at the AWS Health Dashboard"),
        (update,  "ExpiredTokenException", "sign in again, and check the clock of the computer"),
        (update,  "InvalidClientTokenId", "sign in again, and check that the account has enabled the Region"),
        (publish, "LimitExceeded", "request a higher quota for events:PutEvents in Service Quotas"),
        (reshard, "ResourceInUse", "wait until the present change of the stream has ended"),
        (update,  "ConcurrentModificationException", "wait for the next check; if it lasts, look in CloudTrail for another writer of the application"),
        (update,  "UnsupportedOperationException", "let ApplicationName be an application for Apache Flink whose parallelism can be changed"),
        (reshard, "UnsupportedOperationException", "let KinesisStreamName be a stream in provisioned mode"),
        (read,    "UnsupportedOperationException", "check that cloudwatch:GetMetricData is available in the Region of the stack"),
        (publish, "ValidationException", "report this message, because the autoscaler sent an invalid request"),
        (update,  "CodeValidationException",
         "look for CodeValidationException in the API reference of kinesisanalytics:UpdateApplication"),
    ];
    for (attempt, code, remedy) in rows {
        let message = failed_call(attempt, code, "as AWS says", None).to_string();
        assert_eq!(message, format!("failed to {attempt}: {code}: as AWS says; {remedy}"));
    }
}

#[test]
fn a_status_of_the_server_makes_any_code_transient() {
    let read = Attempt::DescribeApplication { application: "orders" };
    for (status, expected) in [
        (Some(429), Cause::Throttled),
        (Some(500), Cause::ServerFault),
        (Some(503), Cause::ServerFault),
        (Some(400), Cause::Unknown),
        (None, Cause::Unknown),
    ] {
        assert_eq!(Cause::of(read, "AnUnknownException", status), expected, "{status:?}");
    }
}

/// A user alarm takes the place of the stack alarm if the stack has no metric of its own.
#[test]
fn the_remedy_for_a_missing_alarm_depends_on_its_owner() {
    let stack = "ScaleOutAlarm names an alarm that was not found; restore it by hand as in template.yaml; or delete the stack and deploy it again, which leaves the application or stream unchanged";
    let user = "MoreScaleOutAlarms names an alarm that was not found; create it in the Region of this stack, or correct its name; a composite alarm or a log alarm is never found: name the metric alarms below it, or an alarm on a metric filter of its logs";
    for (more_out, expected) in
        [("", stack), ("cpu, lag", stack), ("orders-out", user), ("orders-out, lag", user)]
    {
        let world = World::new().without_alarm("orders-out");
        let mut request = request(json!({}));
        request.policy = request.policy.with([("MoreScaleOutAlarms", more_out)]);
        let error = now(check(&request, &world, &world)).unwrap_err();
        assert_eq!(error.to_string(), format!("failed to find the alarm 'orders-out': {expected}"));
    }
}
