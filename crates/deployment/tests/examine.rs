//! What the doctor finds: a healthy stack, and each thing that can be wrong with it.
#![expect(clippy::unwrap_used, clippy::assigning_clones, reason = "a test may panic, and need not be fast")]

use deployment::{
    ApplicationSettings, Facts, Heartbeat, Level, Limits, Listener, Machine, PublishedMetric, Ringing, Rule,
    Run, RunStatus, Stack, WatchedMetric, examine,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::collections::BTreeSet;
use tasks::{Alarm, AlarmState, Comparison, DataPoint, Query, Source};

const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);
const MACHINE: &str = "arn:aws:states:eu-central-1:111122223333:stateMachine:machine";
const LIMITS: Limits = Limits { kpus: 64 };

fn alarm(name: &str, comparison: Comparison, threshold: f64) -> Alarm {
    let source = Source::Metric {
        namespace: "AWS/KinesisAnalytics".to_owned(),
        name: "containerCPUUtilization".to_owned(),
        dimensions: vec![("Application".to_owned(), "orders".to_owned())],
        statistic: "Average".to_owned(),
        period: SignedDuration::from_mins(1),
    };
    Alarm {
        name: name.to_owned(),
        state: AlarmState::Ok,
        state_updated: NOW,
        comparison,
        threshold,
        period: SignedDuration::from_mins(1),
        evaluation_periods: 3,
        queries: vec![Query { id: "m1".to_owned(), source, returns_data: true }],
    }
}

fn metric() -> WatchedMetric {
    let wanted = PublishedMetric {
        namespace: "AWS/KinesisAnalytics".to_owned(),
        name: "containerCPUUtilization".to_owned(),
        dimensions: vec![("Application".to_owned(), "orders".to_owned())],
    };
    let point = DataPoint { start: NOW - SignedDuration::from_mins(2), value: 50.0 };
    WatchedMetric { wanted: Some(wanted), points: vec![point], published: Vec::new() }
}

fn run(status: RunStatus, state: &str) -> Run {
    Run {
        arn: String::new(),
        started: NOW,
        ended: (status != RunStatus::Running).then_some(NOW),
        status,
        state: state.to_owned(),
        why: "so it is".to_owned(),
        scaled: None,
    }
}

fn healthy() -> Facts {
    let policy = json!({
        "ApplicationName": "orders", "ScaleOutAlarm": "out", "ScaleInAlarm": "in", "MinKpu": "1", "MaxKpu": "32",
        "MaxParallelism": "", "ScalingOperation": "Multiply/Divide", "ScaleOutFactor": "3", "ScaleInFactor": "1.5",
        "GracePeriodSeconds": "300", "PollIntervalSeconds": "15", "UpdateTimeoutMinutes": "30", "RunDeadlineMinutes": "360",
    });
    let stack = Stack {
        name: "orders-scaling".to_owned(),
        status: "CREATE_COMPLETE".to_owned(),
        machine_arn: Some(MACHINE.to_owned()),
        machine: Ok(Machine { status: "ACTIVE".to_owned(), policy: serde_json::from_value(policy).unwrap() }),
        alarms: Ok(vec![
            alarm("out", Comparison::GreaterThanThreshold, 85.0),
            alarm("in", Comparison::LessThanOrEqualToThreshold, 40.0),
        ]),
        out_metric: Ok(metric()),
        in_metric: Ok(metric()),
        rule: Ok(Rule {
            enabled: true,
            pattern:
                r#"{"resources":["arn:aws:cloudwatch:r:1:alarm:out","arn:aws:cloudwatch:r:1:alarm:in"]}"#
                    .to_owned(),
            targets: vec![MACHINE.to_owned()],
        }),
        heartbeat: Ok(Heartbeat {
            enabled: true,
            expression: "rate(5 minutes)".to_owned(),
            target: MACHINE.to_owned(),
        }),
        ringing: Ok(Vec::new()),
        listeners: Ok(vec![Listener {
            protocol: "email".to_owned(),
            endpoint: "a@example.org".to_owned(),
            confirmed: true,
        }]),
        runs: Ok(vec![run(RunStatus::Running, "GracePeriod"), run(RunStatus::Succeeded, "Quiet")]),
    };
    let application = ApplicationSettings {
        status: "RUNNING".to_owned(),
        parallelism: 4,
        parallelism_per_kpu: 1,
        kpus: 4,
        own_autoscaling: false,
        snapshots: true,
        rollback: true,
        monitoring_level: "APPLICATION".to_owned(),
    };
    Facts {
        now: NOW,
        application_name: "orders".to_owned(),
        application: Ok(Some(application)),
        stack: Some(stack),
    }
}

