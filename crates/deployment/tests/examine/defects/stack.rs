//! The defects of a stack, its policy and its alarms.

use crate::world::{application, machine, stack};
use crate::{Row, unread};
use deployment::{Facts, Level};
use tasks::{Comparison, UnusableAlarm, UnusableKind};

#[rustfmt::skip]
pub(crate) const DEFECTS: &[Row] = &[
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
    ("policy", Level::Warning,
     "KpuHourDollars is 0.13, and does not act while MonthlyBudgetDollars is empty → leave it at its default, 0.11, or set MonthlyBudgetDollars",
     |facts| {
        stack(facts).parameters.insert("KpuHourDollars".to_owned(), "0.13".to_owned());
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
    ("schedule", Level::Warning,
     "the window 'daily 8:00-23:59 >=4' ends at 23:59, which leaves out the last minute of the day → let it end at 24:00",
     |facts| {
        machine(facts).policy = machine(facts).policy.clone().with([("Windows", "daily 8:00-23:59 >=4")]);
    }),
];

fn becomes(facts: &mut Facts, status: &str) {
    stack(facts).status = status.to_owned();
}
