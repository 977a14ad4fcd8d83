//! `kpu backtest`.

use crate::arguments::{BacktestArguments, HistoryArguments};
use crate::format::duration;
use crate::import::{name, read};
use crate::results::{Entrant, ResultRow, contenders};
use crate::simulate::{parameters, run};
use crate::{Failure, report, text};
use history::{Calibration, History, calibrate};
use serde_json::json;
use simulator::{Contender, Model, Scenario, Settings, Summary};
use std::io::{self, Write};
use std::path::Path;

/// Where the report goes unless it is said otherwise.
const REPORT: &str = "kpu-backtest.html";

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

/// Runs the command.
pub(crate) fn backtest(arguments: &BacktestArguments) -> Result<(), Failure> {
    let common = &arguments.common;
    let learned = Learned::of(common)?;
    let parameters = parameters(&common.set)?;
    let settings = Settings::new(&parameters).map_err(|error| Failure::Input(error.to_string()))?;
    let Calibration { model, trace, .. } = &learned.calibration;
    let scenario = Scenario {
        trace: trace.clone(),
        model: model.clone(),
        bounds: settings.bounds(),
        seed: common.seed,
        faults: Vec::new(),
    };
    let mut entrants = contenders(&settings, arguments.oracle);
    entrants.splice(1..1, presets(&common.set)?);
    let mut results = run(scenario, parameters, settings, entrants)?;
    let recorded = recorded(&learned.history, model);
    results.rows.insert(
        1,
        ResultRow {
            policy: "recorded",
            label: "recorded run".to_owned(),
            description: "What the history says of the same days.".to_owned(),
            summary: recorded,
        },
    );
    results.command = "kpu backtest";
    results.references.insert(0, ("recorded", sizes(&learned.history)));

    let mut output = io::stdout().lock();
    if common.json {
        let mut document = results.document();
        document["calibration"] = json!(learned.calibration);
        writeln!(output, "{document:#}")?;
    } else {
        learned.write(&mut output)?;
        text::write_plots(&results.run.series(), &mut output)?;
        text::write_summary(&results, &mut output)?;
    }
    let path = arguments.report.as_deref().or((!common.json).then_some(Path::new(REPORT)));
    if let Some(path) = path {
        write_report(path, &report::page(&results.report()), common.json, &mut output)?;
    }
    Ok(output.flush()?)
}

/// Writes a report, and says where it is.
pub(crate) fn write_report(
    path: &Path,
    page: &str,
    quiet: bool,
    output: &mut impl Write,
) -> Result<(), Failure> {
    std::fs::write(path, page).map_err(|error| {
        Failure::Machine(format!("failed to write the report '{}': {error}", path.display()))
    })?;
    if !quiet {
        writeln!(output, "\nThe report with plots: {}", path.display())?;
    }
    Ok(())
}

/// The presets of sizing by demand, within what is given.
fn presets(set: &[String]) -> Result<Vec<Entrant>, Failure> {
    let preset = |name: &'static str, what: &str| -> Result<Entrant, Failure> {
        let mut assignments: Vec<String> = set.iter().filter(|text| is_given(text)).cloned().collect();
        let demand = ["ScalingOperation=Demand", "ScaleMetric=millisBehindLatest", &format!("Preset={name}")];
        assignments.extend(demand.map(str::to_owned));
        let settings =
            Settings::new(&parameters(&assignments)?).map_err(|error| Failure::Input(error.to_string()))?;
        let description = format!("Sizing by demand with the preset {name}: {what}.");
        Ok((name, format!("preset {name}"), description, Contender::Direct(Box::new(settings))))
    };
    Ok(vec![
        preset("latency", "a short lag matters most")?,
        preset("balanced", "both matter alike")?,
        preset("cost", "few KPUs matter most")?,
    ])
}

/// Whether a parameter says what the application is or may be, and not how it is scaled.
pub(crate) fn is_given(assignment: &str) -> bool {
    const GIVEN: [&str; 7] = [
        "MinKpu",
        "MaxKpu",
        "KpuQuota",
        "MaxParallelism",
        "SourcePartitions",
        "ParallelismPerKpu",
        "HeartbeatMinutes",
    ];
    assignment.split_once('=').is_some_and(|(name, _)| GIVEN.contains(&name))
}

/// The KPUs of each minute, as far as they are known.
fn sizes(history: &History) -> Vec<u32> {
    let mut last = history.minutes().iter().find_map(|minute| minute.kpus).unwrap_or(0);
    let of = |minute: &history::Recorded| {
        last = minute.kpus.unwrap_or(last);
        last
    };
    history.minutes().iter().map(of).collect()
}

/// The figures of what was recorded. How long it was down is what was learned of a restart, for each of them.
#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 minutes")]
fn recorded(history: &History, model: &Model) -> Summary {
    let sizes = sizes(history);
    let hours = sizes.len() as f64 / 60.0;
    let kpu_hours = sizes.iter().map(|kpus| f64::from(*kpus)).sum::<f64>() / 60.0;
    let lags = || history.minutes().iter().filter_map(|minute| minute.worst_lag.or(minute.lag));
    let missed = lags().filter(|lag| *lag > model.lag_objective_seconds).count() as f64;
    let rescales = sizes.windows(2).filter(|pair| pair[0] != pair[1]).count();
    Summary {
        kpu_hours,
        dollars: (kpu_hours + hours) * model.dollars_per_kpu_hour,
        missed_minutes: missed,
        missed_percent: 100.0 * missed / sizes.len() as f64,
        worst_lag_seconds: lags().fold(0.0, f64::max),
        rescales,
        rescales_per_day: rescales as f64 / (hours / 24.0),
        downtime_seconds: rescales as f64 * model.downtime_seconds,
    }
}
