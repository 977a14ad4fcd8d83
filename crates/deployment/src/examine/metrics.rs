//! Checks that the metric of an alarm has fresh data with exactly the alarm's dimensions.

use super::read;
use crate::near_miss::near_miss;
use crate::{Facts, Finding, PublishedMetric, Read, WatchedMetric};
use scaling::Unit;

pub(super) fn examine(check: &'static str, facts: &Facts, metric: &Read<WatchedMetric>) -> Finding {
    read(check, metric, |metric| {
        let watched = described(&metric.wanted);
        let Some(age) = metric.age(facts.now) else {
            return missing(check, facts, format!("{watched} has no data"), remedy(facts, metric));
        };
        if metric.has_fresh_data(facts.now) {
            return Finding::good(check, format!("{watched} has data, the newest {} min old", age.as_mins()));
        }
        missing(
            check,
            facts,
            format!("{watched} has had no data for {} min", age.as_mins()),
            format!("{}; nothing is scaled on a metric without fresh data", publishers(facts)),
        )
    })
}

/// The finding that a metric has no fresh data. A stream without writes may publish none, and then counts as idle.
fn missing(check: &'static str, facts: &Facts, message: String, remedy: String) -> Finding {
    if facts.kind().unit == Unit::Shard && check != "age-metric" {
        return Finding::warning(check, message, remedy);
    }
    Finding::problem(check, message, remedy)
}

/// The check of the programs that publish the metrics of the resource.
fn publishers(facts: &Facts) -> &'static str {
    match facts.kind().unit {
        Unit::Kpu => "check that the application and its source run",
        Unit::Shard => {
            "check that the stream is written and read, and that the heartbeat of one minute publishes the number of shards"
        }
    }
}

fn described(wanted: &[PublishedMetric]) -> String {
    match wanted {
        [] => "the query".to_owned(),
        [metric] => metric.to_string(),
        metrics => {
            let names: Vec<_> = metrics.iter().map(|metric| metric.name.as_str()).collect();
            format!("the expression of {}", names.join(" and "))
        }
    }
}

fn remedy(facts: &Facts, metric: &WatchedMetric) -> String {
    if metric.wanted.is_empty() {
        // A Metrics Insights query does not name a single metric.
        return "run the alarm's query in the CloudWatch console, and correct its selection".to_owned();
    }
    let mut published = metric.published.clone();
    if facts.kind().unit == Unit::Kpu && matches!(facts.resource.arn(), Ok(Some(_))) {
        // The application exists, so the name of another application is not a typing error.
        published.retain(|metric| metric.application().is_none_or(|name| name == facts.name));
    }
    let miss = |wanted: &PublishedMetric| Some((wanted.name.clone(), near_miss(wanted, &published)?));
    let misses: Vec<(String, String)> = metric.wanted.iter().filter_map(miss).collect();
    match (misses.as_slice(), &metric.unit) {
        // A list of metrics contains no units, so that the unit is the remaining difference.
        ([], Some(unit)) => format!(
            "its metrics were published within the last two weeks, and the alarm reads only data points with the Unit {unit}; remove Unit from the alarm, or {}",
            publishers(facts)
        ),
        ([], None) => {
            format!("its metrics were published within the last two weeks; {}", publishers(facts))
        }
        ([(_, miss)], _) if metric.wanted.len() == 1 => {
            format!("{miss}; correct the stack's parameters or the application")
        }
        (misses, _) => {
            let misses: Vec<_> = misses.iter().map(|(name, miss)| format!("{name}: {miss}")).collect();
            format!("{}; correct the stack's parameters or the application", misses.join("; "))
        }
    }
}
