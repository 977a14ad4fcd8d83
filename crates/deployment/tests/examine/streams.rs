//! The defects of a stack that scales a stream.

use crate::world::{NOW, machine, out_metric, reader, runs, stack, stream, stream_facts};
use crate::{Row, unread};
use deployment::{Facts, Level, Overview, RunStatus, ShardQuota, examine};
use jiff::SignedDuration;

#[rustfmt::skip]
pub(crate) const DEFECTS: &[Row] = &[
    ("stream", Level::Problem,
     "there is no stream 'clicks' in this account and Region → check the name, the Region (--region or AWS_REGION) and the profile (--profile or AWS_PROFILE)",
     |facts| stream_facts(facts).settings = Ok(None)),
    ("stream", Level::Problem,
     "failed to read it: AccessDenied → grant the caller the permission to read it; docs/reference/permissions.md lists them",
     |facts| stream_facts(facts).settings = unread()),
    ("stream", Level::Problem,
     "clicks is being deleted → delete the stack of the autoscaler as well",
     |facts| stream(facts).status = "DELETING".to_owned()),
    ("stream", Level::Warning,
     "clicks is being changed (UPDATING) → wait until its status is ACTIVE, then run kpu doctor again; nothing is scaled until then",
     |facts| stream(facts).status = "UPDATING".to_owned()),
    ("capacity-mode", Level::Problem,
     "the capacity mode is on-demand, so that Kinesis scales the stream itself and every run fails → switch the stream to provisioned, or delete the stack of the autoscaler",
     |facts| stream(facts).on_demand = true),
    ("changes-of-a-day", Level::Problem,
     "failed to read it: AccessDenied → grant the caller the permission to read it; docs/reference/permissions.md lists them",
     |facts| stream_facts(facts).changes = unread()),
    ("changes-of-a-day", Level::Problem,
     "every run fails: the tag kpu-autoscaler.changes is 'x', which this stack has not written → delete the tag: the record of the last day's changes is lost with it",
     |facts| {
        stream_facts(facts).changes = Ok(Some("x".to_owned()));
    }),
    // The tenth change was made a minute ago, and the first one 23 hours ago.
    ("changes-of-a-day", Level::Warning,
     "the autoscaler made 10 of the 10 changes that Kinesis allows in 24 hours, so that nothing is scaled until 2027-01-15T09:00:00Z → wait; to scale less often, raise ScaleOutFactor, ScaleInFactor or MinShards",
     |facts| {
        changed(facts, 23, 9);
    }),
    ("reading-application", Level::Problem,
     "failed to read it: AccessDenied → grant the caller the permission to read it; docs/reference/permissions.md lists them",
     |facts| reader(facts).settings = unread()),
    ("reading-application", Level::Warning,
     "ApplicationName is orders, and there is no application of this name in this account and Region → set ApplicationName to the application that reads the stream, or empty it",
     |facts| {
        reader(facts).settings = Ok(None);
    }),
    ("reading-application", Level::Warning,
     "the application orders, which reads the stream, does not run (READY) → start the application; without a reader the stream is not scaled in",
     |facts| {
        reader(facts).settings.as_mut().unwrap().as_mut().unwrap().status = "READY".to_owned();
    }),
    ("stack", Level::Problem,
     "no stack of kpu-autoscaler scales 'clicks' → deploy one: sam deploy --guided",
     |facts| facts.stack = None),
    ("stack", Level::Problem,
     "another scales the same stream as orders-scaling → keep one of the stacks and delete the others: each treats the scaling of the others as a manual change",
     |facts| {
        facts.other_stacks = Ok(vec!["another".to_owned()]);
    }),
    ("policy", Level::Problem,
     "failed to read the policy: MinShards is 50 and MaxShards is 16; set MinShards to at most MaxShards → correct the parameter in the stack",
     |facts| {
        machine(facts).policy = machine(facts).policy.clone().with([("MinShards", "50")]);
    }),
    ("size", Level::Warning,
     "the stream has 17 shards, and the bounds are 1 and 16 → the next run scales it into the bounds, after a backlog if there is one; to keep this size, change MinShards, MaxShards or the windows",
     |facts| {
        stream(facts).shards = 17;
    }),
    // 96 shards of other streams, and 16 of this one.
    ("shard-quota", Level::Warning,
     "with MaxShards 16 the account has 112 shards in this Region, and the shard quota is 111 → request an increase of the shard quota in Service Quotas, or lower MaxShards; Kinesis rejects a change above the quota",
     |facts| {
        stream_facts(facts).quota = Ok(ShardQuota { limit: 111, open: 100 });
    }),
    ("shard-quota", Level::Warning,
     "MaxShards is 16, and failed to read it: AccessDenied → grant the caller kinesis:DescribeLimits, or compare MaxShards with the output of: aws kinesis describe-limits --region eu-central-1",
     |facts| stream_facts(facts).quota = unread()),
    ("mode", Level::Warning,
     "Mode is observe: decisions are recorded in the executions, and nothing is scaled → set Mode to active when you agree with the decisions",
     |facts| {
        machine(facts).policy = machine(facts).policy.clone().with([("Mode", "observe")]);
    }),
    ("pause", Level::Warning,
     "scaling is paused by the tag kpu-autoscaler.pause: all → remove the tag with kpu resume",
     |facts| {
        facts.pause = Ok(Some("all".to_owned()));
    }),
    ("alarms", Level::Problem,
     "MoreScaleOutAlarms names throttled, an alarm that was not found → create it in the Region of this stack, or correct its name; a composite alarm or a log alarm is never found: name the metric alarms below it, or an alarm on a metric filter of its logs",
     |facts| {
        machine(facts).policy = machine(facts).policy.clone().with([("MoreScaleOutAlarms", "throttled")]);
    }),
    ("scale-out-metric", Level::Warning,
     "AWS/KinesisAnalytics containerCPUUtilization (Application=orders) has no data → nothing like it is published: check that the application runs, and that it publishes this metric at its monitoring level; correct the stack's parameters or the application",
     |facts| out_metric(facts).points.clear()),
    ("scale-in-metric", Level::Warning,
     "AWS/KinesisAnalytics containerCPUUtilization (Application=orders) has had no data for 8 min → check that the stream is written and read, and that the heartbeat of one minute publishes the number of shards; nothing is scaled on a metric without fresh data",
     |facts| {
        stack(facts).in_metric.as_mut().unwrap().points[0].start = NOW - SignedDuration::from_mins(8);
    }),
    ("age-metric", Level::Problem,
     "AWS/KinesisAnalytics containerCPUUtilization (Application=orders) has no data → nothing like it is published: check that the application runs, and that it publishes this metric at its monitoring level; correct the stack's parameters or the application",
     |facts| {
        stack(facts).age_metric.as_mut().unwrap().as_mut().unwrap().points.clear();
    }),
    ("age-metric", Level::Problem,
     "failed to read it: AccessDenied → grant the caller the permission to read it; docs/reference/permissions.md lists them",
     |facts| stack(facts).age_metric = Some(unread())),
    ("heartbeat", Level::Problem,
     "the schedule of the heartbeat is disabled → enable it in the EventBridge Scheduler console; only the heartbeat replaces a lost alarm event",
     |facts| {
        stack(facts).heartbeat.as_mut().unwrap().enabled = false;
    }),
    ("last-runs", Level::Problem,
     "the last run failed: TaskFailed: so it is → follow the message; the execution in the Step Functions console has every step of the run",
     |facts| {
        runs(facts, &[(RunStatus::Failed, "TaskFailed")]);
    }),
];