fn application(facts: &mut Facts) -> &mut ApplicationSettings {
    facts.application.as_mut().unwrap().as_mut().unwrap()
}

fn stack(facts: &mut Facts) -> &mut Stack {
    facts.stack.as_mut().unwrap()
}

fn machine(facts: &mut Facts) -> &mut Machine {
    stack(facts).machine.as_mut().unwrap()
}

/// What is broken, how it is found, and a part of what is said.
type Breakage = (&'static str, Level, &'static str, fn(&mut Facts));

const BREAKAGES: [Breakage; 42] = [
    ("application", Level::Problem, "no application 'orders'", |facts| facts.application = Ok(None)),
    ("application", Level::Problem, "AccessDenied", |facts| facts.application = unread()),
    ("application", Level::Problem, "does not run", |facts| application(facts).status = "READY".to_owned()),
    ("application", Level::Warning, "being changed", |facts| {
        application(facts).status = "UPDATING".to_owned();
    }),
    ("own-autoscaling", Level::Warning, "is on", |facts| application(facts).own_autoscaling = true),
    ("snapshots", Level::Problem, "loses the job's state", |facts| application(facts).snapshots = false),
    ("system-rollback", Level::Warning, "stopped", |facts| application(facts).rollback = false),
    ("monitoring-level", Level::Warning, "TASK", |facts| {
        application(facts).monitoring_level = "TASK".to_owned();
    }),
    ("stack", Level::Problem, "no stack of kpu-autoscaler", |facts| facts.stack = None),
    ("stack", Level::Warning, "ROLLBACK_IN_PROGRESS", |facts| {
        stack(facts).status = "ROLLBACK_IN_PROGRESS".to_owned();
    }),
    ("state-machine", Level::Problem, "DELETING", |facts| machine(facts).status = "DELETING".to_owned()),
    ("state-machine", Level::Problem, "AccessDenied", |facts| stack(facts).machine = unread()),
    ("policy", Level::Problem, "MinKpu", |facts| machine(facts).policy.min_kpu = "50".to_owned()),
    ("kpu-quota", Level::Warning, "the quota", |facts| machine(facts).policy.max_kpu = "65".to_owned()),
    ("size", Level::Warning, "bounds are 1 and 32", |facts| application(facts).kpus = 33),
    ("max-parallelism", Level::Warning, "of 256", |facts| application(facts).parallelism_per_kpu = 8),
    ("alarms", Level::Problem, "AccessDenied", |facts| stack(facts).alarms = unread()),
    ("alarms", Level::Problem, "no alarm in", |facts| stack(facts).alarms.as_mut().unwrap().truncate(1)),
    ("alarms", Level::Problem, "ScaleInThreshold", |facts| {
        stack(facts).alarms.as_mut().unwrap()[1].threshold = 60.0;
    }),
    ("grace-period", Level::Warning, "GracePeriodSeconds", |facts| {
        stack(facts).alarms.as_mut().unwrap()[0].evaluation_periods = 6;
    }),
    ("scale-out-metric", Level::Problem, "AccessDenied", |facts| stack(facts).out_metric = unread()),
    ("scale-out-metric", Level::Problem, "has no data", |facts| {
        stack(facts).out_metric.as_mut().unwrap().points.clear();
    }),
    ("scale-in-metric", Level::Problem, "has no data", |facts| {
        stack(facts).in_metric.as_mut().unwrap().points.clear();
    }),
    ("scale-in-metric", Level::Problem, "silent for 20 min", |facts| {
        stack(facts).in_metric.as_mut().unwrap().points[0].start = NOW - SignedDuration::from_mins(20);
    }),
    ("alarm-rule", Level::Problem, "AccessDenied", |facts| stack(facts).rule = unread()),
    ("alarm-rule", Level::Problem, "disabled", |facts| stack(facts).rule.as_mut().unwrap().enabled = false),
    ("alarm-rule", Level::Problem, "does not start", |facts| {
        stack(facts).rule.as_mut().unwrap().targets.clear();
    }),
    ("alarm-rule", Level::Problem, "listen to the alarm in", |facts| {
        let rule = stack(facts).rule.as_mut().unwrap();
        rule.pattern = rule.pattern.replace("alarm:in", "alarm:another-in");
    }),
    ("heartbeat", Level::Problem, "AccessDenied", |facts| stack(facts).heartbeat = unread()),
    ("heartbeat", Level::Problem, "disabled", |facts| {
        stack(facts).heartbeat.as_mut().unwrap().enabled = false;
    }),
    ("heartbeat", Level::Problem, "does not start", |facts| {
        stack(facts).heartbeat.as_mut().unwrap().target.clear();
    }),
    ("last-runs", Level::Problem, "AccessDenied", |facts| stack(facts).runs = unread()),
    ("last-runs", Level::Warning, "no run has ended", |facts| {
        stack(facts).runs = Ok(vec![run(RunStatus::Running, "Check")]);
    }),
    ("last-runs", Level::Problem, "UpdateStuck: so it is", |facts| {
        stack(facts).runs = Ok(vec![run(RunStatus::Failed, "UpdateStuck")]);
    }),
    ("last-runs", Level::Warning, "1 of the last 2 failed", |facts| {
        stack(facts).runs =
            Ok(vec![run(RunStatus::Succeeded, "Quiet"), run(RunStatus::Failed, "UpdateStuck")]);
    }),
    ("listeners", Level::Problem, "AccessDenied", |facts| stack(facts).listeners = unread()),
    ("listeners", Level::Warning, "nobody listens", |facts| stack(facts).listeners = Ok(Vec::new())),
    ("listeners", Level::Warning, "has not confirmed", |facts| {
        stack(facts).listeners.as_mut().unwrap()[0].confirmed = false;
    }),
    ("telling-alarms", Level::Problem, "AccessDenied", |facts| stack(facts).ringing = unread()),
    ("telling-alarms", Level::Problem, "orders-scaling-blocked", |facts| {
        let (name, description) = ("orders-scaling-blocked".to_owned(), "look at it".to_owned());
        stack(facts).ringing = Ok(vec![Ringing { name, description }]);
    }),
    ("monitoring-level", Level::Warning, "PARALLELISM", |facts| {
        application(facts).monitoring_level = "PARALLELISM".to_owned();
    }),
    ("application", Level::Problem, "ROLLED_BACK", |facts| {
        application(facts).status = "ROLLED_BACK".to_owned();
    }),
];

