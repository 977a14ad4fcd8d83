//! Reads the arguments that several commands share: load, model and parameters.

use crate::Failure;
use crate::arguments::{ReadingArguments, SimulateArguments};
use crate::import::read_history;
use scaling::Unit;
use simulator::{Model, ParameterError, Parameters, PlannedPause, PlannedRequest, Settings, Trace};
use std::path::Path;

/// Reads the trace, and multiplies its load by `--load-factor`.
pub(crate) fn load(arguments: &SimulateArguments) -> Result<Trace, Failure> {
    let factor = arguments.load_factor;
    if !(1e-6..=1e6).contains(&factor) {
        return Err(Failure::Input(format!(
            "--load-factor is {factor}; set it to a number from 0.000001 to 1000000"
        )));
    }
    Ok(trace(arguments.trace.as_deref(), &arguments.reading)?.times(factor))
}

/// Adds the planned pauses and capacity requests, which count from the start of the trace, to the settings.
pub(crate) fn with_planned_events(
    settings: Settings,
    arguments: &SimulateArguments,
    trace: &Trace,
) -> Result<Settings, Failure> {
    let pauses: Result<_, _> = arguments.pauses.iter().map(|pause| PlannedPause::parse(pause)).collect();
    let requests: Result<_, _> =
        arguments.requests.iter().map(|request| PlannedRequest::parse(request)).collect();
    let refused = |error: ParameterError| Failure::Input(error.to_string());
    let (mut pauses, mut requests): (Vec<_>, Vec<_>) = (pauses.map_err(refused)?, requests.map_err(refused)?);
    if let Some(start) = trace.start() {
        pauses = pauses.into_iter().map(|pause| pause.after(start)).collect();
        requests = requests.into_iter().map(|request| request.after(start)).collect();
    }
    Ok(settings.with_pauses(pauses).with_requests(requests))
}

/// Returns the parameters of an application, and the settings that follow from them.
pub(crate) fn application_settings(set: &[String]) -> Result<(Parameters, Settings), Failure> {
    let (parameters, settings) = settings(set)?;
    check_use(&parameters, set)?;
    match settings.policy().scaling.unit {
        Unit::Kpu => Ok((parameters, settings)),
        Unit::Shard => Err(Failure::Input(
            "Target is stream, and a stream is simulated together with the application that reads it: use kpu simulate --pipeline, with --set-stream for the parameters of the stream".to_owned(),
        )),
    }
}

/// Refuses an assignment that is without effect.
pub(crate) fn check_use(parameters: &Parameters, assignments: &[String]) -> Result<(), Failure> {
    parameters.check_use(assignments).map_err(|error| Failure::Input(error.to_string()))
}

/// Returns the parameters with their assignments, and the settings that follow from them.
pub(crate) fn settings(set: &[String]) -> Result<(Parameters, Settings), Failure> {
    let mut parameters = Parameters::default();
    let settings = set.iter().try_for_each(|assignment| parameters.set(assignment));
    let settings = settings.and_then(|()| Settings::new(&parameters));
    Ok((parameters, settings.map_err(|error| Failure::Input(error.to_string()))?))
}

fn trace(path: Option<&Path>, reading: &ReadingArguments) -> Result<Trace, Failure> {
    let Some(path) = path else {
        return Trace::us_flights().map_err(|error| Failure::Machine(error.to_string()));
    };
    read_history(path, reading)?.trace().ok_or_else(|| {
        Failure::Input(format!(
            "failed to read the file '{}': it has no load; name its column or query with --column load=NAME or --column load_rate=NAME",
            path.display()
        ))
    })
}

/// Returns the assignments of parameters. An explicit one comes last, so that it applies.
pub(crate) fn assignments(arguments: &SimulateArguments) -> Vec<String> {
    let objective = arguments.lag_objective.map(|seconds| format!("LagObjectiveSeconds={seconds}"));
    objective.into_iter().chain(arguments.set.clone()).collect()
}

/// Checks the value of an option.
fn within(name: &str, value: f64, least: f64, most: f64) -> Result<f64, Failure> {
    if (least..=most).contains(&value) {
        Ok(value)
    } else {
        Err(Failure::Input(format!("--{name} is {value}; set it to a number from {least} to {most}")))
    }
}

/// Checks `--records-per-kpu`.
pub(crate) fn records_per_kpu(records: f64) -> Result<f64, Failure> {
    within("records-per-kpu", records, 1e-3, 1e9)
}

/// Checks `--downtime`.
pub(crate) fn downtime(seconds: f64) -> Result<f64, Failure> {
    within("downtime", seconds, 10.0, 86_400.0)
}

/// Returns the model of the application.
pub(crate) fn model(arguments: &SimulateArguments, settings: &Settings) -> Result<Model, Failure> {
    Ok(Model {
        records_per_kpu: records_per_kpu(arguments.records_per_kpu)?,
        downtime_seconds: downtime(arguments.downtime)?,
        checkpoint_interval_seconds: within(
            "checkpoint-interval",
            arguments.checkpoint_interval,
            10.0,
            3_600.0,
        )?,
        lag_objective_seconds: settings.lag_objective_seconds(),
        heap_gigabytes: arguments
            .heap_gigabytes
            .map(|heap| within("heap-gigabytes", heap, 0.0, 1e6))
            .transpose()?,
        state_gigabytes: settings.state_gigabytes(),
        dollars_per_kpu_hour: within("price", arguments.price, 0.0, 1e6)?,
        ..Model::default()
    })
}
