//! The links of a healthy drill, and of a drill with each possible defect.

mod assumptions;
mod precondition;
mod streams;

use crate::world::{NOW, healthy, healthy_stream, machine, rule, stack, topic};
use deployment::{
    AlarmBefore, ApplicationObservations, Chain, Decision, Dimensions, DrillExecution, Evidence, Facts, Link,
    Observations, Obstacle, Outcome, Refusal, Rule, RunStatus, Unread, judge_drill,
};
use jiff::SignedDuration;
use scaling::Reason;
use serde_json::json;
use std::collections::BTreeSet;
use tasks::{AlarmState, CheckAnswer};

/// The link that shows a defect, its outcome, a part of its message and remedy, and the defect.
type Row = (&'static str, Outcome, &'static str, fn(&mut Facts, &mut Evidence));

const ROWS: [Row; 38] = [
    ("alarm", Outcome::Failed, "is in ALARM already → run the drill again", |_, evidence| {
        evidence.chain = Err(Refusal {
            why: "it is in ALARM already".to_owned(),
            remedy: "run the drill again".to_owned(),
        });
    }),
    ("quiet", Outcome::Unknown, "has not set the alarm", |_, evidence| {
        evidence.chain = Err(Refusal { why: String::new(), remedy: String::new() });
    }),
    ("alarm", Outcome::Unknown, "AccessDenied: no → grant the caller", |_, evidence| {
        chain(evidence).set = Err(denied());
    }),
    ("execution", Outcome::Unknown, "has not set the alarm", |_, evidence| {
        chain(evidence).set = Err(denied());
    }),
    ("set-back", Outcome::Passed, "nothing to set back", |_, evidence| chain(evidence).set = Err(denied())),
    ("rule", Outcome::Failed, "is disabled → enable it", |facts, evidence| {
        rule(facts).enabled = false;
        chain(evidence).execution = Ok(None);
    }),
    (
        "execution",
        Outcome::Failed,
        "no execution started within 120.0 s of the alarm → enable it",
        |facts, evidence| {
            rule(facts).enabled = false;
            chain(evidence).execution = Ok(None);
        },
    ),
    ("rule", Outcome::Unknown, "no execution shows", |_, evidence| chain(evidence).execution = Ok(None)),
    ("execution", Outcome::Failed, "→ read the messages in the dead-letter queue", |_, evidence| {
        chain(evidence).execution = Ok(None);
    }),
    ("execution", Outcome::Unknown, "AccessDenied", |_, evidence| chain(evidence).execution = Err(denied())),
    ("check-alarms", Outcome::Failed, "describe the alarms", |_, evidence| {
        fails(evidence, "failed to describe the alarms out");
    }),
    ("check-metric", Outcome::Failed, "the metric of", |_, evidence| {
        fails(evidence, "failed to read the metric of the alarm 'out': AccessDenied");
    }),
    ("check-application", Outcome::Failed, "AccessDenied → follow", |_, evidence| {
        fails(evidence, "failed to describe the application 'orders': AccessDenied");
    }),
    ("check-metric", Outcome::Failed, "nothing fresh has been measured", |_, evidence| {
        answer(evidence).reason = Some(Reason::NoFreshData);
    }),
    ("check-metric", Outcome::Unknown, "it is not running", |_, evidence| {
        answer(evidence).reason = Some(Reason::NotRunning);
    }),
    ("check-metric", Outcome::Unknown, "evaluated the alarm again", |_, evidence| {
        answer(evidence).why = "out is OK; in is OK".to_owned();
    }),
    ("check-alarms", Outcome::Unknown, "read nothing: Mode is off", |_, evidence| {
        let answer = answer(evidence);
        (answer.units, answer.why) = (None, "Mode is off: nothing is checked or scaled".to_owned());
    }),
    (
        "quiet",
        Outcome::Passed,
        "in Held after 0.8 s; fresh data confirmed the alarm, and nothing was scaled: Paused",
        |_, evidence| {
            ends(evidence, RunStatus::Succeeded, "Held", "Paused: by the tag");
        },
    ),
    ("quiet", Outcome::Failed, "scaled the application from 4 to 8", |_, evidence| {
        execution(evidence).scaled = Some((4, 8));
    }),
    ("quiet", Outcome::Failed, "makes an update, and is in Poll", |_, evidence| {
        ends(evidence, RunStatus::Running, "Poll", "");
        execution(evidence).ended = None;
    }),
    ("quiet", Outcome::Failed, "still in Check after 120.0 s", |_, evidence| {
        ends(evidence, RunStatus::Running, "Check", "");
        execution(evidence).ended = None;
    }),
    ("set-back", Outcome::Failed, "not set back to OK", |_, evidence| {
        chain(evidence).alarm_restored = Err(denied());
    }),
    ("set-back", Outcome::Failed, "→ run kpu resume --application orders", |_, evidence| {
        chain(evidence).pause_removed = Some(Err(denied()));
    }),
    ("heartbeat", Outcome::Failed, "disabled", |facts, _| {
        stack(facts).heartbeat.as_mut().unwrap().enabled = false;
    }),
    (
        "heartbeat",
        Outcome::Unknown,
        "within its period of 5 min → a stack that is younger",
        |_, evidence| {
            evidence.heartbeat = Ok(None);
        },
    ),
    ("notification", Outcome::Unknown, "AccessDenied: no → grant the caller", |_, evidence| {
        evidence.notification = Err(denied());
    }),
    ("notification", Outcome::Failed, "within 120 s → enable the rule NotificationRule", |_, evidence| {
        evidence.notification = Ok(None);
        evidence.notification_rule.as_mut().unwrap().enabled = false;
    }),
    ("notification", Outcome::Failed, "started no execution of NotificationStateMachine", |_, evidence| {
        evidence.notification = Ok(None);
    }),
    (
        "notification",
        Outcome::Failed,
        "not accepted the message within 120 s; the execution 0e",
        |_, evidence| {
            notification(evidence).status = RunStatus::Running;
        },
    ),
    ("notification", Outcome::Failed, "States.TaskFailed: no topic", |_, evidence| {
        let execution = notification(evidence);
        execution.status = RunStatus::Failed;
        (execution.state, execution.why) = ("States.TaskFailed".to_owned(), "no topic".to_owned());
    }),
    ("subscriptions", Outcome::Failed, "not confirmed → follow the link", |facts, _| {
        topic(facts).subscriptions.as_mut().unwrap()[0].confirmed = false;
    }),
    ("subscriptions", Outcome::Failed, "no subscription", |facts, _| {
        topic(facts).subscriptions = Ok(Vec::new());
    }),
    ("subscriptions", Outcome::Unknown, "AccessDenied", |facts, _| {
        topic(facts).subscriptions = Err(denied());
    }),
    ("dead-letters", Outcome::Failed, "has 2 messages → read them", |_, evidence| {
        evidence.dead_letters = Ok(2);
    }),
    ("dead-letters", Outcome::Unknown, "AccessDenied", |_, evidence| evidence.dead_letters = Err(denied())),
    (
        "permissions",
        Outcome::Failed,
        "kms:CreateGrant (explicitDeny) → restore the policy of ScaleRole",
        |_, evidence| {
            let action = "kms:CreateGrant".to_owned();
            evidence
                .permissions
                .as_mut()
                .unwrap()
                .push(Decision { action, decision: "explicitDeny".to_owned() });
        },
    ),
    ("permissions", Outcome::Unknown, "AccessDenied", |_, evidence| evidence.permissions = Err(denied())),
    ("key-policy", Outcome::Unknown, "encrypts the application → compare", |facts, _| {
        stack(facts).application_key = "arn:aws:kms:eu-central-1:111122223333:key/1".to_owned();
    }),
];

