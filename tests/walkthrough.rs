//! The walkthrough: all data in it comes from one recorded execution. To write it anew: `UPDATE_DOCS=1 cargo test --test boundary walkthrough::`.

use boundary::scenario;
use serde_json::Value;
use simulator::{Call, Recording, state_machine};
use std::fmt::Write as _;

const SCENARIO: &str = "one_alarm_from_breach_to_settled";
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/tutorials/walkthrough.md");
const BEGIN: &str = "<!-- recorded: ";
const END: &str = "<!-- /recorded -->";

/// The parameters that the page shows. The others have no part in this execution.
const SHOWN: [&str; 10] = [
    "ApplicationName",
    "ScaleOutAlarm",
    "ScaleInAlarm",
    "MinKpu",
    "MaxKpu",
    "ScalingOperation",
    "ScaleOutFactor",
    "ScaleInFactor",
    "GracePeriodSeconds",
    "PollIntervalSeconds",
];

/// The execution that the alarm of the scenario has started: the only one that scales.
fn recorded() -> Recording {
    let (_, scenario, settings) = scenario::all().into_iter().find(|(name, ..)| name == SCENARIO).unwrap();
    let machine = state_machine(&settings).unwrap();
    let mut recordings = scenario.record(&machine, &settings);
    recordings.retain(|recording| recording.path.iter().any(|state| state == "AwaitUpdate"));
    assert_eq!(recordings.len(), 1, "the scenario makes one step");
    recordings.pop().unwrap()
}

fn answer(call: &Call) -> &Value {
    call.answer.as_ref().unwrap()
}

/// The first answer of a task with this verdict, without the policy that it passes on.
fn answered(recording: &Recording, task: &str, verdict: &str) -> Value {
    let is_it = |call: &&Call| call.resource == task && answer(call)["verdict"] == verdict;
    let mut answer = answer(recording.calls.iter().find(is_it).unwrap()).clone();
    answer.as_object_mut().unwrap().shift_remove("policy");
    answer
}

fn policy(recording: &Recording) -> Value {
    let policy = &recording.calls[0].payload["policy"];
    SHOWN.iter().map(|name| ((*name).to_owned(), policy[name].clone())).collect()
}

/// A row for each call of a task. Calls with the same answer share a row.
fn timeline(recording: &Recording) -> String {
    let mut table = String::from("| time | task | verdict | why |\n|---|---|---|---|\n");
    let mut calls = recording.calls.iter().peekable();
    while let Some(call) = calls.next() {
        let time = |call: &Call| call.payload["now"].as_str().unwrap()[11..19].to_owned();
        let text = |field: &str| answer(call)[field].as_str().unwrap();
        let (begin, mut end) = (time(call), None);
        while let Some(same) = calls.next_if(|next| answer(next) == answer(call)) {
            end = Some(time(same));
        }
        let times = end.map_or_else(|| begin.clone(), |end| format!("{begin} to {end}"));
        writeln!(table, "| {times} | `{}` | `{}` | {} |", call.resource, text("verdict"), text("why"))
            .unwrap();
    }
    table
}

fn json(value: &Value) -> String {
    format!("```json\n{}\n```\n", serde_json::to_string_pretty(value).unwrap())
}

/// A block of the page, by its name.
fn block(recording: &Recording, name: &str) -> String {
    match name {
        "timeline" => timeline(recording),
        "input" => json(&recording.input),
        "policy" => json(&policy(recording)),
        "check" => json(&answered(recording, "check", "Breaching")),
        "scale" => json(&answered(recording, "scale", "Scaling")),
        "poll-updating" => json(&answered(recording, "poll", "Updating")),
        "poll-settled" => json(&answered(recording, "poll", "Settled")),
        "notification" => {
            let event = answered(recording, "poll", "Settled")["event"].clone();
            let [subject, text] = ["subject", "text"].map(|field| event[field].as_str().unwrap());
            format!("```text\nSubject: {subject}\n\n{text}```\n")
        }
        "check-quiet" => json(&answered(recording, "check", "Quiet")),
        other => panic!("nothing named '{other}' is recorded"),
    }
}

#[test]
fn the_walkthrough_shows_a_recorded_execution() {
    let recording = recorded();
    let kept = std::fs::read_to_string(PAGE).unwrap();
    let mut parts = kept.split(BEGIN);
    let mut page = parts.next().unwrap().to_owned();
    let mut prose = page.clone();
    for part in parts {
        let (name, rest) = part.split_once(" -->\n").unwrap();
        let (_, rest) = rest.split_once(END).unwrap();
        write!(page, "{BEGIN}{name} -->\n{}{END}{rest}", block(&recording, name)).unwrap();
        prose.push_str(rest);
    }
    assert!(page.matches(BEGIN).count() >= 9, "the recorded blocks are gone");
    assert!(!prose.contains("```json"), "a block of JSON is not recorded");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(PAGE, &page).unwrap();
    }
    let kept = std::fs::read_to_string(PAGE).unwrap();
    assert!(
        kept == page,
        "{PAGE} is not what is recorded; UPDATE_DOCS=1 cargo test --test boundary walkthrough:: writes it anew"
    );
}
