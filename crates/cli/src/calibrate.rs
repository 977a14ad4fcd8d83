//! `kpu calibrate`.

mod rest;

use crate::Failure;
use crate::arguments::CalibrateArguments;
use crate::import::read_history;
use history::{Measurement, SimulateOption};
use rest::Rest;
use serde_json::json;
use std::io::{self, Write};
use std::path::Path;

/// The figures of an application, and where they come from.
struct Calibrated {
    /// A sentence on the source.
    source: String,
    /// The measured history, whose load can be played.
    trace: Option<String>,
    measurements: Vec<Measurement>,
    /// The reasons for low confidence.
    uncertain: Vec<String>,
}

/// Runs the command.
pub(crate) fn calibrate(arguments: &CalibrateArguments) -> Result<(), Failure> {
    let calibrated = match (&arguments.flink, &arguments.history) {
        (Some(address), _) => of_flink(&Rest::new(address)?, arguments)?,
        (None, Some(path)) => of_history(path, arguments)?,
        (None, None) => {
            return Err(Failure::Input(
                "failed to calibrate: neither a history nor --flink was given".to_owned(),
            ));
        }
    };
    let mut output = io::stdout().lock();
    if arguments.json {
        let Calibrated { source, measurements, uncertain, .. } = &calibrated;
        let document = json!({"source": source, "measurements": measurements, "uncertain": uncertain, "command": calibrated.command()});
        writeln!(output, "{document:#}")?;
    } else {
        calibrated.write(&mut output)?;
    }
    Ok(output.flush()?)
}

fn of_history(path: &Path, arguments: &CalibrateArguments) -> Result<Calibrated, Failure> {
    let history = read_history(path, &arguments.reading)?;
    let name = path.display();
    if history.sizes().is_none() {
        return Err(Failure::Input(format!(
            "failed to calibrate: the history '{name}' has no number of KPUs; import the metric Kpus of this autoscaler, or KPUs of MSF"
        )));
    }
    let calibration =
        history::calibrate(&history, &history::KnownFigures::default()).map_err(Failure::Input)?;
    Ok(Calibrated {
        source: format!("the history '{name}': {} minutes", history.minutes().len()),
        trace: Some(name.to_string()),
        measurements: history::measured(&history, &calibration),
        uncertain: calibration.uncertain,
    })
}

fn of_flink(rest: &Rest, arguments: &CalibrateArguments) -> Result<Calibrated, Failure> {
    let minutes = arguments.minutes;
    if !(0.0..=1_440.0).contains(&minutes) {
        return Err(Failure::Input(format!("--minutes is {minutes}; set it to a number from 0 to 1440")));
    }
    let (version, jobs) = rest.jobs()?;
    let job = history::flink::choose(&jobs, arguments.job.as_deref()).map_err(Failure::Input)?;
    let observed = rest.observe(job, &jobs, minutes)?;
    let parallelism = observed.samples.last().map_or(1, |sample| sample.job.parallelism());
    let measurements = history::flink::measure(&observed, arguments.subtasks_per_kpu)
        .map_err(|error| Failure::Input(format!("failed to calibrate the job '{}': {error}", job.name)))?;
    Ok(Calibrated {
        source: format!(
            "the job '{}' on Flink {version} with a parallelism of {parallelism}: {} samples in {minutes} minutes",
            job.name,
            observed.samples.len()
        ),
        trace: None,
        measurements,
        uncertain: Vec::new(),
    })
}

impl Calibrated {
    /// Returns the command that simulates the application.
    fn command(&self) -> String {
        let trace = self.trace.iter().map(|path| format!(" --trace '{path}'"));
        let options = self.measurements.iter().filter_map(|measurement| {
            let SimulateOption { name, value, .. } = measurement.option?;
            Some(format!(" {name}{}{}", separator(name), value?))
        });
        format!("kpu simulate{}", trace.chain(options).collect::<String>())
    }

    fn write(&self, output: &mut impl Write) -> io::Result<()> {
        writeln!(output, "Measured from {}.\n", self.source)?;
        for Measurement { figure, value, unit, basis, .. } in &self.measurements {
            let Some(value) = value else { continue };
            writeln!(output, "{figure:<22}{:<22}{basis}", format!("{} {unit}", number(*value)))?;
        }
        writeln!(output, "\nNot measured:")?;
        for Measurement { figure, value, basis, option, .. } in &self.measurements {
            match (value, option) {
                (Some(_), _) => {}
                (None, Some(SimulateOption { name, default: Some(default), .. })) => {
                    writeln!(output, "  {figure}: {basis}; {name} keeps its default of {default}")?;
                }
                (None, Some(SimulateOption { name, .. })) => {
                    writeln!(output, "  {figure}: {basis}; {name} stays unset")?;
                }
                (None, None) => writeln!(output, "  {figure}: {basis}")?,
            }
        }
        for reason in &self.uncertain {
            writeln!(output, "low confidence: {reason}")?;
        }
        writeln!(output, "\nThe simulation of this application:\n\n  {}", self.command())?;
        if self.trace.is_none() {
            writeln!(
                output,
                "\nAdd --trace with your load, or the load of two weeks of US flights is played."
            )?;
        }
        Ok(())
    }
}

/// A parameter of the template has its value after an equals sign.
fn separator(option: &str) -> char {
    if option.starts_with("--set ") { '=' } else { ' ' }
}

/// Formats a figure with at least three digits.
fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}
