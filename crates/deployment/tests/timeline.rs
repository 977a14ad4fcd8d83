//! The timeline of past executions: rows of executions with the entries that an on-call engineer reads.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use deployment::{Answer, Entry, EntryKind, Execution, Period, RunStatus, Timeline, past_time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tasks::{Task, UpdateFailure};

const START: Timestamp = Timestamp::constant(1_800_000_000, 0);
const HEARTBEAT: SignedDuration = SignedDuration::from_mins(5);

fn minute(minutes: i64) -> Timestamp {
    START + SignedDuration::from_mins(minutes)
}

/// An execution that starts at a minute and has these answers, each a minute after the one before.
fn run(start: i64, answers: &[Value]) -> Execution {
    let answers: Vec<Answer> = (start..)
        .zip(answers)
        .map(|(at, answer)| {
            let task = Task::named(answer["task"].as_str().unwrap()).unwrap();
            Answer { at: minute(at), task, answer: answer.clone() }
        })
        .collect();
    let ended = answers.last().map_or(minute(start), |answer| answer.at);
    Execution {
        arn: format!("run-{start}"),
        started: minute(start),
        ended: Some(ended),
        status: RunStatus::Succeeded,
        error: None,
        answers,
    }
}

fn failed(execution: Execution, error: &str, cause: &str) -> Execution {
    let error = Some((error.to_owned(), cause.to_owned()));
    Execution { status: RunStatus::Failed, error, ..execution }
}

fn quiet() -> Value {
    json!({"task": "check", "verdict": "Quiet", "why": "out is OK; in is OK", "units": 2, "bounds": [1, 6]})
}

fn unconfirmed(verdict: &str) -> Value {
    json!({"task": "check", "verdict": verdict, "reason": "NoFreshData", "why": "out is in ALARM, but no data", "units": 2})
}

fn breaching(value: u32) -> Value {
    let call = json!({"kind": "Alarm", "direction": "Out"});
    json!({"task": "check", "verdict": "Breaching", "call": call, "why": format!("cpu is {value} > 85"), "units": 2, "bounds": [1, 6]})
}

fn held(reason: &str, why: &str) -> Value {
    json!({"task": "scale", "verdict": "Hold", "reason": reason, "why": why})
}

fn sizes() -> Value {
    json!({"from": {"units": 2, "parallelism": 2}, "to": {"units": 6, "parallelism": 6}})
}

fn scaling() -> Value {
    json!({"task": "scale", "verdict": "Scaling", "why": "scaling out from 2 KPU to 6 KPU", "step": sizes(), "update": sizes()})
}

fn observed() -> Value {
    json!({"task": "scale", "verdict": "Hold", "reason": "Observing", "why": "would scale out", "step": sizes()})
}

fn polled(verdict: &str, why: &str) -> Value {
    let event = if verdict == "Updating" { Value::Null } else { json!({"seconds": 135}) };
    json!({"task": "poll", "verdict": verdict, "why": why, "event": event})
}

fn period(since: i64, until: i64) -> Period {
    Period { since: minute(since), until: minute(until) }
}

fn shown(entry: &Entry) -> String {
    let Entry { at, until, count, verdict, direction, from, to, reason, why, outcome, .. } = entry;
    let minutes = |time: &Timestamp| time.duration_since(START).as_mins();
    let mut text = format!("{} {verdict:?}", minutes(at));
    let size = |units: &Option<u32>| units.map(|units| units.to_string());
    let parts = [direction.map(|direction| direction.to_string()), size(from), size(to), reason.clone()];
    for part in parts.into_iter().flatten() {
        text = format!("{text} {part}");
    }
    text = format!("{text}: {why}");
    if let Some(outcome) = outcome {
        text = format!("{text}; {outcome}");
    }
    if *count > 1 || until != at {
        text = format!("{text}; {count} until {}", minutes(until));
    }
    text
}

fn timeline(executions: &[Execution], period: Period) -> Vec<String> {
    Timeline::of(executions, period, Some(HEARTBEAT)).summary().iter().map(shown).collect()
}

