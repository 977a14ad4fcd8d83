//! The ports: everything that the tasks read and change.

mod alarms;
mod event_bus;
mod resources;
mod streams;

pub use alarms::{Alarm, AlarmState, Alarms, Comparison, DataPoint, Query, Source};
pub use event_bus::EventBus;
pub(crate) use resources::UPDATE_SHARD_COUNT;
pub use resources::{
    Operation, OperationStatus, ParallelismChange, Refusal, ResourceDescription, ResourceStatus, Resources,
    Update, UpdateOutcome, missing_resource,
};
pub use streams::{StreamStatus, StreamSummary, Streams};
