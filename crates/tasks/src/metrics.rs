//! The CloudWatch metrics that the product knows. The tasks, the simulator, the history and the doctor read this table, and a test
//! compares it with the mapping of the template.

use crate::{Alarm, Source};

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
        matches!(self, Self::LagInTime { .. } | Self::LagInRecords)
    }
}

const APPLICATION: &str = "AWS/KinesisAnalytics";
const KAFKA: &str = "AWS/Kafka";
const STREAM: &str = "AWS/Kinesis";
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

/// Returns the known metric of this name. A job may publish a metric under its AWS name in a namespace of its own, so the namespace
/// does not matter.
#[must_use]
pub fn known_metric(name: &str) -> Option<&'static KnownMetric> {
    KNOWN_METRICS.iter().find(|metric| metric.name == name)
}

impl Alarm {
    /// Returns the known metrics behind the alarm: the metrics of its queries, and the metrics that its expressions name, as in a query of
    /// Metrics Insights or in a `SEARCH`.
    pub fn known_metrics(&self) -> impl Iterator<Item = &'static KnownMetric> {
        self.queries.iter().flat_map(|query| {
            let (metric, expression) = match &query.source {
                Source::Metric { name, .. } => (known_metric(name), None),
                Source::Expression { text, .. } => (None, Some(text)),
            };
            metric.into_iter().chain(expression.into_iter().flat_map(|text| named_in(text)))
        })
    }

    /// Returns whether the alarm watches a lag, directly or through an expression. A lag is near zero at any size while the job keeps up.
    #[must_use]
    pub fn watches_lag(&self) -> bool {
        self.known_metrics().any(|metric| metric.kind.is_lag())
    }

    /// Returns whether the alarm watches the writes to a Kinesis stream, and apart from the writes at most the stream's number of shards.
    /// A stream without writers may publish no data points for the writes. Missing data points then mean zero.
    #[must_use]
    pub fn watches_writes(&self) -> bool {
        let metrics = || {
            self.queries.iter().filter_map(|query| match &query.source {
                Source::Metric { namespace, name, .. } => Some((namespace.as_str(), name.as_str())),
                Source::Expression { .. } => None,
            })
        };
        let is_write = |(namespace, name): (&str, &str)| {
            namespace == STREAM && known_metric(name).is_some_and(|metric| metric.kind == MetricKind::Writes)
        };
        metrics().any(is_write) && metrics().all(|metric| is_write(metric) || metric.1 == "Shards")
    }
}

/// Returns the known metrics whose names an expression contains as whole words.
fn named_in(expression: &str) -> impl Iterator<Item = &'static KnownMetric> {
    let is_part = |character: char| character.is_ascii_alphanumeric() || "._".contains(character);
    let words: Vec<&str> = expression.split(move |character| !is_part(character)).collect();
    KNOWN_METRICS.iter().filter(move |metric| words.contains(&metric.name))
}
