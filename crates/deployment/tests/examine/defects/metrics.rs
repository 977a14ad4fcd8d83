//! The defects of the metrics that the alarms of an application watch.

use crate::world::{NOW, application, metric, out_metric, stack};
use crate::{Row, unread};
use deployment::{Level, Obstacle, PublishedMetric, Unread};
use jiff::SignedDuration;

#[rustfmt::skip]
pub(crate) const DEFECTS: &[Row] = &[
    ("scale-out-metric", Level::Problem,
     "failed to read it: AccessDenied → grant the caller the permission to read it; docs/reference/permissions.md lists them",
     |facts| stack(facts).out_metric = unread()),
    ("scale-out-metric", Level::Problem,
     "AWS/KinesisAnalytics containerCPUUtilization (Application=orders) has no data → nothing like it is published: check that the application runs, and that it publishes this metric at its monitoring level; correct the stack's parameters or the application",
     |facts| {
            out_metric(facts).points.clear();
        }),
    ("scale-out-metric", Level::Problem,
     "the expression of containerCPUUtilization and uptime has no data → containerCPUUtilization: nothing like it is published: check that the application runs, and that it publishes this metric at its monitoring level; uptime: nothing like it is published: check that the application runs, and that it publishes this metric at its monitoring level; correct the stack's parameters or the application",
     |facts| {
            let uptime = PublishedMetric { name: "uptime".to_owned(), ..out_metric(facts).wanted[0].clone() };
            out_metric(facts).wanted.push(uptime);
            out_metric(facts).points.clear();
        }),
    ("scale-in-metric", Level::Problem,
     "AWS/KinesisAnalytics containerCPUUtilization (Application=orders) has no data → nothing like it is published: check that the application runs, and that it publishes this metric at its monitoring level; correct the stack's parameters or the application",
     |facts| {
        stack(facts).in_metric.as_mut().unwrap().points.clear();
    }),
    ("scale-in-metric", Level::Problem,
     "AWS/KinesisAnalytics containerCPUUtilization (Application=orders) has had no data for 8 min → check that the application and its source run; nothing is scaled on a metric without fresh data",
     |facts| {
        stack(facts).in_metric.as_mut().unwrap().points[0].start = NOW - SignedDuration::from_mins(8);
    }),
    ("monitoring-level scale-out-metric", Level::Warning,
     "the monitoring level is TASK: busy time, back pressure and custom metrics have further dimensions at this level, and alarms without those dimensions have no data → set MetricsLevel of the application to APPLICATION, or scale on a metric that has data",
     |facts| {
        application(facts).monitoring_level = "TASK".to_owned();
        out_metric(facts).points.clear();
    }),
    ("load-metric", Level::Problem,
     "failed to read it: AccessDenied → grant the caller the permission to read it; docs/reference/permissions.md lists them",
     |facts| stack(facts).load_metric = Some(unread())),
    ("load-metric", Level::Problem,
     "AWS/KinesisAnalytics containerCPUUtilization (Application=orders) has no data → nothing like it is published: check that the application runs, and that it publishes this metric at its monitoring level; correct the stack's parameters or the application",
     |facts| {
        stack(facts).load_metric.as_mut().unwrap().as_mut().unwrap().points.clear();
    }),
    ("scale-in-metric", Level::Problem,
     "Missing → restore it by hand as in template.yaml; or delete the stack and deploy it again, which leaves the application or stream unchanged",
     |facts| {
        stack(facts).in_metric = Err(Unread { obstacle: Obstacle::Missing, why: "Missing".to_owned() });
    }),
    ("scale-out-metric", Level::Problem,
     "AWS/KinesisAnalytics containerCPUUtilization (Application=orders) has no data → its metrics were published within the last two weeks; check that the application and its source run",
     |facts| {
        let metric = out_metric(facts);
        metric.points.clear();
        metric.published.clone_from(&metric.wanted);
    }),
    ("scale-out-metric", Level::Problem,
     "AWS/KinesisAnalytics containerCPUUtilization (Application=orders) has no data → its metrics were published within the last two weeks, and the alarm reads only data points with the Unit Seconds; remove Unit from the alarm, or check that the application and its source run",
     |facts| {
        let metric = out_metric(facts);
        metric.points.clear();
        metric.published.clone_from(&metric.wanted);
        metric.unit = Some("Seconds".to_owned());
    }),
    ("scale-out-metric", Level::Problem,
     "the query has no data → run the alarm's query in the CloudWatch console, and correct its selection",
     |facts| {
        out_metric(facts).wanted.clear();
        out_metric(facts).points.clear();
    }),
    // The name of another application is no typing error while the application exists.
    ("scale-out-metric", Level::Problem,
     "AWS/KinesisAnalytics containerCPUUtilization (Application=orders) has no data → nothing like it is published: check that the application runs, and that it publishes this metric at its monitoring level; correct the stack's parameters or the application",
     |facts| {
        out_metric(facts).points.clear();
        out_metric(facts).published = vec![of_application("orders2"), of_application("payments")];
    }),
];

/// The wanted metric of another application.
fn of_application(name: &str) -> PublishedMetric {
    let dimensions = vec![("Application".to_owned(), name.to_owned())];
    PublishedMetric { dimensions, ..metric().wanted[0].clone() }
}
