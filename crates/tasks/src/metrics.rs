//! The CloudWatch metrics that the product knows. The tasks, the simulator, the history and the doctor read this table, and a test
//! compares it with the mapping of the template.

use jiff::SignedDuration;

/// A metric of CloudWatch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KnownMetric {
    /// The namespace in which AWS publishes it.
    pub namespace: &'static str,
    /// The metric's name.
    pub name: &'static str,
    /// The quantity that the metric measures.
    pub kind: MetricKind,
}

/// The quantity that a metric measures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MetricKind {
    /// The age of the oldest unread record. The age is near zero at any size while the job keeps up.
    LagInTime {
        /// The seconds in one unit of the metric.
        seconds: f64,
    },
    /// The number of unread records. The number is near zero at any size while the job keeps up.
    LagInRecords,
    /// A lag under a name of the user's own, such as `ordersLag`. Its unit is unknown.
    OtherLag,
    /// The share of its capacity that the job uses. The share falls in proportion as KPUs are added.
    Utilization {
        /// The share of 1 in one unit of the metric.
        share: f64,
    },
    /// The writes to a Kinesis stream. A stream without writers may publish no data points.
    Writes,
    /// The records that the job processes.
    Throughput,
    /// The number of KPUs or shards.
    Size,
    /// The health of the job. A health metric does not measure the load, and may not fall as KPUs are added.
    Health,
}

impl MetricKind {
    /// Returns whether the metric is a lag, in time or in records.
    #[must_use]
    pub fn is_lag(self) -> bool {
        matches!(self, Self::LagInTime { .. } | Self::LagInRecords | Self::OtherLag)
    }

    /// Returns the seconds in a unit of a lag in time. `None` for any other quantity.
    #[must_use]
    pub fn lag_seconds(self) -> Option<f64> {
        if let Self::LagInTime { seconds } = self { Some(seconds) } else { None }
    }
}

/// The namespace of the metrics that MSF publishes.
pub const APPLICATION: &str = "AWS/KinesisAnalytics";
const KAFKA: &str = "AWS/Kafka";
/// The namespace of the metrics that Kinesis publishes.
pub const STREAM: &str = "AWS/Kinesis";
const MILLISECONDS: MetricKind = MetricKind::LagInTime { seconds: 0.001 };
const SECONDS: MetricKind = MetricKind::LagInTime { seconds: 1.0 };

const fn metric(namespace: &'static str, name: &'static str, kind: MetricKind) -> KnownMetric {
    KnownMetric { namespace, name, kind }
}

/// All known metrics.
///
/// Sources: "Use CloudWatch metrics with Amazon Managed Service for Apache Flink", "Amazon MSK metrics for monitoring", "Monitor the
/// Kinesis Data Streams service with Amazon CloudWatch".
pub const KNOWN_METRICS: [KnownMetric; 27] = [
    metric(APPLICATION, "containerCPUUtilization", MetricKind::Utilization { share: 0.01 }),
    metric(APPLICATION, "busyTimeMsPerSecond", MetricKind::Utilization { share: 0.001 }),
    metric(APPLICATION, "millisBehindLatest", MILLISECONDS),
    metric(APPLICATION, "records_lag_max", MetricKind::LagInRecords),
    metric(APPLICATION, "numRecordsInPerSecond", MetricKind::Throughput),
    metric(APPLICATION, "KPUs", MetricKind::Size),
    metric(APPLICATION, "backPressuredTimeMsPerSecond", MetricKind::Health),
    metric(APPLICATION, "containerMemoryUtilization", MetricKind::Health),
    metric(APPLICATION, "heapMemoryUtilization", MetricKind::Health),
    metric(APPLICATION, "containerDiskUtilization", MetricKind::Health),
    metric(APPLICATION, "oldGenerationGCTime", MetricKind::Health),
    metric(APPLICATION, "oldGenerationGCCount", MetricKind::Health),
    metric(APPLICATION, "lastCheckpointDuration", MetricKind::Health),
    metric(APPLICATION, "lastCheckpointSize", MetricKind::Health),
    metric(APPLICATION, "numberOfFailedCheckpoints", MetricKind::Health),
    metric(APPLICATION, "fullRestarts", MetricKind::Health),
    metric(APPLICATION, "uptime", MetricKind::Health),
    metric(KAFKA, "EstimatedMaxTimeLag", SECONDS),
    metric(KAFKA, "EstimatedTimeLag", SECONDS),
    metric(KAFKA, "MaxOffsetLag", MetricKind::LagInRecords),
    metric(KAFKA, "SumOffsetLag", MetricKind::LagInRecords),
    metric(KAFKA, "OffsetLag", MetricKind::LagInRecords),
    metric(STREAM, "GetRecords.IteratorAgeMilliseconds", MILLISECONDS),
    metric(STREAM, "SubscribeToShardEvent.MillisBehindLatest", MILLISECONDS),
    metric(STREAM, "IncomingBytes", MetricKind::Writes),
    metric(STREAM, "IncomingRecords", MetricKind::Writes),
    metric(STREAM, "WriteProvisionedThroughputExceeded", MetricKind::Writes),
];

