//! Judges the samples of a job: its figures, each with its basis, or with the reason why it could not be measured.

use super::answers::{CheckpointConfiguration, Checkpoints, FinishedJob, Sample};
use super::rates::{Rates, TaskRates, of_present_attempt, rates};
use crate::Measurement;
use crate::figures::{as_float, median};
use crate::measurement::Found;

/// The data that was read of a job.
#[derive(Debug, Clone)]
pub struct Observed {
    /// The samples, in their order.
    pub samples: Vec<Sample>,
    /// The checkpoints of the job.
    pub checkpoints: Checkpoints,
    /// Their configuration.
    pub configuration: CheckpointConfiguration,
    /// The ended jobs of the same cluster.
    pub finished: Vec<FinishedJob>,
}

/// The shortest time of a measurement, in seconds. Flink updates its times every five seconds.
const SHORTEST_SECONDS: f64 = 30.0;

/// The busy time below which the capacity is an extrapolation by more than three times, as a share.
const LOW_BUSY: f64 = 0.3;

/// The share of the records from which on a key counts as hot.
const HOT_SHARE: f64 = 0.05;

/// The intervals of checkpoints that `kpu simulate` accepts, in seconds.
const INTERVALS: std::ops::RangeInclusive<f64> = 10.0..=3_600.0;

/// The smallest state that has a price worth a figure, in gigabytes.
const SMALLEST_STATE: f64 = 0.01;

/// Measures a job.
///
/// The throughput at full load is the throughput divided by the busy time of the busiest subtask, because each subtask keeps its share of the
/// records. This is the true processing rate of Kalavri et al., "Three steps is all you need" (2018), for the busiest subtask.
///
/// # Errors
/// If the samples are too few, or Flink lacks the metrics.
pub fn measure(observed: &Observed, subtasks_per_kpu: u32) -> Result<Vec<Measurement>, String> {
    let samples = of_present_attempt(&observed.samples);
    let missing = || {
        "Flink has no busy time or no records of its sources; measure a streaming job on Flink 1.16 or later"
            .to_owned()
    };
    let last = observed.samples.last().ok_or_else(missing)?;
    let short = |seconds: f64| {
        format!(
            "the samples since the last start of the job cover {seconds:.0} s, and {SHORTEST_SECONDS} s are needed; raise --minutes"
        )
    };
    if samples.len() < 2 {
        return Err(short(0.0));
    }
    let rates = rates(&samples);
    let rates = match rates {
        Some(rates) if rates.seconds < SHORTEST_SECONDS => return Err(short(rates.seconds)),
        Some(rates) => rates,
        None => return Err(missing()),
    };
    let mut measurements =
        capacity(&rates, last.job.parallelism().div_ceil(subtasks_per_kpu), subtasks_per_kpu);
    measurements.extend([
        in_flight(&samples, rates.throughput),
        savepoint(observed),
        restart(observed, last),
        state(&observed.checkpoints),
        interval(&observed.configuration),
        Measurement::heap(),
    ]);
    Ok(measurements)
}

/// The busiest subtask of a job.
struct Busiest<'a> {
    task: &'a TaskRates,
    subtask: usize,
}

impl<'a> Busiest<'a> {
    fn of(rates: &'a Rates) -> Option<Self> {
        let all = rates
            .tasks
            .iter()
            .flat_map(|task| (0..task.busy.len()).map(move |subtask| Self { task, subtask }));
        all.max_by(|one, other| one.busy().total_cmp(&other.busy()))
    }

    fn busy(&self) -> f64 {
        self.task.busy[self.subtask]
    }

    /// Its share of the records of its task, or of the busy time if the task reads from outside of Flink.
    fn share(&self) -> f64 {
        let of = |values: &[f64]| values[self.subtask] / values.iter().sum::<f64>();
        let records = of(&self.task.records);
        if records.is_finite() { records } else { of(&self.task.busy) }
    }
}

