//! Reads tables: CSV files of CloudWatch, Grafana, Prometheus and spreadsheets, and the product's own histories and traces.

mod numbers;
mod time_column;
mod times;
mod units;

pub(crate) use numbers::Number;
pub(crate) use times::instant;
pub(crate) use units::Dimension;

use crate::reading::{Reading, is_known};
use crate::series::{Found, Series, Stated, short};
use csv::StringRecord;
use jiff::tz::TimeZone;
use numbers::{Decimal, NotANumber, decimal, is_missing, number};
use std::collections::BTreeMap;
use times::{is_time, times};

/// A table: its columns, the lines above them that describe them, and its rows with the numbers of their lines.
struct Table {
    headings: Vec<String>,
    /// For each column, the descriptions in the leading lines of an export of the CloudWatch console.
    statistics: Vec<Option<String>>,
    periods: Vec<Option<i64>>,
    time: usize,
    rows: Vec<(u64, StringRecord)>,
    decimal: Decimal,
    /// The headings of two columns that together have the time.
    joined: Option<(String, String)>,
}

/// Headings of a column with the name of the series of each row.
const SERIES_HEADINGS: [&str; 5] = ["series", "metric", "name", "__name__", "metric_name"];

/// The largest number of lines above the first row.
const MOST_LEADING_LINES: usize = 60;

/// Reads the series of a table.
pub(crate) fn from_table(text: &str, reading: &Reading) -> Result<Found, String> {
    let table = table(text, reading)?;
    let cells: Vec<(u64, &str)> =
        table.rows.iter().map(|(line, row)| (*line, row.get(table.time).unwrap_or_default())).collect();
    let zone = reading.zone.clone().unwrap_or(TimeZone::UTC);
    let times = times(&cells, &zone)?;
    let mut found = Found { is_relative: times.is_relative, ..Found::default() };
    if times.is_local && reading.zone.is_none() {
        found.assumptions.push("the times without a zone are UTC (--zone)".to_owned());
    }
    if table.decimal == Decimal::Comma {
        found.assumptions.push("a comma in a number is the decimal separator".to_owned());
    }
    if let Some((date, clock)) = &table.joined {
        found.assumptions.push(format!("the time of a row is '{}' and '{}'", short(date), short(clock)));
    }
    found.series = match table.long() {
        Some((name, value)) => by_name(&table, &times.seconds, name, value)?,
        None => by_column(&table, &times.seconds, reading, &mut found.notes)?,
    };
    Ok(found)
}

impl Table {
    /// Returns the columns of the name and of the value, if each row has the name of its series.
    fn long(&self) -> Option<(usize, usize)> {
        let find = |known: &[&str]| {
            let is_known = |heading: &String| known.contains(&heading.to_lowercase().as_str());
            self.headings.iter().position(is_known)
        };
        Some((find(&SERIES_HEADINGS)?, find(&["value"])?))
    }

    fn cells(&self, column: usize) -> impl Iterator<Item = (u64, usize, &str)> {
        self.rows.iter().enumerate().filter_map(move |(index, (line, row))| {
            row.get(column).filter(|cell| !is_missing(cell)).map(|cell| (*line, index, cell))
        })
    }

