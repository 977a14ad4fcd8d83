//! The findings of the doctor for a healthy stack, and for each possible defect.
#![expect(clippy::unwrap_used, clippy::assigning_clones, reason = "a test may panic, and need not be fast")]

mod drill;
mod streams;
mod world;

use deployment::{Facts, Level, Obstacle, PublishedMetric, Read, RunStatus, Unread, examine};
use jiff::SignedDuration;
use std::collections::BTreeSet;
use tasks::{Comparison, UnusableAlarm, UnusableKind};
use world::{
    NOW, application, application_facts, healthy, healthy_stream, in_subnets, machine, metric, out_metric,
    rule, runs, stack, topic,
};

/// The check that finds a defect, its level, a part of the message, and the defect.
pub(crate) type Breakage = (&'static str, Level, &'static str, fn(&mut Facts));

const BREAKAGES: [Breakage; 86] = [
    ("application", Level::Problem, "no application 'orders'", |facts| {
        application_facts(facts).settings = Ok(None);
    }),
    ("application", Level::Problem, "AccessDenied", |facts| application_facts(facts).settings = unread()),
    ("application", Level::Problem, "does not run", |facts| application(facts).status = "READY".to_owned()),
    ("application", Level::Problem, "ROLLED_BACK", |facts| {
        application(facts).status = "ROLLED_BACK".to_owned();
    }),
    ("application", Level::Warning, "being changed", |facts| {
        application(facts).status = "UPDATING".to_owned();
    }),
    ("built-in-autoscaling", Level::Warning, "is on", |facts| application(facts).built_in_autoscaling = true),
    ("snapshots", Level::Problem, "loses the job's state", |facts| application(facts).snapshots = false),
    ("snapshot-count", Level::Warning, "800 snapshots of the 1000", |facts| {
        application_facts(facts).snapshots = Ok(800);
    }),
    ("snapshot-count", Level::Warning, "at 100 GB each they cost 2300.00 dollars a month", |facts| {
        application_facts(facts).snapshots = Ok(1_000);
        machine(facts).policy = machine(facts).policy.clone().with([("StateGigabytes", "100")]);
    }),
    ("snapshot-count", Level::Problem, "AccessDenied", |facts| application_facts(facts).snapshots = unread()),
    ("system-rollback", Level::Warning, "stopped", |facts| application(facts).rollback = false),
    ("stack", Level::Problem, "no stack of kpu-autoscaler", |facts| facts.stack = None),
    ("stack", Level::Problem, "another scales the same", |facts| {
        facts.other_stacks = Ok(vec!["another".to_owned()]);
    }),
    ("stack", Level::Problem, "AccessDenied", |facts| facts.other_stacks = unread()),
    ("stack", Level::Warning, "UPDATE_IN_PROGRESS", |facts| becomes(facts, "UPDATE_IN_PROGRESS")),
    ("stack", Level::Warning, "rolled back", |facts| becomes(facts, "UPDATE_ROLLBACK_COMPLETE")),
    ("stack", Level::Problem, "ROLLBACK_COMPLETE", |facts| becomes(facts, "ROLLBACK_COMPLETE")),
    ("stack", Level::Problem, "DELETE_FAILED", |facts| becomes(facts, "DELETE_FAILED")),
    ("state-machine", Level::Problem, "DELETING", |facts| machine(facts).status = "DELETING".to_owned()),
    ("state-machine policy", Level::Problem, "AccessDenied", |facts| stack(facts).machine = unread()),
    ("policy", Level::Problem, "MinKpu", |facts| {
        machine(facts).policy = machine(facts).policy.clone().with([("MinKpu", "50")]);
    }),
    ("size", Level::Warning, "bounds are 1 and 32", |facts| application(facts).kpus = 33),
    ("mode", Level::Warning, "Mode is observe", |facts| {
        machine(facts).policy = machine(facts).policy.clone().with([("Mode", "observe")]);
    }),
    ("mode", Level::Warning, "is off", |facts| {
        machine(facts).policy = machine(facts).policy.clone().with([("Mode", "off")]);
    }),
    ("schedule", Level::Warning, "nothing is scaled now: daily 0:00-24:00", |facts| {
        machine(facts).policy = machine(facts).policy.clone().with([("Windows", "daily 0:00-24:00 blocked")]);
    }),
    ("schedule", Level::Warning, "never open again: 2001-01-01 8:00-9:00 >=4", |facts| {
        machine(facts).policy = machine(facts)
            .policy
            .clone()
            .with([("Windows", "2001-01-01 8:00-9:00 >=4; daily 0:00-24:00 <=30")]);
    }),
    ("pause", Level::Warning, "paused by the tag kpu-autoscaler.pause: in", |facts| {
        facts.pause = Ok(Some("in".to_owned()));
    }),
    ("pause", Level::Problem, "set it to all, out or in", |facts| facts.pause = Ok(Some("x".to_owned()))),
    ("pause", Level::Problem, "AccessDenied", |facts| facts.pause = unread()),
    ("max-parallelism", Level::Problem, "asks for 20 KPU", |facts| {
        machine(facts).policy = machine(facts).policy.clone().with([("MaxParallelism", "16")]);
        machine(facts).policy = machine(facts).policy.clone().with([("Windows", "daily 0:00-0:01 >=20")]);
    }),
    ("max-parallelism", Level::Warning, "of 256", |facts| application(facts).parallelism_per_kpu = 8),
    ("max-parallelism", Level::Warning, "of 400, and the quota of an application is 256", |facts| {
        application(facts).parallelism_per_kpu = 8;
        machine(facts).policy = machine(facts).policy.clone().with([("MaxParallelism", "400")]);
        machine(facts).policy = machine(facts).policy.clone().with([("MaxKpu", "60")]);
    }),
    ("application-key", Level::Problem, "ApplicationKmsKeyArn is empty", |facts| {
        application(facts).key = Some(KEY.to_owned());
    }),
    (
        "application-key",
        Level::Problem,
        "is encrypted with arn:aws:kms:eu-central-1:111122223333:key/1-2",
        |facts| {
            application(facts).key = Some(KEY.to_owned());
            stack(facts).application_key = KEY.replace("1-2", "3-4");
        },
    ),
    ("application-key", Level::Problem, "is encrypted with 3-4", |facts| {
        application(facts).key = Some("3-4".to_owned());
        stack(facts).application_key = KEY.to_owned();
    }),
    ("application-key", Level::Warning, "with a key of AWS", |facts| {
        stack(facts).application_key = KEY.to_owned();
    }),
    ("kpu-quota", Level::Warning, "MaxKpu is 32, and the KPU quota is 20", |facts| {
        application_facts(facts).kpu_quota = Ok(Some(20));
    }),
    ("kpu-quota", Level::Warning, "MaxKpu is 65, and the KPU quota is 64", |facts| {
        machine(facts).policy = machine(facts).policy.clone().with([("MaxKpu", "65")]);
        application_facts(facts).kpu_quota = Ok(None);
    }),
    (
        "kpu-quota",
        Level::Warning,
        "the default KPU quota is 64, and failed to read it: AccessDenied",
        |facts| {
            machine(facts).policy = machine(facts).policy.clone().with([("MaxKpu", "65")]);
            application_facts(facts).kpu_quota = unread();
        },
    ),
    // From 4 KPU to 32, and a fifth of 32.
    ("vpc-addresses", Level::Warning, "needs 35 free addresses in each subnet", |facts| {
        in_subnets(facts, Ok(&[200, 34]));
    }),
    ("vpc-addresses", Level::Warning, "subnet-a has 200, subnet-b has 0", |facts| {
        in_subnets(facts, Ok(&[200, 0]));
    }),
    ("vpc-addresses", Level::Warning, "AccessDenied", |facts| in_subnets(facts, unread())),
    ("alarms", Level::Problem, "AccessDenied", |facts| stack(facts).alarms = unread()),
    ("alarms", Level::Problem, "no alarm in", |facts| {
        stack(facts).alarms.as_mut().unwrap().alarms.truncate(1);
    }),
    ("alarms", Level::Problem, "the alarm band is an anomaly detection alarm", |facts| {
        machine(facts).policy = machine(facts).policy.clone().with([("MoreScaleOutAlarms", "band")]);
        let kind = UnusableKind::AnomalyDetection;
        stack(facts).alarms.as_mut().unwrap().unusable =
            vec![UnusableAlarm { name: "band".to_owned(), kind }];
    }),
    ("alarms", Level::Problem, "there is no alarm both", |facts| {
        machine(facts).policy = machine(facts).policy.clone().with([("MoreScaleInAlarms", "both")]);
    }),
    ("alarms", Level::Problem, "ScaleInThreshold", |facts| {
        stack(facts).alarms.as_mut().unwrap().alarms[1].threshold = 60.0;
    }),
    ("alarms", Level::Warning, "out when containerCPUUtilization <", |facts| {
        stack(facts).alarms.as_mut().unwrap().alarms[0].comparison = Comparison::LessThanThreshold;
    }),
    ("grace-period", Level::Warning, "GracePeriodSeconds", |facts| {
        stack(facts).alarms.as_mut().unwrap().alarms[0].evaluation_periods = 6;
    }),
    ("scale-out-metric", Level::Problem, "AccessDenied", |facts| stack(facts).out_metric = unread()),
    (
        "scale-out-metric",
        Level::Problem,
        "containerCPUUtilization (Application=orders) has no data",
        |facts| {
            out_metric(facts).points.clear();
        },
    ),
    (
        "scale-out-metric",
        Level::Problem,
        "the expression of containerCPUUtilization and uptime has no data",
        |facts| {
            let uptime = PublishedMetric { name: "uptime".to_owned(), ..out_metric(facts).wanted[0].clone() };
            out_metric(facts).wanted.push(uptime);
            out_metric(facts).points.clear();
        },
    ),
    ("scale-in-metric", Level::Problem, "has no data", |facts| {
        stack(facts).in_metric.as_mut().unwrap().points.clear();
    }),
    ("scale-in-metric", Level::Problem, "has had no data for 8 min", |facts| {
        stack(facts).in_metric.as_mut().unwrap().points[0].start = NOW - SignedDuration::from_mins(8);
    }),
    ("monitoring-level scale-out-metric", Level::Warning, "TASK", |facts| {
        application(facts).monitoring_level = "TASK".to_owned();
        out_metric(facts).points.clear();
    }),
    ("load-metric", Level::Problem, "AccessDenied", |facts| stack(facts).load_metric = Some(unread())),
    ("load-metric", Level::Problem, "has no data", |facts| {
        stack(facts).load_metric.as_mut().unwrap().as_mut().unwrap().points.clear();
    }),
    ("alarm-rule", Level::Problem, "AccessDenied", |facts| stack(facts).rule = unread()),
    ("alarm-rule", Level::Problem, "AccessDenied", |facts| stack(facts).alarm_names = unread()),
    ("alarm-rule", Level::Problem, "disabled", |facts| rule(facts).enabled = false),
    ("alarm-rule", Level::Problem, "does not start", |facts| rule(facts).targets.clear()),
    ("alarm-rule", Level::Problem, "match the alarm in", |facts| {
        rule(facts).pattern = rule(facts).pattern.replace("\"in\"", "\"another-in\"");
    }),
    ("alarm-rule", Level::Problem, "match the state ALARM", |facts| {
        rule(facts).pattern = rule(facts).pattern.replace("ALARM", "OK");
    }),
    ("alarm-rule", Level::Problem, "match the state ALARM", |facts| rule(facts).pattern.clear()),
    ("heartbeat", Level::Problem, "AccessDenied", |facts| stack(facts).heartbeat = unread()),
    ("heartbeat", Level::Problem, "disabled", |facts| {
        stack(facts).heartbeat.as_mut().unwrap().enabled = false;
    }),
    ("heartbeat", Level::Problem, "does not start", |facts| {
        stack(facts).heartbeat.as_mut().unwrap().target.clear();
    }),
    ("last-runs", Level::Problem, "AccessDenied", |facts| stack(facts).runs = unread()),
    ("last-runs", Level::Warning, "no run has started", |facts| runs(facts, &[])),
    (
        "last-runs",
        Level::Problem,
        "no run has started for 16 min, although the heartbeat starts one every 5 min",
        |facts| {
            for run in stack(facts).runs.as_mut().unwrap() {
                run.started = NOW - SignedDuration::from_mins(16);
            }
        },
    ),
    ("last-runs", Level::Problem, "UpdateStuck: so it is", |facts| {
        runs(facts, &[(RunStatus::Failed, "UpdateStuck")]);
    }),
    ("last-runs", Level::Warning, "1 failed before, the last one UpdateStuck", |facts| {
        runs(facts, &[(RunStatus::Succeeded, "Quiet"), (RunStatus::Failed, "UpdateStuck")]);
    }),
    ("last-runs", Level::Problem, "UpdateStuck: so it is", |facts| {
        // The failed run started before the succeeded run, and ended after it.
        runs(facts, &[(RunStatus::Succeeded, "Quiet"), (RunStatus::Failed, "UpdateStuck")]);
        stack(facts).runs.as_mut().unwrap()[0].ended = Some(NOW - SignedDuration::from_mins(1));
    }),
    ("last-runs", Level::Warning, "stopped by hand", |facts| {
        runs(facts, &[(RunStatus::Succeeded, "Quiet"), (RunStatus::Stopped, "Stopped")]);
    }),
    ("subscriptions", Level::Problem, "AccessDenied", |facts| topic(facts).subscriptions = unread()),
    ("subscriptions", Level::Problem, "AccessDenied", |facts| stack(facts).topic = unread()),
    ("subscriptions", Level::Warning, "another account", |facts| {
        topic(facts).arn = topic(facts).arn.replace("1111", "9999");
        topic(facts).subscriptions = unread();
    }),
    ("subscriptions", Level::Warning, "no subscriber receives", |facts| {
        topic(facts).subscriptions = Ok(Vec::new());
    }),
    ("subscriptions", Level::Warning, "is not confirmed", |facts| {
        topic(facts).subscriptions.as_mut().unwrap()[0].confirmed = false;
    }),
    ("notification-alarms", Level::Problem, "AccessDenied", |facts| {
        stack(facts).notification_alarms = unread();
    }),
    ("notification-alarms", Level::Problem, "BlockedAlarm is in ALARM", |facts| {
        set_in_alarm(facts, 0, Some(true));
    }),
    ("notification-alarms", Level::Warning, "BuiltInAutoscalingAlarm is in ALARM", |facts| {
        set_in_alarm(facts, 1, Some(true));
    }),
    ("notification-alarms", Level::Problem, "BlockedAlarm does not exist", |facts| {
        set_in_alarm(facts, 0, None);
    }),
    ("heartbeat", Level::Problem, "Missing", |facts| {
        stack(facts).heartbeat = Err(Unread { obstacle: Obstacle::Missing, why: "Missing".to_owned() });
    }),
    ("alarm-rule", Level::Problem, "Other", |facts| {
        stack(facts).rule = Err(Unread { obstacle: Obstacle::Other, why: "Other".to_owned() });
    }),
    ("scale-in-metric", Level::Problem, "Missing", |facts| {
        stack(facts).in_metric = Err(Unread { obstacle: Obstacle::Missing, why: "Missing".to_owned() });
    }),
];

