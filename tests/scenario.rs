//! Scenario files.
//!
//! A scenario is a text file of lines: `# a comment`, `set Name=value`, `minutes N`, `restart SECONDS`, `saturated_cpu PERCENT`,
//! `heap GIGABYTES`, `state GIGABYTES`, `sink RECORDS_PER_SECOND`, `load MINUTE RECORDS_PER_SECOND` (from this minute on), `pause in 1:30-2:00`, `request 8 1:30` (a capacity
//! request), and `fault MINUTE NAME` (at the first occasion from this minute on).

use simulator::{
    Fault, Model, ParameterError, Parameters, PlannedPause, PlannedRequest, Scenario, Settings, Trace,
};
use std::fmt::Write as _;
use std::path::Path;

/// A scenario and the settings of its autoscaler, or the refusal of its parameters.
pub type ReadScenario = Result<(Scenario, Settings), ParameterError>;

/// Returns every scenario file: its name, its content and its settings.
///
/// # Panics
/// If a file is not a scenario.
#[must_use]
pub fn all() -> Vec<(String, Scenario, Settings)> {
    with("")
        .into_iter()
        .map(|(name, scenario)| scenario.map(|(scenario, settings)| (name, scenario, settings)).unwrap())
        .collect()
}

/// Returns every scenario file with one more assignment, such as `MaxKpu=4`. The settings of some files refuse it.
///
/// # Panics
/// If a file is not a scenario.
#[must_use]
pub fn with(assignment: &str) -> Vec<(String, ReadScenario)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    files.sort();
    assert!(files.len() >= 5, "the scenario files are missing");
    let read = |path: &std::path::PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap();
        (name.to_owned(), read(name, &std::fs::read_to_string(path).unwrap(), assignment))
    };
    files.iter().map(read).collect()
}

fn read(name: &str, text: &str, assignment: &str) -> ReadScenario {
    let mut parameters = Parameters::default();
    let mut model = Model { capacity_noise: 0.0, cpu_noise: 0.0, restart_spread: 0.0, ..Model::default() };
    let mut loads: Vec<(usize, f64)> = Vec::new();
    let mut faults = Vec::new();
    let (mut pauses, mut requests) = (Vec::new(), Vec::new());
    let mut minutes = 0;
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match *line.split(' ').collect::<Vec<_>>().as_slice() {
            ["set", ref words @ ..] => parameters.set(&words.join(" ")).unwrap(),
            ["minutes", count] => minutes = count.parse().unwrap(),
            ["fault", minute, name] => {
                let fault = Fault::named(name).unwrap_or_else(|| panic!("{name}: unknown fault"));
                faults.push((minute.parse().unwrap(), fault));
            }
            ["pause", direction, times] => {
                pauses.push(PlannedPause::parse(&format!("{direction} {times}")).unwrap());
            }
            ["request", size, at] => requests.push(PlannedRequest::parse(&format!("{size} {at}")).unwrap()),
            ["sink", rate] => model.sink = Some(rate.parse().unwrap()),
            ["heap", gigabytes] => model.heap_gigabytes = Some(gigabytes.parse().unwrap()),
            ["state", gigabytes] => model.state_gigabytes = gigabytes.parse().unwrap(),
            ["saturated_cpu", percent] => model.saturated_cpu = percent.parse().unwrap(),
            ["restart", seconds] => model.downtime_seconds = seconds.parse().unwrap(),
            ["load", minute, rate] => loads.push((minute.parse().unwrap(), rate.parse().unwrap())),
            _ => panic!("{name}: '{line}' is not a line of a scenario"),
        }
    }
    let mut rows = String::from("seconds,records_per_second\n");
    for minute in 0..minutes {
        let load = loads.iter().rev().find(|(from, _)| *from <= minute).unwrap().1;
        writeln!(rows, "{},{load}", minute * 60).unwrap();
    }
    let trace = Trace::parse(name, rows.as_bytes()).unwrap();
    if !assignment.is_empty() {
        parameters.set(assignment).unwrap();
    }
    let settings = Settings::new(&parameters)?.with_pauses(pauses).with_requests(requests);
    Ok((Scenario { trace, model, bounds: settings.bounds(), seed: 1, faults }, settings))
}