/// Returns the throughput, the capacity, and the skew.
fn capacity(rates: &Rates, kpus: u32, subtasks_per_kpu: u32) -> Vec<Measurement> {
    let throughput = rates.throughput;
    let basis = format!("the records that the sources read in {:.0} s", rates.seconds);
    let mut measurements = vec![Measurement::new("throughput", "records/s", Ok((throughput, basis)))];
    let busiest = Busiest::of(rates).filter(|busiest| throughput > 0.0 && busiest.busy() > 0.0);
    let Some(busiest) = busiest else {
        let reason = || Err("the sources read no record; measure under load".to_owned());
        measurements.push(Measurement::records_per_kpu(reason(), kpus));
        measurements.push(Measurement::new("skew", "times the mean", reason()));
        return measurements;
    };
    let busy = busiest.busy();
    let job = throughput / busy;
    let doubt = if busy < LOW_BUSY {
        "; measure again under a higher load, because this is far from full"
    } else {
        ""
    };
    let basis = format!(
        "the busiest subtask, in '{}', is busy for {:.0} ms/s{doubt}",
        busiest.task.name,
        busy * 1_000.0
    );
    measurements.push(Measurement::new("capacity of the job", "records/s", Ok((job, basis))));
    let basis = format!("the same with --subtasks-per-kpu {subtasks_per_kpu}, and with the skew");
    measurements.push(Measurement::records_per_kpu(Ok((job, basis)), kpus));
    measurements.extend(skew(&busiest, throughput));
    measurements
}

/// Returns the skew, and the limit that a hot key sets.
fn skew(busiest: &Busiest, throughput: f64) -> Vec<Measurement> {
    let task = busiest.task;
    let (count, busy) = (as_float(task.busy.len()), busiest.busy());
    let mean = task.busy.iter().sum::<f64>() / count;
    let found = |found: Found| Measurement::new("skew", "times the mean", found);
    if task.busy.len() < 2 {
        let reason = format!("'{}' has one subtask; measure with a larger parallelism", task.name);
        return vec![found(Err(reason))];
    }
    let share = busiest.share();
    let hot = (share - 1.0 / count) / (1.0 - 1.0 / count);
    let mut basis = format!(
        "the busiest of {count} subtasks of '{}' has {:.0} % of the records; spread evenly, they would need {:.0} ms/s of each",
        task.name,
        share * 100.0,
        mean * 1_000.0
    );
    if hot < HOT_SHARE {
        return vec![found(Ok((busy / mean, basis)))];
    }
    basis.push_str("; the model spreads them evenly");
    // A subtask with a hot key and nothing else processes records at the rate at which the busiest one does.
    let limit = throughput / busy * share / hot;
    let hot_basis = format!(
        "about {:.0} % of the records have the keys of the busiest subtask alone, so that no size processes more",
        hot * 100.0
    );
    vec![
        found(Ok((busy / mean, basis))),
        Measurement::new("limit of hot keys", "records/s", Ok((limit, hot_basis))),
    ]
}

/// Returns the records that one task has sent and the next one has not read. Both sums are of one answer, because Flink caches them together.
fn in_flight(samples: &[&Sample], throughput: f64) -> Measurement {
    let found = |found: Found| Measurement::new("records in flight", "records", found);
    let Some(values) = samples.iter().map(|sample| waiting(sample)).collect::<Option<Vec<f64>>>() else {
        let reason =
            "a task sends to several tasks, or all are chained, so that the counters do not show them";
        return found(Err(reason.to_owned()));
    };
    let count = values.len();
    let value = median(values).map_or(0.0, |value| value.max(0.0));
    let basis = format!(
        "sent by one task and not yet read by the next, the median of {count} samples: at this throughput the reported lag is {:.1} s too low",
        if throughput > 0.0 { value / throughput } else { 0.0 }
    );
    found(Ok((value, basis)))
}

fn waiting(sample: &Sample) -> Option<f64> {
    let nodes = &sample.job.plan.nodes;
    let metrics = |id: &str| {
        let found = sample.job.vertices.iter().find(|vertex| vertex.id == id)?;
        Some(found.metrics).filter(super::answers::Metrics::is_complete)
    };
    let mut inputs: Vec<&str> =
        nodes.iter().flat_map(|node| &node.inputs).map(|input| input.id.as_str()).collect();
    let edges = inputs.len();
    inputs.sort_unstable();
    inputs.dedup();
    if edges == 0 || inputs.len() < edges {
        return None;
    }
    let sent: f64 = inputs.iter().map(|id| Some(metrics(id)?.write_records)).sum::<Option<f64>>()?;
    let read: f64 = nodes
        .iter()
        .filter(|node| !node.inputs.is_empty())
        .map(|node| Some(metrics(&node.id)?.read_records))
        .sum::<Option<f64>>()?;
    Some(sent - read)
}

