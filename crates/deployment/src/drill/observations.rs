//! The readings that the assumptions about AWS need.

use crate::Read;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use tasks::{DataPoint, Operation};

/// The dimensions of each metric, by name; a metric may be published with several sets.
pub type Dimensions = BTreeMap<String, BTreeSet<Vec<String>>>;

/// The readings that only the assumptions need.
#[derive(Debug, Clone)]
pub struct Observations {
    /// The metrics that the application or stream publishes.
    pub metrics: Read<Dimensions>,
    /// The readings of an application; `None` for a stream.
    pub application: Option<ApplicationObservations>,
}

/// The readings of an application.
#[derive(Debug, Clone)]
pub struct ApplicationObservations {
    /// The runtime environment, such as `FLINK-1_20`.
    pub runtime: Read<String>,
    /// The operations, in the order of the list.
    pub operations: Read<Vec<Operation>>,
    /// The times of the snapshots, in the order of the first page of the list.
    pub snapshots: Read<Vec<Timestamp>>,
    /// The number of samples of the metric `KPUs` in each hour.
    pub kpu_samples: Read<Vec<DataPoint>>,
    /// The mean of the metric `KPUs` in each hour.
    pub kpus: Read<Vec<DataPoint>>,
}
