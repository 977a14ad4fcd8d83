//! The CloudWatch metrics that the product knows. The tasks, the simulator, the history and the doctor read this table, and a test
//! compares it with the mapping of the template.

use crate::{Alarm, Query, Source};

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

/// Returns the quantity of the metric with this name: by the table, or a lag if a word of the name says so, as in `maxConsumerLag`.
fn kind_of(name: &str) -> Option<MetricKind> {
    let is_lag = || words(name).split(' ').any(|word| ["lag", "behind"].contains(&word));
    known_metric(name).map(|metric| metric.kind).or_else(|| is_lag().then_some(MetricKind::OtherLag))
}

/// The words of a name in lower case, with spaces between them.
fn words(name: &str) -> String {
    let mut words = String::new();
    let mut was_lowercase = false;
    for character in name.chars() {
        if !character.is_alphanumeric() || (character.is_uppercase() && was_lowercase) {
            words.push(' ');
        }
        words.extend(character.to_lowercase().filter(|character| character.is_alphanumeric()));
        was_lowercase = character.is_lowercase();
    }
    words
}

impl Query {
    /// Returns the quantities behind the query: of its metric, or of the metrics that its expression selects by name, as in a query of
    /// Metrics Insights or in a `SEARCH`. An expression over other queries has none of its own.
    pub fn kinds(&self) -> impl Iterator<Item = MetricKind> {
        let (metric, text) = match &self.source {
            Source::Metric { name, .. } => (kind_of(name), None),
            Source::Expression { text, .. } => (None, Some(text.as_str())),
        };
        metric.into_iter().chain(text.into_iter().flat_map(selected_by))
    }

    /// Returns whether the values of the query are values of a metric, and not the result of an expression over other queries.
    fn is_of_a_metric(&self) -> bool {
        match &self.source {
            Source::Metric { .. } => true,
            Source::Expression { text, .. } => insights_metric(text).is_some(),
        }
    }

    /// Returns whether the query reads a known metric or a lag. A negative value of it is impossible.
    pub(crate) fn is_never_negative(&self) -> bool {
        self.is_of_a_metric() && self.kinds().next().is_some()
    }
}

impl KnownMetric {
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
            _ => Statistic::Maximum,
        }
    }
}

/// The statistic of an alarm on a known metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statistic {
    /// The mean of the samples.
    Average,
    /// The largest sample.
    Maximum,
    /// The sum of the samples.
    Sum,
}

/// Returns the value of `ScaleMetric` that stands for the metric of this name. The template has the metrics as keys of a mapping, in which
/// CloudFormation allows no underscore.
#[must_use]
pub fn scale_metric(name: &str) -> String {
    name.replace('_', "-")
}

impl Alarm {
    /// Returns the quantities behind the alarm: of all of its queries.
    pub fn kinds(&self) -> impl Iterator<Item = MetricKind> {
        self.queries.iter().flat_map(Query::kinds)
    }

    /// Returns whether the alarm watches a lag, directly or through an expression. A lag is near zero at any size while the job keeps up.
    #[must_use]
    pub fn watches_lag(&self) -> bool {
        self.kinds().any(MetricKind::is_lag)
    }

    /// Returns whether the alarm watches a utilization, and no metric of another kind.
    #[must_use]
    pub fn watches_utilization(&self) -> bool {
        let mut kinds = self.kinds().peekable();
        kinds.peek().is_some() && kinds.all(|kind| matches!(kind, MetricKind::Utilization { .. }))
    }

    /// Returns whether the alarm's value is zero while the application has no records to process. Each of its metrics is a lag, or is published
    /// by Kafka, a client or the job itself. None of them is one that MSF publishes for every running application. An expression has
    /// factors only, so that it keeps the zero.
    #[must_use]
    pub fn is_zero_without_records(&self) -> bool {
        self.queries.iter().all(|query| {
            let is_lag = || query.kinds().any(MetricKind::is_lag);
            match &query.source {
                Source::Metric { namespace, .. } => is_lag() || !is_published_by_aws(namespace),
                Source::Expression { text, .. } if query.is_of_a_metric() => {
                    is_lag() || !is_published_by_aws(text)
                }
                Source::Expression { text, .. } => {
                    !text.contains(['+', '-', '<', '>', '=']) && !text.contains("FILL")
                }
            }
        })
    }

    /// Returns whether a negative value of the alarm is impossible, and therefore no data point. No known metric can be negative, and neither
    /// can a lag: Kinesis and Kafka clients publish -1 until they have read the first record. The result of an expression over other queries
    /// can be negative, unless a lag goes into it.
    #[must_use]
    pub fn is_never_negative(&self) -> bool {
        self.returned().is_some_and(Query::is_never_negative) || self.watches_lag()
    }

    /// Returns the queries that go into the alarm's expression. A metric or a query of Metrics Insights has none.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = &Query> {
        let own = self.returned().filter(|query| !query.is_of_a_metric());
        let is_input = move |query: &&Query| own.is_some_and(|own| own.id != query.id);
        self.queries.iter().filter(is_input)
    }

    /// Returns the queries to read, the alarm's own query first. The metrics that go into its expression are returned as well, if they are
    /// known: their values show whether the result means anything. CloudWatch charges for each metric of a request, returned or not.
    #[must_use]
    pub fn queries_to_read(&self) -> Vec<Query> {
        let own = self.returned().map(|query| query.id.as_str());
        let returned = |query: &Query| {
            let is_input = self.inputs().any(|input| input.id == query.id);
            Some(query.id.as_str()) == own || (is_input && query.is_never_negative())
        };
        let read = |query: &Query| Query { returns_data: returned(query), ..query.clone() };
        let mut queries: Vec<Query> = self.queries.iter().map(read).collect();
        queries.sort_by_key(|query| Some(query.id.as_str()) != own);
        queries
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

/// Returns whether a namespace, or one that a query names, is of MSF or of Kinesis.
fn is_published_by_aws(namespace: &str) -> bool {
    [APPLICATION, STREAM].iter().any(|known| namespace.contains(known))
}

/// Returns the quantities of the metrics that an expression selects by name: the known metrics whose names it contains as whole words, and
/// the metric of a query of Metrics Insights.
fn selected_by(expression: &str) -> impl Iterator<Item = MetricKind> {
    let is_part = |character: char| character.is_ascii_alphanumeric() || "._-".contains(character);
    let named = expression.split(move |character| !is_part(character)).filter_map(known_metric);
    named.map(|metric| metric.kind).chain(insights_metric(expression).and_then(kind_of))
}

/// Returns the metric of a query of Metrics Insights: the argument of its function, as in `SELECT MAX(lag) FROM ...`.
fn insights_metric(expression: &str) -> Option<&str> {
    let (select, rest) = expression.trim_start().split_at_checked("SELECT".len())?;
    let (metric, _) = rest.split_once('(')?.1.split_once(')')?;
    select.eq_ignore_ascii_case("SELECT").then(|| metric.trim().trim_matches('"'))
}
