//! The ports: everything that the tasks read and change.

mod alarms;
mod applications;
mod event_bus;
mod resources;
mod series;
mod streams;
mod unusable;

pub use alarms::{Alarm, AlarmState, Alarms, Comparison, DescribedAlarms, Query, Source};
pub use applications::{ApplicationDescription, Snapshots};
pub use event_bus::EventBus;
pub(crate) use resources::UPDATE_SHARD_COUNT;
pub use resources::{
    Operation, OperationStatus, ParallelismChange, Refusal, ResourceDescription, ResourceStatus, Resources,
    Update, UpdateOutcome,
};
pub(crate) use series::job_metric;
pub use series::{DataPoint, Series, is_job_query, job_query_id};
pub use streams::{StreamSummary, Streams};
pub use unusable::{UnusableAlarm, UnusableKind};
