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
    /// The runtime environment of the application, such as `FLINK-1_20`.
    pub runtime: Read<String>,
    /// The operations of the application, in the order of the list.
    pub operations: Read<Vec<Operation>>,
    /// The times of the snapshots, in the order of the first page of the list.
    pub snapshots: Read<Vec<Timestamp>>,
    /// The metrics that the application publishes.
    pub metrics: Read<Dimensions>,
    /// The number of samples of the metric `KPUs` in each hour.
    pub kpu_samples: Read<Vec<DataPoint>>,
    /// The mean of the metric `KPUs` in each hour.
    pub kpus: Read<Vec<DataPoint>>,
}
