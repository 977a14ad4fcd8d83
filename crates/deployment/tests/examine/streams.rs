//! The defects of a stack that scales a stream.

use crate::world::{NOW, machine, out_metric, reader, runs, stack, stream, stream_facts};
use crate::{Breakage, unread};
use deployment::{Facts, Level, Overview, RunStatus, ShardQuota, examine};
use jiff::SignedDuration;

pub(crate) const BREAKAGES: [Breakage; 26] = [
    ("stream", Level::Problem, "no stream 'clicks'", |facts| stream_facts(facts).settings = Ok(None)),
    ("stream", Level::Problem, "AccessDenied", |facts| stream_facts(facts).settings = unread()),
    ("stream", Level::Problem, "being deleted", |facts| stream(facts).status = "DELETING".to_owned()),
    ("stream", Level::Warning, "UPDATING", |facts| stream(facts).status = "UPDATING".to_owned()),
    ("capacity-mode", Level::Problem, "on-demand", |facts| stream(facts).on_demand = true),
    ("changes-of-a-day", Level::Problem, "AccessDenied", |facts| stream_facts(facts).changes = unread()),
    ("changes-of-a-day", Level::Problem, "every run fails: the tag kpu-autoscaler.changes is 'x'", |facts| {
        stream_facts(facts).changes = Ok(Some("x".to_owned()));
    }),
    // The tenth change was made a minute ago, and the first one 23 hours ago.
    ("changes-of-a-day", Level::Warning, "10 of the 10 changes that Kinesis allows", |facts| {
        changed(facts, 23, 9);
    }),
    ("reading-application", Level::Problem, "AccessDenied", |facts| reader(facts).settings = unread()),
    ("reading-application", Level::Warning, "ApplicationName is orders, and there is no", |facts| {
        reader(facts).settings = Ok(None);
    }),
    ("reading-application", Level::Warning, "does not run (READY)", |facts| {
        reader(facts).settings.as_mut().unwrap().as_mut().unwrap().status = "READY".to_owned();
    }),
    ("stack", Level::Problem, "no stack of kpu-autoscaler scales 'clicks'", |facts| facts.stack = None),
    ("stack", Level::Problem, "another scales the same stream as", |facts| {
        facts.other_stacks = Ok(vec!["another".to_owned()]);
    }),
    ("policy", Level::Problem, "MinShards", |facts| {
        machine(facts).policy = machine(facts).policy.clone().with([("MinShards", "50")]);
    }),
    ("size", Level::Warning, "the stream has 17 shards, and the bounds are 1 and 16", |facts| {
        stream(facts).shards = 17;
    }),
    // 96 shards of other streams, and 16 of this one.
    ("shard-quota", Level::Warning, "112 shards in this Region, and the shard quota is 111", |facts| {
        stream_facts(facts).quota = Ok(ShardQuota { limit: 111, open: 100 });
    }),
    ("shard-quota", Level::Warning, "AccessDenied", |facts| stream_facts(facts).quota = unread()),
    ("mode", Level::Warning, "Mode is observe", |facts| {
        machine(facts).policy = machine(facts).policy.clone().with([("Mode", "observe")]);
    }),
    ("pause", Level::Warning, "paused by the tag kpu-autoscaler.pause: all", |facts| {
        facts.pause = Ok(Some("all".to_owned()));
    }),
    ("alarms", Level::Problem, "there is no alarm throttled", |facts| {
        machine(facts).policy = machine(facts).policy.clone().with([("MoreScaleOutAlarms", "throttled")]);
    }),
    ("scale-out-metric", Level::Warning, "has no data", |facts| out_metric(facts).points.clear()),
    ("scale-in-metric", Level::Warning, "has had no data for 8 min", |facts| {
        stack(facts).in_metric.as_mut().unwrap().points[0].start = NOW - SignedDuration::from_mins(8);
    }),
    ("age-metric", Level::Problem, "has no data", |facts| {
        stack(facts).age_metric.as_mut().unwrap().as_mut().unwrap().points.clear();
    }),
    ("age-metric", Level::Problem, "AccessDenied", |facts| stack(facts).age_metric = Some(unread())),
    ("heartbeat", Level::Problem, "disabled", |facts| {
        stack(facts).heartbeat.as_mut().unwrap().enabled = false;
    }),
    ("last-runs", Level::Problem, "TaskFailed: so it is", |facts| {
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
