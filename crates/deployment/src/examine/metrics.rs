//! Has what an alarm watches any data, with exactly its dimensions?

use super::read;
use crate::near_miss::near_miss;
use crate::{Finding, PublishedMetric, Read, WatchedMetric};
use jiff::{SignedDuration, Timestamp};

/// How old the newest data point of a metric may be that is published every minute, with room for its delay.
const SILENT: SignedDuration = SignedDuration::from_mins(15);

pub(super) fn examine(check: &'static str, metric: &Read<WatchedMetric>, now: Timestamp) -> Finding {
    read(check, metric, |metric| {
        let watched = metric.wanted.as_ref().map_or("its expression".to_owned(), described);
        let Some(newest) = metric.points.iter().map(|point| point.start).max() else {
            return Finding::problem(check, format!("{watched} has no data"), remedy(metric));
        };
        let age = now.duration_since(newest);
        if age <= SILENT {
            return Finding::good(check, format!("{watched} has data, the newest {} min old", age.as_mins()));
        }
        Finding::problem(
            check,
            format!("{watched} has been silent for {} min", age.as_mins()),
            "does the application run? does its source? nothing is scaled on a metric that has fallen silent",
        )
    })
}

fn described(metric: &PublishedMetric) -> String {
    let dimensions: Vec<_> =
        metric.dimensions.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{} {} ({})", metric.namespace, metric.name, dimensions.join(", "))
}

fn remedy(metric: &WatchedMetric) -> String {
    let miss = metric.wanted.as_ref().and_then(|wanted| near_miss(wanted, &metric.published));
    match miss {
        Some(miss) => format!("{miss}; correct the stack's parameters or the application"),
        None => "it was published within the last two weeks; does the application run?".to_owned(),
    }
}
