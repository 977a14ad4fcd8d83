//! The metrics that alarms watch, and those that they might have meant.

use super::why;
use crate::{Account, PublishedMetric, Read, WatchedMetric};
use aws_sdk_cloudwatch::types::{DimensionFilter, Metric};
use jiff::{SignedDuration, Timestamp};
use tasks::{Alarm, Alarms as _, Source};

/// How far back data is looked for.
const PAST: SignedDuration = SignedDuration::from_hours(3);

/// The most pages of metrics that are read, of 500 metrics each.
const PAGES: usize = 10;

impl Account {
    /// What the alarm of this name watches.
    pub(crate) async fn watched(
        &self,
        alarms: &Read<Vec<Alarm>>,
        name: &Read<String>,
        now: Timestamp,
    ) -> Read<WatchedMetric> {
        let (alarms, name) = (alarms.as_ref().map_err(Clone::clone)?, name.as_ref().map_err(Clone::clone)?);
        let alarm = alarms.iter().find(|alarm| alarm.name == *name);
        let alarm = alarm.ok_or_else(|| format!("there is no alarm '{name}'"))?;
        let points = self.ports.alarms.data_points(alarm, now.saturating_sub(PAST).unwrap_or(now), now).await;
        let points = points.map_err(|error| error.to_string())?;
        let wanted = wanted(alarm);
        let published = match &wanted {
            Some(wanted) if points.is_empty() => self.published(wanted).await?,
            _ => Vec::new(),
        };
        Ok(WatchedMetric { wanted, points, published })
    }

    /// The metrics of the same name, and those with the same first dimension.
    async fn published(&self, wanted: &PublishedMetric) -> Read<Vec<PublishedMetric>> {
        let list = || self.cloudwatch.list_metrics().namespace(&wanted.namespace);
        let mut requests = vec![list().metric_name(&wanted.name)];
        if let Some((name, value)) = wanted.dimensions.first() {
            requests.push(list().dimensions(DimensionFilter::builder().name(name).value(value).build()));
        }
        let mut published = Vec::new();
        for request in requests {
            let mut token = None;
            for _ in 0..PAGES {
                let answer = request.clone().set_next_token(token).send().await;
                let answer = answer.map_err(|error| why("list the metrics", &error))?;
                published.extend(answer.metrics().iter().map(metric));
                token = answer.next_token().map(str::to_owned);
                if token.is_none() {
                    break;
                }
            }
        }
        Ok(published)
    }
}

/// The metric that an alarm watches, unless it is an expression.
fn wanted(alarm: &Alarm) -> Option<PublishedMetric> {
    let query = alarm.queries.iter().find(|query| query.returns_data)?;
    let Source::Metric { namespace, name, dimensions, .. } = &query.source else { return None };
    Some(named(namespace, name, dimensions.clone()))
}

fn metric(metric: &Metric) -> PublishedMetric {
    let pair = |dimension: &aws_sdk_cloudwatch::types::Dimension| {
        (dimension.name().unwrap_or_default().to_owned(), dimension.value().unwrap_or_default().to_owned())
    };
    let dimensions = metric.dimensions().iter().map(pair).collect();
    named(metric.namespace().unwrap_or_default(), metric.metric_name().unwrap_or_default(), dimensions)
}

/// A metric, its dimensions in the order of their names: their order means nothing.
fn named(namespace: &str, name: &str, mut dimensions: Vec<(String, String)>) -> PublishedMetric {
    dimensions.sort();
    PublishedMetric { namespace: namespace.to_owned(), name: name.to_owned(), dimensions }
}
