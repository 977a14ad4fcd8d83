//! `kpu simulate`.

use crate::arguments::SimulateArguments;
use crate::import::{name, write_history};
use crate::results::{Entrant, ResultRow, Results, contenders};
use crate::{Failure, pipeline, report, text};
use history::History;
use indicatif::{ProgressBar, ProgressStyle};
use scaling::Unit;
use simulator::{
    Model, ParameterError, Parameters, PlannedPause, PlannedRequest, Scenario, Settings, Trace, decisions,
};
use std::io::Write;
use std::path::Path;

/// Where the report goes unless it is said otherwise.
const REPORT: &str = "kpu-report.html";

/// How the heading of a history begins.
const OF_A_HISTORY: &[u8] = b"seconds,records_per_second,";

/// Steps of the progress bar for each contender.
const STEPS: u64 = 200;

/// Runs the command.
pub(crate) fn simulate(arguments: &SimulateArguments) -> Result<(), Failure> {
    if arguments.pipeline {
        return pipeline::simulate(arguments, Path::new(REPORT));
    }
    if !arguments.set_stream.is_empty() {
        return Err(Failure::Input("--set-stream is of a pipeline; give --pipeline as well".to_owned()));
    }
    let (parameters, settings) = application_settings(&arguments.set)?;
    let settings = with_people(settings, arguments)?;
    let scenario = Scenario {
        trace: load(arguments)?,
        model: model(arguments)?,
        bounds: settings.bounds(),
        seed: arguments.seed,
        faults: Vec::new(),
    };
    let contenders = contenders(&settings, arguments.oracle);
    let results = run(scenario, parameters, settings, contenders)?;

    // What was found out is shown first, so that it is not lost if the report cannot be written.
    let mut output = std::io::stdout().lock();
    if arguments.json {
        writeln!(output, "{:#}", results.document())?;
    } else {
        text::write(&results, &mut output)?;
    }
    if let Some(path) = &arguments.history {
        write_history(path, &History::of(&results.run))?;
    }
    let report_path = arguments.report.as_deref().or((!arguments.json).then_some(Path::new(REPORT)));
    if let Some(path) = report_path {
        report::write(path, &report::page(&results.report()), arguments.json, &mut output)?;
    }
    Ok(output.flush()?)
}

/// The load: that of the trace, so many times.
pub(crate) fn load(arguments: &SimulateArguments) -> Result<Trace, Failure> {
    let factor = arguments.load_factor;
    if !(1e-6..=1e6).contains(&factor) {
        return Err(Failure::Input(format!(
            "--load-factor takes a number from 0.000001 to 1000000, not {factor}"
        )));
    }
    Ok(trace(arguments.trace.as_deref())?.times(factor))
}

/// The same with what people pause and wish for meanwhile.
pub(crate) fn with_people(settings: Settings, arguments: &SimulateArguments) -> Result<Settings, Failure> {
    let pauses: Result<_, _> = arguments.pauses.iter().map(|pause| PlannedPause::parse(pause)).collect();
    let wishes: Result<_, _> = arguments.wishes.iter().map(|wish| PlannedRequest::parse(wish)).collect();
    let refused = |error: ParameterError| Failure::Input(error.to_string());
    Ok(settings.with_pauses(pauses.map_err(refused)?).with_requests(wishes.map_err(refused)?))
}

/// The parameters of an application that were set, and what they come to.
pub(crate) fn application_settings(set: &[String]) -> Result<(Parameters, Settings), Failure> {
    let (parameters, settings) = settings(set)?;
    match settings.policy().scaling.unit {
        Unit::Kpu => Ok((parameters, settings)),
        Unit::Shard => Err(Failure::Input(
            "Target is stream, which is played with the application that reads it: kpu simulate --pipeline, with --set-stream for the parameters of the stream".to_owned(),
        )),
    }
}

