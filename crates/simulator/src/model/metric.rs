//! The metrics that the model publishes, and their data points of a minute.

use crate::Model;
use crate::model::committed::CommittedOffsets;
use crate::model::conditions::Conditions;
use crate::model::job::{Job, Tick};
use crate::model::minute::Minute;
use crate::model::samples::Samples;
use crate::model::throughput::ReportedThroughput;
use crate::model::time::TICKS_PER_MINUTE;
use std::ops::Range;
use std::sync::Arc;
use tasks::{KnownMetric, MetricKind, Statistic, known_metric, scale_metric};

/// The share of 1 in one percent, the unit of the expression `WriteUtilization`.
const PERCENT: f64 = 0.01;

/// A CloudWatch metric of the application or of its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Metric {
    /// CPU utilization of the containers, in percent.
    ContainerCpuUtilization,
    /// Busy time of the tasks, in milliseconds per second.
    BusyTimeMsPerSecond,
    /// Age of the oldest unread record of a Kinesis stream, in milliseconds.
    MillisBehindLatest,
    /// Records without a commit in the worst partition of a Kafka topic. The model has one partition.
    MaxOffsetLag,
    /// Records without a commit in all partitions of a Kafka topic.
    SumOffsetLag,
    /// Age of the oldest record without a commit in a Kafka topic, in seconds.
    EstimatedMaxTimeLag,
    /// Unread records in the worst partition of a Kafka topic, as the connector in the job reports it. The model has one partition.
    RecordsLagMax,
    /// Records per second that all tasks of the job have read in the last minute.
    NumRecordsInPerSecond,
    /// Records that producers write to a Kinesis stream.
    IncomingRecords,
    /// Used share of the write limits of a stream, in percent. It is no metric of CloudWatch but an expression of the template.
    WriteUtilization,
    /// Records that a stream rejects because they exceed the write limits of its shards.
    WriteProvisionedThroughputExceeded,
    /// Age of the oldest unread record of a stream, in milliseconds, as `GetRecords` reports it.
    IteratorAge,
    /// Billed KPUs, with the orchestration KPU.
    Kpus,
}

/// The metrics of all minutes until now, and the noise of their measurement.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    minutes: Vec<Minute>,
    committed: CommittedOffsets,
    reported: ReportedThroughput,
    disturbed: Vec<Disturbance>,
    cpu_errors: Arc<[f64]>,
}

/// A disturbance of the data points of some minutes.
#[derive(Debug, Clone)]
pub(crate) struct Disturbance {
    /// The disturbed minutes.
    pub(crate) minutes: Range<usize>,
    pub(crate) kind: DisturbanceKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DisturbanceKind {
    /// The data points are readable only from this minute on.
    HiddenUntil(usize),
    /// MSF reports a Kinesis lag of -1.
    LagUnreported,
    /// MSF takes a snapshot, which keeps the CPU busy.
    Snapshot,
}

impl Metric {
    /// Every metric on which an application or a stream can scale.
    pub const ALL: [Self; 9] = [
        Self::ContainerCpuUtilization,
        Self::BusyTimeMsPerSecond,
        Self::MillisBehindLatest,
        Self::MaxOffsetLag,
        Self::SumOffsetLag,
        Self::EstimatedMaxTimeLag,
        Self::RecordsLagMax,
        Self::IncomingRecords,
        Self::WriteUtilization,
    ];

    /// The metric of this name on which an application or a stream can scale: a value of `ScaleMetric`, or a name in CloudWatch.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|metric| [metric.name(), &metric.scale_metric()].contains(&name))
    }

    /// The value of `ScaleMetric` that stands for it.
    #[must_use]
    pub fn scale_metric(self) -> String {
        scale_metric(self.name())
    }

    /// Its name in CloudWatch.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ContainerCpuUtilization => "containerCPUUtilization",
            Self::BusyTimeMsPerSecond => "busyTimeMsPerSecond",
            Self::MillisBehindLatest => "millisBehindLatest",
            Self::MaxOffsetLag => "MaxOffsetLag",
            Self::SumOffsetLag => "SumOffsetLag",
            Self::EstimatedMaxTimeLag => "EstimatedMaxTimeLag",
            Self::RecordsLagMax => "records_lag_max",
            Self::NumRecordsInPerSecond => "numRecordsInPerSecond",
            Self::IncomingRecords => "IncomingRecords",
            Self::WriteUtilization => "WriteUtilization",
            Self::WriteProvisionedThroughputExceeded => "WriteProvisionedThroughputExceeded",
            Self::IteratorAge => "GetRecords.IteratorAgeMilliseconds",
            Self::Kpus => "KPUs",
        }
    }

    /// Its row in the table of known metrics. `WriteUtilization` has none, because it is an expression of the template.
    fn known(self) -> Option<&'static KnownMetric> {
        known_metric(self.name())
    }

    /// Its namespace in CloudWatch. It is empty for an expression.
    #[must_use]
    pub fn namespace(self) -> &'static str {
        self.known().map_or("", |known| known.namespace)
    }

    /// The quantity that it measures, with its unit.
    #[must_use]
    pub fn kind(self) -> MetricKind {
        self.known().map_or(MetricKind::Utilization { share: PERCENT }, |known| known.kind)
    }

    /// Whether a broker computes it from committed offsets.
    #[must_use]
    pub fn is_of_committed_offsets(self) -> bool {
        self.known().is_some_and(KnownMetric::is_of_committed_offsets)
    }

    /// The number of its units in a second, of a lag in time.
    #[must_use]
    pub fn units_per_second(self) -> Option<f64> {
        self.kind().lag_seconds().map(|seconds| 1.0 / seconds)
    }

    /// Whether it is a lag in time, and not in records.
    #[must_use]
    pub fn is_lag_in_time(self) -> bool {
        self.units_per_second().is_some()
    }

    /// The statistics that have a meaning. A sum of utilizations has none. Writes are published per call, so that only their
    /// sum is the load.
    #[must_use]
    pub fn statistics(self) -> &'static [Statistic] {
        match self.kind() {
            MetricKind::Writes => &[Statistic::Sum],
            _ => &[Statistic::Average, Statistic::Minimum, Statistic::Maximum],
        }
    }

    /// The statistic of the alarms of a stack by default.
    #[must_use]
    pub fn default_statistic(self) -> Statistic {
        self.known().map_or(Statistic::Average, KnownMetric::statistic)
    }

    fn samples(self, minute: &Minute) -> Option<Samples> {
        match self {
            Self::ContainerCpuUtilization => minute.cpu,
            Self::BusyTimeMsPerSecond => minute.busy,
            Self::MillisBehindLatest => minute.lag,
            Self::MaxOffsetLag | Self::SumOffsetLag => minute.committed_backlog,
            Self::EstimatedMaxTimeLag => minute.committed_lag,
            Self::RecordsLagMax => minute.unread,
            Self::NumRecordsInPerSecond => minute.throughput,
            Self::IncomingRecords => minute.incoming,
            Self::WriteUtilization => minute.utilization,
            Self::WriteProvisionedThroughputExceeded => minute.refused,
            Self::IteratorAge => minute.age,
            Self::Kpus => minute.kpus,
        }
    }
}

