//! A Kinesis stream as a scaled resource.

mod changes;
mod scaled_stream;

pub use changes::{CHANGES_TAG, Change, Changes, Earlier, Ended};
pub use scaled_stream::ScaledStream;
pub(crate) use scaled_stream::record_end;
