//! Parses numbers as spreadsheets and dashboards write them.

use super::units::{self, Dimension};

/// The decimal separator of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decimal {
    Point,
    Comma,
}

/// Cells that stand for a missing value.
const MISSING: [&str; 8] = ["", "-", "null", "none", "n/a", "na", "undefined", "--"];

/// Whether a cell stands for a missing value.
pub(crate) fn is_missing(cell: &str) -> bool {
    MISSING.iter().any(|missing| cell.eq_ignore_ascii_case(missing))
}

/// Returns the decimal separator of some cells. `by_default` decides if every cell can be read either way.
pub(crate) fn decimal<'a>(cells: impl Iterator<Item = &'a str>, by_default: Decimal) -> Decimal {
    for cell in cells.map(|cell| digits(split(cell).0)) {
        let (point, comma) = (cell.rfind('.'), cell.rfind(','));
        let several = |separator: char| cell.matches(separator).count() > 1;
        let is_group = |at: usize| cell.len() - at == 4 && at > 0;
        match (point, comma) {
            (Some(point), Some(comma)) => {
                return if point > comma { Decimal::Point } else { Decimal::Comma };
            }
            (Some(_), None) if several('.') => return Decimal::Comma,
            (None, Some(_)) if several(',') => return Decimal::Point,
            (Some(at), None) if !is_group(at) => return Decimal::Point,
            (None, Some(at)) if !is_group(at) => return Decimal::Comma,
            _ => {}
        }
    }
    by_default
}

/// Parses a number with thousands, a decimal separator and a unit, such as `1.2 K` or `350 ms`.
///
/// # Errors
/// If the number cannot be read or the unit is not known.
pub(crate) fn number(cell: &str, decimal: Decimal) -> Result<Number, NotANumber> {
    if let Some(value) = plain(&digits(cell), decimal) {
        return Ok(Number { value, dimension: Dimension::Count, has_unit: false });
    }
    let (text, unit) = split(cell);
    let value = plain(&digits(text), decimal).ok_or(NotANumber::Number)?;
    let (dimension, factor) = units::parse(unit).ok_or(NotANumber::Unit)?;
    Ok(Number { value: value * factor, dimension, has_unit: true })
}

/// A number as a cell has it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Number {
    /// In the basic unit of the dimension.
    pub(crate) value: f64,
    pub(crate) dimension: Dimension,
    pub(crate) has_unit: bool,
}

/// The part of a cell that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotANumber {
    Number,
    Unit,
}

/// Parses a number without a unit.
fn plain(text: &str, decimal: Decimal) -> Option<f64> {
    let (point, group) = match decimal {
        Decimal::Point => ('.', ','),
        Decimal::Comma => (',', '.'),
    };
    let (whole, fraction) = text.split_once(point).map_or((text, None), |(whole, part)| (whole, Some(part)));
    let mut groups = whole.split(group);
    groups.next();
    // A group has three digits, so that `1,5` is not read as 15.
    if !groups.all(|group| group.len() == 3) || fraction.is_some_and(|fraction| fraction.contains(group)) {
        return None;
    }
    let plain = whole.replace(group, "") + &fraction.map_or(String::new(), |part| format!(".{part}"));
    plain.parse().ok()
}

/// Splits a cell into its number and the unit behind it.
fn split(cell: &str) -> (&str, &str) {
    let is_of_a_number =
        |sign: char| sign.is_ascii_digit() || "+-.,_'\u{2019}".contains(sign) || sign.is_whitespace();
    let end = cell.find(|sign| !is_of_a_number(sign)).unwrap_or(cell.len());
    (cell[..end].trim(), cell[end..].trim())
}

/// Returns a cell without the spaces and apostrophes between its thousands.
fn digits(cell: &str) -> String {
    cell.chars().filter(|sign| !sign.is_whitespace() && !['\'', '\u{2019}', '_'].contains(sign)).collect()
}
