//! Reads the arguments that several commands share: load, model and parameters.

use crate::Failure;
use crate::arguments::SimulateArguments;
use crate::import::name;
use history::History;
use scaling::Unit;
use simulator::{Model, ParameterError, Parameters, PlannedPause, PlannedRequest, Settings, Trace};
use std::path::Path;

/// The start of the heading of a history.
const HISTORY_HEADING: &[u8] = b"seconds,records_per_second,";

/// Reads the trace, and multiplies its load by `--load-factor`.
pub(crate) fn load(arguments: &SimulateArguments) -> Result<Trace, Failure> {
    let factor = arguments.load_factor;
    if !(1e-6..=1e6).contains(&factor) {
        return Err(Failure::Input(format!(
            "--load-factor takes a number from 0.000001 to 1000000, not {factor}"
        )));
    }
    Ok(trace(arguments.trace.as_deref())?.times(factor))
}

/// Adds the planned pauses and capacity requests to the settings.
pub(crate) fn with_planned_events(
    settings: Settings,
    arguments: &SimulateArguments,
) -> Result<Settings, Failure> {
    let pauses: Result<_, _> = arguments.pauses.iter().map(|pause| PlannedPause::parse(pause)).collect();
    let requests: Result<_, _> =
        arguments.requests.iter().map(|request| PlannedRequest::parse(request)).collect();
    let refused = |error: ParameterError| Failure::Input(error.to_string());
    Ok(settings.with_pauses(pauses.map_err(refused)?).with_requests(requests.map_err(refused)?))
}

/// Returns the parameters of an application, and the settings that follow from them.
pub(crate) fn application_settings(set: &[String]) -> Result<(Parameters, Settings), Failure> {
    let (parameters, settings) = settings(set)?;
    match settings.policy().scaling.unit {
        Unit::Kpu => Ok((parameters, settings)),
        Unit::Shard => Err(Failure::Input(
            "Target is stream, and a stream is simulated together with the application that reads it: use kpu simulate --pipeline, with --set-stream for the parameters of the stream".to_owned(),
        )),
    }
}

/// Returns the parameters with their assignments, and the settings that follow from them.
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
    // A history has more columns than a trace, and may have gaps.
    if file.split(|byte| *byte == b'\n').next().is_some_and(|heading| heading.starts_with(HISTORY_HEADING)) {
        let history = History::parse(&name, &file).map_err(|error| Failure::Input(error.to_string()))?;
        return history
            .trace()
            .ok_or_else(|| Failure::Input(format!("failed to read a load from the history '{name}': its column records_per_second is empty; import the metric load")));
    }
    Trace::parse(&name, &file).map_err(|error| Failure::Input(error.to_string()))
}

/// Returns the model of the application.
pub(crate) fn model(arguments: &SimulateArguments) -> Result<Model, Failure> {
    let within = |name: &str, value: f64, least: f64, most: f64| {
        if (least..=most).contains(&value) {
            Ok(value)
        } else {
            Err(Failure::Input(format!("--{name} takes a number from {least} to {most}, not {value}")))
        }
    };
    Ok(Model {
        records_per_kpu: within("records-per-kpu", arguments.records_per_kpu, 1e-3, 1e9)?,
        downtime_seconds: within("downtime", arguments.downtime, 10.0, 86_400.0)?,
        checkpoint_interval_seconds: within(
            "checkpoint-interval",
            arguments.checkpoint_interval,
            10.0,
            3_600.0,
        )?,
        lag_objective_seconds: within("lag-objective", arguments.lag_objective, 1.0, 86_400.0)?,
        dollars_per_kpu_hour: within("price", arguments.price, 0.0, 1e6)?,
        ..Model::default()
    })
}
