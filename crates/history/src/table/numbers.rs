//! Parses numbers as spreadsheets and dashboards write them.

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
    for cell in cells.map(digits) {
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

/// Parses a number with thousands, a decimal separator, and a magnitude such as `K`.
pub(crate) fn number(cell: &str, decimal: Decimal) -> Option<f64> {
    let text = digits(without_rate(cell));
    let (text, factor) = magnitude(&text);
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
    Some(plain.parse::<f64>().ok()? * factor)
}

/// Returns a cell without the unit of a rate per second, such as `req/s`, which dashboards write behind the number.
fn without_rate(cell: &str) -> &str {
    let is_rate = |unit: &&str| unit.ends_with("/s") && !unit.contains(|sign: char| sign.is_ascii_digit());
    cell.rsplit_once(char::is_whitespace).filter(|(_, unit)| is_rate(unit)).map_or(cell, |(number, _)| number)
}

/// Returns a cell without the spaces and apostrophes between its thousands.
fn digits(cell: &str) -> String {
    cell.chars().filter(|sign| !sign.is_whitespace() && !['\'', '\u{2019}', '_'].contains(sign)).collect()
}

/// Splits a magnitude or a percent sign off.
fn magnitude(text: &str) -> (&str, f64) {
    const MAGNITUDES: [(&str, f64); 7] =
        [("%", 1.0), ("Mil", 1e6), ("Bil", 1e9), ("K", 1e3), ("k", 1e3), ("M", 1e6), ("G", 1e9)];
    let found = MAGNITUDES.iter().find_map(|(name, factor)| Some((text.strip_suffix(name)?, *factor)));
    found.unwrap_or((text, 1.0))
}
