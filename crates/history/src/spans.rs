//! The spans that the data points of a quantity cover.

use crate::figures::as_float;
use crate::periods::{of_gauges, of_sums};
use crate::series::Series;
use crate::sources::{Quantity, Source, Unit};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// A data point of a history: its first minute since 1970, its period in seconds, and its value in the unit of the history.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub(crate) minute: i64,
    pub(crate) period: i64,
    pub(crate) value: f64,
}

/// The spans of a source.
#[derive(Debug, Default)]
pub(crate) struct SourceSpans {
    pub(crate) spans: Vec<Span>,
    /// The number of data points that another pull had already.
    pub(crate) duplicates: usize,
    /// The period of each minute by the number of the answer.
    pub(crate) periods: BTreeMap<(usize, i64), i64>,
}

/// The longest accepted period, in seconds.
const LONGEST_PERIOD: i64 = 3_600;

/// Returns the spans of all series of a source, the finer ones last. `life` returns the period in which other series show the application, by
/// the number of the answer and the time in seconds.
///
/// # Errors
/// If two series have different values for the same data point, or if the periods are too long.
pub(crate) fn spans(
    source: &Source,
    unit: Unit,
    series: &[Series],
    life: &dyn Fn(usize, i64) -> Option<i64>,
    is_relative: bool,
) -> Result<SourceSpans, String> {
    let mut found = SourceSpans::default();
    let mut points: BTreeMap<(i64, i64), f64> = BTreeMap::new();
    // The spans of each resolution, which take precedence over the data points of longer periods.
    let mut resolved: BTreeSet<(i64, i64, i64)> = BTreeSet::new();
    for one in series {
        let minutes: BTreeSet<i64> = one.points.iter().map(|(at, _)| at.div_euclid(60) * 60).collect();
        let minutes: Vec<i64> = minutes.into_iter().collect();
        let periods = match (one.period, source.quantity, unit) {
            (_, Quantity::Kpus | Quantity::Update, _) => vec![60; minutes.len()],
            (Some(period), ..) => vec![period.max(60); minutes.len()],
            (_, Quantity::Load, Unit::Records) => of_sums(&minutes, &|second| life(one.answer, second)),
            _ => of_gauges(&minutes),
        };
        if let Some(period) = periods.iter().find(|period| **period > LONGEST_PERIOD) {
            return Err(format!(
                "the data points of '{}' are {period} s apart; ask for a period of 60 s",
                one.name
            ));
        }
        let period_of: BTreeMap<i64, i64> = minutes.iter().copied().zip(periods.iter().copied()).collect();
        for (second, period) in &period_of {
            let first = second / 60;
            found.periods.extend((first..first + period / 60).map(|minute| ((one.answer, minute), *period)));
        }
        for part in minutes.iter().zip(&periods).collect::<Vec<_>>().chunk_by(|one, other| one.1 == other.1) {
            let ((first, period), (last, _)) = (part[0], part[part.len() - 1]);
            resolved.insert((*period, *first, last + period));
        }
        for (at, value) in &one.points {
            let period = period_of.get(&(at.div_euclid(60) * 60)).copied().unwrap_or(60);
            match points.insert((*at, period), *value) {
                None => {}
                Some(before) if value.is_nan() => drop(points.insert((*at, period), before)),
                Some(before) if before.is_nan() => {}
                Some(before) if is_equal(before, *value) => found.duplicates += 1,
                Some(before) => {
                    let time = Timestamp::from_second(*at).ok().filter(|_| !is_relative);
                    let time = time.map_or_else(|| format!("second {at}"), |time| time.to_string());
                    return Err(format!(
                        "'{}' has two values at {time}, {before} and {value}; keep one of them, or aggregate several series in the query",
                        one.name
                    ));
                }
            }
        }
    }
    let mut minutes: BTreeMap<(i64, i64), Vec<f64>> = BTreeMap::new();
    for ((at, period), value) in points {
        // The longest period comes first, so that the finer data replaces it.
        minutes.entry((-period, at.div_euclid(60))).or_default().push(value);
    }
    for ((period, first), values) in minutes {
        let period = -period;
        let value = converted(together(values, source.quantity, unit), unit, period);
        for minute in first..first + (period / 60).max(1) {
            let is_finer = |(finer, from, until): &(i64, i64, i64)| {
                *finer < period && (*from..*until).contains(&(minute * 60))
            };
            if !resolved.iter().any(is_finer) {
                found.spans.push(Span { minute, period, value });
            }
        }
    }
    Ok(found)
}

fn is_equal(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-9 * one.abs().max(other.abs())
}

/// Returns the value of several data points in a minute: NaN if none is possible.
fn together(mut values: Vec<f64>, quantity: Quantity, unit: Unit) -> f64 {
    values.retain(|value| !value.is_nan());
    if values.is_empty() {
        return f64::NAN;
    }
    let sum: f64 = values.iter().sum();
    let count = as_float(values.len());
    match (quantity, unit) {
        (_, Unit::Records) => sum,
        (Quantity::WorstLag, _) => values.into_iter().fold(0.0, f64::max),
        _ => sum / count,
    }
}

fn converted(value: f64, unit: Unit, period: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "the seconds of a period")]
    match unit {
        Unit::Records => value / period.max(60) as f64,
        Unit::Times(factor) => value * factor,
        Unit::Billed => value - 1.0,
    }
}
