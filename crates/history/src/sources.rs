//! The series that are understood, by their names and units, and the queries that ask for them.

use crate::Recorded;
use crate::history::whole;
use crate::series::{Series, short};
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use simulator::{Metric, Statistic};

/// A quantity of a history. All quantities except the sum of records are gauges: a data point holds for its period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantity {
    Load,
    Lag,
    WorstLag,
    Cpu,
    Kpus,
    Update,
}

/// The conversion of a value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Unit {
    /// A number of records in a data point.
    Records,
    /// A multiple of the unit of the history.
    Times(f64),
    /// KPUs with the orchestration KPU.
    Billed,
}

/// A series that is understood: the name of its query or column, and its meaning.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) id: &'static str,
    pub(crate) meaning: &'static str,
    pub(crate) quantity: Quantity,
    pub(crate) unit: Unit,
    /// Other names, in lower case and without signs between the letters: headings of a history, and metrics of AWS.
    names: &'static [&'static str],
}

const fn source(
    id: &'static str,
    meaning: &'static str,
    quantity: Quantity,
    unit: Unit,
    names: &'static [&'static str],
) -> Source {
    Source { id, meaning, quantity, unit, names }
}

/// Everything that is understood. Of two series of a quantity, the first one has priority.
pub(crate) static SOURCES: [Source; 10] = [
    source(
        "load",
        "records that arrived, a sum over a data point",
        Quantity::Load,
        Unit::Records,
        &["incomingrecords"],
    ),
    source(
        "load_rate",
        "records that arrived per second",
        Quantity::Load,
        Unit::Times(1.0),
        &["recordspersecond"],
    ),
    source("lag", "mean lag in milliseconds", Quantity::Lag, Unit::Times(0.001), &["millisbehindlatest"]),
    source("lag_seconds", "mean lag in seconds", Quantity::Lag, Unit::Times(1.0), &[]),
    source("worst_lag", "largest lag in milliseconds", Quantity::WorstLag, Unit::Times(0.001), &[]),
    source(
        "worst_lag_seconds",
        "largest lag in seconds",
        Quantity::WorstLag,
        Unit::Times(1.0),
        &["estimatedmaxtimelag"],
    ),
    source(
        "cpu",
        "mean CPU utilization in percent",
        Quantity::Cpu,
        Unit::Times(1.0),
        &["cpupercent", "containercpuutilization", "cpuutilization"],
    ),
    source("kpus", "KPUs without the orchestration KPU", Quantity::Kpus, Unit::Times(1.0), &[]),
    source(
        "kpus_billed",
        "KPUs with the orchestration KPU, as MSF publishes them",
        Quantity::Kpus,
        Unit::Billed,
        &[],
    ),
    source(
        "update_seconds",
        "duration of the update that ended, in seconds",
        Quantity::Update,
        Unit::Times(1.0),
        &[],
    ),
];

/// The units of `--unit`, each with the quantities that have it.
const UNITS: [(&str, &[Quantity], Unit); 9] = [
    ("records", &[Quantity::Load], Unit::Records),
    ("records/s", &[Quantity::Load], Unit::Times(1.0)),
    ("records/min", &[Quantity::Load], Unit::Times(1.0 / 60.0)),
    ("records/h", &[Quantity::Load], Unit::Times(1.0 / 3_600.0)),
    ("ms", &[Quantity::Lag, Quantity::WorstLag], Unit::Times(0.001)),
    ("s", &[Quantity::Lag, Quantity::WorstLag], Unit::Times(1.0)),
    ("min", &[Quantity::Lag, Quantity::WorstLag], Unit::Times(60.0)),
    ("%", &[Quantity::Cpu], Unit::Times(1.0)),
    ("ratio", &[Quantity::Cpu], Unit::Times(100.0)),
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
            id != "time" && !series.iter().any(|series| series.name == *heading)
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

fn by_id(id: &str) -> Option<&'static Source> {
    SOURCES.iter().find(|source| source.id == id)
}

/// Returns the source of a series: by `--column`, by the name of a query or a heading, or by the name of a metric in it.
pub(crate) fn source_of(name: &str, statistic: Option<&str>, reading: &Reading) -> Option<&'static Source> {
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
        "load" if exact.is_none() && !(is("sum") || statistic.is_empty()) => None,
        "lag" if exact.is_none() && is("max") => by_id("worst_lag"),
        _ => Some(source),
    }
}

pub(crate) fn is_known(name: &str, statistic: Option<&str>, reading: &Reading) -> bool {
    source_of(name, statistic, reading).is_some()
}

impl Quantity {
    /// Stores a value in a minute, in the unit of the history.
    pub(crate) fn set(self, minute: &mut Recorded, value: f64) {
        match self {
            Self::Load => minute.load = Some(value),
            Self::Lag => minute.lag = Some(value),
            Self::WorstLag => minute.worst_lag = Some(value),
            Self::Cpu => minute.cpu = Some(value),
            Self::Kpus => minute.kpus = whole(value),
            Self::Update => minute.update_seconds = Some(value),
        }
    }
}

/// The queries for `aws cloudwatch get-metric-data --metric-data-queries`, for an application that reads a Kinesis stream.
#[must_use]
pub fn queries(application: &str, stream: &str) -> Value {
    let query = |id: &str,
                 namespace: &str,
                 name: &str,
                 dimensions: &[(&str, &str)],
                 period: u32,
                 statistic: Statistic| {
        let dimensions: Vec<_> =
            dimensions.iter().map(|(name, value)| json!({"Name": name, "Value": value})).collect();
        json!({"Id": id, "MetricStat": {
            "Metric": {"Namespace": namespace, "MetricName": name, "Dimensions": dimensions},
            "Period": period, "Stat": statistic.name()}})
    };
    let known = |id: &str, metric: Metric, dimensions: &[(&str, &str)], period: u32, statistic: Statistic| {
        query(id, metric.namespace(), metric.name(), dimensions, period, statistic)
    };
    let of_stream = [("Id", stream), ("Application", application), ("Flow", "Input")];
    let of_application = [("Application", application)];
    json!([
        known("load", Metric::IncomingRecords, &[("StreamName", stream)], 60, Statistic::Sum),
        known("lag", Metric::MillisBehindLatest, &of_stream, 60, Statistic::Average),
        known("worst_lag", Metric::MillisBehindLatest, &of_stream, 60, Statistic::Maximum),
        known("cpu", Metric::ContainerCpuUtilization, &of_application, 60, Statistic::Average),
        query("kpus", "KpuAutoscaler", "Kpus", &of_application, 60, Statistic::Average),
        known("kpus_billed", Metric::Kpus, &of_application, 3_600, Statistic::Average),
    ])
}
