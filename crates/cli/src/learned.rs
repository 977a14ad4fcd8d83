//! Reads a history and the model that is learned from it, for the commands that use a history.

use crate::Failure;
use crate::arguments::HistoryArguments;
use crate::format::{Calendar, duration};
use crate::import::read_history;
use crate::inputs::{downtime, records_per_kpu};
use crate::subtasks::in_words;
use crate::text::long_restart;
use history::{
    Calibration, Figure, History, KnownFigures, MoreSubtasks, Recorded, Replay, calibrate, more_subtasks,
    replay,
};
use scaling::snapshot_dollars;
use simulator::{Parameters, Summary};
use std::io::{self, Write};

/// A history, and the model that was learned from it.
pub(crate) struct Learned {
    pub(crate) history: History,
    pub(crate) calibration: Calibration,
    /// Whether the user knows the capacity of a KPU.
    knows_capacity: bool,
    /// The check of the model, if the history has sizes.
    pub(crate) replay: Option<Replay>,
}

impl Learned {
    /// Reads a history and learns its model.
    pub(crate) fn of(arguments: &HistoryArguments) -> Result<Self, Failure> {
        let history = read_history(&arguments.history, &arguments.reading)?;
        let positive = |name: &str, value: f64| {
            if value.is_finite() && value > 0.0 {
                Ok(value)
            } else {
                Err(Failure::Input(format!("--{name} is {value}; set it to a number above 0")))
            }
        };
        let known = KnownFigures {
            records_per_kpu: arguments.records_per_kpu.map(records_per_kpu).transpose()?,
            downtime_seconds: arguments.downtime.map(downtime).transpose()?,
        };
        let mut calibration = calibrate(&history, &known).map_err(Failure::Input)?;
        calibration.model.lag_objective_seconds = positive("lag-objective", arguments.lag_objective)?;
        calibration.model.dollars_per_kpu_hour = positive("price", arguments.price)?;
        let replay = replay(&history, &calibration);
        if let Some(replay) = &replay {
            calibration.uncertain.extend(replay.contradictions.iter().cloned());
        }
        Ok(Self { history, calibration, knows_capacity: known.records_per_kpu.is_some(), replay })
    }

    /// Returns the KPUs of each minute. Without a recorded size it is empty.
    pub(crate) fn sizes(&self) -> Vec<u32> {
        self.history.sizes().unwrap_or_default()
    }

    /// Returns the figures of the recorded days, or `None` without a recorded lag or size. The downtime is the learned downtime of a restart,
    /// multiplied by the number of restarts.
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 minutes")]
    pub(crate) fn recorded(&self) -> Option<Summary> {
        let model = &self.calibration.model;
        let sizes = self.sizes();
        let minutes = sizes.len() as f64;
        let kpu_hours = sizes.iter().map(|kpus| f64::from(*kpus)).sum::<f64>() / 60.0;
        let lags: Vec<f64> = self.history.minutes().iter().filter_map(Recorded::shown_lag).collect();
        if lags.is_empty() || sizes.is_empty() {
            return None;
        }
        let missed =
            lags.iter().filter(|lag| **lag > model.lag_objective_seconds).count() as f64 / lags.len() as f64;
        let rescales = sizes.windows(2).filter(|pair| pair[0] != pair[1]).count();
        Some(Summary {
            kpu_hours,
            dollars: model.dollars(kpu_hours, minutes / 60.0, rescales),
            snapshot_dollars: snapshot_dollars(model.state_gigabytes, rescales),
            missed_minutes: missed * minutes,
            missed_percent: 100.0 * missed,
            worst_lag_seconds: lags.into_iter().fold(0.0, f64::max),
            rescales,
            rescales_per_day: rescales as f64 / (minutes / 1_440.0),
            downtime_seconds: rescales as f64 * model.downtime_seconds,
        })
    }

    /// Adds a reason for low confidence.
    pub(crate) fn add_uncertainty(&mut self, reason: &str) {
        self.calibration.uncertain.push(reason.to_owned());
    }