const KEY: &str = "arn:aws:kms:eu-central-1:111122223333:key/1-2";

fn becomes(facts: &mut Facts, status: &str) {
    stack(facts).status = status.to_owned();
}

fn set_in_alarm(facts: &mut Facts, alarm: usize, in_alarm: Option<bool>) {
    stack(facts).notification_alarms.as_mut().unwrap()[alarm].in_alarm = in_alarm;
}

pub(crate) fn unread<T>() -> Read<T> {
    Err(Unread { obstacle: Obstacle::Denied, why: "failed to read it: AccessDenied".to_owned() })
}

#[test]
fn the_remedy_of_an_unread_fact_depends_on_the_obstacle() {
    for (obstacle, remedy) in [
        (Obstacle::Denied, "permission"),
        (Obstacle::Missing, "delete the stack and deploy it again"),
        (Obstacle::Other, "run the command again"),
    ] {
        let mut facts = healthy();
        stack(&mut facts).heartbeat = Err(Unread { obstacle, why: String::new() });
        let findings = examine(&facts);
        let finding = findings.iter().find(|finding| finding.check == "heartbeat").unwrap();
        assert!(finding.remedy.as_ref().unwrap().contains(remedy), "{finding:?}");
    }
}

/// A metric that is published, without data for the alarm: the unit can be the reason, and the application can be.
#[test]
fn the_remedy_for_a_metric_without_data_names_the_unit_of_the_alarm() {
    for (unit, remedy) in [
        (None, "check that the application and its source run"),
        (
            Some("Seconds"),
            "the alarm reads only data points with the Unit Seconds; remove Unit from the alarm",
        ),
    ] {
        let mut facts = healthy();
        let metric = out_metric(&mut facts);
        metric.points.clear();
        metric.published.clone_from(&metric.wanted);
        metric.unit = unit.map(str::to_owned);
        let findings = examine(&facts);
        let finding = findings.iter().find(|finding| finding.check == "scale-out-metric").unwrap();
        let found = finding.remedy.as_ref().unwrap();
        assert!(found.contains(remedy) && found.contains("Unit") == unit.is_some(), "{finding:?}");
    }
}

