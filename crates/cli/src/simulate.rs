//! `kpu simulate`.

use crate::arguments::SimulateArguments;
use crate::results::{Results, contenders};
use crate::{Failure, report, text};
use indicatif::{ProgressBar, ProgressStyle};
use simulator::{Model, Parameters, Scenario, Settings, Trace};
use std::io::Write;
use std::path::Path;

/// Where the report goes unless it is said otherwise.
const REPORT: &str = "kpu-report.html";

/// Steps of the progress bar for each contender.
const STEPS: u64 = 200;

/// Runs the command.
pub(crate) fn simulate(arguments: &SimulateArguments) -> Result<(), Failure> {
    let parameters = parameters(&arguments.set)?;
    let settings = Settings::new(&parameters).map_err(|error| Failure::Input(error.to_string()))?;
    let scenario = Scenario {
        trace: trace(arguments.trace.as_deref())?,
        model: model(arguments)?,
        bounds: settings.bounds(),
        seed: arguments.seed,
    };
    let results = run(scenario, parameters, settings)?;

    let report_path = arguments.report.as_deref().or((!arguments.json).then_some(Path::new(REPORT)));
    if let Some(path) = report_path {
        let page = report::page(&results.report());
        std::fs::write(path, page).map_err(|error| {
            Failure::Machine(format!("failed to write the report '{}': {error}", path.display()))
        })?;
    }
    let mut output = std::io::stdout().lock();
    if arguments.json {
        writeln!(output, "{:#}", results.document())?;
    } else {
        text::write(&results, &mut output)?;
        if let Some(path) = report_path {
            writeln!(output, "\nThe report with plots: {}", path.display())?;
        }
    }
    Ok(output.flush()?)
}

fn parameters(set: &[String]) -> Result<Parameters, Failure> {
    let mut parameters = Parameters::default();
    for assignment in set {
        parameters.set(assignment).map_err(|error| Failure::Input(error.to_string()))?;
    }
    Ok(parameters)
}

fn trace(path: Option<&Path>) -> Result<Trace, Failure> {
    let Some(path) = path else {
        return Trace::us_flights().map_err(|error| Failure::Machine(error.to_string()));
    };
    let file = std::fs::read(path)
        .map_err(|error| Failure::Input(format!("failed to read the trace '{}': {error}", path.display())))?;
    let name = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy();
    Trace::parse(&name, &file).map_err(|error| Failure::Input(error.to_string()))
}

fn model(arguments: &SimulateArguments) -> Result<Model, Failure> {
    let at_least = |name: &str, value: f64, least: f64, most: f64| {
        if (least..=most).contains(&value) {
            Ok(value)
        } else {
            Err(Failure::Input(format!("--{name} takes a number from {least} to {most}, not {value}")))
        }
    };
    Ok(Model {
        records_per_kpu: at_least("records-per-kpu", arguments.records_per_kpu, 1e-3, 1e9)?,
        downtime_seconds: at_least("downtime", arguments.downtime, 1.0, 86_400.0)?,
        lag_objective_seconds: at_least("lag-objective", arguments.lag_objective, 1.0, 86_400.0)?,
        dollars_per_kpu_hour: at_least("price", arguments.price, 0.0, 1e6)?,
        ..Model::default()
    })
}

/// Lets every contender run, with a progress bar on standard error if that is a terminal.
fn run(scenario: Scenario, parameters: Parameters, settings: Settings) -> Result<Results, Failure> {
    let contenders = contenders(&settings);
    let bar = ProgressBar::new(STEPS * u64::try_from(contenders.len()).unwrap_or(1));
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent:>3} %  {msg}") {
        bar.set_style(style);
    }
    let mut runs = Vec::new();
    for (index, (policy, label, description, contender)) in (0_u64..).zip(contenders) {
        bar.set_message(label.clone());
        let mut progress = |share: f64| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "a share of 200"
            )]
            bar.set_position(index * STEPS + (share * STEPS as f64) as u64);
        };
        let run =
            scenario.run(&contender, &mut progress).map_err(|error| Failure::Machine(error.to_string()))?;
        runs.push((policy, label, description, run));
    }
    bar.finish_and_clear();
    Ok(Results::new(scenario, parameters, settings, runs))
}
