//! Scenarios: a load, a policy and faults in a file, the timeline that comes of it in a snapshot beside it.
//!
//! After a change, look at the difference of the timeline and accept it with `INSTA_UPDATE=always cargo test --test boundary`.

use boundary::scenario;
use jiff::Timestamp;
use simulator::{ComparedPolicy, Fault, Run};
use std::collections::BTreeSet;
use std::fmt::Write as _;

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
fn every_scenario_has_its_timeline_and_breaks_no_promise() {
    for (name, scenario, settings) in scenario::all() {
        let run = scenario.run(&ComparedPolicy::Autoscaler(Box::new(settings)), &mut |_| ()).unwrap();
        assert_eq!(run.violations, [], "{name}");
        insta::with_settings!({snapshot_path => "scenarios", prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!(name, timeline(&run));
        });
    }
}

#[test]
fn every_fault_has_a_scenario_in_which_it_strikes() {
    let mut struck = BTreeSet::new();
    for (_, scenario, settings) in scenario::all() {
        let run = scenario.run(&ComparedPolicy::Autoscaler(Box::new(settings)), &mut |_| ()).unwrap();
        struck.extend(
            scenario
                .faults
                .iter()
                .map(|(_, fault)| *fault)
                .filter(|fault| run.seen.contains_key(&format!("fault: {fault}"))),
        );
    }
    assert_eq!(struck, Fault::ALL.into());
}