#[test]
#[expect(clippy::too_many_lines, reason = "it is one table")]
fn executions_become_the_entries_that_explain_them() {
    let stuck = UpdateFailure::UpdateStuck.to_string();
    let rows: Vec<(&str, Vec<Execution>, Vec<&str>)> = vec![
        (
            "quiet checks are one entry",
            vec![run(0, &[quiet()]), run(5, &[quiet()]), run(10, &[quiet()])],
            vec!["0 Quiet 2: out is OK; in is OK; 3 until 10"],
        ),
        (
            "a hold lasts as long as its reason, and the newest values count",
            vec![
                run(0, &[breaching(90), held("CoolingDown", "wait for another 120 s")]),
                run(5, &[breaching(91), held("CoolingDown", "wait for another 60 s")]),
                run(10, &[breaching(91), held("AtMaximum", "it is at its maximum of 2 KPU")]),
            ],
            vec![
                "1 Hold out 2 CoolingDown: wait for another 60 s; 2 until 6",
                "11 Hold out 2 AtMaximum: it is at its maximum of 2 KPU",
            ],
        ),
        (
            "a step has its call and its outcome, also where another execution ran meanwhile",
            vec![
                run(
                    0,
                    &[
                        breaching(90),
                        scaling(),
                        polled("Updating", "the update goes on"),
                        polled("Settled", "it runs with 6 KPU"),
                        quiet(),
                    ],
                ),
                run(2, &[breaching(92), held("Busy", "it is being changed already")]),
            ],
            vec![
                "1 Scaling out 2 6: cpu is 90 > 85; after 135 s it runs with 6 KPU",
                "3 Hold out 2 Busy: it is being changed already",
                "4 Quiet 2: out is OK; in is OK",
            ],
        ),
        (
            "an update that goes on",
            vec![Execution {
                status: RunStatus::Running,
                ended: None,
                ..run(0, &[breaching(90), scaling(), polled("Updating", "the update goes on")])
            }],
            vec!["1 Scaling out 2 6: cpu is 90 > 85; after 60 s the update goes on"],
        ),
        (
            "the failure of an update is the outcome of its step",
            vec![failed(
                run(0, &[breaching(90), scaling(), polled("Failed", "it hangs; roll it back")]),
                &stuck,
                "it hangs; roll it back",
            )],
            vec!["1 Scaling out 2 6: cpu is 90 > 85; failed: UpdateStuck: it hangs; roll it back"],
        ),
        (
            "a task that fails after a complete step is a failure of its own",
            vec![failed(
                run(0, &[breaching(90), scaling(), polled("Settled", "it runs with 6 KPU")]),
                "TaskFailed",
                r#"{"errorMessage": "failed to read the alarms: AccessDenied; add the permission"}"#,
            )],
            vec![
                "1 Scaling out 2 6: cpu is 90 > 85; after 135 s it runs with 6 KPU",
                "2 Failed: failed: TaskFailed: failed to read the alarms: AccessDenied; add the permission",
            ],
        ),
        (
            "a failure without a cause names the next action",
            vec![failed(run(0, &[]), "TIMED_OUT", ""), failed(run(5, &[]), "States.Runtime", "")],
            vec![
                "0 Failed: failed: States.Timeout: the execution exceeded the TimeoutSeconds of its state machine; the next heartbeat starts another one",
                "5 Failed: failed: States.Runtime: it states no cause; open the execution in the console of Step Functions",
            ],
        ),
        (
            "an execution that was stopped",
            vec![Execution { status: RunStatus::Stopped, ..run(0, &[breaching(90), scaling()]) }],
            vec![
                "1 Scaling out 2 6: cpu is 90 > 85",
                "1 Stopped: the execution was stopped by hand; the next execution continues its work",
            ],
        ),
        (
            "observed steps are one entry",
            vec![run(0, &[breaching(90), observed()]), run(5, &[breaching(91), observed()])],
            vec!["1 Observed out 2 6 Observing: cpu is 91 > 85; 2 until 6"],
        ),
        (
            "an alarm without data that confirms it is a hold",
            vec![run(0, &[unconfirmed("Quiet")]), run(5, &[unconfirmed("RecheckLater")])],
            vec!["0 Hold 2 NoFreshData: out is in ALARM, but no data; 2 until 5"],
        ),
        (
            "heartbeats that did not start",
            vec![run(0, &[quiet()]), run(60, &[quiet()])],
            vec![
                "0 Quiet 2: out is OK; in is OK",
                "5 Missing: HeartbeatMinutes is 5 and no execution started for 55 min; check the alarms no-runs and dead-letters of the stack, and run kpu doctor; 1 until 60",
                "60 Quiet 2: out is OK; in is OK",
            ],
        ),
        (
            "no execution at all",
            vec![],
            vec![
                "0 Missing: HeartbeatMinutes is 5 and no execution started for 60 min; check the alarms no-runs and dead-letters of the stack, and run kpu doctor; 1 until 60",
            ],
        ),
    ];
    let mut kinds = BTreeSet::new();
    for (case, executions, expected) in rows {
        let until = executions.iter().map(|execution| execution.started).max().unwrap_or(minute(60));
        let found = timeline(&executions, Period { since: START, until: until + HEARTBEAT });
        // The last execution is younger than a heartbeat, so that none is missing after it.
        let found = if executions.is_empty() { timeline(&executions, period(0, 60)) } else { found };
        assert_eq!(found, expected, "{case}");
        kinds.extend(found.iter().map(|line| line.split([' ', ':']).nth(1).unwrap().to_owned()));
    }
    assert_eq!(kinds.len(), 7, "every kind occurs: {kinds:?}");
}

