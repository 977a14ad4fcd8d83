//! Converts values whose cells state a unit to the unit of their source.

use crate::history::round;
use crate::reading::Reading;
use crate::series::{Series, short};
use crate::sources::{Quantity, Source, Unit, by_id};
use crate::table::{Dimension, Number};

/// Converts the data points of a series whose cells have units to the unit that `reading` expects of its source, and returns the source. The
/// unit of a cell has priority over `--unit`. A rate is the source `load_rate`, and not a sum over a data point.
///
/// # Errors
/// If the quantity of the source is not measured in the unit.
pub(crate) fn converted(
    series: &mut Series,
    source: &'static Source,
    reading: &Reading,
    assumptions: &mut Vec<String>,
) -> Result<&'static Source, String> {
    let Some(stated) = series.stated.take() else { return Ok(source) };
    let Number { value, dimension, has_unit } = stated.number;
    if has_unit && dimension != Dimension::Share {
        let bytes = match dimension {
            Dimension::Bytes | Dimension::ByteRate => ", and a byte counts as a record",
            _ => "",
        };
        assumptions.push(format!(
            "the cells of '{}' have units: '{}' is {}{}{bytes}",
            short(&series.name),
            short(&stated.cell),
            round(value),
            dimension.unit()
        ));
    }
    let place = format!("line {}: {} is '{}'", stated.line, short(&series.name), short(&stated.cell));
    let is_load = matches!(source.quantity, Quantity::Load);
    if dimension == Dimension::Count || is_load && dimension == Dimension::Bytes {
        return Ok(source);
    }
    let is_measured = match source.quantity {
        Quantity::Load | Quantity::Throughput => {
            matches!(dimension, Dimension::Rate | Dimension::ByteRate)
        }
        Quantity::Cpu => dimension == Dimension::Share,
        Quantity::Busy
        | Quantity::Lag
        | Quantity::WorstLag
        | Quantity::LeastLag
        | Quantity::CommittedLag
        | Quantity::Update => dimension == Dimension::Time,
        _ => false,
    };
    if !is_measured {
        return Err(format!(
            "{place}, which is no unit of {} ({}); name the column of another quantity with --column, such as --column lag_seconds=NAME for a time, or correct the unit",
            source.id, source.meaning
        ));
    }
    // Busy time is in milliseconds per second.
    let basic = if matches!(source.quantity, Quantity::Busy) { 1_000.0 } else { 1.0 };
    let rate = if reading.unit(source) == Unit::Records { by_id("load_rate") } else { None };
    let source = rate.unwrap_or(source);
    let Unit::Times(unit) = reading.unit(source) else {
        return Err(format!("{place}, and --unit is {}=records; remove --unit", source.id));
    };
    series.points.iter_mut().for_each(|(_, value)| *value *= basic / unit);
    Ok(source)
}