/// Records a change of a minute ago, and `count` earlier ones. The first began `first_hours` hours ago.
fn changed(facts: &mut Facts, first_hours: i64, count: i64) {
    let time = |minutes| (NOW - SignedDuration::from_mins(minutes)).strftime("%Y%m%dT%H%M%SZ").to_string();
    let earlier: Vec<String> = (0..count).map(|index| time(first_hours * 60 - index)).rev().collect();
    let newest = time(1);
    let tag = format!("2 to 4 at {newest} until {newest} after {}", earlier.join(" "));
    stream_facts(facts).changes = Ok(Some(tag));
}

#[test]
fn changes_count_for_a_day_and_the_first_one_frees_the_next() {
    for (first_hours, count, used) in [(23, 8, 9), (24, 1, 1), (30, 5, 1)] {
        let mut facts = crate::world::healthy_stream();
        changed(&mut facts, first_hours, count);
        let findings = examine(&facts);
        let finding = findings.iter().find(|finding| finding.check == "changes-of-a-day").unwrap();
        assert_eq!(finding.level, Level::Good, "{finding:?}");
        assert!(finding.message.starts_with(&format!("the autoscaler made {used} of the 10")), "{finding:?}");
    }
    let mut facts = crate::world::healthy_stream();
    changed(&mut facts, 23, 9);
    let findings = examine(&facts);
    let finding = findings.iter().find(|finding| finding.check == "changes-of-a-day").unwrap();
    let next = NOW + SignedDuration::from_hours(1);
    assert!(finding.message.ends_with(&format!("nothing is scaled until {next}")), "{finding:?}");
}

