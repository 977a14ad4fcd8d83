//! The queries for the metrics of an application and of its source.

use serde_json::{Value, json};
use simulator::{Metric, Statistic};

/// The source that an application reads, by its names in CloudWatch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueriedSource<'a> {
    /// Unknown: the metrics of the application are all that there is. They include the lag of any Kinesis stream or Kafka topic.
    Unnamed,
    /// A Kinesis data stream.
    Stream(&'a str),
    /// A topic of Amazon MSK.
    Topic {
        /// The name of the cluster.
        cluster: &'a str,
        /// The name of the topic.
        topic: &'a str,
        /// The consumer group of the application.
        group: &'a str,
    },
}

/// The throughput of a job, in records per second and over all of its tasks.
const THROUGHPUT: &str = "numRecordsInPerSecond";

/// The metric of this product's own namespace with the size of an application.
const SIZE: (&str, &str) = ("KpuAutoscaler", "Kpus");

const MINUTE_SECONDS: u32 = 60;
const HOUR_SECONDS: u32 = 3_600;

/// Returns the queries for `aws cloudwatch get-metric-data --metric-data-queries`. The import knows the id of each.
///
/// Sources of names and dimensions: "Use CloudWatch metrics with Amazon Managed Service for Apache Flink", "Amazon MSK metrics for
/// monitoring", "Monitor the Kinesis Data Streams service with Amazon CloudWatch".
#[must_use]
pub fn queries(application: &str, source: QueriedSource<'_>) -> Value {
    let of_application = [("Application", application)];
    let flink = Metric::ContainerCpuUtilization.namespace();
    let mut queries = match source {
        QueriedSource::Unnamed => {
            // A lag has dimensions of its own for each source, so that an expression searches it. The worst source decides.
            let lag = |id: &str, statistic: Statistic| {
                let search = format!(
                    "MAX(SEARCH('Namespace=\"{flink}\" MetricName=\"{}\" Application=\"{application}\"', '{}', {MINUTE_SECONDS}))",
                    Metric::MillisBehindLatest.name(),
                    statistic.name()
                );
                json!({"Id": id, "Expression": search, "Period": MINUTE_SECONDS})
            };
            vec![lag("lag", Statistic::Average), lag("worst_lag", Statistic::Maximum)]
        }
        QueriedSource::Stream(stream) => {
            let read = [("Id", stream), ("Application", application), ("Flow", "Input")];
            let lag = Metric::MillisBehindLatest;
            vec![
                query("load", Metric::IncomingRecords, &[("StreamName", stream)], Statistic::Sum),
                query("lag", lag, &read, Statistic::Average),
                query("worst_lag", lag, &read, Statistic::Maximum),
            ]
        }
        QueriedSource::Topic { cluster, topic, group } => {
            let consumed = [("Cluster Name", cluster), ("Topic", topic), ("Consumer Group", group)];
            let of_group = |id, metric| query(id, metric, &consumed, Statistic::Maximum);
            vec![
                of_group("committed_lag_seconds", Metric::EstimatedMaxTimeLag),
                of_group("offset_lag", Metric::SumOffsetLag),
                of_group("max_offset_lag", Metric::MaxOffsetLag),
            ]
        }
    };
    if !matches!(source, QueriedSource::Stream(_)) {
        queries.push(query("records_lag", Metric::RecordsLagMax, &of_application, Statistic::Maximum));
    }
    let average = Statistic::Average;
    queries.extend([
        of_names("throughput", (flink, THROUGHPUT), &of_application, MINUTE_SECONDS, average),
        query("cpu", Metric::ContainerCpuUtilization, &of_application, average),
        query("busy", Metric::BusyTimeMsPerSecond, &of_application, Statistic::Maximum),
        of_names("kpus", SIZE, &of_application, MINUTE_SECONDS, average),
        of_names("kpus_billed", (flink, Metric::Kpus.name()), &of_application, HOUR_SECONDS, average),
    ]);
    Value::Array(queries)
}

fn query(id: &str, metric: Metric, dimensions: &[(&str, &str)], statistic: Statistic) -> Value {
    of_names(id, (metric.namespace(), metric.name()), dimensions, MINUTE_SECONDS, statistic)
}

fn of_names(
    id: &str,
    (namespace, name): (&str, &str),
    dimensions: &[(&str, &str)],
    period: u32,
    statistic: Statistic,
) -> Value {
    let dimensions: Vec<_> =
        dimensions.iter().map(|(name, value)| json!({"Name": name, "Value": value})).collect();
    json!({"Id": id, "MetricStat": {
        "Metric": {"Namespace": namespace, "MetricName": name, "Dimensions": dimensions},
        "Period": period, "Stat": statistic.name()}})
}
