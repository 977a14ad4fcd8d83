//! What is understood of CloudWatch, by its names, and how to ask for it.

use crate::Recorded;
use crate::history::{lag_in_seconds, whole};
use serde_json::{Value, json};
use simulator::{Metric, Statistic};

/// A query of CloudWatch, or a column of a CSV, by its name: what it is, and in which unit.
pub(crate) struct Source {
    pub(crate) id: &'static str,
    pub(crate) meaning: &'static str,
    pub(crate) set: fn(&mut Recorded, f64, f64),
}

/// Everything that is understood. The second number is the length of a data point in seconds.
pub(crate) const SOURCES: [Source; 9] = [
    Source {
        id: "load",
        meaning: "records that arrived, summed up over a data point",
        set: |minute, sum, seconds| minute.load = Some(sum / seconds),
    },
    Source {
        id: "load_rate",
        meaning: "records that arrived per second",
        set: |minute, rate, _| minute.load = Some(rate),
    },
    Source {
        id: "lag",
        meaning: "mean lag in milliseconds",
        set: |minute, lag, _| minute.lag = Some(lag_in_seconds(lag)),
    },
    Source {
        id: "lag_seconds",
        meaning: "mean lag in seconds",
        set: |minute, lag, _| minute.lag = Some(lag),
    },
    Source {
        id: "worst_lag",
        meaning: "largest lag in milliseconds",
        set: |minute, lag, _| minute.worst_lag = Some(lag_in_seconds(lag)),
    },
    Source {
        id: "worst_lag_seconds",
        meaning: "largest lag in seconds",
        set: |minute, lag, _| minute.worst_lag = Some(lag),
    },
    Source {
        id: "cpu",
        meaning: "mean CPU utilisation in percent",
        set: |minute, cpu, _| minute.cpu = Some(cpu),
    },
    Source {
        id: "kpus",
        meaning: "KPUs without the orchestration KPU",
        set: |minute, kpus, _| minute.kpus = whole(kpus),
    },
    Source {
        id: "kpus_billed",
        meaning: "KPUs with the orchestration KPU, as MSF publishes them",
        set: |minute, kpus, _| minute.kpus = whole(kpus - 1.0),
    },
];

/// The queries for `aws cloudwatch get-metric-data --metric-data-queries`, for an application that reads a Kinesis stream.
#[must_use]
pub fn queries(application: &str, stream: &str) -> Value {
    let query = |id: &str,
                 namespace: &str,
                 name: &str,
                 dimensions: &[(&str, &str)],
                 period: u32,
                 statistic: Statistic| {
        let dimensions: Vec<_> =
            dimensions.iter().map(|(name, value)| json!({"Name": name, "Value": value})).collect();
        json!({"Id": id, "MetricStat": {
            "Metric": {"Namespace": namespace, "MetricName": name, "Dimensions": dimensions},
            "Period": period, "Stat": statistic.name()}})
    };
    let known = |id: &str, metric: Metric, dimensions: &[(&str, &str)], period: u32, statistic: Statistic| {
        query(id, metric.namespace(), metric.name(), dimensions, period, statistic)
    };
    let of_stream = [("Id", stream), ("Application", application), ("Flow", "Input")];
    let of_application = [("Application", application)];
    json!([
        known("load", Metric::IncomingRecords, &[("StreamName", stream)], 60, Statistic::Sum),
        known("lag", Metric::MillisBehindLatest, &of_stream, 60, Statistic::Average),
        known("worst_lag", Metric::MillisBehindLatest, &of_stream, 60, Statistic::Maximum),
        known("cpu", Metric::ContainerCpuUtilization, &of_application, 60, Statistic::Average),
        query("kpus", "KpuAutoscaler", "Kpus", &of_application, 60, Statistic::Average),
        known("kpus_billed", Metric::Kpus, &of_application, 3_600, Statistic::Average),
    ])
}
