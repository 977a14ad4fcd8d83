//! Reads the metrics of alarms, and similar published metrics.

use crate::{Account, Obstacle, PublishedMetric, Read, Unread, WatchedMetric};
use aws_sdk_cloudwatch::types::{DimensionFilter, Metric};
use jiff::{SignedDuration, Timestamp};
use tasks::{Alarm, Alarms as _, DescribedAlarms, Source, is_usable, largest_points, oldest_fresh};

/// The span of time in which data is searched.
const DATA_WINDOW: SignedDuration = SignedDuration::from_hours(3);

/// The largest number of pages of metrics that are read, with 500 metrics each.
const MAX_PAGES: usize = 10;

impl Account {
    /// Reads the metric of an alarm.
    pub(crate) async fn watched(
        &self,
        alarms: &Read<DescribedAlarms>,
        name: &Read<String>,
        now: Timestamp,
    ) -> Read<WatchedMetric> {
        let (alarms, name) = (alarms.as_ref().map_err(Clone::clone)?, name.as_ref().map_err(Clone::clone)?);
        let alarm = alarms
            .find(name)
            .map_err(|_| Unread::new(Obstacle::Missing, format!("there is no alarm '{name}'")))?;
        let oldest = now.saturating_sub(DATA_WINDOW).unwrap_or(now);
        let mut points = largest_points(alarm, &self.ports.alarms.data_points(alarm, oldest, now).await?);
        points.retain(|point| is_usable(alarm, point, oldest, now));
        let wanted = wanted(alarm);
        let mut published = Vec::new();
        if points.is_empty() {
            for metric in &wanted {
                published.extend(self.published(metric).await?);
            }
        }
        let may_be_old = now.duration_since(oldest_fresh(alarm, now));
        Ok(WatchedMetric { wanted, unit: alarm.unit().map(str::to_owned), may_be_old, points, published })
    }

    /// Lists the metrics with the same name, and the metrics with the same first dimension.
    async fn published(&self, wanted: &PublishedMetric) -> Read<Vec<PublishedMetric>> {
        let list = || self.cloudwatch.list_metrics().namespace(&wanted.namespace);
        let mut requests = vec![list().metric_name(&wanted.name)];
        if let Some((name, value)) = wanted.dimensions.first() {
            requests.push(list().dimensions(DimensionFilter::builder().name(name).value(value).build()));
        }
        let mut published = Vec::new();
        for request in requests {
            let mut pages = request.into_paginator().send();
            for _ in 0..MAX_PAGES {
                let Some(page) = pages.next().await else { break };
                let page = page.map_err(|error| Unread::of("list the metrics", &error))?;
                published.extend(page.metrics().iter().map(metric));
            }
        }
        Ok(published)
    }
}

/// The metrics that an alarm watches: one, or all metrics of an expression.
fn wanted(alarm: &Alarm) -> Vec<PublishedMetric> {
    let metrics = alarm.queries.iter().filter_map(|query| match &query.source {
        Source::Metric { namespace, name, dimensions, .. } => {
            Some(named(namespace, name, dimensions.clone()))
        }
        Source::Expression { .. } => None,
    });
    metrics.collect()
}

fn metric(metric: &Metric) -> PublishedMetric {
    let pair = |dimension: &aws_sdk_cloudwatch::types::Dimension| {
        (dimension.name().unwrap_or_default().to_owned(), dimension.value().unwrap_or_default().to_owned())
    };
    let dimensions = metric.dimensions().iter().map(pair).collect();
    named(metric.namespace().unwrap_or_default(), metric.metric_name().unwrap_or_default(), dimensions)
}

/// Returns a metric with sorted dimensions, because CloudWatch ignores their order.
fn named(namespace: &str, name: &str, mut dimensions: Vec<(String, String)>) -> PublishedMetric {
    dimensions.sort();
    PublishedMetric { namespace: namespace.to_owned(), name: name.to_owned(), dimensions }
}