#[test]
fn a_failed_update_is_a_failure_and_a_complete_one_is_not() {
    let step = [breaching(90), scaling()];
    let failures =
        |execution: Execution| execution.entries().iter().filter(|entry| entry.is_failure()).count();
    assert_eq!(failures(failed(run(0, &step), "UpdateStuck", "it hangs")), 1);
    assert_eq!(failures(failed(run(0, &[]), "TaskFailed", "it hangs")), 1);
    let settled = polled("Settled", "it runs with 6 KPU");
    assert_eq!(failures(run(0, &[breaching(90), scaling(), settled])), 0);
}

#[test]
fn one_missed_heartbeat_is_not_yet_missing() {
    let at = |starts: [i64; 2]| starts.map(|start| run(start, &[quiet()]));
    assert_eq!(timeline(&at([0, 11]), period(0, 12)).len(), 1);
    assert_eq!(timeline(&at([0, 12]), period(0, 12)).len(), 3);
    // Without the policy the heartbeat is not known.
    assert_eq!(Timeline::of(&at([0, 60]), period(0, 60), None).summary().len(), 1);
}

#[test]
fn a_period_has_its_own_entries_only() {
    let runs = [run(0, &[quiet()]), run(5, &[breaching(90), held("Paused", "a tag")]), run(10, &[quiet()])];
    assert_eq!(timeline(&runs, period(6, 9)), ["6 Hold out 2 Paused: a tag"]);
    // The execution before the period shows that a heartbeat was due in it.
    let stopped = timeline(&runs[..1], period(30, 60));
    assert!(stopped.len() == 1 && stopped[0].starts_with("5 Missing"), "{stopped:?}");
}

#[test]
fn a_moment_has_the_entry_in_force_and_its_neighbors() {
    let hold = |start| run(start, &[breaching(90), held("AtMaximum", "it is at its maximum of 2 KPU")]);
    let runs = [run(0, &[quiet()]), hold(5), hold(10), hold(15), run(20, &[quiet()]), run(60, &[quiet()])];
    let timeline = Timeline::of(&runs, period(0, 60), Some(HEARTBEAT));
    let around = |moment| {
        let around = timeline.around(minute(moment));
        [around.in_force, around.before, around.after].map(|entry| entry.as_ref().map(shown))
    };
    let hold = "Hold out 2 AtMaximum: it is at its maximum of 2 KPU";
    let quiet = |at| Some(format!("{at} Quiet 2: out is OK; in is OK"));
    let [in_force, before, after] = around(12);
    assert_eq!(in_force, Some(format!("6 {hold}; 3 until 16")));
    assert_eq!((before, after), (Some(format!("11 {hold}")), Some(format!("16 {hold}"))));
    let [in_force, before, after] = around(40);
    assert!(in_force.unwrap().starts_with("25 Missing"));
    assert_eq!((before, after), (quiet(20), quiet(60)));
    assert_eq!(around(-1), [None, None, quiet(0)]);
    let before = timeline.around(minute(12)).before.unwrap();
    assert_eq!((before.called_by.as_deref(), before.bounds), (Some("cpu is 90 > 85"), Some([1, 6])));
    assert_eq!((before.verdict, before.execution.as_deref()), (EntryKind::Hold, Some("run-10")));
}

#[test]
fn a_past_time_is_read_in_the_zone_of_the_user() {
    let berlin = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
    // 09:30 in Berlin.
    let now: Timestamp = "2026-11-28T08:30:00Z".parse().unwrap();
    for (text, expected) in [
        ("02:00", Some("2026-11-28T01:00:00Z")),
        ("2:00", Some("2026-11-28T01:00:00Z")),
        ("09:30", Some("2026-11-28T08:30:00Z")),
        // The last 22:00 was yesterday.
        ("22:00", Some("2026-11-27T21:00:00Z")),
        ("2026-11-27 18:00", Some("2026-11-27T17:00:00Z")),
        ("2026-11-27T18:00:30", Some("2026-11-27T17:00:30Z")),
        ("2026-11-27", Some("2026-11-26T23:00:00Z")),
        // In summer time.
        ("2026-10-01 18:00", Some("2026-10-01T16:00:00Z")),
        ("2026-11-27T18:00:00Z", Some("2026-11-27T18:00:00Z")),
        ("2026-11-27T18:00:00-05:00", Some("2026-11-27T23:00:00Z")),
        ("12h", Some("2026-11-27T20:30:00Z")),
        ("90m", Some("2026-11-28T07:00:00Z")),
        ("1 day 2 hours", Some("2026-11-27T06:30:00Z")),
        ("-12h", None),
        ("0h", None),
        ("25:00", None),
        ("12", None),
        ("yesterday", None),
        ("", None),
    ] {
        let expected = expected.map(|time| time.parse().unwrap());
        assert_eq!(past_time(text, now, &berlin), expected, "{text}");
    }
}
