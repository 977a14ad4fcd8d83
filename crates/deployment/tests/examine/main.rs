//! The findings of the doctor for a healthy stack, and for each possible defect.
#![expect(clippy::unwrap_used, clippy::assigning_clones, reason = "a test may panic, and need not be fast")]

mod drill;
mod streams;
mod world;

use deployment::{Facts, Finding, Level, Obstacle, PublishedMetric, Read, RunStatus, Unread, examine};
use jiff::SignedDuration;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use tasks::{Comparison, UnusableAlarm, UnusableKind};
use world::{
    NOW, application, application_facts, healthy, healthy_stream, in_subnets, machine, metric, out_metric,
    rule, runs, stack, topic,
};

/// The checks that find a state, the level, the message and the remedy of the first check, and the state.
pub(crate) type Row = (&'static str, Level, &'static str, fn(&mut Facts));

#[rustfmt::skip]
const DEFECTS: &[Row] = &[
    ("application", Level::Problem,
     "there is no application 'orders' in this account and Region → check the name, the Region (--region or AWS_REGION) and the profile (--profile or AWS_PROFILE)",
     |facts| {
        application_facts(facts).settings = Ok(None);
    }),
    ("application", Level::Problem,
     "failed to read it: AccessDenied → grant the caller the permission to read it; docs/reference/permissions.md lists them",
     |facts| application_facts(facts).settings = unread()),
    ("application", Level::Problem,
     "orders does not run (READY) → start the application; the autoscaler does not start it, and a stopped application publishes no metrics",
     |facts| application(facts).status = "READY".to_owned()),
    ("application", Level::Problem,
     "orders does not run (ROLLED_BACK) → start the application; the autoscaler does not start it, and a stopped application publishes no metrics",
     |facts| {
        application(facts).status = "ROLLED_BACK".to_owned();
    }),
    ("application", Level::Warning,
     "orders is being changed (UPDATING) → wait until its status is RUNNING, then run kpu doctor again; nothing is scaled until then",
     |facts| {
        application(facts).status = "UPDATING".to_owned();
    }),
    ("built-in-autoscaling", Level::Warning,
     "MSF's built-in autoscaling is on and also changes the parallelism → set AutoScalingEnabled to false where the application is deployed; the first scaling also turns it off",
     |facts| application(facts).built_in_autoscaling = true),
    ("snapshots", Level::Problem,
     "snapshots are off, so every scaling loses the job's state → set SnapshotsEnabled of the application to true",
     |facts| application(facts).snapshots = false),
    ("snapshot-count", Level::Warning,
     "the application has 800 snapshots of the 1000 that its quota allows; each costs 0.023 dollars a GB-month; set StateGigabytes to price them → delete old snapshots by DeleteApplicationSnapshot; every rescale adds one, MSF and this autoscaler delete none, and above the quota your own CreateApplicationSnapshot fails",
     |facts| {
        application_facts(facts).snapshots = Ok(800);
    }),
    ("snapshot-count", Level::Warning,
     "the application has 1000 snapshots of the 1000 that its quota allows; at 100 GB each they cost 2300.00 dollars a month → delete old snapshots by DeleteApplicationSnapshot; every rescale adds one, MSF and this autoscaler delete none, and above the quota your own CreateApplicationSnapshot fails",
     |facts| {
        application_facts(facts).snapshots = Ok(1_000);
        machine(facts).policy = machine(facts).policy.clone().with([("StateGigabytes", "100")]);
    }),
    ("snapshot-count", Level::Problem,
     "failed to read it: AccessDenied → grant the caller the permission to read it; docs/reference/permissions.md lists them",
     |facts| application_facts(facts).snapshots = unread()),
    ("system-rollback", Level::Warning,
     "system rollback is off, so a failed update leaves the application stopped → set RollbackEnabled of the application's system rollback configuration to true",
     |facts| application(facts).rollback = false),
    ("stack", Level::Problem,
     "no stack of kpu-autoscaler scales 'orders' → deploy one: sam deploy --guided",
     |facts| facts.stack = None),
    ("stack", Level::Problem,
     "another scales the same application as orders-scaling → keep one of the stacks and delete the others: each treats the scaling of the others as a manual change",
     |facts| {
        facts.other_stacks = Ok(vec!["another".to_owned()]);
    }),
    ("stack", Level::Problem,
     "failed to read it: AccessDenied → grant the caller the permission to read it; docs/reference/permissions.md lists them",
     |facts| facts.other_stacks = unread()),
    ("stack", Level::Warning,
     "the stack orders-scaling is UPDATE_IN_PROGRESS → wait until the operation has ended, then run kpu doctor again",
     |facts| becomes(facts, "UPDATE_IN_PROGRESS")),
    ("stack", Level::Warning,
     "the stack orders-scaling is UPDATE_ROLLBACK_COMPLETE: its last update was rolled back → read the stack's events in the CloudFormation console",
     |facts| becomes(facts, "UPDATE_ROLLBACK_COMPLETE")),
    ("stack", Level::Problem,
     "the stack orders-scaling is ROLLBACK_COMPLETE → read the stack's events in the CloudFormation console",
     |facts| becomes(facts, "ROLLBACK_COMPLETE")),
    ("stack", Level::Problem,
     "the stack orders-scaling is DELETE_FAILED → read the stack's events in the CloudFormation console",
     |facts| becomes(facts, "DELETE_FAILED")),
    ("state-machine", Level::Problem,
     "the state machine is DELETING → restore it by hand as in template.yaml; or delete the stack and deploy it again, which leaves the application or stream unchanged",
     |facts| machine(facts).status = "DELETING".to_owned()),
    ("state-machine policy", Level::Problem,
     "failed to read it: AccessDenied → grant the caller the permission to read it; docs/reference/permissions.md lists them",
     |facts| stack(facts).machine = unread()),
    ("policy", Level::Problem,
     "failed to read the policy: MinKpu is 50 and MaxKpu is 32; set MinKpu to at most MaxKpu → correct the parameter in the stack",
     |facts| {
        machine(facts).policy = machine(facts).policy.clone().with([("MinKpu", "50")]);
    }),
    ("policy", Level::Warning,
     "TargetValue is 70, and does not act with ScalingOperation=Multiply/Divide → leave it at its default, 60, or set ScalingOperation to Target",
     |facts| {
        stack(facts).parameters.insert("TargetValue".to_owned(), "70".to_owned());
    }),
    ("policy", Level::Warning,
     "ScaleInThreshold is 9, and does not act with ScaleMetric=UserAlarms → leave it empty, or set another ScaleMetric",
     |facts| {
        let given = [("ScaleMetric", "UserAlarms"), ("ScaleInThreshold", "9"), ("PeriodSeconds", "60")];
        stack(facts).parameters.extend(given.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }),
    ("size", Level::Warning,
     "the application has 33 KPU, and the bounds are 1 and 32 → the next run scales it into the bounds, after a backlog if there is one; to keep this size, change MinKpu, MaxKpu or the windows",
     |facts| application(facts).kpus = 33),
    ("mode", Level::Warning,
     "Mode is observe: decisions are recorded in the executions, and nothing is scaled → set Mode to active when you agree with the decisions",
     |facts| {
        machine(facts).policy = machine(facts).policy.clone().with([("Mode", "observe")]);
    }),
    ("mode", Level::Warning,
     "Mode is off: nothing is checked or scaled → set Mode to active or observe",
     |facts| {
        machine(facts).policy = machine(facts).policy.clone().with([("Mode", "off")]);
    }),
    ("schedule", Level::Warning,
     "Windows blocks scaling now: daily 0:00-24:00 blocked → wait for the end of the window, or change Windows",
     |facts| {
        machine(facts).policy = machine(facts).policy.clone().with([("Windows", "daily 0:00-24:00 blocked")]);
    }),
    ("schedule", Level::Warning,
     "Windows has windows that never open again: 2001-01-01 8:00-9:00 >=4 → remove them from Windows with the next update of the stack",
     |facts| {
        machine(facts).policy = machine(facts)
            .policy
            .clone()
            .with([("Windows", "2001-01-01 8:00-9:00 >=4; daily 0:00-24:00 <=30")]);
    }),
    ("pause", Level::Warning,
     "scaling is paused by the tag kpu-autoscaler.pause: in → remove the tag with kpu resume",
     |facts| {
        facts.pause = Ok(Some("in".to_owned()));
    }),
    ("pause", Level::Problem,
     "the tag for pauses is 'x', so that nothing is scaled; set it to all, out or in, with 'until 2026-11-21T18:00:00Z' after it if it is to end, or take it away → remove the tag with kpu resume",
     |facts| facts.pause = Ok(Some("x".to_owned()))),
    ("pause", Level::Problem,
     "failed to read it: AccessDenied → grant the caller the permission to read it; docs/reference/permissions.md lists them",
     |facts| facts.pause = unread()),
    ("max-parallelism", Level::Problem,
     "MinKpu or a window asks for 20 KPU, and MaxParallelism (256 if it is empty) or SourcePartitions allow a parallelism of 16 → lower MinKpu or the size of the window, or correct MaxParallelism or SourcePartitions",
     |facts| {
        machine(facts).policy = machine(facts).policy.clone().with([("MaxParallelism", "16")]);
        machine(facts).policy = machine(facts).policy.clone().with([("Windows", "daily 0:00-0:01 >=20")]);
    }),
    ("max-parallelism", Level::Warning,
     "MaxKpu allows a parallelism of 256; a job without an explicit maximum parallelism usually has 128, and does not start above it → set MaxParallelism to the job's maximum parallelism, which its code or the Flink dashboard shows",
     |facts| application(facts).parallelism_per_kpu = 8),
    ("max-parallelism", Level::Warning,
     "MaxKpu and MaxParallelism allow a parallelism of 400, and the quota of an application is 256 unless AWS raised it → set MaxParallelism to at most the quota, or have the quota raised; MSF rejects an update above it",
     |facts| {
        application(facts).parallelism_per_kpu = 8;
        machine(facts).policy = machine(facts).policy.clone().with([("MaxParallelism", "400")]);
        machine(facts).policy = machine(facts).policy.clone().with([("MaxKpu", "60")]);
    }),
    ("application-key", Level::Problem,
     "the application is encrypted with the customer managed key arn:aws:kms:eu-central-1:111122223333:key/1-2, and ApplicationKmsKeyArn is empty, so that MSF rejects every update → set ApplicationKmsKeyArn to the ARN of this key, and add the role of the output ScaleRoleArn to the policy of the key; docs/explanation/security.md has the statements",
     |facts| {
        application(facts).key = Some(KEY.to_owned());
    }),
    ("application-key", Level::Problem,
     "ApplicationKmsKeyArn is arn:aws:kms:eu-central-1:111122223333:key/3-4, and the application is encrypted with arn:aws:kms:eu-central-1:111122223333:key/1-2 → set ApplicationKmsKeyArn to the ARN of the application's key, and add the role of the output ScaleRoleArn to the policy of that key",
     |facts| {
            application(facts).key = Some(KEY.to_owned());
            stack(facts).application_key = KEY.replace("1-2", "3-4");
        }),
    ("application-key", Level::Problem,
     "ApplicationKmsKeyArn is arn:aws:kms:eu-central-1:111122223333:key/1-2, and the application is encrypted with 3-4 → set ApplicationKmsKeyArn to the ARN of the application's key, and add the role of the output ScaleRoleArn to the policy of that key",
     |facts| {
        application(facts).key = Some("3-4".to_owned());
        stack(facts).application_key = KEY.to_owned();
    }),
    ("application-key", Level::Warning,
     "ApplicationKmsKeyArn is arn:aws:kms:eu-central-1:111122223333:key/1-2, and the application is encrypted with a key of AWS → empty ApplicationKmsKeyArn, or set the key where the application is deployed",
     |facts| {
        stack(facts).application_key = KEY.to_owned();
    }),
    ("kpu-quota", Level::Warning,
     "MaxKpu is 32, and the KPU quota is 20 → request an increase of the quota L-3A88E041 in Service Quotas, or lower MaxKpu; MSF rejects an update above the quota",
     |facts| {
        application_facts(facts).kpu_quota = Ok(Some(20));
    }),
    ("kpu-quota", Level::Warning,
     "MaxKpu is 65, and the KPU quota is 64 → request an increase of the quota L-3A88E041 in Service Quotas, or lower MaxKpu; MSF rejects an update above the quota",
     |facts| {
        machine(facts).policy = machine(facts).policy.clone().with([("MaxKpu", "65")]);
        application_facts(facts).kpu_quota = Ok(None);
    }),
    ("kpu-quota", Level::Warning,
     "MaxKpu is 65, the default KPU quota is 64, and failed to read it: AccessDenied → grant the caller servicequotas:GetServiceQuota, or check the quota L-3A88E041 in the Service Quotas console",
     |facts| {
            machine(facts).policy = machine(facts).policy.clone().with([("MaxKpu", "65")]);
            application_facts(facts).kpu_quota = unread();
        }),
    // From 4 KPU to 32, and a fifth of 32.
    ("vpc-addresses", Level::Warning,
     "from 4 to MaxKpu 32, the application needs 35 free addresses in each subnet: one for each further KPU, and 20 % in reserve; subnet-a has 200, subnet-b has 34 → lower MaxKpu, free addresses, or move the application to larger subnets; an update without a free address fails",
     |facts| {
        in_subnets(facts, Ok(&[200, 34]));
    }),
    ("vpc-addresses", Level::Warning,
     "from 4 to MaxKpu 32, the application needs 35 free addresses in each subnet: one for each further KPU, and 20 % in reserve; subnet-a has 200, subnet-b has 0 → lower MaxKpu, free addresses, or move the application to larger subnets; an update without a free address fails",
     |facts| {
        in_subnets(facts, Ok(&[200, 0]));
    }),
    ("vpc-addresses", Level::Warning,
     "from 4 to MaxKpu 32, the application needs 35 free addresses in each subnet: one for each further KPU, and 20 % in reserve; failed to read it: AccessDenied → grant the caller ec2:DescribeSubnets, or compare 35 with the output of: aws ec2 describe-subnets --region eu-central-1 --subnet-ids subnet-a subnet-b --query 'Subnets[].[SubnetId,AvailableIpAddressCount]' --output text",
     |facts| in_subnets(facts, unread())),
    ("alarms", Level::Problem,
     "failed to read it: AccessDenied → grant the caller the permission to read it; docs/reference/permissions.md lists them",
     |facts| stack(facts).alarms = unread()),
    ("alarms", Level::Problem,
     "ScaleInAlarm names in, an alarm that was not found → restore it by hand as in template.yaml; or delete the stack and deploy it again, which leaves the application or stream unchanged",
     |facts| {
        stack(facts).alarms.as_mut().unwrap().alarms.truncate(1);
    }),
    ("alarms", Level::Problem,
     "MoreScaleOutAlarms names band, an anomaly detection alarm, whose threshold is a band → name a metric alarm with a fixed threshold, a period and evaluation periods",
     |facts| {
        machine(facts).policy = machine(facts).policy.clone().with([("MoreScaleOutAlarms", "band")]);
        let kind = UnusableKind::AnomalyDetection;
        stack(facts).alarms.as_mut().unwrap().unusable =
            vec![UnusableAlarm { name: "band".to_owned(), kind }];
    }),
    ("alarms", Level::Problem,
     "MoreScaleInAlarms names both, an alarm that was not found → create it in the Region of this stack, or correct its name; a composite alarm or a log alarm is never found: name the metric alarms below it, or an alarm on a metric filter of its logs",
     |facts| {
        machine(facts).policy = machine(facts).policy.clone().with([("MoreScaleInAlarms", "both")]);
    }),
    ("alarms", Level::Problem,
     "ScaleInThreshold is 60, and dividing by a ScaleInFactor of 1.5 would bring the metric so near to ScaleOutThreshold (85) that the next alarm scales out again; set ScaleInThreshold below 48.2, or ScaleInFactor lower → change the thresholds in the parameters of the stack, so that they leave room for a step",
     |facts| {
        stack(facts).alarms.as_mut().unwrap().alarms[1].threshold = 60.0;
    }),
    ("alarms", Level::Warning,
     "the alarm for scaling out, out, watches containerCPUUtilization < 85, and the alarm for scaling in, in, watches containerCPUUtilization <= 40 → the template has the opposite comparisons; restore the alarm if it was changed by hand",
     |facts| {
        stack(facts).alarms.as_mut().unwrap().alarms[0].comparison = Comparison::LessThanThreshold;
    }),
    ("grace-period", Level::Warning,
     "GracePeriodSeconds is 300 and the alarm 'out' evaluates 360 s, so that it may still be in ALARM because of data from before the scaling; set GracePeriodSeconds to 360 or more → raise GracePeriodSeconds, or shorten the evaluation periods of the alarm",
     |facts| {
        stack(facts).alarms.as_mut().unwrap().alarms[0].evaluation_periods = 6;
    }),
    ("scale-out-metric", Level::Problem,
     "failed to read it: AccessDenied → grant the caller the permission to read it; docs/reference/permissions.md lists them",
     |facts| stack(facts).out_metric = unread()),
    ("scale-out-metric", Level::Problem,
     "AWS/KinesisAnalytics containerCPUUtilization (Application=orders) has no data → nothing like it is published: check that the application runs, and that it publishes this metric at its monitoring level; correct the stack's parameters or the application",
     |facts| {
            out_metric(facts).points.clear();
        }),
    ("scale-out-metric", Level::Problem,
     "the expression of containerCPUUtilization and uptime has no data → containerCPUUtilization: nothing like it is published: check that the application runs, and that it publishes this metric at its monitoring level; uptime: nothing like it is published: check that the application runs, and that it publishes this metric at its monitoring level; correct the stack's parameters or the application",
     |facts| {
            let uptime = PublishedMetric { name: "uptime".to_owned(), ..out_metric(facts).wanted[0].clone() };
            out_metric(facts).wanted.push(uptime);
            out_metric(facts).points.clear();
        }),
    ("scale-in-metric", Level::Problem,
     "AWS/KinesisAnalytics containerCPUUtilization (Application=orders) has no data → nothing like it is published: check that the application runs, and that it publishes this metric at its monitoring level; correct the stack's parameters or the application",
     |facts| {
        stack(facts).in_metric.as_mut().unwrap().points.clear();
    }),
    ("scale-in-metric", Level::Problem,
     "AWS/KinesisAnalytics containerCPUUtilization (Application=orders) has had no data for 8 min → check that the application and its source run; nothing is scaled on a metric without fresh data",
     |facts| {
        stack(facts).in_metric.as_mut().unwrap().points[0].start = NOW - SignedDuration::from_mins(8);
    }),
    ("monitoring-level scale-out-metric", Level::Warning,
     "the monitoring level is TASK: busy time, back pressure and custom metrics have further dimensions at this level, and alarms without those dimensions have no data → set MetricsLevel of the application to APPLICATION, or scale on a metric that has data",
     |facts| {
        application(facts).monitoring_level = "TASK".to_owned();
        out_metric(facts).points.clear();
    }),
    ("load-metric", Level::Problem,
     "failed to read it: AccessDenied → grant the caller the permission to read it; docs/reference/permissions.md lists them",
     |facts| stack(facts).load_metric = Some(unread())),
    ("load-metric", Level::Problem,
     "AWS/KinesisAnalytics containerCPUUtilization (Application=orders) has no data → nothing like it is published: check that the application runs, and that it publishes this metric at its monitoring level; correct the stack's parameters or the application",
     |facts| {
        stack(facts).load_metric.as_mut().unwrap().as_mut().unwrap().points.clear();
    }),
    ("alarm-rule", Level::Problem,
     "failed to read it: AccessDenied → grant the caller the permission to read it; docs/reference/permissions.md lists them",
     |facts| stack(facts).rule = unread()),
    ("alarm-rule", Level::Problem,
     "failed to read it: AccessDenied → grant the caller the permission to read it; docs/reference/permissions.md lists them",
     |facts| stack(facts).alarm_names = unread()),
    ("alarm-rule", Level::Problem,
     "the EventBridge rule that starts a run on an alarm is disabled → enable it in the EventBridge console; until then only the heartbeat starts the state machine",
     |facts| rule(facts).enabled = false),
    ("alarm-rule", Level::Problem,
     "the EventBridge rule of the alarms starts nothing, and not arn:aws:states:eu-central-1:111122223333:stateMachine:machine → restore it by hand as in template.yaml; or delete the stack and deploy it again, which leaves the application or stream unchanged",
     |facts| rule(facts).targets.clear()),
    ("alarm-rule", Level::Problem,
     "the EventBridge rule of the alarms does not match the alarm in, so that it starts no run → restore it by hand as in template.yaml; or delete the stack and deploy it again, which leaves the application or stream unchanged",
     |facts| {
        rule(facts).pattern = rule(facts).pattern.replace("\"in\"", "\"another-in\"");
    }),
    ("alarm-rule", Level::Problem,
     "the EventBridge rule of the alarms matches the states [OK], and not the state ALARM → restore it by hand as in template.yaml; or delete the stack and deploy it again, which leaves the application or stream unchanged",
     |facts| {
        rule(facts).pattern = rule(facts).pattern.replace("ALARM", "OK");
    }),
    ("alarm-rule", Level::Problem,
     "the EventBridge rule of the alarms matches the states [], and not the state ALARM → restore it by hand as in template.yaml; or delete the stack and deploy it again, which leaves the application or stream unchanged",
     |facts| rule(facts).pattern.clear()),
    ("heartbeat", Level::Problem,
     "failed to read it: AccessDenied → grant the caller the permission to read it; docs/reference/permissions.md lists them",
     |facts| stack(facts).heartbeat = unread()),
    ("heartbeat", Level::Problem,
     "the schedule of the heartbeat is disabled → enable it in the EventBridge Scheduler console; only the heartbeat replaces a lost alarm event",
     |facts| {
        stack(facts).heartbeat.as_mut().unwrap().enabled = false;
    }),
    ("heartbeat", Level::Problem,
     "the schedule of the heartbeat starts nothing, and not arn:aws:states:eu-central-1:111122223333:stateMachine:machine → restore it by hand as in template.yaml; or delete the stack and deploy it again, which leaves the application or stream unchanged",
     |facts| {
        stack(facts).heartbeat.as_mut().unwrap().target.clear();
    }),
    ("last-runs", Level::Problem,
     "failed to read it: AccessDenied → grant the caller the permission to read it; docs/reference/permissions.md lists them",
     |facts| stack(facts).runs = unread()),
    ("last-runs", Level::Warning,
     "no run has started yet → wait for the heartbeat, or start a run by hand with the input {}",
     |facts| runs(facts, &[])),
    ("last-runs", Level::Problem,
     "no run has started for 16 min, although the heartbeat starts one every 5 min → check the finding on the heartbeat, and the dead-letter queue of the stack: its messages are the starts that failed",
     |facts| {
            for run in stack(facts).runs.as_mut().unwrap() {
                run.started = NOW - SignedDuration::from_mins(16);
            }
        }),
    ("last-runs", Level::Problem,
     "the last run failed: UpdateStuck: so it is → follow the message; the execution in the Step Functions console has every step of the run",
     |facts| {
        runs(facts, &[(RunStatus::Failed, "UpdateStuck")]);
    }),
    ("last-runs", Level::Warning,
     "the last run succeeded, but 1 failed before, the last one UpdateStuck: so it is → follow the message, because the failure may recur; kpu status lists the failed runs",
     |facts| {
        runs(facts, &[(RunStatus::Succeeded, "Quiet"), (RunStatus::Failed, "UpdateStuck")]);
    }),
    ("last-runs", Level::Problem,
     "the last run failed: UpdateStuck: so it is → follow the message; the execution in the Step Functions console has every step of the run",
     |facts| {
        // The failed run started before the succeeded run, and ended after it.
        runs(facts, &[(RunStatus::Succeeded, "Quiet"), (RunStatus::Failed, "UpdateStuck")]);
        stack(facts).runs.as_mut().unwrap()[0].ended = Some(NOW - SignedDuration::from_mins(1));
    }),
    ("last-runs", Level::Warning,
     "a run was stopped by hand within the last day → no action is needed if you stopped it; the next run continues a scaling that it left unfinished",
     |facts| {
        runs(facts, &[(RunStatus::Succeeded, "Quiet"), (RunStatus::Stopped, "Stopped")]);
    }),
    ("subscriptions", Level::Problem,
     "failed to read it: AccessDenied → grant the caller the permission to read it; docs/reference/permissions.md lists them",
     |facts| topic(facts).subscriptions = unread()),
    ("subscriptions", Level::Problem,
     "failed to read it: AccessDenied → grant the caller the permission to read it; docs/reference/permissions.md lists them",
     |facts| stack(facts).topic = unread()),
    ("subscriptions", Level::Warning,
     "the topic arn:aws:sns:eu-central-1:999922223333:topic belongs to another account, so its subscriptions cannot be read → ask its owner whether it has a confirmed subscription",
     |facts| {
        topic(facts).arn = topic(facts).arn.replace("1111", "9999");
        topic(facts).subscriptions = unread();
    }),
    ("subscriptions", Level::Warning,
     "the topic of the stack has no subscription, so no subscriber receives the notifications → set NotificationEmail or NotificationTopicArn, which also adds alarms on lasting conditions; a subscription to the topic arn:aws:sns:eu-central-1:111122223333:topic made by hand receives the results of scalings and failed runs",
     |facts| {
        topic(facts).subscriptions = Ok(Vec::new());
    }),
    ("subscriptions", Level::Warning,
     "the subscription of a@example.org is not confirmed → follow the link in the mail from AWS, or subscribe again",
     |facts| {
        topic(facts).subscriptions.as_mut().unwrap()[0].confirmed = false;
    }),
    ("notification-alarms", Level::Problem,
     "failed to read it: AccessDenied → grant the caller the permission to read it; docs/reference/permissions.md lists them",
     |facts| {
        stack(facts).notification_alarms = unread();
    }),
    ("notification-alarms", Level::Problem,
     "the alarm orders-scaling-BlockedAlarm is in ALARM → check it",
     |facts| {
        set_in_alarm(facts, 0, Some(true));
    }),
    ("notification-alarms", Level::Warning,
     "the alarm orders-scaling-BuiltInAutoscalingAlarm is in ALARM → check it",
     |facts| {
        set_in_alarm(facts, 1, Some(true));
    }),
    ("notification-alarms", Level::Problem,
     "the alarm orders-scaling-BlockedAlarm does not exist → restore it by hand as in template.yaml; or delete the stack and deploy it again, which leaves the application or stream unchanged",
     |facts| {
        set_in_alarm(facts, 0, None);
    }),
    ("heartbeat", Level::Problem,
     "Missing → restore it by hand as in template.yaml; or delete the stack and deploy it again, which leaves the application or stream unchanged",
     |facts| {
        stack(facts).heartbeat = Err(Unread { obstacle: Obstacle::Missing, why: "Missing".to_owned() });
    }),
    ("alarm-rule", Level::Problem,
     "Other → check it in the AWS console, and run the command again",
     |facts| {
        stack(facts).rule = Err(Unread { obstacle: Obstacle::Other, why: "Other".to_owned() });
    }),
    ("scale-in-metric", Level::Problem,
     "Missing → restore it by hand as in template.yaml; or delete the stack and deploy it again, which leaves the application or stream unchanged",
     |facts| {
        stack(facts).in_metric = Err(Unread { obstacle: Obstacle::Missing, why: "Missing".to_owned() });
    }),
    ("scale-out-metric", Level::Problem,
     "AWS/KinesisAnalytics containerCPUUtilization (Application=orders) has no data → its metrics were published within the last two weeks; check that the application and its source run",
     |facts| {
        let metric = out_metric(facts);
        metric.points.clear();
        metric.published.clone_from(&metric.wanted);
    }),
    ("scale-out-metric", Level::Problem,
     "AWS/KinesisAnalytics containerCPUUtilization (Application=orders) has no data → its metrics were published within the last two weeks, and the alarm reads only data points with the Unit Seconds; remove Unit from the alarm, or check that the application and its source run",
     |facts| {
        let metric = out_metric(facts);
        metric.points.clear();
        metric.published.clone_from(&metric.wanted);
        metric.unit = Some("Seconds".to_owned());
    }),
    ("scale-out-metric", Level::Problem,
     "the query has no data → run the alarm's query in the CloudWatch console, and correct its selection",
     |facts| {
        out_metric(facts).wanted.clear();
        out_metric(facts).points.clear();
    }),
    // The name of another application is no typing error while the application exists.
    ("scale-out-metric", Level::Problem,
     "AWS/KinesisAnalytics containerCPUUtilization (Application=orders) has no data → nothing like it is published: check that the application runs, and that it publishes this metric at its monitoring level; correct the stack's parameters or the application",
     |facts| {
        out_metric(facts).points.clear();
        out_metric(facts).published = vec![of_application("orders2"), of_application("payments")];
    }),
    ("schedule", Level::Warning,
     "the window 'daily 8:00-23:59 >=4' ends at 23:59, which leaves out the last minute of the day → let it end at 24:00",
     |facts| {
        machine(facts).policy = machine(facts).policy.clone().with([("Windows", "daily 8:00-23:59 >=4")]);
    }),
];

/// The states that are good, beside those of a healthy stack.
#[rustfmt::skip]
const GOOD: &[Row] = &[
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
    ("snapshot-count", Level::Good,
     "the application has 12 snapshots of the 1000 that its quota allows; at 100 GB each they cost 27.60 dollars a month",
     |facts| {
        machine(facts).policy = machine(facts).policy.clone().with([("StateGigabytes", "100")]);
    }),
    ("last-runs", Level::Good,
     "the first run is under way",
     |facts| runs(facts, &[(RunStatus::Running, "Check")])),
];

/// The sentences for facts that do not occur.
const FALLBACKS: [&str; 3] = ["correct it", "delete the tag", "there is no alarm for one direction"];

const KEY: &str = "arn:aws:kms:eu-central-1:111122223333:key/1-2";

fn becomes(facts: &mut Facts, status: &str) {
    stack(facts).status = status.to_owned();
}

fn set_in_alarm(facts: &mut Facts, alarm: usize, in_alarm: Option<bool>) {
    stack(facts).notification_alarms.as_mut().unwrap()[alarm].in_alarm = in_alarm;
}

fn has_key(facts: &mut Facts, key: &str) {
    application(facts).key = Some(key.to_owned());
    stack(facts).application_key = KEY.to_owned();
}

/// The wanted metric of another application.
fn of_application(name: &str) -> PublishedMetric {
    let dimensions = vec![("Application".to_owned(), name.to_owned())];
    PublishedMetric { dimensions, ..metric().wanted[0].clone() }
}

pub(crate) fn unread<T>() -> Read<T> {
    Err(Unread { obstacle: Obstacle::Denied, why: "failed to read it: AccessDenied".to_owned() })
}

/// The healthy facts of a kind of stack, and its defects.
type Kind = (fn() -> Facts, &'static [Row]);

/// The kinds of stacks.
const KINDS: [Kind; 2] = [(healthy, DEFECTS), (healthy_stream, streams::DEFECTS)];

#[test]
fn a_healthy_stack_is_good_in_every_way() {
    for (healthy, _) in KINDS {
        for finding in examine(&healthy()) {
            assert_eq!((finding.level, &finding.remedy), (Level::Good, &None), "{finding:?}");
        }
    }
}

/// The message of a finding, and its remedy after an arrow.
fn sentence(finding: &Finding) -> String {
    let remedy = finding.remedy.as_ref().map(|remedy| format!(" → {remedy}"));
    format!("{}{}", finding.message, remedy.unwrap_or_default())
}

/// A message names the subject, its value and the cause, and the remedy follows.
#[test]
fn every_defect_is_found_alone_with_its_message_and_its_remedy() {
    for (healthy, defects) in KINDS {
        for (checks, level, expected, defect) in defects {
            let mut facts = healthy();
            defect(&mut facts);
            let findings = examine(&facts);
            let found: Vec<_> = findings.iter().filter(|finding| finding.level != Level::Good).collect();
            let names = found.iter().map(|finding| finding.check).collect::<Vec<_>>().join(" ");
            let (level_of_first, first) = (found[0].level, sentence(found[0]));
            assert_eq!((names.as_str(), level_of_first, first.as_str()), (*checks, *level, *expected));
            assert!(found[0].remedy.as_ref().is_some_and(|remedy| !remedy.is_empty()), "{:?}", found[0]);
        }
    }
}

#[test]
fn every_good_state_has_its_message() {
    for (check, level, expected, state) in GOOD {
        let mut facts = healthy();
        state(&mut facts);
        let findings = examine(&facts);
        assert!(findings.iter().all(|finding| finding.level == Level::Good), "{check}: {findings:?}");
        let finding = findings.iter().find(|finding| finding.check == *check).unwrap();
        assert_eq!((finding.level, sentence(finding).as_str()), (*level, *expected));
    }
}

/// The fixed parts of the sentences in a source: its literals without their placeholders.
fn parts(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]").next().unwrap().lines();
    let code: Vec<&str> = code.filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let literals = code.split('"').skip(1).step_by(2);
    let parts = literals.flat_map(|literal| {
        literal.split('{').map(|part| part.split_once('}').map_or(part, |(_, fixed)| fixed).trim().to_owned())
    });
    parts.filter(|part| part.contains(' ') && part.contains(char::is_alphabetic)).collect()
}

#[test]
fn every_sentence_of_the_doctor_has_a_row() {
    let rows = KINDS.iter().flat_map(|(_, defects)| *defects).chain(GOOD);
    let mut said: Vec<String> = rows.map(|(_, _, sentence, _)| (*sentence).to_owned()).collect();
    said.extend(KINDS.iter().flat_map(|(healthy, _)| examine(&healthy())).map(|finding| sentence(&finding)));
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let of_folder = fs::read_dir(sources.join("examine")).unwrap().map(|file| file.unwrap().path());
    let mut count = 0;
    for path in of_folder.chain([sources.join("examine.rs"), sources.join("finding.rs")]) {
        for part in parts(&fs::read_to_string(&path).unwrap()) {
            let is_said = said.iter().any(|sentence| sentence.contains(&part));
            assert!(is_said || FALLBACKS.contains(&part.as_str()), "{}: '{part}' has no row", path.display());
            count += 1;
        }
    }
    assert!(count > 150, "{count} parts of sentences were read");
}

/// The quoted names in the first column of the tables of a page.
fn first_columns(page: &str) -> BTreeSet<&str> {
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    rows.flat_map(|row| row.split('|').nth(1).unwrap().split('`').skip(1).step_by(2)).collect()
}

#[test]
fn every_check_has_a_defect_and_a_row_in_the_reference() {
    let checks = |findings: Vec<Finding>| findings.into_iter().map(|finding| finding.check);
    let checked: BTreeSet<_> = KINDS.iter().flat_map(|(healthy, _)| checks(examine(&healthy()))).collect();
    let defects = KINDS.iter().flat_map(|(_, defects)| *defects);
    let broken = defects.flat_map(|(check, ..)| check.split(' '));
    assert_eq!(broken.collect::<BTreeSet<_>>(), checked);
    let page = include_str!("../../../../docs/reference/doctor-findings.md");
    assert_eq!(first_columns(page), checked, "left: the page; right: the doctor");
}
