//! A series of data points, as a file has it.

use crate::table::Number;

/// The data points of a query or a column.
#[derive(Debug, Clone, Default)]
pub(crate) struct Series {
    /// The name of the query, or the heading of the column.
    pub(crate) name: String,
    /// The label of a query beside its name. CloudWatch writes the name of the metric into it.
    pub(crate) label: Option<String>,
    /// The statistic, if the file names it: `Sum`, `Average`, `Maximum`.
    pub(crate) statistic: Option<String>,
    /// The data points: the start in seconds since 1970, and the value. A value that is not possible is NaN.
    pub(crate) points: Vec<(i64, f64)>,
    /// The length of a data point in seconds, if the file names it.
    pub(crate) period: Option<i64>,
    /// The number of the answer in the file. All queries of an answer span the same time.
    pub(crate) answer: usize,
    /// The first cell that is not zero, whose unit all cells have. The data points are in its basic unit. JSON has no units.
    pub(crate) stated: Option<Stated>,
    /// Whether CloudWatch has returned all data points, or the status with which it has not.
    pub(crate) incomplete: Option<String>,
}

/// A cell of a table, and the meaning of its unit.
#[derive(Debug, Clone)]
pub(crate) struct Stated {
    pub(crate) line: u64,
    pub(crate) cell: String,
    pub(crate) number: Number,
}

/// The series of a file, and the assumptions about the parts that the file leaves open.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) series: Vec<Series>,
    pub(crate) assumptions: Vec<String>,
    pub(crate) notes: Vec<String>,
    /// Whether the times count from the start of the file, so that it has no calendar.
    pub(crate) is_relative: bool,
}

/// A value as messages quote it: on one line and at most 40 characters long.
pub(crate) fn short(value: &str) -> String {
    const LONGEST: usize = 40;
    let shown: String = value.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if value.chars().count() > LONGEST { format!("{shown}...") } else { shown }
}