    /// Adds the data points of cells to a series, in the unit that the cells have. Zero may have no unit.
    fn add<'a>(
        &self,
        series: &mut Series,
        times: &[i64],
        cells: impl Iterator<Item = (u64, usize, &'a str)>,
    ) -> Result<(), String> {
        for (line, index, cell) in cells {
            let refuse =
                |reason: &str| format!("line {line}: {} is '{}', {reason}", short(&series.name), short(cell));
            let number = number(cell, self.decimal).map_err(|part| refuse(match part {
                NotANumber::Number => "which is not a number; correct it, or leave the cell empty",
                NotANumber::Unit => "which has an unknown unit; use a unit such as ms, s, min, %, K, records/s or MB/s, or export the numbers without units",
            }))?;
            // Zero and an impossible value are the same in any unit.
            if number.value.is_finite() && number.value != 0.0 {
                if let Some(first) =
                    series.stated.as_ref().filter(|first| first.number.dimension != number.dimension)
                {
                    return Err(refuse(&format!(
                        "and '{}' in line {} has another kind of unit; write the same unit in each cell",
                        short(&first.cell),
                        first.line
                    )));
                }
                if series.stated.as_ref().is_none_or(|first| number.has_unit && !first.number.has_unit) {
                    series.stated = Some(Stated { line, cell: cell.to_owned(), number });
                }
            }
            series.points.push((times[index], number.value));
        }
        Ok(())
    }
}

/// Reads a table with a column for each series. Unknown columns without numbers are labels.
fn by_column(
    table: &Table,
    times: &[i64],
    reading: &Reading,
    notes: &mut Vec<String>,
) -> Result<Vec<Series>, String> {
    let mut all = Vec::new();
    let values = (0..table.headings.len()).filter(|column| *column != table.time);
    let is_single = values.clone().count() == 1;
    // A history of this product has a row for each minute, and an empty cell is a missing minute.
    let is_history = table.headings.iter().any(|name| name == "update_seconds");
    for column in values {
        let name = &table.headings[column];
        let statistic = table.statistics[column].clone();
        let period = table.periods[column].or(is_history.then_some(60));
        let mut series = Series { name: name.clone(), statistic, period, answer: 1, ..Series::default() };
        match table.add(&mut series, times, table.cells(column)) {
            Err(_) if !is_single && !is_known(name, series.statistic.as_deref(), reading) => {
                notes.push(format!("the column '{}' has no numbers and was left out", short(name)));
            }
            added => {
                added?;
                all.push(series);
            }
        }
    }
    Ok(all)
}

/// Reads a table in which each row has the name of its series.
fn by_name(table: &Table, times: &[i64], name: usize, value: usize) -> Result<Vec<Series>, String> {
    let mut all: BTreeMap<String, Series> = BTreeMap::new();
    for (line, index, cell) in table.cells(value) {
        let name = table.rows[index].1.get(name).unwrap_or_default();
        let series = all.entry(name.to_owned()).or_insert_with(|| Series {
            name: name.to_owned(),
            answer: 1,
            ..Series::default()
        });
        table.add(series, times, std::iter::once((line, index, cell)))?;
    }
    Ok(all.into_values().collect())
}

