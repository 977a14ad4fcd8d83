//! The metrics about the job that an application publishes, as the tasks search them.

use crate::Metric;
use crate::Statistic;
use crate::deployed::settings::Settings;
use crate::model::application::ManagedApplication;
use jiff::SignedDuration;
use tasks::{DataPoint, HEAP_METRIC, HEAP_WINDOW, RESTART_WINDOW, STATE_METRIC, Series, job_query_id};

/// The series of the restarts, the uptime and the lag of the last minutes.
pub(crate) fn job_series(application: &ManagedApplication, settings: &Settings) -> Vec<Series> {
    let job = &application.job;
    let series =
        |name: &str, value: &dyn Fn(usize) -> Option<f64>| series(application, RESTART_WINDOW, name, value);
    vec![
        series("fullRestarts", &|minute| Some(job.restarts_and_uptime(minute).0)),
        series("uptime", &|minute| Some(job.restarts_and_uptime(minute).1 * 1_000.0)),
        lag_series(application, settings),
    ]
}

/// The lag that the source of the application publishes. The source is a Kafka topic if the model has one or the application scales on a lag of
/// Kafka, and otherwise a Kinesis stream.
pub(crate) fn lag_metric(application: &ManagedApplication, settings: &Settings) -> Metric {
    let is_kafka = application.model.reads_kafka
        || settings.alarms.iter().any(|(_, alarm)| {
            alarm.metric.namespace() == "AWS/Kafka" || alarm.metric == Metric::RecordsLagMax
        });
    // The client in the job publishes the records, and not the broker.
    if is_kafka { Metric::RecordsLagMax } else { Metric::MillisBehindLatest }
}

/// The series of the lag.
pub(crate) fn lag_series(application: &ManagedApplication, settings: &Settings) -> Series {
    let metric = lag_metric(application, settings);
    let lag = |minute| application.data_point(metric, Statistic::Maximum, minute, 1);
    series(application, RESTART_WINDOW, metric.name(), lag)
}

/// The series of the heap and of the state, if the model has them. A checkpoint is complete, so that the last hour of them is enough.
pub(crate) fn footprint_series(application: &ManagedApplication) -> Vec<Series> {
    let model = &application.model;
    if model.heap_gigabytes.is_none() && model.state_gigabytes == 0.0 {
        return Vec::new();
    }
    let heap = |minute| {
        let billed = application.data_point(Metric::Kpus, Statistic::Average, minute, 1)?;
        model.heap_utilization(billed - model.orchestration_kpus)
    };
    let state = |_| (model.state_gigabytes > 0.0).then_some(model.state_gigabytes * 1e9);
    vec![
        series(application, HEAP_WINDOW, HEAP_METRIC, heap),
        series(application, HEAP_WINDOW, STATE_METRIC, state),
    ]
}

/// The values of a metric in the readable minutes of a window that ends now.
fn series(
    application: &ManagedApplication,
    window: SignedDuration,
    name: &str,
    value: impl Fn(usize) -> Option<f64>,
) -> Series {
    let now = application.minute();
    let longest = usize::try_from(window.as_mins()).unwrap_or(0) + 2;
    let readable = application.newest_minute().map_or(0, |newest| newest + 1);
    let minutes =
        (now.saturating_sub(longest)..readable).filter(|minute| !application.metrics.is_silent(*minute, now));
    let points = minutes.filter_map(|minute| {
        Some(DataPoint { start: application.clock.at_minute(minute), value: value(minute)? })
    });
    Series { query: job_query_id(name), label: name.to_owned(), points: points.collect() }
}
