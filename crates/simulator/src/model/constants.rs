//! The numbers of the model, with their sources.

use jiff::SignedDuration;
use serde::Serialize;

/// How the simulated application, its metrics and its bill behave.
///
/// The default is the reference scenario. What is marked *assumed* has no public measurement behind it;
/// the restart's length decides most, so use that of your own application.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Model {
    /// Records per second that one KPU can process (assumed; a property of the job).
    pub records_per_kpu: f64,
    /// Contention: `n` KPUs work like `n / (1 + contention * (n - 1))` (assumed mild: 32 work like 27.7).
    /// The form is Gunther's Universal Scalability Law without its coherency term.
    pub contention: f64,
    /// Records per second that whatever the job writes to can take, if that is less than the job can process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sink: Option<f64>,
    /// Standard deviation of the capacity's own ups and downs, as a share of it, correlated over ten minutes (assumed).
    pub capacity_noise: f64,
    /// Seconds of an update during which the job still runs with its old size while a snapshot is taken (assumed).
    pub savepoint_seconds: f64,
    /// Seconds of an update without any processing. The MSF guide says 10 to 30 s for small state; others have
    /// measured 11 to 20 minutes with 235 GB of it.
    pub downtime_seconds: f64,
    /// Seconds from the first record processed until MSF says RUNNING (assumed).
    pub settling_seconds: f64,
    /// Spread of these three from update to update: the standard deviation of a log-normal factor (assumed).
    pub restart_spread: f64,
    /// Seconds of reduced capacity after a restart, while state is restored and caches are cold (assumed).
    pub warm_up_seconds: f64,
    /// The share of its capacity that the job has meanwhile (assumed).
    pub warm_up_capacity: f64,
    /// CPU utilisation of an idle job, in percent (assumed).
    pub idle_cpu: f64,
    /// CPU utilisation of a saturated job, in percent (assumed; lower if the job waits for input and output).
    pub saturated_cpu: f64,
    /// Standard deviation of the measured CPU utilisation, in points (assumed).
    pub cpu_noise: f64,
    /// From the end of a minute until its data point can be read (assumed).
    #[serde(skip)]
    pub publishing_delay: SignedDuration,
    /// From an alarm's change of state until the state machine starts (assumed).
    #[serde(skip)]
    pub event_delay: SignedDuration,
    /// The lag that the user wants to stay within, in seconds.
    pub lag_objective_seconds: f64,
    /// KPUs that are billed beside those that work. Source: MSF pricing page.
    #[serde(skip)]
    pub orchestration_kpus: f64,
    /// Dollars per KPU and hour. Source: MSF pricing page, us-east-1.
    pub dollars_per_kpu_hour: f64,
}

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
            cpu_noise: 2.5,
            publishing_delay: SignedDuration::from_secs(90),
            event_delay: SignedDuration::from_secs(5),
            lag_objective_seconds: 60.0,
            orchestration_kpus: 1.0,
            dollars_per_kpu_hour: 0.11,
        }
    }
}

impl Model {
    /// Records per second that `kpus` can process.
    #[must_use]
    pub fn capacity(&self, kpus: u32) -> f64 {
        let kpus = f64::from(kpus);
        let own = self.records_per_kpu * kpus / (1.0 + self.contention * (kpus - 1.0));
        self.sink.map_or(own, |sink| own.min(sink))
    }
}
