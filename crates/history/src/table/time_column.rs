//! The column of the times. A column of dates and a column of times of day are joined into one.

use super::MOST_LEADING_LINES;
use super::times::{instant, is_time};
use crate::reading::Reading;
use crate::series::short;
use csv::StringRecord;

/// Headings of a column of times, without their case.
const TIME_HEADINGS: [&str; 12] = [
    "timestamp",
    "time",
    "seconds",
    "date",
    "datetime",
    "date time",
    "@timestamp",
    "_time",
    "ts",
    "timestamp (utc)",
    "time (utc)",
    "zeit",
];

/// Returns the column of the times: by its heading, or else the first one with a time.
pub(crate) fn find(
    heading: &[String],
    rows: &[(u64, StringRecord)],
    reading: &Reading,
) -> Result<usize, String> {
    let columns = || heading.iter().map(|name| short(name)).collect::<Vec<_>>().join(", ");
    if let Some(wanted) = reading.time_heading() {
        let found = heading.iter().position(|name| name == wanted);
        return found.ok_or_else(|| {
            format!("--column time={wanted} names no column; the columns are [{}]", columns())
        });
    }
    let is_named = |name: &String| TIME_HEADINGS.contains(&name.to_lowercase().as_str());
    let rows = rows.iter().take(MOST_LEADING_LINES);
    let with_time = || {
        rows.clone().find_map(|(_, row)| {
            row.iter()
                .position(|cell| instant(cell).is_some() || (is_time(cell) && cell.parse::<f64>().is_err()))
        })
    };
    heading.iter().position(is_named).or_else(with_time).ok_or_else(|| {
        format!("no column has times; name it with --column time=HEADING; the columns are [{}]", columns())
    })
}

/// Joins the two columns into one column of times, in the place and with the heading of the dates, and returns both headings. `wanted` is the
/// heading that the user gave for the column of the times.
pub(crate) fn join(rows: &mut [(u64, StringRecord)], wanted: Option<&str>) -> Option<(String, String)> {
    let (date, clock) = rows.iter().take(MOST_LEADING_LINES).find_map(|(_, row)| {
        let date = row.iter().position(is_date)?;
        Some((date, row.iter().position(is_clock)?))
    })?;
    let heading = rows.first().map(|(_, row)| row.clone())?;
    let headings = [date, clock].map(|column| heading.get(column).unwrap_or_default().to_owned());
    for (index, (_, row)) in rows.iter_mut().enumerate() {
        let of = |column: usize| row.get(column).unwrap_or_default();
        let time = match index {
            0 => headings
                .iter()
                .find(|heading| Some(heading.as_str()) == wanted)
                .unwrap_or(&headings[0])
                .clone(),
            _ => format!("{} {}", of(date), of(clock)).trim().to_owned(),
        };
        let cells = row.iter().enumerate().filter(|(column, _)| *column != clock);
        *row = cells.map(|(column, cell)| if column == date { time.as_str() } else { cell }).collect();
    }
    let [date, clock] = headings;
    Some((date, clock))
}

/// Whether a cell is a date without a time of day.
fn is_date(cell: &str) -> bool {
    is_time(cell) && !cell.contains(':') && cell.parse::<f64>().is_err()
}

/// Whether a cell is a time of day without a date.
fn is_clock(cell: &str) -> bool {
    cell.contains(':') && !is_time(cell) && is_time(&format!("2026-01-05 {cell}"))
}