#[test]
fn a_finer_monitoring_level_is_good_if_the_metrics_have_data() {
    let mut facts = healthy();
    application(&mut facts).monitoring_level = "TASK".to_owned();
    assert!(examine(&facts).iter().all(|finding| finding.level == Level::Good));
}

#[test]
fn a_maximum_parallelism_keeps_within_the_quota() {
    let mut facts = healthy();
    machine(&mut facts).policy = machine(&mut facts).policy.clone().with([("MaxKpu", "200")]);
    machine(&mut facts).policy = machine(&mut facts).policy.clone().with([("MaxParallelism", "128")]);
    application(&mut facts).parallelism_per_kpu = 2;
    assert!(examine(&facts).iter().all(|finding| finding.level == Level::Good));
}

#[test]
fn a_key_is_the_same_by_its_arn_or_its_id_and_an_alias_is_left_to_the_user() {
    for key in [KEY, "1-2", "alias/orders", "arn:aws:kms:eu-central-1:111122223333:alias/orders"] {
        let mut facts = healthy();
        application(&mut facts).key = Some(key.to_owned());
        stack(&mut facts).application_key = KEY.to_owned();
        assert!(examine(&facts).iter().all(|finding| finding.level == Level::Good), "{key}");
    }
}

#[test]
fn the_default_quota_needs_no_permission_to_read_the_quota() {
    let mut facts = healthy();
    for quota in [unread(), Ok(None), Ok(Some(250))] {
        application_facts(&mut facts).kpu_quota = quota;
        assert!(examine(&facts).iter().all(|finding| finding.level == Level::Good));
    }
}