/// The parameters that were set, and what they come to.
pub(crate) fn settings(set: &[String]) -> Result<(Parameters, Settings), Failure> {
    let mut parameters = Parameters::default();
    let settings = set.iter().try_for_each(|assignment| parameters.set(assignment));
    let settings = settings.and_then(|()| Settings::new(&parameters));
    Ok((parameters, settings.map_err(|error| Failure::Input(error.to_string()))?))
}

fn trace(path: Option<&Path>) -> Result<Trace, Failure> {
    let Some(path) = path else {
        return Trace::us_flights().map_err(|error| Failure::Machine(error.to_string()));
    };
    let file = std::fs::read(path)
        .map_err(|error| Failure::Input(format!("failed to read the trace '{}': {error}", path.display())))?;
    let name = name(path);
    // A history has more columns, and gaps.
    if file.split(|byte| *byte == b'\n').next().is_some_and(|heading| heading.starts_with(OF_A_HISTORY)) {
        let history = History::parse(&name, &file).map_err(|error| Failure::Input(error.to_string()))?;
        return history
            .trace()
            .ok_or_else(|| Failure::Input(format!("the history '{name}' has no load to play")));
    }
    Trace::parse(&name, &file).map_err(|error| Failure::Input(error.to_string()))
}

pub(crate) fn model(arguments: &SimulateArguments) -> Result<Model, Failure> {
    let at_least = |name: &str, value: f64, least: f64, most: f64| {
        if (least..=most).contains(&value) {
            Ok(value)
        } else {
            Err(Failure::Input(format!("--{name} takes a number from {least} to {most}, not {value}")))
        }
    };
    Ok(Model {
        records_per_kpu: at_least("records-per-kpu", arguments.records_per_kpu, 1e-3, 1e9)?,
        downtime_seconds: at_least("downtime", arguments.downtime, 10.0, 86_400.0)?,
        lag_objective_seconds: at_least("lag-objective", arguments.lag_objective, 1.0, 86_400.0)?,
        dollars_per_kpu_hour: at_least("price", arguments.price, 0.0, 1e6)?,
        ..Model::default()
    })
}

/// A progress bar on standard error.
pub(crate) struct Progress(pub(crate) ProgressBar);

/// A progress bar for so many runs.
pub(crate) fn progress_bar(runs: usize) -> Progress {
    let bar = ProgressBar::new(STEPS * u64::try_from(runs).unwrap_or(1));
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent:>3} %  {msg}") {
        bar.set_style(style);
    }
    Progress(bar)
}

impl Progress {
    /// A share of this run is done.
    pub(crate) fn at(&self, run: u64, share: f64) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a share of 200"
        )]
        self.0.set_position(run * STEPS + (share * STEPS as f64) as u64);
    }
}

/// Lets every contender run, with a progress bar on standard error if that is a terminal.
pub(crate) fn run(
    scenario: Scenario,
    parameters: Parameters,
    settings: Settings,
    contenders: Vec<Entrant>,
) -> Result<Results, Failure> {
    let bar = progress_bar(contenders.len());
    let mut rows = Vec::new();
    let mut own_run = None;
    let mut references = Vec::new();
    for (index, (policy, label, description, contender)) in (0_u64..).zip(contenders) {
        bar.0.set_message(label.clone());
        let mut progress = |share: f64| bar.at(index, share);
        let run =
            scenario.run(&contender, &mut progress).map_err(|error| Failure::Machine(error.to_string()))?;
        rows.push(ResultRow { policy, label, description, summary: run.summary.clone() });
        match own_run {
            None => own_run = Some(run),
            Some(_) => references.push((policy, run.series().kpus)),
        }
    }
    bar.0.finish_and_clear();
    let run = own_run.ok_or_else(|| Failure::Machine("failed to simulate: nobody took part".to_owned()))?;
    let decisions = decisions(&run.timeline);
    Ok(Results {
        command: "kpu simulation",
        doubts: Vec::new(),
        scenario,
        parameters,
        settings,
        rows,
        run,
        references,
        decisions,
    })
}
