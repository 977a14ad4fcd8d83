//! Scenarios: a load and a policy in a file, the timeline that comes of it in a snapshot beside it.
//!
//! A scenario is a text file of lines: `# a comment`, `set Name=value`, `minutes N`, `restart SECONDS`, and
//! `load MINUTE RECORDS_PER_SECOND`, from that minute on. After a change, look at the difference of the timeline and
//! accept it with `INSTA_UPDATE=always cargo test -p boundary`.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use jiff::Timestamp;
use simulator::{Contender, Happening, Model, Parameters, Run, Scenario, Settings, Trace};
use std::fmt::Write as _;
use std::path::Path;

fn read(name: &str, text: &str) -> (Scenario, Settings) {
    let mut parameters = Parameters::default();
    let mut model = Model { capacity_noise: 0.0, cpu_noise: 0.0, restart_spread: 0.0, ..Model::default() };
    let mut loads: Vec<(usize, f64)> = Vec::new();
    let mut minutes = 0;
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match *line.split(' ').collect::<Vec<_>>().as_slice() {
            ["set", assignment] => parameters.set(assignment).unwrap(),
            ["minutes", count] => minutes = count.parse().unwrap(),
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
    let settings = Settings::new(&parameters).unwrap();
    (Scenario { trace, model, bounds: settings.bounds(), seed: 1 }, settings)
}

fn clock(time: Timestamp, start: Timestamp) -> String {
    let seconds = time.duration_since(start).as_secs();
    format!("{:>3}:{:02}", seconds / 60, seconds % 60)
}

fn timeline(run: &Run) -> String {
    let mut text = String::new();
    for entry in &run.timeline {
        writeln!(text, "{}  {}", clock(entry.at, run.start()), entry.what).unwrap();
    }
    let summary = &run.summary;
    writeln!(
        text,
        "\n{:.1} KPU-hours, {:.1} minutes out of the objective, worst lag {:.0} s, {} rescales, {} executions with {} transitions, at most {} at once",
        summary.kpu_hours, summary.missed_minutes, summary.worst_lag_seconds, summary.rescales,
        run.cost.executions, run.cost.transitions, run.cost.most_at_once
    )
    .unwrap();
    text
}

#[test]
fn every_scenario_has_its_timeline() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    files.sort();
    assert!(files.len() >= 5, "the scenarios are gone");
    for path in files {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let (scenario, settings) = read(name, &std::fs::read_to_string(&path).unwrap());
        let bounds = settings.bounds();
        let run = scenario.run(&Contender::Autoscaler(Box::new(settings)), &mut |_| ()).unwrap();
        for entry in &run.timeline {
            if let Happening::Scaling { to, .. } = entry.what {
                assert!((bounds.0..=bounds.1).contains(&to), "{name}: {to} is out of bounds");
            }
        }
        insta::with_settings!({snapshot_path => "scenarios", prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!(name, timeline(&run));
        });
    }
}