fn unread<T>() -> Result<T, String> {
    Err("failed to read it: AccessDenied".to_owned())
}

#[test]
fn a_healthy_stack_is_good_in_every_way() {
    for finding in examine(&healthy(), LIMITS) {
        assert_eq!((finding.level, &finding.remedy), (Level::Good, &None), "{finding:?}");
    }
}

#[test]
fn whatever_is_broken_is_found_alone_and_with_its_remedy() {
    for (check, level, part, breakage) in BREAKAGES {
        let mut facts = healthy();
        breakage(&mut facts);
        let findings = examine(&facts, LIMITS);
        let found: Vec<_> = findings.iter().filter(|finding| finding.level != Level::Good).collect();
        assert_eq!(
            found.iter().map(|finding| finding.check).collect::<Vec<_>>(),
            [check],
            "{part}: {found:?}"
        );
        assert!(found[0].level == level && found[0].says.contains(part), "{:?}", found[0]);
        assert!(found[0].remedy.as_ref().is_some_and(|remedy| !remedy.is_empty()), "{:?}", found[0]);
    }
}

#[test]
fn every_check_is_broken_once() {
    let checks = |findings: Vec<deployment::Finding>| findings.into_iter().map(|finding| finding.check);
    let mut looked_at: BTreeSet<_> = checks(examine(&healthy(), LIMITS)).collect();
    // These two are silent where all is well.
    looked_at.extend(["policy", "telling-alarms"]);
    assert_eq!(BREAKAGES.iter().map(|(check, ..)| *check).collect::<BTreeSet<_>>(), looked_at);
}
