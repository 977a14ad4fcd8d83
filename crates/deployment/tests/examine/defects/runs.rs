//! The defects of the rule and the schedule that start executions, of the executions, and of the notifications.

use crate::world::{NOW, rule, runs, stack, topic};
use crate::{Row, unread};
use deployment::{Facts, Level, Obstacle, RunStatus, Unread};
use jiff::SignedDuration;

#[rustfmt::skip]
pub(crate) const DEFECTS: &[Row] = &[
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
];

fn set_in_alarm(facts: &mut Facts, alarm: usize, in_alarm: Option<bool>) {
    stack(facts).notification_alarms.as_mut().unwrap()[alarm].in_alarm = in_alarm;
}
