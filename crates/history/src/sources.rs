//! The series that are understood, by their names and units.

use crate::Recorded;
use crate::history::whole;

/// A quantity of a history. All quantities except the sum of records are gauges: a data point holds for its period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantity {
    Load,
    Lag,
    WorstLag,
    LeastLag,
    /// A lag from the offsets that the application commits.
    CommittedLag,
    /// Records without a commit.
    CommittedRecords,
    /// Records that the application has not read.
    UnreadRecords,
    Throughput,
    Cpu,
    Busy,
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
    pub(crate) names: &'static [&'static str],
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
pub(crate) static SOURCES: [Source; 18] = [
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
    // The records of IncomingRecords without those of PutRecord. Source: "Monitor the Kinesis Data Streams service with Amazon CloudWatch", by
    // which PutRecords.Records is the deprecated name of PutRecords.SuccessfulRecords.
    source(
        "put_records",
        "records that PutRecords has written, a sum over a data point",
        Quantity::Load,
        Unit::Records,
        &["putrecordssuccessfulrecords", "putrecordsrecords"],
    ),
    source("lag", "mean lag in milliseconds", Quantity::Lag, Unit::Times(0.001), &["millisbehindlatest"]),
    source("lag_seconds", "mean lag in seconds", Quantity::Lag, Unit::Times(1.0), &[]),
    source("worst_lag", "largest lag in milliseconds", Quantity::WorstLag, Unit::Times(0.001), &[]),
    source("worst_lag_seconds", "largest lag in seconds", Quantity::WorstLag, Unit::Times(1.0), &[]),
    source(
        "least_lag_seconds",
        "lower bound of the lag in seconds",
        Quantity::LeastLag,
        Unit::Times(1.0),
        &[],
    ),
    source(
        "committed_lag_seconds",
        "largest lag by committed offsets in seconds",
        Quantity::CommittedLag,
        Unit::Times(1.0),
        &["estimatedmaxtimelag"],
    ),
    source(
        "offset_lag",
        "records without a commit in all partitions",
        Quantity::CommittedRecords,
        Unit::Times(1.0),
        &["sumoffsetlag", "consumergrouplag"],
    ),
    source(
        "max_offset_lag",
        "records without a commit in the worst partition",
        Quantity::CommittedRecords,
        Unit::Times(1.0),
        &["maxoffsetlag"],
    ),
    source(
        "records_lag",
        "unread records in the worst partition",
        Quantity::UnreadRecords,
        Unit::Times(1.0),
        &["recordslagmax"],
    ),
    source(
        "throughput",
        "records per second that the tasks of the job read",
        Quantity::Throughput,
        Unit::Times(1.0),
        &["numrecordsinpersecond"],
    ),
    source(
        "cpu",
        "mean CPU utilization in percent",
        Quantity::Cpu,
        Unit::Times(1.0),
        &["cpupercent", "containercpuutilization", "cpuutilization"],
    ),
    source(
        "busy",
        "busy time of the busiest subtask in milliseconds per second",
        Quantity::Busy,
        Unit::Times(1.0),
        &["busytimemspersecond"],
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

/// Returns the source of this name.
pub(crate) fn by_id(id: &str) -> Option<&'static Source> {
    SOURCES.iter().find(|source| source.id == id)
}

impl Quantity {
    /// Whether the job itself publishes the quantity every minute, so that its data points show when the job ran.
    pub(crate) fn shows_life(self) -> bool {
        matches!(self, Self::Cpu | Self::Lag | Self::WorstLag | Self::Throughput | Self::Busy)
    }

    /// Stores a value in a minute, in the unit of the history. The lags of Kafka need the load, and follow in [`crate::kafka`].
    pub(crate) fn set(self, minute: &mut Recorded, value: f64) {
        match self {
            Self::Load => minute.load = Some(value),
            Self::Lag => minute.lag = Some(value),
            Self::WorstLag => minute.worst_lag = Some(value),
            Self::LeastLag => minute.least_lag = Some(value),
            Self::Throughput => minute.throughput = Some(value),
            Self::Busy => minute.busy = Some(value),
            Self::CommittedLag | Self::CommittedRecords | Self::UnreadRecords => {}
            Self::Cpu => minute.cpu = Some(value),
            Self::Kpus => minute.kpus = whole(value),
            Self::Update => minute.update_seconds = Some(value),
        }
    }
}
