//! Checks that the notifications have a confirmed subscriber, and that no notification alarm is in ALARM.

use super::read;
use crate::{Finding, NotificationAlarm, Read, Stack, Subscription, Topic};
use tasks::RESTORE;

/// Alarms on conditions that cost something without blocking scaling, by their logical names.
const ONLY_WARNING: [&str; 5] =
    ["FailedRunsAlarm", "BuiltInAutoscalingAlarm", "PinnedAtMaximumAlarm", "IneffectiveAlarm", "BudgetAlarm"];

pub(super) fn subscriptions(stack: &Stack) -> Finding {
    const CHECK: &str = "subscriptions";
    read(CHECK, &stack.topic, |topic| match &topic.subscriptions {
        Err(_) if account(&topic.arn) != account(&stack.arn) => Finding::warning(
            CHECK,
            format!(
                "the topic {} belongs to another account, so its subscriptions cannot be read",
                topic.arn
            ),
            "ask its owner whether it has a confirmed subscription",
        ),
        Err(unread) => Finding::unread(CHECK, unread),
        Ok(subscriptions) => confirmed(CHECK, subscriptions, topic),
    })
}

fn confirmed(check: &'static str, subscriptions: &[Subscription], topic: &Topic) -> Finding {
    if let Some(pending) = subscriptions.iter().find(|subscription| !subscription.confirmed) {
        let message = format!("the subscription of {} is not confirmed", pending.endpoint);
        let remedy = "follow the link in the mail from AWS, or subscribe again";
        return Finding::warning(check, message, remedy);
    }
    if subscriptions.is_empty() {
        let remedy = format!(
            "set NotificationEmail or NotificationTopicArn, which also adds alarms on lasting conditions; a subscription to the topic {} made by hand receives the results of scalings and failed runs",
            topic.arn
        );
        return Finding::warning(
            check,
            "the topic of the stack has no subscription, so no subscriber receives the notifications",
            remedy,
        );
    }
    let endpoints: Vec<_> = subscriptions.iter().map(|subscription| subscription.endpoint.as_str()).collect();
    Finding::good(check, format!("notifications go to {}", endpoints.join(", ")))
}

/// Returns the account in an ARN.
fn account(arn: &str) -> Option<&str> {
    arn.split(':').nth(4)
}

pub(super) fn alarms(alarms: &Read<Vec<NotificationAlarm>>) -> Vec<Finding> {
    const CHECK: &str = "notification-alarms";
    let alarms = match alarms {
        Ok(alarms) => alarms,
        Err(unread) => return vec![Finding::unread(CHECK, unread)],
    };
    let findings: Vec<Finding> = alarms.iter().filter_map(|alarm| examine(CHECK, alarm)).collect();
    if findings.is_empty() {
        let message = format!("none of the {} notification alarms is in ALARM", alarms.len());
        return vec![Finding::good(CHECK, message)];
    }
    findings
}

fn examine(check: &'static str, alarm: &NotificationAlarm) -> Option<Finding> {
    let name = &alarm.name;
    match alarm.in_alarm {
        Some(false) => None,
        None => Some(Finding::problem(check, format!("the alarm {name} does not exist"), RESTORE)),
        Some(true) => {
            let message = format!("the alarm {name} is in ALARM");
            let blocks_scaling = !ONLY_WARNING.contains(&alarm.logical_name.as_str());
            Some(if blocks_scaling {
                Finding::problem(check, message, &alarm.description)
            } else {
                Finding::warning(check, message, &alarm.description)
            })
        }
    }
}
