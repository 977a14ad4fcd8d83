//! Converts timestamps between the AWS SDK and jiff.

use aws_sdk_cloudwatch::primitives::DateTime;
use jiff::Timestamp;

/// Converts a timestamp of the SDK. Values beyond jiff's range become its minimum or maximum.
pub(crate) fn from_sdk(time: &DateTime) -> Timestamp {
    let nanoseconds = i32::try_from(time.subsec_nanos()).unwrap_or(0);
    let end = if time.secs() < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::new(time.secs(), nanoseconds).unwrap_or(end)
}

/// Converts a timestamp to the SDK's type, in milliseconds.
pub(crate) fn to_sdk(time: Timestamp) -> DateTime {
    DateTime::from_millis(time.as_millisecond())
}
