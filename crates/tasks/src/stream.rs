//! A Kinesis stream as something that is scaled.

mod changes;
mod scaled_stream;

pub use changes::{CHANGES_TAG, Change, Changes, Earlier, Ended};
pub use scaled_stream::ScaledStream;