impl Metrics {
    pub(crate) fn new(model: &Model, conditions: &Conditions, mut minutes: Vec<Minute>) -> Self {
        let cpu_errors = Arc::clone(&conditions.cpu_errors);
        minutes.clear();
        minutes.reserve(cpu_errors.len());
        Self {
            minutes,
            committed: CommittedOffsets::new(model),
            reported: ReportedThroughput::default(),
            disturbed: Vec::new(),
            cpu_errors,
        }
    }

    /// Adds a disturbance.
    pub(crate) fn disturb(&mut self, disturbance: Disturbance) {
        self.disturbed.push(disturbance);
    }

    /// The data point as it is readable in minute `now`.
    pub(crate) fn readable_data_point(
        &self,
        metric: Metric,
        statistic: Statistic,
        last: usize,
        length: usize,
        now: usize,
    ) -> Option<f64> {
        let first = (last + 1).saturating_sub(length);
        let disturbs =
            |disturbance: &&Disturbance| disturbance.minutes.start <= last && first < disturbance.minutes.end;
        for Disturbance { kind, .. } in self.disturbed.iter().filter(disturbs) {
            match kind {
                DisturbanceKind::HiddenUntil(until) if now < *until => return None,
                DisturbanceKind::Snapshot if metric == Metric::ContainerCpuUtilization => {
                    return self.data_point(metric, statistic, last, length).map(|cpu| cpu.max(99.0));
                }
                DisturbanceKind::LagUnreported if metric == Metric::MillisBehindLatest => return Some(-1.0),
                _ => {}
            }
        }
        self.data_point(metric, statistic, last, length)
    }

    /// Whether the data points of a minute cannot be read in minute `now`, or the job has published none.
    pub(crate) fn is_silent(&self, minute: usize, now: usize) -> bool {
        self.readable_data_point(Metric::ContainerCpuUtilization, Statistic::Maximum, minute, 1, now)
            .is_none()
    }

    /// Whether MSF takes a snapshot in this minute.
    pub(crate) fn takes_snapshot(&self, minute: usize) -> bool {
        let taken = self.disturbed.iter().filter(|disturbance| disturbance.kind == DisturbanceKind::Snapshot);
        taken.into_iter().any(|disturbance| disturbance.minutes.contains(&minute))
    }

    /// Returns the memory of the minutes, for reuse.
    pub(crate) fn into_minutes(self) -> Vec<Minute> {
        self.minutes
    }

    /// The number of measured minutes.
    pub(crate) fn minutes(&self) -> usize {
        self.minutes.len()
    }

    /// Measures the minutes that the job has completed since the last call.
    pub(crate) fn measure(&mut self, job: &Job, model: &Model) {
        loop {
            let from = self.minutes.len() * TICKS_PER_MINUTE;
            let Some(ticks) = job.past().get(from..).and_then(<[Tick]>::first_chunk) else { break };
            let incoming = job.arrived_between(from, from + TICKS_PER_MINUTE);
            let error = self.cpu_errors[self.minutes.len()];
            let committed = self.committed.measure(ticks, from, job.arrived());
            let throughput = self.reported.measure(ticks);
            let loops = job.loops(self.minutes.len());
            let minute = Minute::measure(ticks, incoming, committed, error, loops, model);
            self.minutes.push(Minute { throughput, ..minute });
        }
    }

    /// Sets the age of the oldest unread record of a stream to the lag of the application that reads it.
    pub(crate) fn read_with(&mut self, reader: &Self) {
        let unread =
            self.minutes.iter_mut().zip(&reader.minutes).rev().take_while(|(minute, _)| minute.age.is_none());
        unread.for_each(|(minute, read)| minute.age = read.age_of_unread.map(|lag| lag.scaled(1_000.0)));
    }

    /// The data point of `length` minutes that ends with minute `last`, if it has a sample.
    pub(crate) fn data_point(
        &self,
        metric: Metric,
        statistic: Statistic,
        last: usize,
        length: usize,
    ) -> Option<f64> {
        let from = (last + 1).checked_sub(length)?;
        let minutes = self.minutes.get(from..=last)?;
        let samples = minutes.iter().filter_map(|minute| metric.samples(minute)).reduce(Samples::and)?;
        Some(samples.statistic(statistic))
    }
}
