//! The options with which a user answers the questions that a file leaves open, and the sources of its series.

use crate::series::{Series, short};
use crate::sources::{Quantity, SOURCES, Source, Unit, by_id};
use jiff::tz::TimeZone;

const LAGS_IN_TIME: [Quantity; 4] =
    [Quantity::Lag, Quantity::WorstLag, Quantity::LeastLag, Quantity::CommittedLag];

/// The units of `--unit`, each with the quantities that have it.
const UNITS: [(&str, &[Quantity], Unit); 9] = [
    ("records", &[Quantity::Load], Unit::Records),
    ("records/s", &[Quantity::Load], Unit::Times(1.0)),
    ("records/min", &[Quantity::Load], Unit::Times(1.0 / 60.0)),
    ("records/h", &[Quantity::Load], Unit::Times(1.0 / 3_600.0)),
    ("ms", &LAGS_IN_TIME, Unit::Times(0.001)),
    ("s", &LAGS_IN_TIME, Unit::Times(1.0)),
    ("min", &LAGS_IN_TIME, Unit::Times(60.0)),
    ("%", &[Quantity::Cpu], Unit::Times(1.0)),
    ("ratio", &[Quantity::Cpu], Unit::Times(100.0)),
];

/// Parts of a heading that state the unit of a load.
const HEADING_UNITS: [(&str, Unit); 7] = [
    ("per min", Unit::Times(1.0 / 60.0)),
    ("/min", Unit::Times(1.0 / 60.0)),
    ("pro min", Unit::Times(1.0 / 60.0)),
    ("rpm", Unit::Times(1.0 / 60.0)),
    ("per hour", Unit::Times(1.0 / 3_600.0)),
    ("/h", Unit::Times(1.0 / 3_600.0)),
    ("pro stunde", Unit::Times(1.0 / 3_600.0)),
];

/// The answers of the user to the questions that a file leaves open.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// Pairs of a name of [`SOURCES`], or `time`, and a heading or a query of the file.
    columns: Vec<(String, String)>,
    units: Vec<(Quantity, Unit)>,
    /// The zone of times without a zone.
    pub(crate) zone: Option<TimeZone>,
}

impl Reading {
    /// Parses the assignments of `--column` and `--unit`.
    ///
    /// # Errors
    /// If a name or a unit is not known; the message lists the known ones.
    pub fn new(columns: &[String], units: &[String], zone: Option<TimeZone>) -> Result<Self, String> {
        let mut reading = Self { zone, ..Self::default() };
        let ids = || SOURCES.iter().map(|source| source.id).collect::<Vec<_>>().join(", ");
        for text in columns {
            let Some((id, heading)) = text.split_once('=') else {
                return Err(format!("--column is '{text}'; write it as NAME=HEADING, such as load=Requests"));
            };
            if id != "time" && by_id(id).is_none() {
                return Err(format!(
                    "--column is '{text}', and '{id}' is not a name; the names are time, {}",
                    ids()
                ));
            }
            reading.columns.push((id.to_owned(), heading.to_owned()));
        }
        for text in units {
            let known = || UNITS.map(|(unit, ..)| unit).join(", ");
            let (id, unit) = text.split_once('=').unwrap_or((text, ""));
            let found = UNITS.iter().find(|(name, ..)| *name == unit);
            let (Some(source), Some((_, quantities, unit))) = (by_id(id), found) else {
                return Err(format!(
                    "--unit is '{text}'; write it as NAME=UNIT, such as lag=s, with a unit of {}",
                    known()
                ));
            };
            if !quantities.contains(&source.quantity) {
                return Err(format!(
                    "--unit is '{text}', and '{id}' has no such unit; use another one of {}",
                    known()
                ));
            }
            reading.units.push((source.quantity, *unit));
        }
        Ok(reading)
    }

    pub(crate) fn time_heading(&self) -> Option<&str> {
        self.columns.iter().find(|(id, _)| id == "time").map(|(_, heading)| heading.as_str())
    }

