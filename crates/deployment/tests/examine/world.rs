//! The facts of a healthy stack, and access to their parts.

use deployment::{
    ApplicationFacts, ApplicationSettings, Facts, Heartbeat, Machine, NotificationAlarm, PublishedMetric,
    Read, Reader, Rule, Run, RunStatus, ScaledResource, ShardQuota, Stack, StreamFacts, StreamSettings,
    Subnet, Subscription, Topic, WatchedMetric,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::collections::BTreeMap;
use tasks::{
    Alarm, AlarmState, Comparison, DataPoint, DescribedAlarms, MonthOfExecutions, Query, Source, own_cost,
};

pub(crate) const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);
pub(crate) const MACHINE: &str = "arn:aws:states:eu-central-1:111122223333:stateMachine:machine";

pub(crate) fn alarm(name: &str, comparison: Comparison, threshold: f64) -> Alarm {
    let source = Source::Metric {
        namespace: "AWS/KinesisAnalytics".to_owned(),
        name: "containerCPUUtilization".to_owned(),
        dimensions: vec![("Application".to_owned(), "orders".to_owned())],
        statistic: "Average".to_owned(),
        period: SignedDuration::from_mins(1),
        unit: None,
    };
    Alarm {
        name: name.to_owned(),
        state: AlarmState::Ok,
        state_updated: NOW,
        comparison,
        threshold,
        period: SignedDuration::from_mins(1),
        evaluation_periods: 3,
        queries: vec![Query { id: "m1".to_owned(), source, account: None, returns_data: true }],
    }
}

pub(crate) fn metric() -> WatchedMetric {
    let wanted = PublishedMetric {
        namespace: "AWS/KinesisAnalytics".to_owned(),
        name: "containerCPUUtilization".to_owned(),
        dimensions: vec![("Application".to_owned(), "orders".to_owned())],
    };
    let point = DataPoint { start: NOW - SignedDuration::from_mins(2), value: 50.0 };
    let may_be_old = SignedDuration::from_mins(7);
    WatchedMetric { wanted: vec![wanted], unit: None, may_be_old, points: vec![point], published: Vec::new() }
}

