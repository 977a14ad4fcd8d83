//! The series behind one alarm: the inputs of its expression, and the contributors of a query of Metrics Insights. Pure.

use super::evidence::{Reading, read};
use crate::history::Epoch;
use crate::{Alarm, DataPoint, Series};
use jiff::Timestamp;
use scaling::{Direction, Reason};
use std::collections::BTreeSet;

/// Evaluates the series of an alarm for scaling in this direction.
///
/// A query of Metrics Insights with `GROUP BY` has a series for each contributor, and CloudWatch puts the alarm in ALARM if one of them
/// breaches. So the contributor nearest to a scale-out decides: one breaching contributor suffices to scale out, and all of them must breach
/// to scale in. A contributor that has fallen silent within the alarm's window blocks a scale-in, and hides no other contributor.
///
/// # Errors
/// The reason why no value can be used: see [`read`].
pub(crate) fn read_series(
    alarm: &Alarm,
    direction: Direction,
    epoch: Epoch,
    now: Timestamp,
    series: &[Series],
) -> Result<Reading, Reason> {
    let is_out = direction == Direction::Out;
    let (mut decisive, mut unknown): (Option<Reading>, Option<Reason>) = (None, None);
    for points in contributors(alarm, direction, series) {
        match read(alarm, epoch, now, points.into_iter()) {
            Ok(reading) => {
                let before = decisive.unwrap_or(reading);
                let goes_first = is_further(alarm, reading.newest, before.newest) == is_out;
                decisive = Some(Reading {
                    newest: if goes_first { reading.newest } else { before.newest },
                    mildest_breach: alarm.comparison.milder(reading.mildest_breach, before.mildest_breach),
                });
            }
            Err(reason) => unknown = Some(reason),
        }
    }
    match (decisive, unknown) {
        (Some(reading), None) => Ok(reading),
        // An unknown contributor can change neither a breach that scales out nor a value that blocks a scale-in.
        (Some(reading), Some(_)) if alarm.breaches(reading.newest) == is_out => Ok(reading),
        (_, unknown) => Err(unknown.unwrap_or(Reason::NoFreshData)),
    }
}

/// Returns the data points of all contributors, the largest value of each period, without the periods in which an input is unknown.
#[must_use]
pub fn largest_points(alarm: &Alarm, series: &[Series]) -> Vec<DataPoint> {
    let mut points: Vec<DataPoint> = contributors(alarm, Direction::In, series).flatten().collect();
    points.sort_by(|one, other| one.start.cmp(&other.start).then(other.value.total_cmp(&one.value)));
    points.dedup_by_key(|point| point.start);
    points
}

/// Whether a value is further beyond the threshold than another, or nearer to it.
fn is_further(alarm: &Alarm, value: f64, other: f64) -> bool {
    if alarm.comparison.is_above() { value > other } else { value < other }
}

/// The data points of each contributor, the newest first. An expression over an impossible value, such as a lag of -1, has an uncertain
/// result, which counts only as a breach of an alarm for scaling out.
fn contributors<'a>(
    alarm: &'a Alarm,
    direction: Direction,
    series: &'a [Series],
) -> impl Iterator<Item = Vec<DataPoint>> + 'a {
    let uncertain = uncertain_periods(alarm, series);
    let counts = move |point: &DataPoint| {
        !uncertain.contains(&point.start) || (direction == Direction::Out && alarm.breaches(point.value))
    };
    let own = alarm.returned().map(|query| query.id.as_str());
    let is_own = move |series: &&Series| Some(series.query.as_str()) == own && !series.points.is_empty();
    series.iter().filter(is_own).map(move |series| {
        let mut points: Vec<DataPoint> = series.points.iter().copied().filter(&counts).collect();
        points.sort_by_key(|point| std::cmp::Reverse(point.start));
        points
    })
}

/// The starts of the periods in which an input of the alarm's expression has an impossible value.
fn uncertain_periods(alarm: &Alarm, series: &[Series]) -> BTreeSet<Timestamp> {
    let is_input =
        |series: &&Series| alarm.inputs().any(|query| query.id == series.query && query.is_never_negative());
    let inputs = series.iter().filter(is_input).flat_map(|series| &series.points);
    inputs.filter(|point| !point.value.is_finite() || point.value < 0.0).map(|point| point.start).collect()
}