    /// Adds a reason for low confidence if a recorded size exceeds the maximum.
    pub(crate) fn check_maximum(&mut self, most: u32) {
        let recorded = self.sizes().into_iter().max().unwrap_or(0);
        if recorded > most {
            self.add_uncertainty(&format!(
                "MaxKpu is {most}, and the history has up to {recorded} KPU; add --set MaxKpu={recorded}"
            ));
        }
    }

    /// Returns the advice on more subtasks per KPU, for the recorded sizes.
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 minutes")]
    pub(crate) fn more_subtasks(&self, present: &Parameters) -> Vec<MoreSubtasks> {
        let sizes = self.sizes();
        if sizes.is_empty() || !self.calibration.knows_full_load {
            return Vec::new();
        }
        let mean = sizes.iter().map(|kpus| f64::from(*kpus)).sum::<f64>() / sizes.len() as f64;
        more_subtasks(&self.calibration.model, subtasks_per_kpu(present), mean)
    }

    /// Returns the introduction and the lines of this advice. `None` without advice.
    pub(crate) fn more_subtasks_in_words(&self, present: &Parameters) -> Option<(String, Vec<String>)> {
        let advice = self.more_subtasks(present);
        in_words(&advice, &self.calibration.model, subtasks_per_kpu(present))
    }

    /// Writes this advice.
    pub(crate) fn write_more_subtasks(
        &self,
        present: &Parameters,
        output: &mut impl Write,
    ) -> io::Result<()> {
        let Some((introduction, lines)) = self.more_subtasks_in_words(present) else { return Ok(()) };
        writeln!(output, "\n{introduction}\n")?;
        for line in lines {
            writeln!(output, "  {line}")?;
        }
        Ok(())
    }

    /// Writes the learned model and its confidence.
    pub(crate) fn write(&self, calendar: &Calendar, output: &mut impl Write) -> io::Result<()> {
        let Calibration { model, uncertain, trace, saturated_minutes, restarts, .. } = &self.calibration;
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 minutes")]
        let length = duration(trace.minutes() as f64 * 60.0);
        writeln!(output, "{}: {length} of history", trace.name())?;
        if calendar.zone.is_some() {
            writeln!(output, "{}", calendar.in_words())?;
        }
        if let Some(warning) = long_restart(model) {
            writeln!(output, "{warning}")?;
        }
        writeln!(
            output,
            "{}: one KPU processes {:.0} records a second, and 32 KPUs as much as {:.1} times one ({saturated_minutes} minutes with a backlog);",
            if self.knows_capacity { "given" } else { "learned" },
            model.records_per_kpu,
            model.capacity(32) / model.records_per_kpu
        )?;
        writeln!(
            output,
            "         the CPU is at {:.0} % when idle and at {:.0} % at full load; an update takes {:.0} s, with a downtime of {:.0} s ({restarts} rescales)",
            model.idle_cpu,
            model.saturated_cpu,
            model.savepoint_seconds + model.downtime_seconds + model.settling_seconds,
            model.downtime_seconds
        )?;
        self.write_replay(output)?;
        for reason in uncertain {
            writeln!(output, "low confidence: {reason}")?;
        }
        Ok(())
    }

    /// Writes the check of the model.
    fn write_replay(&self, output: &mut impl Write) -> io::Result<()> {
        let Some(replay) = &self.replay else { return Ok(()) };
        let objective = duration(self.calibration.model.lag_objective_seconds);
        let missed = replay.missed_percent.map(|Figure { replayed, recorded }| {
            format!(
                "the lag is above {objective} for {replayed:.2} % of the time (recorded: {recorded:.2} %)"
            )
        });
        let cpu = replay.cpu_percent.map(|Figure { replayed, recorded }| {
            format!("the CPU is at {replayed:.0} % (recorded: {recorded:.0} %)")
        });
        let figures: Vec<String> = missed.into_iter().chain(cpu).collect();
        if figures.is_empty() {
            return Ok(());
        }
        writeln!(output, "replayed with the recorded sizes: {}", figures.join(", "))
    }
}

/// The present subtasks per KPU, which the settings have checked.
fn subtasks_per_kpu(present: &Parameters) -> u32 {
    present.get("ParallelismPerKpu").parse().unwrap_or(1)
}
