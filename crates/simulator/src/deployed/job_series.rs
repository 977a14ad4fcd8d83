//! The metrics about the job that an application publishes, as the first task searches them.

use crate::Metric;
use crate::Statistic;
use crate::deployed::settings::Settings;
use crate::model::application::ManagedApplication;
use tasks::{DataPoint, RESTART_WINDOW, Series, job_query_id};

/// The series of the restarts, the uptime and the lag of the last minutes. The application reads a Kafka topic if it scales on a lag of
/// Kafka, and otherwise a Kinesis stream.
pub(crate) fn job_series(application: &ManagedApplication, settings: &Settings) -> Vec<Series> {
    let is_kafka = settings
        .alarms
        .iter()
        .any(|(_, alarm)| alarm.metric.namespace() == "AWS/Kafka" || alarm.metric == Metric::RecordsLagMax);
    let Some(newest) = application.newest_minute() else { return Vec::new() };
    let now = application.minute();
    let longest = usize::try_from(RESTART_WINDOW.as_mins()).unwrap_or(0) + 2;
    let minutes =
        (now.saturating_sub(longest)..=newest).filter(|minute| !application.metrics.is_silent(*minute, now));
    let minutes: Vec<usize> = minutes.collect();
    let series = |name: &str, value: &dyn Fn(usize) -> Option<f64>| Series {
        query: job_query_id(name),
        label: name.to_owned(),
        points: minutes
            .iter()
            .filter_map(|minute| {
                Some(DataPoint { start: application.clock.at_minute(*minute), value: value(*minute)? })
            })
            .collect(),
    };
    let lag = |minute| application.data_point(Metric::MillisBehindLatest, Statistic::Maximum, minute, 1);
    // The client in the job publishes it, and not the broker.
    let records = |minute| application.data_point(Metric::RecordsLagMax, Statistic::Maximum, minute, 1);
    vec![
        series("fullRestarts", &|minute| Some(application.job.restarts_and_uptime(minute).0)),
        series("uptime", &|minute| Some(application.job.restarts_and_uptime(minute).1 * 1_000.0)),
        if is_kafka { series("records_lag_max", &records) } else { series("millisBehindLatest", &lag) },
    ]
}
