//! Suggests a published metric in place of a metric that is not published.

use crate::PublishedMetric;
use std::collections::BTreeSet;

/// The least likeness, from 0 to 1, at which a word is suggested in place of another.
const MIN_LIKENESS: f64 = 0.75;

/// The additional dimensions of an application's metrics at a finer monitoring level.
/// Source: "Metrics and dimensions in Managed Service for Apache Flink".
const FINER_LEVEL_DIMENSIONS: [&str; 3] = ["Task", "Operator", "Parallelism"];

/// Returns a sentence about the difference between `wanted` and the nearest published metric; `None` if `wanted` is published.
#[must_use]
pub fn near_miss(wanted: &PublishedMetric, published: &[PublishedMetric]) -> Option<String> {
    if published.contains(wanted) {
        return None;
    }
    let of_name: Vec<_> = published.iter().filter(|metric| metric.name == wanted.name).collect();
    let finer = of_name.iter().find(|metric| is_finer(wanted, metric));
    if let Some(metric) = finer {
        return Some(further_dimensions(wanted, metric));
    }
    let others = of_name.iter().filter_map(|metric| other_value(wanted, metric));
    if let Some((_, sentence)) = others.max_by(|(one, _), (other, _)| one.total_cmp(other)) {
        return Some(sentence);
    }
    if let Some(metric) = of_name.first() {
        return Some(format!("it is published with other dimensions, such as {}", metric.listed()));
    }
    let named = published.iter().filter(|metric| metric.dimensions == wanted.dimensions);
    let nearest = nearest(&wanted.name, named.map(|metric| metric.name.as_str()));
    Some(match nearest {
        Some(name) if name.eq_ignore_ascii_case(&wanted.name) => {
            format!("no metric has that name, but there is {name}: upper and lower case matter")
        }
        Some(name) => format!("no metric has that name, but there is {name}"),
        None if published.is_empty() => {
            "nothing like it is published: check that the application runs, and that it publishes this metric at its monitoring level".to_owned()
        }
        None => {
            let others: BTreeSet<_> = published.iter().map(|metric| metric.name.as_str()).collect();
            let few: Vec<_> = others.iter().copied().take(8).collect();
            format!("no metric has that name; with its first dimension there are {}", few.join(", "))
        }
    })
}

fn further_dimensions(wanted: &PublishedMetric, metric: &PublishedMetric) -> String {
    let extra = metric.dimensions.iter().filter(|pair| !wanted.dimensions.contains(pair));
    let names: Vec<_> = extra.map(|(name, _)| name.as_str()).collect();
    let of_level = names.iter().any(|name| FINER_LEVEL_DIMENSIONS.contains(name));
    let names = names.join(" and ");
    if of_level {
        return format!(
            "it is published with the further dimension {names}, as at a monitoring level finer than APPLICATION; set it to APPLICATION"
        );
    }
    format!("it is published with the further dimension {names}, which the alarm does not name")
}

/// Whether a metric has all dimensions of `wanted`, and more.
fn is_finer(wanted: &PublishedMetric, metric: &PublishedMetric) -> bool {
    metric.dimensions.len() > wanted.dimensions.len()
        && wanted.dimensions.iter().all(|pair| metric.dimensions.contains(pair))
}

/// Compares two metrics that differ in the value of one dimension: returns the likeness of the values, and a sentence.
fn other_value(wanted: &PublishedMetric, metric: &PublishedMetric) -> Option<(f64, String)> {
    let differing: Vec<_> =
        wanted.dimensions.iter().zip(&metric.dimensions).filter(|(one, other)| one != other).collect();
    let same_names = wanted.dimensions.len() == metric.dimensions.len()
        && differing.iter().all(|((name, _), (other, _))| name == other);
    let [((name, value), (_, other))] = differing.as_slice() else { return None };
    let case = if value.eq_ignore_ascii_case(other) { ": upper and lower case matter" } else { "" };
    let sentence = format!("it is published for {name}={other}, not for {name}={value}{case}");
    (same_names && alike(value, other)).then(|| (likeness(value, other), sentence))
}