#[test]
fn enough_free_addresses_are_good_and_unread_ones_are_counted_by_a_command() {
    let mut facts = healthy();
    in_subnets(&mut facts, Ok(&[35, 4_000]));
    assert!(examine(&facts).iter().all(|finding| finding.level == Level::Good));
    in_subnets(&mut facts, unread());
    let findings = examine(&facts);
    let finding = findings.iter().find(|finding| finding.check == "vpc-addresses").unwrap();
    let remedy = finding.remedy.as_ref().unwrap();
    assert!(remedy.starts_with("grant the caller ec2:DescribeSubnets, or compare 35 with"), "{remedy}");
    assert!(remedy.contains("--region eu-central-1 --subnet-ids subnet-a subnet-b"), "{remedy}");
}

#[test]
fn a_query_without_a_metric_and_without_data_is_found() {
    let mut facts = healthy();
    out_metric(&mut facts).wanted.clear();
    out_metric(&mut facts).points.clear();
    let findings = examine(&facts);
    let finding = findings.iter().find(|finding| finding.check == "scale-out-metric").unwrap();
    assert_eq!((finding.level, finding.message.as_str()), (Level::Problem, "the query has no data"));
    assert!(finding.remedy.as_ref().unwrap().contains("run the alarm's query"));
}

#[test]
fn metrics_of_other_applications_are_suggested_only_if_the_application_is_missing() {
    let elsewhere = |application: &str| PublishedMetric {
        dimensions: vec![("Application".to_owned(), application.to_owned())],
        ..metric().wanted[0].clone()
    };
    let mut facts = healthy();
    out_metric(&mut facts).points.clear();
    out_metric(&mut facts).published = vec![elsewhere("orders2"), elsewhere("payments")];
    let remedy = |facts: &Facts| {
        let findings = examine(facts);
        findings.into_iter().find(|finding| finding.check == "scale-out-metric").unwrap().remedy.unwrap()
    };
    assert!(remedy(&facts).contains("nothing like it is published"));
    application_facts(&mut facts).settings = Ok(None);
    assert!(remedy(&facts).contains("published for Application=orders2"));
}

