//! Times of the SDK as times of ours, and back.

use aws_sdk_cloudwatch::primitives::DateTime;
use jiff::Timestamp;

/// A time of the SDK, which has more years than ours; what is beyond is taken as the end.
pub(crate) fn from_sdk(time: &DateTime) -> Timestamp {
    let nanoseconds = i32::try_from(time.subsec_nanos()).unwrap_or(0);
    let end = if time.secs() < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::new(time.secs(), nanoseconds).unwrap_or(end)
}

/// A time of ours.
pub(crate) fn to_sdk(time: Timestamp) -> DateTime {
    DateTime::from_millis(time.as_millisecond())
}
