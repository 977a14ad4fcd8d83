//! The states in which a check passes, besides those of a healthy stack.

use crate::defects::{KEY, lags};
use crate::world::{NOW, application, application_facts, in_subnets, machine, runs, stack};
use crate::{Row, unread};
use deployment::{Facts, Level, RunStatus};
use jiff::SignedDuration;
use tasks::DataPoint;

#[rustfmt::skip]
pub(crate) const GOOD: &[Row] = &[
    ("subtasks-per-kpu", Level::Good,
     "ParallelismPerKPU is 1, and too few minutes with a lag show the CPU at full load",
     |facts| lags(facts, 9, 40.0)),
    ("subtasks-per-kpu", Level::Good,
     "ParallelismPerKPU is 1, and the CPU at full load is 71 %",
     |facts| lags(facts, 30, 71.0)),
    ("subtasks-per-kpu", Level::Good,
     "ParallelismPerKPU is 4, and the CPU at full load is 40 %",
     |facts| {
        application(facts).parallelism_per_kpu = 4;
        lags(facts, 30, 40.0);
    }),
    ("monitoring-level", Level::Good,
     "the monitoring level is TASK, and both metrics have data at this level",
     |facts| application(facts).monitoring_level = "TASK".to_owned()),
    ("mode", Level::Good,
     "Mode is active: capacity requests of Application Auto Scaling are followed, and the stack's alarms only block scale-in under a backlog",
     |facts| {
        machine(facts).policy = machine(facts).policy.clone().with([("ApplicationAutoScaling", "on")]);
    }),
    ("schedule", Level::Good,
     "no window is open; the next change is at 2099-01-01T08:00:00Z",
     |facts| {
        machine(facts).policy = machine(facts).policy.clone().with([("Windows", "2099-01-01 8:00-9:00 >=4")]);
    }),
    ("schedule", Level::Good,
     "daily 0:00-24:00 >=2",
     |facts| {
        machine(facts).policy = machine(facts).policy.clone().with([("Windows", "daily 0:00-24:00 >=2")]);
    }),
    ("pause", Level::Good,
     "the pause 'in until 20010101T000000Z' has ended",
     |facts| facts.pause = Ok(Some("in until 20010101T000000Z".to_owned()))),
    ("max-parallelism", Level::Good,
     "MaxParallelism or SourcePartitions limit the parallelism to 128; compare it with the job's maximum parallelism",
     |facts| {
        machine(facts).policy = machine(facts).policy.clone().with([("MaxKpu", "200"), ("MaxParallelism", "128")]);
        application(facts).parallelism_per_kpu = 2;
    }),
    ("application-key", Level::Good,
     "ApplicationKmsKeyArn is the key of the application, arn:aws:kms:eu-central-1:111122223333:key/1-2; the policy of the key must name the role of the output ScaleRoleArn",
     |facts| has_key(facts, KEY)),
    ("application-key", Level::Good,
     "ApplicationKmsKeyArn is the key of the application, 1-2; the policy of the key must name the role of the output ScaleRoleArn",
     |facts| has_key(facts, "1-2")),
    ("application-key", Level::Good,
     "the application names its key by the alias alias/orders; compare its ARN with ApplicationKmsKeyArn, arn:aws:kms:eu-central-1:111122223333:key/1-2",
     |facts| has_key(facts, "alias/orders")),
    ("application-key", Level::Good,
     "the application names its key by the alias arn:aws:kms:eu-central-1:111122223333:alias/orders; compare its ARN with ApplicationKmsKeyArn, arn:aws:kms:eu-central-1:111122223333:key/1-2",
     |facts| has_key(facts, "arn:aws:kms:eu-central-1:111122223333:alias/orders")),
    ("kpu-quota", Level::Good,
     "MaxKpu is 32, and the default KPU quota is 64",
     |facts| application_facts(facts).kpu_quota = unread()),
    ("kpu-quota", Level::Good,
     "MaxKpu is 32, and the KPU quota is 64",
     |facts| application_facts(facts).kpu_quota = Ok(None)),
    ("kpu-quota", Level::Good,
     "MaxKpu is 32, and the KPU quota is 250",
     |facts| application_facts(facts).kpu_quota = Ok(Some(250))),
    ("vpc-addresses", Level::Good,
     "from 4 to MaxKpu 32, the application needs 35 free addresses in each subnet: one for each further KPU, and 20 % in reserve; subnet-a has 35, subnet-b has 4000",
     |facts| in_subnets(facts, Ok(&[35, 4_000]))),
    ("alarms", Level::Good,
     "out when containerCPUUtilization > 85, in when containerCPUUtilization <= 40",
     |_| ()),
    ("alarms", Level::Good,
     "Demand computes the size from the load, for a scale-out when containerCPUUtilization > 85 and for a scale-in when containerCPUUtilization <= 85",
     |facts| {
        let by_demand = [("ScalingOperation", "Demand"), ("Preset", "balanced"), ("LoadAlarm", "load")];
        machine(facts).policy = machine(facts).policy.clone().with(by_demand);
        stack(facts).alarms.as_mut().unwrap().alarms[1].threshold = 85.0;
    }),
    ("snapshot-count", Level::Good,
     "the application has 12 snapshots of the 1000 that its quota allows; at 100 GB each they cost 27.60 dollars a month",
     |facts| {
        machine(facts).policy = machine(facts).policy.clone().with([("StateGigabytes", "100")]);
    }),
    ("scale-in-metric", Level::Good,
     "AWS/KinesisAnalytics containerCPUUtilization (Application=orders) has data, the newest 7 min old",
     |facts| {
        let points = &mut stack(facts).in_metric.as_mut().unwrap().points;
        points[0].start = NOW - SignedDuration::from_mins(7);
        points.insert(0, DataPoint { start: NOW - SignedDuration::from_mins(60), ..points[0] });
     }),
    ("last-runs", Level::Good,
     "the first run is under way",
     |facts| runs(facts, &[(RunStatus::Running, "Check")])),
];

fn has_key(facts: &mut Facts, key: &str) {
    application(facts).key = Some(key.to_owned());
    stack(facts).application_key = KEY.to_owned();
}
