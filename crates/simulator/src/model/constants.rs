//! The constants of the model, with their sources.

use jiff::SignedDuration;
use scaling::{SNAPSHOT_DOLLARS_PER_GIGABYTE_MONTH, snapshot_dollars};
use serde::Serialize;

/// The behavior of the simulated application, its metrics and its bill.
///
/// The default is the reference scenario. A value marked *assumed* has no public measurement behind it. The duration of a restart has the
/// largest effect on results: use the duration that your application shows.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Model {
    /// Records per second that one KPU processes (assumed; a property of the job).
    pub records_per_kpu: f64,
    /// Contention: `n` KPUs work like `n / (1 + contention * (n - 1))` (assumed mild: 32 work like 27.7).
    /// The form is Gunther's Universal Scalability Law without its coherency term.
    pub contention: f64,
    /// Records per second that the sink accepts, if it limits the job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sink: Option<f64>,
    /// Standard deviation of the capacity as a share of its mean, correlated over ten minutes (assumed).
    pub capacity_noise: f64,
    /// Seconds of an update in which MSF takes a snapshot and the job runs with its old size (assumed).
    pub savepoint_seconds: f64,
    /// Seconds of an update without any processing. The MSF guide states 10 to 30 s for small state. Published measurements with
    /// 235 GB of state are 11 to 20 minutes.
    pub downtime_seconds: f64,
    /// Seconds from the first processed record until MSF reports RUNNING (assumed).
    pub settling_seconds: f64,
    /// Spread of the three durations above between updates: the standard deviation of a log-normal factor (assumed).
    pub restart_spread: f64,
    /// Seconds of reduced capacity after a restart, in which state is restored and caches are cold (assumed).
    pub warm_up_seconds: f64,
    /// The share of its capacity that the job has in this time (assumed).
    pub warm_up_capacity: f64,
    /// CPU utilization of an idle job, in percent (assumed).
    pub idle_cpu: f64,
    /// CPU utilization of a saturated job, in percent (assumed; lower if the job waits for input and output).
    pub saturated_cpu: f64,
    /// Whether the application reads a Kafka topic, and publishes its lag in records. It also does if it scales on a lag of Kafka.
    #[serde(skip)]
    pub reads_kafka: bool,
    /// Standard deviation of the measured CPU utilization, in points (assumed).
    pub cpu_noise: f64,
    /// Time from the end of a minute until its data point is readable (assumed).
    #[serde(skip)]
    pub publishing_delay: SignedDuration,
    /// Time from a state change of an alarm until the state machine starts (assumed).
    #[serde(skip)]
    pub event_delay: SignedDuration,
    /// Seconds between two checkpoints. Flink commits the offsets of Kafka with them. Source: MSF guide, the default of
    /// `CheckpointInterval`.
    pub checkpoint_interval_seconds: f64,
    /// The largest lag that the user accepts, in seconds.
    pub lag_objective_seconds: f64,
    /// KPUs that are billed in addition to the size of the job. Source: MSF pricing page.
    #[serde(skip)]
    pub orchestration_kpus: f64,
    /// Gigabytes of live objects on the heaps of all task managers together, which share them evenly (assumed). The model publishes no garbage.
    /// The default publishes no heap.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heap_gigabytes: Option<f64>,
    /// Gigabytes of state, of which every rescale leaves a snapshot, and every checkpoint is complete. The default prices no snapshots and
    /// publishes no size of a checkpoint.
    pub state_gigabytes: f64,
    /// Dollars per KPU-hour. Source: MSF pricing page, us-east-1.
    pub dollars_per_kpu_hour: f64,
}

/// The heap of a KPU, in gigabytes. Source: MSF developer guide, "Review application resources".
const HEAP_GIGABYTES_PER_KPU: f64 = 3.0;

impl Default for Model {
    fn default() -> Self {
        Self {
            records_per_kpu: 1_000.0,
            contention: 0.005,
            sink: None,
            capacity_noise: 0.05,
            savepoint_seconds: 20.0,
            downtime_seconds: 75.0,
            settling_seconds: 25.0,
            restart_spread: 0.15,
            warm_up_seconds: 60.0,
            warm_up_capacity: 0.5,
            idle_cpu: 5.0,
            saturated_cpu: 95.0,
            reads_kafka: false,
            cpu_noise: 2.5,
            publishing_delay: SignedDuration::from_secs(90),
            event_delay: SignedDuration::from_secs(5),
            checkpoint_interval_seconds: 60.0,
            lag_objective_seconds: 60.0,
            orchestration_kpus: 1.0,
            heap_gigabytes: None,
            state_gigabytes: 0.0,
            dollars_per_kpu_hour: 0.11,
        }
    }
}

impl Model {
    /// Returns the price of the application in dollars, with the orchestration KPU, and with a month of storage of each snapshot that a rescale
    /// leaves.
    #[must_use]
    pub fn dollars(&self, kpu_hours: f64, hours: f64, rescales: usize) -> f64 {
        let kpus = (kpu_hours + hours * self.orchestration_kpus) * self.dollars_per_kpu_hour;
        kpus + snapshot_dollars(self.state_gigabytes, rescales)
    }

    /// Returns the part of a sentence on the price that states the snapshots. It is empty if no state is known.
    #[must_use]
    pub fn snapshots_in_words(&self) -> String {
        if self.state_gigabytes == 0.0 {
            return String::new();
        }
        format!(
            ", and a month of storage of the snapshot of {} GB that each rescale leaves, at {SNAPSHOT_DOLLARS_PER_GIGABYTE_MONTH} dollars a GB; MSF \
             deletes no snapshot, so the same is due again every month",
            self.state_gigabytes
        )
    }

    /// Returns the used heap in percent with `kpus`, which MSF publishes.
    pub(crate) fn heap_utilization(&self, kpus: f64) -> Option<f64> {
        let heap = self.heap_gigabytes? / (kpus * HEAP_GIGABYTES_PER_KPU);
        Some(100.0 * heap.min(1.0))
    }

    /// Records per second that `kpus` process.
    #[must_use]
    pub fn capacity(&self, kpus: u32) -> f64 {
        let kpus = f64::from(kpus);
        let job = self.records_per_kpu * kpus / (1.0 + self.contention * (kpus - 1.0));
        self.sink.map_or(job, |sink| job.min(sink))
    }
}
