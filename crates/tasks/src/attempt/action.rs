//! The calls of AWS APIs that the autoscaler makes.

use std::fmt;

/// A call of an AWS API, named like the operation. Its text is a verb phrase that completes "failed to ...".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "a variant is an operation of an AWS API, and a field is a parameter of it")]
pub enum Attempt<'a> {
    DescribeAlarms { alarms: &'a [&'a str] },
    GetMetricData { alarm: &'a str },
    DescribeApplication { application: &'a str },
    ListApplicationOperations { application: &'a str },
    DescribeApplicationOperation { application: &'a str, operation: &'a str },
    DescribeApplicationVersion { application: &'a str, version: i64 },
    ListApplicationSnapshots { application: &'a str },
    ListTagsForResource { arn: &'a str },
    UpdateApplication { application: &'a str },
    DescribeStreamSummary { stream: &'a str },
    ListTagsForStream { stream: &'a str },
    AddTagsToStream { stream: &'a str, key: &'a str },
    UpdateShardCount { stream: &'a str, shards: u32 },
    PutEvents { resource: &'a str },
    StartExecution { execution: &'a str },
    ListExecutions,
    DescribeExecution { execution: &'a str },
}

impl Attempt<'_> {
    /// Returns the IAM action that allows the call.
    #[must_use]
    pub fn action(self) -> &'static str {
        match self {
            Self::DescribeAlarms { .. } => "cloudwatch:DescribeAlarms",
            Self::GetMetricData { .. } => "cloudwatch:GetMetricData",
            Self::DescribeApplication { .. } => "kinesisanalytics:DescribeApplication",
            Self::ListApplicationOperations { .. } => "kinesisanalytics:ListApplicationOperations",
            Self::DescribeApplicationOperation { .. } => "kinesisanalytics:DescribeApplicationOperation",
            Self::DescribeApplicationVersion { .. } => "kinesisanalytics:DescribeApplicationVersion",
            Self::ListApplicationSnapshots { .. } => "kinesisanalytics:ListApplicationSnapshots",
            Self::ListTagsForResource { .. } => "kinesisanalytics:ListTagsForResource",
            Self::UpdateApplication { .. } => "kinesisanalytics:UpdateApplication",
            Self::DescribeStreamSummary { .. } => "kinesis:DescribeStreamSummary",
            Self::ListTagsForStream { .. } => "kinesis:ListTagsForStream",
            Self::AddTagsToStream { .. } => "kinesis:AddTagsToStream",
            Self::UpdateShardCount { .. } => "kinesis:UpdateShardCount",
            Self::PutEvents { .. } => "events:PutEvents",
            Self::StartExecution { .. } => "states:StartExecution",
            Self::ListExecutions => "states:ListExecutions",
            Self::DescribeExecution { .. } => "states:DescribeExecution",
        }
    }
}

impl fmt::Display for Attempt<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::DescribeAlarms { alarms } => {
                write!(formatter, "describe the alarms {}", alarms.join(" and "))
            }
            Self::GetMetricData { alarm } => write!(formatter, "read the metric of the alarm '{alarm}'"),
            Self::DescribeApplication { application } => {
                write!(formatter, "describe the application '{application}'")
            }
            Self::ListApplicationOperations { application } => {
                write!(formatter, "list the operations of '{application}'")
            }
            Self::DescribeApplicationOperation { application, operation } => {
                write!(formatter, "describe the operation '{operation}' of '{application}'")
            }
            Self::DescribeApplicationVersion { application, version } => {
                write!(formatter, "describe version {version} of the application '{application}'")
            }
            Self::ListApplicationSnapshots { application } => {
                write!(formatter, "list the snapshots of '{application}'")
            }
            Self::ListTagsForResource { arn } => write!(formatter, "list the tags of '{arn}'"),
            Self::UpdateApplication { application } => {
                write!(formatter, "update the application '{application}'")
            }
            Self::DescribeStreamSummary { stream } => write!(formatter, "describe the stream '{stream}'"),
            Self::ListTagsForStream { stream } => write!(formatter, "list the tags of the stream '{stream}'"),
            Self::AddTagsToStream { stream, key } => {
                write!(formatter, "tag the stream '{stream}' with '{key}'")
            }
            Self::UpdateShardCount { stream, shards } => {
                write!(formatter, "change the stream '{stream}' to {shards} shards")
            }
            Self::PutEvents { resource } => write!(formatter, "publish the result of scaling '{resource}'"),
            Self::StartExecution { execution } => write!(formatter, "start the execution '{execution}'"),
            Self::ListExecutions => formatter.write_str("list the executions of the state machine"),
            Self::DescribeExecution { execution } => {
                write!(formatter, "describe the execution '{execution}'")
            }
        }
    }
}