pub(crate) fn run(status: RunStatus, state: &str) -> Run {
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

pub(crate) fn notification_alarm(logical_name: &str) -> NotificationAlarm {
    NotificationAlarm {
        name: format!("orders-scaling-{logical_name}"),
        logical_name: logical_name.to_owned(),
        description: "check it".to_owned(),
        in_alarm: Some(false),
    }
}

pub(crate) fn healthy() -> Facts {
    let policy = json!({
        "ApplicationName": "orders", "ScaleOutAlarm": "out", "ScaleInAlarm": "in", "MinKpu": "1", "MaxKpu": "32",
        "MaxParallelism": "", "ScalingOperation": "Multiply/Divide", "ScaleOutFactor": "3", "ScaleInFactor": "1.5",
        "GracePeriodSeconds": "300", "PollIntervalSeconds": "15", "UpdateTimeoutMinutes": "30", "FailurePauseMinutes": "30", "LagObjectiveSeconds": "60", "HeartbeatMinutes": "5",
    });
    let stack = Stack {
        name: "orders-scaling".to_owned(),
        arn: "arn:aws:cloudformation:eu-central-1:111122223333:stack/orders-scaling/1".to_owned(),
        status: "CREATE_COMPLETE".to_owned(),
        application_key: String::new(),
        parameters: BTreeMap::new(),
        own_cost: own_cost(&|_| String::new(), MonthOfExecutions::of_heartbeats(5.0)),
        machine_arn: Some(MACHINE.to_owned()),
        machine: Ok(Machine { status: "ACTIVE".to_owned(), policy: serde_json::from_value(policy).unwrap() }),
        alarm_names: Ok(vec!["out".to_owned(), "in".to_owned()]),
        alarms: Ok(DescribedAlarms::from(vec![
            alarm("out", Comparison::GreaterThanThreshold, 85.0),
            alarm("in", Comparison::LessThanOrEqualToThreshold, 40.0),
        ])),
        out_metric: Ok(metric()),
        in_metric: Ok(metric()),
        load_metric: Some(Ok(metric())),
        age_metric: None,
        rule: Ok(Rule {
            enabled: true,
            pattern: r#"{"detail":{"alarmName":["out","in"],"state":{"value":["ALARM"]}}}"#.to_owned(),
            targets: vec![MACHINE.to_owned()],
        }),
        heartbeat: Ok(Heartbeat {
            enabled: true,
            expression: "cron(0/5 * * * ? *)".to_owned(),
            target: MACHINE.to_owned(),
        }),
        notification_alarms: Ok(["BlockedAlarm", "BuiltInAutoscalingAlarm"].map(notification_alarm).to_vec()),
        topic: Ok(Topic {
            arn: "arn:aws:sns:eu-central-1:111122223333:topic".to_owned(),
            subscriptions: Ok(vec![Subscription {
                protocol: "email".to_owned(),
                endpoint: "a@example.org".to_owned(),
                confirmed: true,
            }]),
        }),
        runs: Ok(vec![run(RunStatus::Running, "GracePeriod"), run(RunStatus::Succeeded, "Quiet")]),
    };
    Facts {
        now: NOW,
        name: "orders".to_owned(),
        resource: ScaledResource::Application(ApplicationFacts {
            settings: Ok(Some(settings("orders"))),
            snapshots: Ok(12),
            kpu_quota: Ok(Some(64)),
            subnets: Ok(Vec::new()),
        }),
        pause: Ok(None),
        stack: Some(stack),
        other_stacks: Ok(Vec::new()),
    }
}

fn settings(name: &str) -> ApplicationSettings {
    ApplicationSettings {
        arn: format!("arn:aws:kinesisanalytics:eu-central-1:111122223333:application/{name}"),
        status: "RUNNING".to_owned(),
        parallelism: 4,
        parallelism_per_kpu: 1,
        kpus: 4,
        built_in_autoscaling: false,
        snapshots: true,
        rollback: true,
        monitoring_level: "APPLICATION".to_owned(),
        key: None,
        subnets: Vec::new(),
    }
}

/// The facts of a healthy stack that scales a stream.
pub(crate) fn healthy_stream() -> Facts {
    let mut facts = healthy();
    let policy = machine(&mut facts).policy.clone().with([
        ("Target", "stream"),
        ("KinesisStreamName", "clicks"),
        ("MinShards", "1"),
        ("MaxShards", "16"),
        ("ScaleOutFactor", "2"),
    ]);
    machine(&mut facts).policy = policy;
    stack(&mut facts).load_metric = None;
    stack(&mut facts).age_metric = Some(Ok(metric()));
    facts.name = "clicks".to_owned();
    facts.resource = ScaledResource::Stream(StreamFacts {
        settings: Ok(Some(StreamSettings {
            arn: "arn:aws:kinesis:eu-central-1:111122223333:stream/clicks".to_owned(),
            status: "ACTIVE".to_owned(),
            shards: 4,
            on_demand: false,
        })),
        changes: Ok(None),
        quota: Ok(ShardQuota { limit: 200, open: 100 }),
        reader: Some(Reader { name: "orders".to_owned(), settings: Ok(Some(settings("orders"))) }),
    });
    facts
}

pub(crate) fn application_facts(facts: &mut Facts) -> &mut ApplicationFacts {
    match &mut facts.resource {
        ScaledResource::Application(application) => application,
        ScaledResource::Stream(_) => panic!("the resource is a stream"),
    }
}

pub(crate) fn stream_facts(facts: &mut Facts) -> &mut StreamFacts {
    match &mut facts.resource {
        ScaledResource::Stream(stream) => stream,
        ScaledResource::Application(_) => panic!("the resource is an application"),
    }
}

pub(crate) fn stream(facts: &mut Facts) -> &mut StreamSettings {
    stream_facts(facts).settings.as_mut().unwrap().as_mut().unwrap()
}

pub(crate) fn reader(facts: &mut Facts) -> &mut Reader {
    stream_facts(facts).reader.as_mut().unwrap()
}

pub(crate) fn application(facts: &mut Facts) -> &mut ApplicationSettings {
    application_facts(facts).settings.as_mut().unwrap().as_mut().unwrap()
}

pub(crate) fn stack(facts: &mut Facts) -> &mut Stack {
    facts.stack.as_mut().unwrap()
}

/// Puts the application into a VPC, with the free addresses of its subnets.
pub(crate) fn in_subnets(facts: &mut Facts, free: Read<&[u32]>) {
    application(facts).subnets = vec!["subnet-a".to_owned(), "subnet-b".to_owned()];
    let ids = application(facts).subnets.clone();
    application_facts(facts).subnets = free.map(|free| {
        let each = ids.into_iter().zip(free);
        each.map(|(id, free)| Subnet { id, free_addresses: *free }).collect()
    });
}

pub(crate) fn rule(facts: &mut Facts) -> &mut Rule {
    stack(facts).rule.as_mut().unwrap()
}

pub(crate) fn topic(facts: &mut Facts) -> &mut Topic {
    stack(facts).topic.as_mut().unwrap()
}

pub(crate) fn runs(facts: &mut Facts, runs: &[(RunStatus, &str)]) {
    stack(facts).runs = Ok(runs.iter().map(|(status, state)| run(*status, state)).collect());
}

pub(crate) fn out_metric(facts: &mut Facts) -> &mut WatchedMetric {
    stack(facts).out_metric.as_mut().unwrap()
}

pub(crate) fn machine(facts: &mut Facts) -> &mut Machine {
    stack(facts).machine.as_mut().unwrap()
}