#[test]
fn each_defect_shows_at_its_link() {
    assert_shows(&ROWS, healthy, healthy_drill);
}

/// Each row is what the drill shows of its defect.
fn assert_shows(rows: &[Row], facts: fn() -> Facts, evidence: fn() -> Evidence) {
    let mut differences = Vec::new();
    for (link, outcome, part, defect) in rows {
        let (mut facts, mut evidence) = (facts(), evidence());
        defect(&mut facts, &mut evidence);
        let links = judge_drill(&facts, &evidence);
        assert_has_remedies(&links);
        let found = links.iter().find(|found| found.link == *link).unwrap();
        let text = format!("{} → {}", found.message, found.remedy.as_deref().unwrap_or_default());
        if found.outcome != *outcome || !text.contains(part) {
            differences
                .push(format!("{link}: {outcome:?} with '{part}' is {:?} with '{text}'", found.outcome));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn every_link_of_a_healthy_drill_passes_and_every_link_can_fail() {
    let links = judge_drill(&healthy(), &healthy_drill());
    let not_passed: Vec<&Link> = links.iter().filter(|link| link.outcome != Outcome::Passed).collect();
    assert!(not_passed.is_empty(), "{not_passed:?}");
    let all: BTreeSet<&str> = links.iter().map(|link| link.link).collect();
    let failing: BTreeSet<&str> =
        ROWS.iter().filter(|row| row.1 == Outcome::Failed).map(|(link, ..)| *link).collect();
    assert_eq!(all, failing);
}

#[test]
fn every_link_has_a_row_in_the_reference() {
    let mut with_a_key = healthy();
    stack(&mut with_a_key).application_key = "arn:aws:kms:eu-central-1:111122223333:key/1".to_owned();
    let mut links = judge_drill(&with_a_key, &healthy_drill());
    links.extend(judge_drill(&healthy_stream(), &healthy_drill_of_a_stream()));
    let page = include_str!("../../../../docs/reference/drill-links.md");
    assert_eq!(crate::first_columns(page), links.iter().map(|link| link.link).collect());
}

#[test]
fn the_times_are_read_from_the_event_and_the_execution() {
    let links = judge_drill(&healthy(), &healthy_drill());
    let at = |name: &str| links.iter().find(|link| link.link == name).unwrap().at.unwrap();
    let times: Vec<i64> = ["alarm", "rule", "execution", "quiet"]
        .map(|name| at(name).duration_since(NOW).as_millis().try_into().unwrap())
        .to_vec();
    assert_eq!(times, [0, 250, 1_500, 2_300]);
    let execution = links.iter().find(|link| link.link == "execution").unwrap();
    assert_eq!(execution.message, "the execution 0f started 1.2 s after the event");
}

/// A failed link has a remedy, and a passed link has none.
fn assert_has_remedies(links: &[Link]) {
    for link in links {
        let expected = match link.outcome {
            Outcome::Passed => link.remedy.is_none(),
            Outcome::Failed => link.remedy.is_some(),
            Outcome::Unknown => true,
        };
        assert!(expected, "{link:?}");
    }
}

fn healthy_drill() -> Evidence {
    let alarm =
        AlarmBefore { name: "out".to_owned(), state: AlarmState::Ok, actions: 0, actions_enabled: true };
    let after = |milliseconds| NOW + SignedDuration::from_millis(milliseconds);
    let check = json!({
        "verdict": "Quiet", "why": "out is still in ALARM, but containerCPUUtilization is 50, no longer > 85; in is OK",
        "units": 4, "bounds": [1, 32], "graceSeconds": 300, "policy": machine(&mut healthy()).policy,
    });
    let execution = DrillExecution {
        name: "0f".to_owned(),
        started: after(1_500),
        ended: Some(after(2_300)),
        status: RunStatus::Succeeded,
        state: "Quiet".to_owned(),
        why: String::new(),
        scaled: None,
        input: json!({"detail": {"alarmName": "out", "state": {"value": "ALARM", "timestamp": after(250)}}}),
        check: Some(serde_json::from_value(check).unwrap()),
    };
    let notification = DrillExecution { name: "0e".to_owned(), check: None, ..execution.clone() };
    let decision =
        Decision { action: "kinesisanalytics:UpdateApplication".to_owned(), decision: "allowed".to_owned() };
    Evidence {
        chain: Ok(Chain {
            alarm,
            set: Ok(NOW),
            execution: Ok(Some(execution)),
            state_after: Ok(AlarmState::Alarm),
            alarm_restored: Ok(()),
            pause_removed: Some(Ok(())),
        }),
        waited: SignedDuration::from_secs(120),
        heartbeat: Ok(Some(NOW)),
        notification: Ok(Some(notification)),
        notification_rule: Ok(Rule { enabled: true, pattern: String::new(), targets: Vec::new() }),
        dead_letters: Ok(0),
        permissions: Ok(vec![decision]),
        observations: Observations {
            metrics: Ok(Dimensions::new()),
            application: Some(ApplicationObservations {
                runtime: Ok("FLINK-1_20".to_owned()),
                operations: Ok(Vec::new()),
                snapshots: Ok(Vec::new()),
                kpu_samples: Ok(Vec::new()),
                kpus: Ok(Vec::new()),
            }),
        },
    }
}

fn healthy_drill_of_a_stream() -> Evidence {
    let mut evidence = healthy_drill();
    evidence.observations.application = None;
    evidence
}

fn notification(evidence: &mut Evidence) -> &mut DrillExecution {
    evidence.notification.as_mut().unwrap().as_mut().unwrap()
}

fn chain(evidence: &mut Evidence) -> &mut Chain {
    evidence.chain.as_mut().unwrap()
}

fn execution(evidence: &mut Evidence) -> &mut DrillExecution {
    chain(evidence).execution.as_mut().unwrap().as_mut().unwrap()
}

fn answer(evidence: &mut Evidence) -> &mut CheckAnswer {
    execution(evidence).check.as_mut().unwrap()
}

fn ends(evidence: &mut Evidence, status: RunStatus, state: &str, why: &str) {
    let execution = execution(evidence);
    (execution.status, execution.state, execution.why) = (status, state.to_owned(), why.to_owned());
}

/// The execution fails in `check`, which then has no answer.
fn fails(evidence: &mut Evidence, why: &str) {
    ends(evidence, RunStatus::Failed, "TaskFailed", why);
    execution(evidence).check = None;
}

fn denied() -> Unread {
    Unread { obstacle: Obstacle::Denied, why: "failed to do it: AccessDenied: no".to_owned() }
}
