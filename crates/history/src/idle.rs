//! The minutes in which the application ran and no record arrived: a counter without a count has no data point.

use crate::Recorded;
use crate::reading::Reading;
use crate::series::Series;
use crate::sources::{Quantity, Source, Unit};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// The spans of minutes in which a complete answer has a count of records. All queries of an answer span the same time. `life` has the period of
/// each minute in which the application ran.
pub(crate) fn asked(
    known: &[(&'static Source, Vec<Series>)],
    reading: &Reading,
    life: &BTreeMap<i64, i64>,
) -> Vec<Range<i64>> {
    let answers = known
        .iter()
        .filter(|(source, _)| source.quantity == Quantity::Load && reading.unit(source) == Unit::Records)
        .flat_map(|(_, all)| all)
        .filter(|series| series.incomplete.is_none())
        .map(|series| series.answer)
        .collect::<BTreeSet<_>>();
    let span = |answer: usize| {
        let series = known.iter().flat_map(|(_, all)| all).filter(|series| series.answer == answer);
        let minutes = series.flat_map(|series| series.points.iter().map(|(at, _)| at.div_euclid(60)));
        let (first, last) = (minutes.clone().min()?, minutes.max()?);
        Some(first..last + life.get(&last).map_or(1, |period| period / 60))
    };
    answers.into_iter().filter_map(span).collect()
}

/// Sets the load of the minutes in which the application ran and no record arrived. A counter without a count has no data point. The load of
/// `unknown` minutes was recorded, and is impossible.
pub(crate) fn zeros(
    minutes: &mut [Recorded],
    first: i64,
    asked: &[Range<i64>],
    unknown: &BTreeSet<i64>,
) -> Option<String> {
    if minutes.iter().all(|minute| minute.load.is_none()) {
        return None;
    }
    let mut count = 0;
    for (minute, recorded) in (first..).zip(minutes.iter_mut()) {
        let is_asked = asked.iter().any(|span| span.contains(&minute));
        let gauges = [recorded.cpu, recorded.lag, recorded.worst_lag, recorded.throughput, recorded.busy];
        let ran = gauges.iter().any(Option::is_some) || recorded.kpus.is_some();
        if recorded.load.is_none() && is_asked && ran && !unknown.contains(&minute) {
            recorded.load = Some(0.0);
            count += 1;
        }
    }
    let length = minutes.len();
    (count > 0).then(|| {
        format!("the load of {count} of {length} minutes is zero, because other metrics show that the application ran")
    })
}