/// Returns the known metric of this name. A job may publish a metric in a namespace of its own and under the name that Kafka, Flink or the
/// Kinesis Client Library give it, such as `records-lag-max`. So neither the namespace nor case and punctuation matter.
#[must_use]
pub fn known_metric(name: &str) -> Option<&'static KnownMetric> {
    let exact = KNOWN_METRICS.iter().find(|metric| metric.name == name);
    exact.or_else(|| KNOWN_METRICS.iter().find(|metric| letters(metric.name).eq(letters(name))))
}

/// The letters and digits of a name, in lower case.
fn letters(name: &str) -> impl Iterator<Item = char> {
    name.chars().filter(char::is_ascii_alphanumeric).map(|character| character.to_ascii_lowercase())
}

/// The time between two checkpoints. Source: MSF developer guide, the default of `CheckpointInterval`.
pub(crate) const CHECKPOINT_INTERVAL: SignedDuration = SignedDuration::from_secs(60);

/// The lag in seconds that a healthy job may show where the lag comes from committed offsets: Flink commits with each checkpoint, so that the
/// lag rises to the interval between two checkpoints plus the duration of one. A checkpoint of up to 30 s is healthy (assumed).
pub const HEALTHY_COMMITTED_LAG_SECONDS: f64 = 90.0;

/// The CPU at full load, in percent, above which more subtasks per KPU are not worth a change.
pub const HIGH_CPU_AT_FULL_LOAD: f64 = 70.0;

/// The CPU at full load, in percent, that a job without calls of other services reaches, as in the default model of the simulator.
pub const MOST_CPU_AT_FULL_LOAD: f64 = 95.0;

/// Returns the part of a lag from committed offsets that shows a backlog, in seconds. `None` if the lag is healthy.
#[must_use]
pub fn unhealthy_committed_lag(seconds: f64) -> Option<f64> {
    Some(seconds - HEALTHY_COMMITTED_LAG_SECONDS).filter(|excess| *excess > 0.0)
}

impl KnownMetric {
    /// Returns whether a broker computes the metric from the offsets that the application commits, and not the application itself.
    #[must_use]
    pub fn is_of_committed_offsets(&self) -> bool {
        self.namespace == KAFKA
    }

    /// Returns the statistic of an alarm on the metric. Writes are published per call, so that only their sum is the load. The CPU is the load
    /// of all task managers. Any other metric may have a sample for each shard or subtask, and the average of the samples hides the slowest one.
    ///
    /// Sources: AWS recommends the maximum for lags, busy and back-pressured time. In a saturated Flink job with a skewed key, the mean
    /// busy time was 242 ms/s and the maximum 1,000 ms/s.
    #[must_use]
    pub fn statistic(&self) -> Statistic {
        match self.kind {
            MetricKind::Writes => Statistic::Sum,
            MetricKind::Utilization { .. } if self.name == "containerCPUUtilization" => Statistic::Average,
            // An average of the samples: each is the rate of the whole application.
            MetricKind::Throughput => Statistic::Average,
            _ => Statistic::Maximum,
        }
    }
}

/// A statistic of a metric over a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Statistic {
    /// The mean of the samples.
    Average,
    /// The smallest sample.
    Minimum,
    /// The largest sample.
    Maximum,
    /// The sum of the samples.
    Sum,
}

impl Statistic {
    /// Every statistic that an alarm may use.
    pub const ALL: [Self; 4] = [Self::Average, Self::Minimum, Self::Maximum, Self::Sum];

    /// Returns the statistic's name in CloudWatch.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Average => "Average",
            Self::Minimum => "Minimum",
            Self::Maximum => "Maximum",
            Self::Sum => "Sum",
        }
    }
}

/// Returns the value of `ScaleMetric` that stands for the metric of this name. The template has the metrics as keys of a mapping, in which
/// CloudFormation allows no underscore.
#[must_use]
pub fn scale_metric(name: &str) -> String {
    name.replace('_', "-")
}