fn table(text: &str, reading: &Reading) -> Result<Table, String> {
    // Excel writes the delimiter into a line of its own.
    let (stated, body) = match text.split_once('\n') {
        Some((line, body)) if line.to_lowercase().trim_matches(['"', '\r']).starts_with("sep=") => {
            (line.trim_matches(['"', '\r']).as_bytes().get(4).copied(), body)
        }
        _ => (None, text),
    };
    let skipped = u64::from(body.len() < text.len());
    let delimiter = stated.unwrap_or_else(|| delimiter(body));
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .delimiter(delimiter)
        .from_reader(body.as_bytes());
    let mut rows: Vec<(u64, StringRecord)> = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| format!("the file is not a table: {error}; save it as CSV"))?;
        let line = record.position().map_or(0, |position| line(position, body)) + skipped;
        if record.iter().any(|cell| !cell.is_empty()) {
            rows.push((line, record));
        }
    }
    let joined = time_column::join(&mut rows, reading.time_heading());
    let Some((_, first)) = rows.first() else { return Err("the file is empty; export it again".to_owned()) };
    let heading: Vec<String> = first.iter().map(str::to_owned).collect();
    let time = time_column::find(&heading, &rows, reading)?;
    let is_row = |(_, row): &(u64, StringRecord)| row.get(time).is_some_and(is_time);
    let start = match rows.iter().take(MOST_LEADING_LINES).position(is_row) {
        Some(0) => {
            return Err(
                "the first line is a row of data; add a heading such as 'timestamp,records_per_second'"
                    .to_owned(),
            );
        }
        Some(start) if is_described(&rows[..start]) => start,
        // The message about a first time that is none names its line.
        _ if rows.len() > 1 => 1,
        _ => return Err("the file has a heading and no row; export it again".to_owned()),
    };
    let rest = rows.split_off(start);
    let by_default = if delimiter == b',' { Decimal::Point } else { Decimal::Comma };
    let cells = rest.iter().flat_map(|(_, row)| {
        row.iter().enumerate().filter(|(column, _)| *column != time).map(|(_, cell)| cell)
    });
    let numeric = cells.filter(|cell| cell.starts_with(|sign: char| sign.is_ascii_digit() || sign == '-'));
    let decimal = if numeric.clone().any(|cell| cell.contains(',')) {
        decimal(numeric, by_default)
    } else {
        Decimal::Point
    };
    let described = |names: &[&str]| {
        rows.iter()
            .find(|(_, row)| row.get(0).is_some_and(|cell| names.contains(&cell.to_lowercase().as_str())))
    };
    let names = described(&["label"]).or_else(|| described(&["full label"])).or(rows.last());
    let names = names.map_or(heading, |(_, row)| row.iter().map(str::to_owned).collect());
    let cell = |row: Option<&(u64, StringRecord)>, column: usize| {
        row.and_then(|(_, row)| row.get(column)).filter(|cell| !cell.is_empty()).map(str::to_owned)
    };
    let (statistics, periods) = (described(&["statistic", "stat"]), described(&["period"]));
    Ok(Table {
        statistics: (0..names.len()).map(|column| cell(statistics, column)).collect(),
        periods: (0..names.len()).map(|column| period(&cell(periods, column)?)).collect(),
        headings: names,
        time,
        rows: rest,
        decimal,
        joined,
    })
}

/// Whether the lines above the rows are the description of an export of the CloudWatch console.
fn is_described(rows: &[(u64, StringRecord)]) -> bool {
    const DESCRIPTIONS: [&str; 4] = ["label", "full label", "statistic", "period"];
    let is_known = |cell: &str| DESCRIPTIONS.contains(&cell.to_lowercase().as_str());
    rows.iter().any(|(_, row)| row.get(0).is_some_and(is_known))
}

/// Returns the line of a record. The position of the reader is before the empty lines above the record.
fn line(position: &csv::Position, text: &str) -> u64 {
    let start = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let above = text.bytes().skip(start).take_while(|byte| matches!(byte, b'\n' | b'\r'));
    above.filter(|byte| *byte == b'\n').fold(position.line(), |line, _| line + 1)
}

/// Returns the most frequent delimiter of the first lines, outside quotation marks.
fn delimiter(text: &str) -> u8 {
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    let mut is_quoted = false;
    for byte in text.bytes().take(2_000).take_while(|byte| *byte != b'\n') {
        is_quoted ^= byte == b'"';
        for (_, count) in counts.iter_mut().filter(|(delimiter, _)| *delimiter == byte && !is_quoted) {
            *count += 1;
        }
    }
    // A heading with a semicolon outside quotation marks is a table of a country with decimal commas.
    if counts[1].1 > 0 {
        b';'
    } else if counts[2].1 > 0 {
        b'\t'
    } else {
        b','
    }
}

/// Parses a period such as `300`, `300 seconds` or `5 minutes`.
fn period(text: &str) -> Option<i64> {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    let unit = text[digits.len()..].trim().to_lowercase();
    let seconds = match unit.chars().next() {
        None | Some('s') => 1,
        Some('m') => 60,
        Some('h') => 3_600,
        Some('d') => 86_400,
        _ => return None,
    };
    Some(digits.parse::<i64>().ok()?.checked_mul(seconds)?).filter(|period| *period > 0)
}