/// Returns the job from whose savepoint this job was restored.
fn predecessor(observed: &Observed) -> Option<&FinishedJob> {
    let path = observed.checkpoints.restored_from()?;
    let took_it = |job: &&FinishedJob| {
        job.checkpoints.latest.savepoint.as_ref().and_then(|savepoint| savepoint.external_path.as_deref())
            == Some(path)
    };
    observed.finished.iter().find(took_it)
}

/// Returns the duration of a savepoint, or of the checkpoints, whose barriers wait behind the same records.
fn savepoint(observed: &Observed) -> Measurement {
    let found = |found: Found| Measurement::new("savepoint", "s", found);
    let own = observed.checkpoints.latest.savepoint.as_ref();
    let taken = own.or_else(|| predecessor(observed)?.checkpoints.latest.savepoint.as_ref());
    if let Some(savepoint) = taken {
        let basis = "the last savepoint of the job".to_owned();
        return found(Ok((savepoint.end_to_end_duration / 1_000.0, basis)));
    }
    let median = observed.checkpoints.summary.end_to_end_duration.p50 / 1_000.0;
    found(if median.is_finite() && median > 0.0 {
        Ok((median, "the median of the checkpoints, because Flink knows no savepoint of the job".to_owned()))
    } else {
        Err("the job has completed neither a savepoint nor a checkpoint".to_owned())
    })
}

/// Returns the time from the end of the last attempt or job until all subtasks run.
fn restart(observed: &Observed, last: &Sample) -> Measurement {
    let since = |at: f64| {
        let running = last.vertices.iter().flat_map(|vertex| {
            vertex.subtasks.iter().map(|subtask| Some(vertex.now - subtask.status_duration.running?))
        });
        let running = running.collect::<Option<Vec<f64>>>()?.into_iter().reduce(f64::max)?;
        Some((running - at) / 1_000.0).filter(|seconds| *seconds > 0.0)
    };
    let failed = last.job.timestamps.restarting;
    let found = if failed > 0.0 {
        since(failed)
            .map(|seconds| (seconds, "the last restart of the job after a failure or a rescale in place"))
    } else {
        predecessor(observed)
            .and_then(|job| since(job.end_time))
            .map(|seconds| (seconds, "the last rescale of the job, by a savepoint"))
    };
    Measurement::restart(match found {
        Some((seconds, event)) => Ok((
            seconds,
            format!("{event}, until all subtasks ran; MSF starts machines as well, which kpu calibrate measures from a history"),
        )),
        None => Err("Flink knows no restart of this job; rescale it by a savepoint in the same cluster, and measure again".to_owned()),
    })
}

fn state(checkpoints: &Checkpoints) -> Measurement {
    let size = checkpoints.latest.completed.as_ref().or(checkpoints.latest.savepoint.as_ref());
    Measurement::state(match size.map(|completed| completed.state_size / 1e9) {
        Some(gigabytes) if gigabytes >= SMALLEST_STATE => Ok((gigabytes, "the last checkpoint".to_owned())),
        Some(gigabytes) => Err(format!("{gigabytes:.6} GB in the last checkpoint is too little for a price")),
        None => Err("the job has completed no checkpoint".to_owned()),
    })
}

fn interval(configuration: &CheckpointConfiguration) -> Measurement {
    let seconds = configuration.interval / 1_000.0;
    Measurement::checkpoint_interval(if INTERVALS.contains(&seconds) {
        Ok((seconds, "the configuration of the job".to_owned()))
    } else if seconds > 1e9 || seconds <= 0.0 {
        Err("the job takes no checkpoints at an interval".to_owned())
    } else {
        Err(format!(
            "it is {seconds} s, and kpu simulate accepts {} to {} s",
            INTERVALS.start(),
            INTERVALS.end()
        ))
    })
}