/// The healthy facts of a kind of stack, and its defects.
type Kind = (fn() -> Facts, &'static [Breakage]);

/// The kinds of stacks.
const KINDS: [Kind; 2] = [(healthy, &BREAKAGES), (healthy_stream, &streams::BREAKAGES)];

#[test]
fn a_healthy_stack_is_good_in_every_way() {
    for (healthy, _) in KINDS {
        for finding in examine(&healthy()) {
            assert_eq!((finding.level, &finding.remedy), (Level::Good, &None), "{finding:?}");
        }
    }
}

#[test]
fn every_defect_is_found_alone_and_with_its_remedy() {
    for (healthy, breakages) in KINDS {
        for (check, level, part, breakage) in breakages {
            let mut facts = healthy();
            breakage(&mut facts);
            let findings = examine(&facts);
            let found: Vec<_> = findings.iter().filter(|finding| finding.level != Level::Good).collect();
            assert_eq!(
                found.iter().map(|finding| finding.check).collect::<Vec<_>>().join(" "),
                *check,
                "{part}: {found:?}"
            );
            assert!(found[0].level == *level && found[0].message.contains(part), "{:?}", found[0]);
            assert!(found[0].remedy.as_ref().is_some_and(|remedy| !remedy.is_empty()), "{:?}", found[0]);
        }
    }
}

/// The quoted names in the first column of the tables of a page.
fn first_columns(page: &str) -> BTreeSet<&str> {
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    rows.flat_map(|row| row.split('|').nth(1).unwrap().split('`').skip(1).step_by(2)).collect()
}

#[test]
fn every_check_has_a_defect_and_a_row_in_the_reference() {
    let checks = |findings: Vec<deployment::Finding>| findings.into_iter().map(|finding| finding.check);
    let checked: BTreeSet<_> = KINDS.iter().flat_map(|(healthy, _)| checks(examine(&healthy()))).collect();
    let breakages = KINDS.iter().flat_map(|(_, breakages)| breakages.iter());
    let broken = breakages.flat_map(|(check, ..)| check.split(' '));
    assert_eq!(broken.collect::<BTreeSet<_>>(), checked);
    let page = include_str!("../../../../docs/reference/doctor-findings.md");
    assert_eq!(first_columns(page), checked, "left: the page; right: the doctor");
}
