//! Parses times as CloudWatch, Grafana, Prometheus and spreadsheets write them.

use crate::series::short;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};

/// A time as a cell has it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Written {
    /// Seconds since 1970.
    Instant(i64),
    /// Seconds since the start of the file.
    Relative(i64),
    /// Three numbers of a date with their separator, and a time of day, without a zone.
    Local([i16; 3], char, Time),
}

/// The times of a column in seconds, and the way in which they were read.
pub(crate) struct Times {
    pub(crate) seconds: Vec<i64>,
    pub(crate) is_relative: bool,
    pub(crate) is_local: bool,
}

/// Whether a cell has the form of a time.
pub(crate) fn is_time(cell: &str) -> bool {
    written(cell).is_some()
}

/// Parses a time with a zone, or a number of seconds or milliseconds since 1970, and returns the seconds since 1970.
pub(crate) fn instant(text: &str) -> Option<i64> {
    match written(text)? {
        Written::Instant(seconds) => Some(seconds),
        Written::Relative(_) | Written::Local(..) => None,
    }
}

/// Parses the times of a column. A cell comes with the number of its line.
pub(crate) fn times(cells: &[(u64, &str)], zone: &TimeZone) -> Result<Times, String> {
    let refuse =
        |line: u64, cell: &str, reason: &str| Err(format!("line {line}: '{}' {reason}", short(cell)));
    let mut all = Vec::with_capacity(cells.len());
    for (line, cell) in cells {
        let Some(time) = written(cell) else {
            return refuse(
                *line,
                cell,
                "is not a time; write it as 2026-01-05T08:00:00Z, as seconds since 1970, or as seconds since the start of the file",
            );
        };
        all.push(time);
    }
    let numbers = || {
        all.iter().filter_map(|time| match time {
            Written::Local(numbers, separator, _) if numbers[0] <= 31 => Some((*numbers, *separator)),
            _ => None,
        })
    };
    let day_first = numbers().any(|([first, ..], separator)| first > 12 || separator == '.');
    let month_first = numbers().any(|([_, second, _], _)| second > 12);
    let mut read = Times { seconds: Vec::with_capacity(all.len()), is_relative: false, is_local: false };
    let mut before = None;
    for ((line, cell), time) in cells.iter().zip(all) {
        let seconds = match time {
            Written::Instant(seconds) => seconds,
            Written::Relative(seconds) => {
                read.is_relative = true;
                seconds
            }
            Written::Local([first, second, third], _, time) => {
                let [year, month, day] = match (first > 31, day_first, month_first) {
                    (true, ..) => [first, second, third],
                    (_, true, false) => [third, second, first],
                    (_, false, true) => [third, first, second],
                    _ => {
                        return refuse(
                            *line,
                            cell,
                            "has the day or the month first, which the file does not show; write it as 2026-01-05 08:00",
                        );
                    }
                };
                let narrow = |number: i16| i8::try_from(number).unwrap_or(0);
                let Ok(date) = Date::new(year, narrow(month), narrow(day)) else {
                    return refuse(*line, cell, "is not a date of the calendar; correct it");
                };
                read.is_local = true;
                let Some(seconds) = local(date.to_datetime(time), zone, before) else {
                    return refuse(*line, cell, "is out of the calendar's range; correct it");
                };
                seconds
            }
        };
        before = Some(seconds);
        read.seconds.push(seconds);
    }
    if read.is_relative && (read.is_local || read.seconds.iter().any(|seconds| *seconds > LARGEST_RELATIVE)) {
        return Err(format!(
            "the times of the file are partly seconds since its start and partly dates, such as '{}'; use one form",
            cells.first().map_or("", |(_, cell)| cell)
        ));
    }
    Ok(read)
}

/// Returns a local time in seconds since 1970. Of the two times of an hour that the clocks repeat, the later one comes after the earlier one.
fn local(time: DateTime, zone: &TimeZone, before: Option<i64>) -> Option<i64> {
    let ambiguous = zone.to_ambiguous_timestamp(time);
    let is_repeated = matches!(ambiguous.offset(), AmbiguousOffset::Fold { .. });
    let earlier = ambiguous.compatible().ok()?.as_second();
    if is_repeated && before.is_some_and(|before| before >= earlier) {
        return ambiguous.later().ok().map(Timestamp::as_second);
    }
    Some(earlier)
}