    /// Takes the unit of the load from a heading such as `Requests per minute`, unless the user has given one.
    pub(crate) fn take_unit_of(&mut self, heading: &str) {
        let words = heading.to_lowercase();
        let is_given = self.units.iter().any(|(quantity, _)| *quantity == Quantity::Load);
        let stated = HEADING_UNITS.iter().find(|(part, _)| words.contains(part));
        if let Some((_, unit)) = stated.filter(|_| !is_given) {
            self.units.push((Quantity::Load, *unit));
        }
    }

    /// Returns the unit of a source.
    pub(crate) fn unit(&self, source: &Source) -> Unit {
        let given = self.units.iter().find(|(quantity, _)| *quantity == source.quantity);
        given.map_or(source.unit, |(_, unit)| *unit)
    }

    /// Returns the name of the unit of a source.
    pub(crate) fn unit_name(&self, source: &Source) -> &'static str {
        let unit = self.unit(source);
        let is_unit = |(_, quantities, other): &&(&str, &[Quantity], Unit)| {
            quantities.contains(&source.quantity) && *other == unit
        };
        UNITS.iter().find(is_unit).map_or("its unit", |(name, ..)| name)
    }

    /// Checks that every heading of `--column` is in the file.
    pub(crate) fn check(&self, series: &[Series]) -> Result<(), String> {
        let missing = |(id, heading): &&(String, String)| {
            let is_it = |series: &Series| series.name == *heading || series.label.as_ref() == Some(heading);
            id != "time" && !series.iter().any(is_it)
        };
        match self.columns.iter().find(missing) {
            None => Ok(()),
            Some((id, heading)) => Err(format!(
                "--column {id}={heading} names no column or query; the file has [{}]",
                names(series)
            )),
        }
    }
}

/// The names of some series, for messages.
pub(crate) fn names(series: &[Series]) -> String {
    let mut names: Vec<_> = series.iter().map(|series| short(&series.name)).collect();
    names.dedup();
    names.join(", ")
}

/// Returns the source of a series: by its name, or else by its label.
pub(crate) fn source_of(series: &Series, reading: &Reading) -> Option<&'static Source> {
    let by = |name: &str| source_by_name(name, series.statistic.as_deref(), reading);
    by(&series.name).or_else(|| by(series.label.as_deref()?))
}

/// Returns the source of a name: by `--column`, by the name of a query or a heading, or by the name of a metric in it.
fn source_by_name(name: &str, statistic: Option<&str>, reading: &Reading) -> Option<&'static Source> {
    let given = reading.columns.iter().find(|(_, heading)| heading == name);
    if let Some((id, _)) = given {
        return by_id(id);
    }
    // The metric of MSF differs from the metric of this product in its letters alone.
    if let Some(source) = by_id(name) {
        return Some(source);
    }
    if name.contains("KPUs") {
        return by_id("kpus_billed");
    }
    if name == "Kpus" {
        return by_id("kpus");
    }
    let plain: String = name.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    let statistic = statistic.unwrap_or_default().to_lowercase();
    let is = |wanted: &str| statistic.starts_with(wanted) || plain.contains(wanted);
    let has = |part: &&str| plain == *part || (part.len() > 12 && plain.contains(*part));
    let exact = SOURCES.iter().find(|source| source.id.replace('_', "") == plain);
    let source = exact.or_else(|| SOURCES.iter().find(|source| source.names.iter().any(&has)))?;
    match source.id {
        // Another statistic of this metric is not the load.
        "load" | "put_records" if exact.is_none() && !(is("sum") || statistic.is_empty()) => None,
        "lag" if exact.is_none() && is("max") => by_id("worst_lag"),
        _ => Some(source),
    }
}

pub(crate) fn is_known(name: &str, statistic: Option<&str>, reading: &Reading) -> bool {
    source_by_name(name, statistic, reading).is_some()
}
