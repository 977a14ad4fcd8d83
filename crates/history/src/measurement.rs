//! The measured figures of an application, and the options of `kpu simulate` that follow from them.

use crate::restarts::LEAST_DOWNTIMES;
use crate::{Calibration, CapacityBasis, History};
use serde::Serialize;
use simulator::Model;

/// A figure of an application: measured, or not measured with the reason.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Measurement {
    /// The name of the figure.
    pub figure: &'static str,
    /// The value in its unit. `None` if it could not be measured.
    pub value: Option<f64>,
    /// The unit.
    pub unit: &'static str,
    /// The data from which the value follows, or the reason why there is no value.
    pub basis: String,
    /// The option of `kpu simulate` for this figure, if there is one.
    pub option: Option<SimulateOption>,
}

/// An option of `kpu simulate`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SimulateOption {
    /// Its name, such as `--downtime`.
    pub name: &'static str,
    /// The value to give. `None` to keep the default.
    pub value: Option<f64>,
    /// The default, if the option has one.
    pub default: Option<f64>,
}

/// A value with the data from which it follows, or the reason why there is none.
pub(crate) type Found = Result<(f64, String), String>;

/// The least value of `--downtime`, in seconds.
const LEAST_DOWNTIME_SECONDS: f64 = 10.0;

impl Measurement {
    /// A figure without an option of `kpu simulate`.
    pub(crate) fn new(figure: &'static str, unit: &'static str, found: Found) -> Self {
        let (value, basis) = match found {
            Ok((value, basis)) => (Some(value), basis),
            Err(reason) => (None, reason),
        };
        Self { figure, value, unit, basis, option: None }
    }

    /// The same figure with its option, which has a value if the figure has one.
    pub(crate) fn with_option(self, name: &'static str, default: Option<f64>) -> Self {
        let option = Some(SimulateOption { name, value: self.value.map(rounded), default });
        Self { option, ..self }
    }

    /// The records per second of one KPU, from the capacity of a job on some KPUs. The option sets the capacity of one KPU alone, so that the
    /// contention of the default model is taken out: a simulation then has the measured capacity at this size.
    pub(crate) fn records_per_kpu(job: Found, kpus: u32) -> Self {
        let model = Model::default();
        let times_one = model.capacity(kpus) / model.records_per_kpu;
        let of_one = |(job, basis): (f64, String)| {
            let basis = format!("{basis}; kpu simulate counts {kpus} KPU as {times_one:.2} times one");
            (job / times_one, basis)
        };
        Self::new("capacity of a KPU", "records/s", job.map(of_one))
            .with_option("--records-per-kpu", Some(model.records_per_kpu))
    }

    /// The seconds without processing during a rescale.
    pub(crate) fn restart(found: Found) -> Self {
        let default = Model::default().downtime_seconds;
        let restart = Self::new("restart", "s", found).with_option("--downtime", Some(default));
        let least = |option: SimulateOption| SimulateOption {
            value: option.value.map(|seconds| seconds.max(LEAST_DOWNTIME_SECONDS)),
            ..option
        };
        Self { option: restart.option.map(least), ..restart }
    }

    /// The seconds between two checkpoints.
    pub(crate) fn checkpoint_interval(found: Found) -> Self {
        let default = Model::default().checkpoint_interval_seconds;
        Self::new("checkpoint interval", "s", found).with_option("--checkpoint-interval", Some(default))
    }

    /// The gigabytes of state.
    pub(crate) fn state(found: Found) -> Self {
        Self::new("state", "GB", found).with_option("--set StateGigabytes", None)
    }

    /// The live objects on the heaps, which no metric has.
    pub(crate) fn heap() -> Self {
        let reason = "the metrics of a heap include its garbage".to_owned();
        Self::new("live objects", "GB", Err(reason)).with_option("--heap-gigabytes", None)
    }
}

/// Rounds a value to three digits.
fn rounded(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    #[expect(clippy::cast_possible_truncation, reason = "the exponent of a number")]
    let digits = 2 - value.abs().log10().floor() as i32;
    // A division by a power of ten is exact where a multiplication by its inverse is not.
    if digits >= 0 {
        let scale = 10_f64.powi(digits);
        (value * scale).round() / scale
    } else {
        let scale = 10_f64.powi(-digits);
        (value / scale).round() * scale
    }
}

/// Returns the figures of an application whose model was learned from a history.
#[must_use]
pub fn measured(history: &History, calibration: &Calibration) -> Vec<Measurement> {
    let Calibration { model, saturated_minutes, restarts, known_downtimes, capacity_basis, .. } = calibration;
    let kpus = history.sizes().into_iter().flatten().max().unwrap_or(1);
    let has_load = history.minutes().iter().any(|minute| minute.load.is_some());
    let capacity = match capacity_basis {
        _ if !has_load => {
            Err("the history has no load; import IncomingRecords or numRecordsInPerSecond".to_owned())
        }
        CapacityBasis::KeptUp => Err(format!(
            "no backlog of ten minutes and no CPU is in the history; a KPU processed at most {:.0} records a second",
            model.records_per_kpu
        )),
        CapacityBasis::Cpu => Ok((
            model.capacity(kpus),
            format!(
                "the CPU of the minutes without a backlog, with {:.0} % as full load, for the largest size; only {saturated_minutes} minutes had a backlog",
                model.saturated_cpu
            ),
        )),
        CapacityBasis::Given | CapacityBasis::Backlog => Ok((
            model.capacity(kpus),
            format!("the throughput in {saturated_minutes} minutes with a backlog, for the largest size"),
        )),
    };
    let downtime = if *known_downtimes >= LEAST_DOWNTIMES {
        let basis = format!("the jump of the lag in {known_downtimes} of {restarts} rescales");
        Ok((model.downtime_seconds, basis))
    } else {
        Err(format!("only {known_downtimes} of {restarts} rescales show in the lag, and three are needed"))
    };
    let of_flink = |reason: &str| Err(format!("{reason}; kpu calibrate --flink measures it"));
    let no_metric =
        |parameter: &str| Err(format!("a history does not have it; read {parameter} of the application"));
    vec![
        Measurement::records_per_kpu(capacity, kpus),
        Measurement::restart(downtime),
        Measurement::new(
            "skew",
            "times the mean",
            of_flink("a history has the busiest subtask and not the others"),
        ),
        Measurement::new("records in flight", "records", of_flink("the lag of a history leaves them out")),
        Measurement::state(no_metric("the metric lastCheckpointSize")),
        Measurement::checkpoint_interval(no_metric("CheckpointInterval")),
        Measurement::heap(),
    ]
}