/// The largest number of seconds since the start of a file: three years.
const LARGEST_RELATIVE: i64 = 100_000_000;

fn written(cell: &str) -> Option<Written> {
    if let Ok(number) = cell.parse::<f64>() {
        return from_number(number);
    }
    // Some programs write the name of the zone behind its offset.
    let text = cell.trim_end_matches("UTC").trim_end_matches("GMT").trim_end();
    let is_utc = text.len() < cell.len();
    if let Ok(timestamp) = cell.parse::<Timestamp>() {
        return Some(Written::Instant(timestamp.as_second()));
    }
    if is_utc && let Some(timestamp) = with_offset(text) {
        return Some(Written::Instant(timestamp.as_second()));
    }
    let (numbers, separator, time) = fields(text)?;
    if !is_utc {
        return Some(Written::Local(numbers, separator, time));
    }
    let [year, month, day] = numbers.map(|number| number);
    let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    Some(Written::Instant(TimeZone::UTC.to_timestamp(date.to_datetime(time)).ok()?.as_second()))
}

/// Parses a time such as `2026-01-05 08:00:00 +0000`.
fn with_offset(text: &str) -> Option<Timestamp> {
    let (time, offset) = text.rsplit_once(' ')?;
    (offset.starts_with(['+', '-'])).then(|| format!("{time}{offset}").parse().ok())?
}

/// Reads seconds, milliseconds, microseconds or nanoseconds since 1970 by their magnitude: the years 2000 to 2100.
fn from_number(number: f64) -> Option<Written> {
    #[expect(clippy::cast_possible_truncation, reason = "within the range that was checked")]
    let whole = |seconds: f64| seconds.floor() as i64;
    #[expect(clippy::cast_precision_loss, reason = "exact")]
    if (0.0..=LARGEST_RELATIVE as f64).contains(&number) {
        return Some(Written::Relative(whole(number)));
    }
    let seconds = [1.0, 1e3, 1e6, 1e9].map(|unit| number / unit);
    let found = seconds.into_iter().find(|seconds| (946_684_800.0..4_102_444_800.0).contains(seconds))?;
    Some(Written::Instant(whole(found)))
}

/// Splits a time without a zone into its numbers.
fn fields(text: &str) -> Option<([i16; 3], char, Time)> {
    let (date, time) = text.split_once([' ', 'T']).unwrap_or((text, ""));
    let date = date.trim_end_matches(',');
    let separator = date.chars().find(|sign| ['-', '/', '.'].contains(sign))?;
    let parts: Vec<i16> = date.split(separator).map(str::parse).collect::<Result<_, _>>().ok()?;
    let numbers: [i16; 3] = parts.try_into().ok()?;
    if (numbers[0] > 31) == (numbers[2] > 31) {
        return None;
    }
    Some((numbers, separator, time_of_day(time.trim())?))
}

fn time_of_day(text: &str) -> Option<Time> {
    if text.is_empty() {
        return Some(Time::midnight());
    }
    let upper = text.to_ascii_uppercase();
    let clock = upper.trim_end_matches("AM").trim_end_matches("PM").trim_end();
    let mut parts = clock.split(':');
    let hour: i8 = parts.next()?.parse().ok()?;
    let minute: i8 = parts.next()?.parse().ok()?;
    let second: f64 = parts.next().map_or(Some(0.0), |second| second.parse().ok())?;
    let hour = match (upper.ends_with("AM"), upper.ends_with("PM"), hour) {
        (true, _, 12) => 0,
        (_, true, 1..=11) => hour + 12,
        _ => hour,
    };
    #[expect(clippy::cast_possible_truncation, reason = "saturates, and is rejected then")]
    let whole = second as i8;
    (parts.next().is_none()).then(|| Time::new(hour, minute, whole, 0).ok())?
}