fn alike(one: &str, other: &str) -> bool {
    likeness(one, other) >= MIN_LIKENESS
}

fn likeness(one: &str, other: &str) -> f64 {
    strsim::normalized_damerau_levenshtein(&one.to_lowercase(), &other.to_lowercase())
}

fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let alike = names.filter(|other| alike(name, other));
    alike.max_by(|one, other| likeness(name, one).total_cmp(&likeness(name, other)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metric(name: &str, dimensions: &[(&str, &str)]) -> PublishedMetric {
        PublishedMetric {
            namespace: "AWS/KinesisAnalytics".to_owned(),
            name: name.to_owned(),
            dimensions: dimensions
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        }
    }

    #[test]
    fn the_nearest_published_metric_is_suggested() {
        let orders = [("Application", "orders")];
        let busy = metric("busyTimeMsPerSecond", &orders);
        let topic = metric("MaxOffsetLag", &[("Cluster Name", "c"), ("Consumer Group", "g"), ("Topic", "t")]);
        for (wanted, published, sentence) in [
            (&busy, vec![busy.clone()], None),
            (
                &busy,
                vec![metric("busyTimeMsPerSecond", &[("Application", "orders"), ("Task", "map")])],
                Some("further dimension Task, as at a monitoring level"),
            ),
            (
                &metric("openorders", &orders),
                vec![metric("openOrders", &orders)],
                Some("openOrders: upper and lower case matter"),
            ),
            (
                &metric("openOrder", &orders),
                vec![metric("openOrders", &orders), busy.clone()],
                Some("but there is openOrders"),
            ),
            (
                &busy,
                vec![metric("busyTimeMsPerSecond", &[("Application", "Orders")])],
                Some("Application=Orders, not for Application=orders: upper and lower case"),
            ),
            (
                &topic,
                vec![metric(
                    "MaxOffsetLag",
                    &[("Cluster Name", "c"), ("Consumer Group", "group-1"), ("Topic", "t")],
                )],
                Some("such as Cluster Name=c, Consumer Group=group-1, Topic=t"),
            ),
            (
                &topic,
                vec![metric(
                    "MaxOffsetLag",
                    &[("Cluster Name", "c"), ("Consumer Group", "g"), ("Topic", "T")],
                )],
                Some("Topic=T, not for Topic=t: upper and lower case matter"),
            ),
            (
                &topic,
                ["orders", "t2", "tt"]
                    .map(|other| {
                        let dimensions = [("Cluster Name", "c"), ("Consumer Group", "g"), ("Topic", other)];
                        metric("MaxOffsetLag", &dimensions)
                    })
                    .to_vec(),
                Some("with other dimensions, such as Cluster Name=c, Consumer Group=g, Topic=orders"),
            ),
            (
                &metric("MaxOffsetLag", &[("Topic", "orders-v2")]),
                ["orders-v1x", "orders-v3"].map(|other| metric("MaxOffsetLag", &[("Topic", other)])).to_vec(),
                Some("for Topic=orders-v3, not"),
            ),
            (
                &busy,
                vec![metric("busyTimeMsPerSecond", &[("Application", "orders"), ("Tenant", "a")])],
                Some("further dimension Tenant, which the alarm does not name"),
            ),
            (&busy, vec![], Some("nothing like it is published")),
            (&busy, vec![metric("uptime", &orders)], Some("there are uptime")),
        ] {
            let found = near_miss(wanted, &published);
            match (found, sentence) {
                (None, None) => {}
                (Some(found), Some(sentence)) => assert!(found.contains(sentence), "{found}"),
                (found, sentence) => panic!("{found:?} is not {sentence:?}"),
            }
        }
    }
}
