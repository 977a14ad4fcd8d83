//! The metrics about the job that an application publishes, as the first task searches them.

use crate::Metric;
use crate::Statistic;
use crate::deployed::settings::Settings;
use crate::model::application::ManagedApplication;
use tasks::{DataPoint, RESTART_WINDOW, Series, job_query_id};

/// The series of the restarts, the uptime and the lag of the last minutes.
pub(crate) fn job_series(application: &ManagedApplication, settings: &Settings) -> Vec<Series> {
    let job = &application.job;
    vec![
        series(application, "fullRestarts", |minute| Some(job.restarts_and_uptime(minute).0)),
        series(application, "uptime", |minute| Some(job.restarts_and_uptime(minute).1 * 1_000.0)),
        lag_series(application, settings),
    ]
}

/// The series of the lag. The application reads a Kafka topic if it scales on a lag of Kafka, and otherwise a Kinesis stream.
pub(crate) fn lag_series(application: &ManagedApplication, settings: &Settings) -> Series {
    let is_kafka = settings
        .alarms
        .iter()
        .any(|(_, alarm)| alarm.metric.namespace() == "AWS/Kafka" || alarm.metric == Metric::RecordsLagMax);
    // The client in the job publishes the records, and not the broker.
    let metric = if is_kafka { Metric::RecordsLagMax } else { Metric::MillisBehindLatest };
    let lag = |minute| application.data_point(metric, Statistic::Maximum, minute, 1);
    series(application, metric.name(), lag)
}

/// The values of a metric in the readable minutes.
fn series(application: &ManagedApplication, name: &str, value: impl Fn(usize) -> Option<f64>) -> Series {
    let now = application.minute();
    let longest = usize::try_from(RESTART_WINDOW.as_mins()).unwrap_or(0) + 2;
    let readable = application.newest_minute().map_or(0, |newest| newest + 1);
    let minutes =
        (now.saturating_sub(longest)..readable).filter(|minute| !application.metrics.is_silent(*minute, now));
    let points = minutes.filter_map(|minute| {
        Some(DataPoint { start: application.clock.at_minute(minute), value: value(minute)? })
    });
    Series { query: job_query_id(name), label: name.to_owned(), points: points.collect() }
}