#[test]
fn the_quota_is_compared_with_the_size_above_the_maximum() {
    let mut facts = crate::world::healthy_stream();
    stream(&mut facts).shards = 20;
    stream_facts(&mut facts).quota = Ok(ShardQuota { limit: 100, open: 100 });
    let findings = examine(&facts);
    let finding = findings.iter().find(|finding| finding.check == "shard-quota").unwrap();
    assert_eq!(finding.level, Level::Good, "{finding:?}");
}

/// A state, its level in the list of all stacks, and its line.
type State = (Level, &'static str, fn(&mut Facts));

const STATES: [State; 12] = [
    (Level::Good, "ACTIVE, 4 shards, bounds 1 to 16; a run is in GracePeriod", |_| ()),
    (Level::Good, "UPDATING, 4 shards, bounds 1 to 16; a run is in GracePeriod", |facts| {
        stream(facts).status = "UPDATING".to_owned();
    }),
    (Level::Warning, "DELETING, 4 shards, bounds 1 to 16; a run is in GracePeriod", |facts| {
        stream(facts).status = "DELETING".to_owned();
    }),
    (Level::Problem, "there is no stream 'clicks'; a run is in GracePeriod", |facts| {
        stream_facts(facts).settings = Ok(None);
    }),
    (Level::Problem, "failed to read it: AccessDenied; a run is in GracePeriod", |facts| {
        stream_facts(facts).settings = unread();
    }),
    (Level::Warning, "ACTIVE, 4 shards, bounds 1 to 16; mode Observe; a run is in GracePeriod", |facts| {
        machine(facts).policy = machine(facts).policy.clone().with([("Mode", "observe")]);
    }),
    (Level::Warning, "ACTIVE, 4 shards, bounds 1 to 16; paused: in; a run is in GracePeriod", |facts| {
        facts.pause = Ok(Some("in".to_owned()));
    }),
    (Level::Good, "ACTIVE, 4 shards, bounds 1 to 16; a run is in GracePeriod", |facts| {
        facts.pause = Ok(Some("in until 20010101T000000Z".to_owned()));
    }),
    (Level::Problem, "ACTIVE, 4 shards; the policy is invalid; a run is in GracePeriod", |facts| {
        machine(facts).policy = machine(facts).policy.clone().with([("MinShards", "50")]);
    }),
    (Level::Good, "ACTIVE, 4 shards, bounds 1 to 16; the last run ended in Quiet", |facts| {
        runs(facts, &[(RunStatus::Succeeded, "Quiet")]);
    }),
    (
        Level::Problem,
        "ACTIVE, 4 shards, bounds 1 to 16; the last run failed: TaskFailed: so it is",
        |facts| runs(facts, &[(RunStatus::Running, "Check"), (RunStatus::Failed, "TaskFailed")]),
    ),
    (Level::Problem, "ACTIVE, 4 shards; no stack scales it; no run has started", |facts| facts.stack = None),
];

#[test]
fn the_state_of_a_stack_is_a_line() {
    for (level, line, change) in STATES {
        let mut facts = crate::world::healthy_stream();
        change(&mut facts);
        let overview = Overview::of_state(&facts);
        assert_eq!((overview.level, overview.message.as_str()), (level, line));
        assert_eq!((overview.kind, overview.resource.as_str()), ("stream", "clicks"));
    }
}

#[test]
fn the_findings_of_a_stack_are_a_line() {
    for (level, line, change) in [
        (Level::Good, "22 findings, all good", (|_| ()) as fn(&mut Facts)),
        (Level::Warning, "1 warning (size)", |facts| stream(facts).shards = 17),
        (Level::Problem, "2 problems (capacity-mode, heartbeat), 1 warning (pause)", |facts| {
            stream(facts).on_demand = true;
            stack(facts).heartbeat.as_mut().unwrap().enabled = false;
            facts.pause = Ok(Some("all".to_owned()));
        }),
    ] {
        let mut facts = crate::world::healthy_stream();
        change(&mut facts);
        let overview = Overview::of_findings(&facts, &examine(&facts));
        assert_eq!((overview.level, overview.message.as_str()), (level, line));
    }
}

#[test]
fn the_worst_stack_is_first() {
    let line = |stack: &str, level| Overview {
        stack: stack.to_owned(),
        level,
        ..Overview::of_state(&crate::world::healthy_stream())
    };
    let mut lines = vec![
        line("b", Level::Good),
        line("d", Level::Problem),
        line("a", Level::Good),
        line("c", Level::Problem),
        line("e", Level::Warning),
    ];
    Overview::sort(&mut lines);
    let stacks: Vec<&str> = lines.iter().map(|line| line.stack.as_str()).collect();
    assert_eq!(stacks, ["c", "d", "e", "a", "b"]);
}
