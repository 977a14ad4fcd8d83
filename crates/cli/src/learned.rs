//! A history, and what was learned of it, for the commands that use one.

use crate::Failure;
use crate::arguments::HistoryArguments;
use crate::format::duration;
use crate::import::{name, read};
use history::{Calibration, History, calibrate};
use simulator::Summary;
use std::io::{self, Write};

/// A history, and what was learned of it.
pub(crate) struct Learned {
    pub(crate) history: History,
    pub(crate) calibration: Calibration,
}

impl Learned {
    /// Reads a history and learns of it.
    pub(crate) fn of(arguments: &HistoryArguments) -> Result<Self, Failure> {
        let path = &arguments.history;
        let history =
            History::parse(&name(path), &read(path)?).map_err(|error| Failure::Input(error.to_string()))?;
        let mut calibration = calibrate(&history).map_err(Failure::Input)?;
        let positive = |name: &str, value: f64| {
            if value.is_finite() && value > 0.0 {
                Ok(value)
            } else {
                Err(Failure::Input(format!("--{name} takes a number above 0, not {value}")))
            }
        };
        calibration.model.lag_objective_seconds = positive("lag-objective", arguments.lag_objective)?;
        calibration.model.dollars_per_kpu_hour = positive("price", arguments.price)?;
        Ok(Self { history, calibration })
    }

    /// The KPUs of each minute, of which some are known: without, nothing was learned.
    pub(crate) fn sizes(&self) -> Vec<u32> {
        self.history.sizes().unwrap_or_default()
    }

    /// The figures of what was recorded, unless no lag was. How long it was down is what was learned of a restart, for each of them.
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 minutes")]
    pub(crate) fn recorded(&self) -> Option<Summary> {
        let model = &self.calibration.model;
        let sizes = self.sizes();
        let minutes = sizes.len() as f64;
        let kpu_hours = sizes.iter().map(|kpus| f64::from(*kpus)).sum::<f64>() / 60.0;
        let lags: Vec<f64> =
            self.history.minutes().iter().filter_map(|minute| minute.worst_lag.or(minute.lag)).collect();
        if lags.is_empty() {
            return None;
        }
        let missed =
            lags.iter().filter(|lag| **lag > model.lag_objective_seconds).count() as f64 / lags.len() as f64;
        let rescales = sizes.windows(2).filter(|pair| pair[0] != pair[1]).count();
        Some(Summary {
            kpu_hours,
            dollars: (kpu_hours + minutes / 60.0) * model.dollars_per_kpu_hour,
            missed_minutes: missed * minutes,
            missed_percent: 100.0 * missed,
            worst_lag_seconds: lags.into_iter().fold(0.0, f64::max),
            rescales,
            rescales_per_day: rescales as f64 / (minutes / 1_440.0),
            downtime_seconds: rescales as f64 * model.downtime_seconds,
        })
    }

    /// Adds a doubt.
    pub(crate) fn doubt(&mut self, doubt: &str) {
        self.calibration.doubts.push(doubt.to_owned());
    }

    /// Doubts a maximum that what was recorded exceeds.
    pub(crate) fn doubt_maximum(&mut self, most: u32) {
        let recorded = self.sizes().into_iter().max().unwrap_or(0);
        if recorded > most {
            self.doubt(&format!(
                "it was recorded with up to {recorded} KPU, and at most {most} are allowed here; add --set MaxKpu={recorded}"
            ));
        }
    }

    /// Writes what was learned, and how sure it is.
    pub(crate) fn write(&self, output: &mut impl Write) -> io::Result<()> {
        let Calibration { model, doubts, trace, saturated_minutes, restarts } = &self.calibration;
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 minutes")]
        let length = duration(trace.minutes() as f64 * 60.0);
        writeln!(output, "{}: {length} of history", trace.name())?;
        writeln!(
            output,
            "learned: a KPU processes {:.0} records a second, and 32 of them as much as {:.1} ({saturated_minutes} minutes in which records waited);",
            model.records_per_kpu,
            model.capacity(32) / model.records_per_kpu
        )?;
        writeln!(
            output,
            "         the CPU is at {:.0} % when idle and at {:.0} % when it can do no more; an update takes {:.0} s, {:.0} s of them down ({restarts} restarts)",
            model.idle_cpu,
            model.saturated_cpu,
            model.savepoint_seconds + model.downtime_seconds + model.settling_seconds,
            model.downtime_seconds
        )?;
        for doubt in doubts {
            writeln!(output, "low confidence: {doubt}")?;
        }
        Ok(())
    }
}

/// Whether a parameter says what the application is or may be, and not how it is scaled.
pub(crate) fn is_given(assignment: &str) -> bool {
    const GIVEN: [&str; 13] = [
        "MonthlyBudgetDollars",
        "KpuHourDollars",
        "LargestStepKpu",
        "FailurePauseMinutes",
        "IneffectivePauseMinutes",
        "MoreScaleOutAlarms",
        "MoreScaleInAlarms",
        "MinKpu",
        "MaxKpu",
        "MaxParallelism",
        "SourcePartitions",
        "ParallelismPerKpu",
        "HeartbeatMinutes",
    ];
    assignment.split_once('=').is_some_and(|(name, _)| GIVEN.contains(&name))
}
