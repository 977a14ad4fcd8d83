//! Scenario files.
//!
//! A scenario is a text file of lines: `# a comment`, `set Name=value`, `minutes N`, `restart SECONDS`,
//! `saturated_cpu PERCENT`, `sink RECORDS_PER_SECOND`, `load MINUTE RECORDS_PER_SECOND`, from that minute on, `pause in 1:30-2:00`, `wish 8 1:30`, and `fault MINUTE NAME`, at the first occasion from then on.

use simulator::{Fault, Model, Parameters, PlannedPause, PlannedRequest, Scenario, Settings, Trace};
use std::fmt::Write as _;
use std::path::Path;

/// Every scenario file: its name, what it describes and the settings.
///
/// # Panics
/// If a file is no scenario.
#[must_use]
pub fn all() -> Vec<(String, Scenario, Settings)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    files.sort();
    assert!(files.len() >= 5, "the scenarios are gone");
    let read = |path: &std::path::PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let (scenario, settings) = read(name, &std::fs::read_to_string(path).unwrap());
        (name.to_owned(), scenario, settings)
    };
    files.iter().map(read).collect()
}

fn read(name: &str, text: &str) -> (Scenario, Settings) {
    let mut parameters = Parameters::default();
    let mut model = Model { capacity_noise: 0.0, cpu_noise: 0.0, restart_spread: 0.0, ..Model::default() };
    let mut loads: Vec<(usize, f64)> = Vec::new();
    let mut faults = Vec::new();
    let (mut pauses, mut wishes) = (Vec::new(), Vec::new());
    let mut minutes = 0;
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match *line.split(' ').collect::<Vec<_>>().as_slice() {
            ["set", ref words @ ..] => parameters.set(&words.join(" ")).unwrap(),
            ["minutes", count] => minutes = count.parse().unwrap(),
            ["fault", minute, name] => {
                let fault = Fault::named(name).unwrap_or_else(|| panic!("there is no fault '{name}'"));
                faults.push((minute.parse().unwrap(), fault));
            }
            ["pause", what, times] => pauses.push(PlannedPause::parse(&format!("{what} {times}")).unwrap()),
            ["wish", size, at] => wishes.push(PlannedRequest::parse(&format!("{size} {at}")).unwrap()),
            ["sink", rate] => model.sink = Some(rate.parse().unwrap()),
            ["saturated_cpu", percent] => model.saturated_cpu = percent.parse().unwrap(),
            ["restart", seconds] => model.downtime_seconds = seconds.parse().unwrap(),
            ["load", minute, rate] => loads.push((minute.parse().unwrap(), rate.parse().unwrap())),
            _ => panic!("{name}: '{line}' is no line of a scenario"),
        }
    }
    let mut rows = String::from("seconds,records_per_second\n");
    for minute in 0..minutes {
        let load = loads.iter().rev().find(|(from, _)| *from <= minute).unwrap().1;
        writeln!(rows, "{},{load}", minute * 60).unwrap();
    }
    let trace = Trace::parse(name, rows.as_bytes()).unwrap();
    let settings = Settings::new(&parameters).unwrap().with_pauses(pauses).with_requests(wishes);
    (Scenario { trace, model, bounds: settings.bounds(), seed: 1, faults }, settings)
}
