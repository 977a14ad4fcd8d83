//! The rates of a job between the samples of its present attempt.
//!
//! The time of a rate is the running time of the subtask by its own account (busy, idle and back-pressured). Flink caches metrics for ten seconds,
//! so that the time of the answer is not the time of its counters.

use super::answers::{Metrics, Sample, SourceCounters, Subtask};
use crate::figures::line;

/// The rates of a job.
pub(super) struct Rates {
    /// The records per second that the sources read.
    pub(super) throughput: f64,
    /// The shortest time that the samples of a subtask cover, in seconds.
    pub(super) seconds: f64,
    /// The tasks whose subtasks all report a busy time.
    pub(super) tasks: Vec<TaskRates>,
}

/// The rates of a task.
pub(super) struct TaskRates {
    pub(super) name: String,
    /// The share of the time in which each subtask is busy.
    pub(super) busy: Vec<f64>,
    /// The records per second that each subtask reads.
    pub(super) records: Vec<f64>,
}

/// Returns the samples of the present attempt of the job, with all counters of their tasks.
pub(super) fn of_present_attempt(samples: &[Sample]) -> Vec<&Sample> {
    let starts = |sample: &Sample| -> Vec<(u32, f64)> {
        subtasks(sample).map(|subtask| (subtask.attempt, subtask.start_time)).collect()
    };
    let Some(present) = samples.last().map(starts) else { return Vec::new() };
    let is_complete = |sample: &&Sample| subtasks(sample).all(|subtask| subtask.metrics.is_complete());
    samples.iter().filter(|sample| starts(sample) == present).filter(is_complete).collect()
}

fn subtasks(sample: &Sample) -> impl Iterator<Item = &Subtask> {
    sample.vertices.iter().flat_map(|vertex| &vertex.subtasks)
}

/// Returns the rates between samples. `None` if a source or every task lacks a metric.
pub(super) fn rates(samples: &[&Sample]) -> Option<Rates> {
    let last = samples.last()?;
    let mut seconds = f64::INFINITY;
    let mut tasks = Vec::new();
    for (at, vertex) in last.vertices.iter().enumerate() {
        // The points of each subtask: its running time and the value.
        let points = |value: fn(&Metrics) -> f64| -> Vec<Vec<(f64, f64)>> {
            let of = |subtask: usize| {
                let metrics = samples
                    .iter()
                    .filter_map(|sample| Some(sample.vertices.get(at)?.subtasks.get(subtask)?.metrics));
                let points = metrics.map(|metrics| (metrics.seconds(), value(&metrics)));
                points.filter(|(seconds, value)| seconds.is_finite() && value.is_finite()).collect()
            };
            (0..vertex.subtasks.len()).map(of).collect()
        };
        let rates =
            |points: &[Vec<(f64, f64)>]| points.iter().map(|each| slope(each)).collect::<Option<Vec<f64>>>();
        let read = points(|metrics| metrics.read_records);
        let busy = rates(&points(|metrics| metrics.accumulated_busy_time / 1_000.0));
        let (Some(busy), Some(records)) = (busy, rates(&read)) else { continue };
        for each in &read {
            seconds = seconds.min(each.last()?.0 - each.first()?.0);
        }
        tasks.push(TaskRates { name: vertex.name.clone(), busy, records });
    }
    let sources = last.sources.iter().map(|source| source_rate(samples, &source.vertex));
    let throughput = sources.sum::<Option<f64>>()?;
    (!tasks.is_empty()).then_some(Rates { throughput, seconds, tasks })
}

/// Returns the records per second that the sources of a task read.
fn source_rate(samples: &[&Sample], vertex: &str) -> Option<f64> {
    let point = |sample: &&Sample| {
        let source = sample.sources.iter().find(|source| source.vertex == vertex)?;
        let task = sample.vertices.iter().find(|task| task.id == vertex)?;
        #[expect(clippy::cast_precision_loss, reason = "a task has few subtasks")]
        let seconds = task.subtasks.iter().map(|subtask| subtask.metrics.seconds()).sum::<f64>()
            / task.subtasks.len() as f64;
        Some((seconds, read(source)?)).filter(|(seconds, _)| seconds.is_finite())
    };
    slope(&samples.iter().filter_map(point).collect::<Vec<_>>())
}

/// Returns the records that the sources of a task have read. A source that does not count them counts those that it emits.
fn read(source: &SourceCounters) -> Option<f64> {
    let counters = |name: &'static str| {
        let of = source.counters.iter().filter(move |counter| counter.id.ends_with(name));
        of.map(|counter| counter.sum).filter(|sum| sum.is_finite())
    };
    let read: f64 = counters(".numRecordsIn").sum();
    let emitted: Vec<f64> = counters(".numRecordsOut").collect();
    if read > 0.0 { Some(read) } else { (!emitted.is_empty()).then(|| emitted.iter().sum()) }
}

fn slope(points: &[(f64, f64)]) -> Option<f64> {
    let points: Vec<_> = points.iter().map(|(x, y)| (*x, *y, 1.0)).collect();
    line(&points).map(|(_, slope)| slope)
}
