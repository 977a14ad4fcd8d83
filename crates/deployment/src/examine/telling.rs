//! Is anybody told, and what of?

use super::read;
use crate::finding::RESTORE;
use crate::{Finding, Listener, Read, Stack, TellingAlarm, Topic};

/// The alarms on what costs something, but does not keep it from scaling.
const NO_OBSTACLE: [&str; 5] =
    ["FailedRunsAlarm", "BuiltInAutoscalingAlarm", "PinnedAtMaximumAlarm", "IneffectiveAlarm", "BudgetAlarm"];

pub(super) fn listeners(stack: &Stack) -> Finding {
    const CHECK: &str = "listeners";
    read(CHECK, &stack.topic, |topic| match &topic.listeners {
        Err(_) if account(&topic.arn) != account(&stack.arn) => Finding::warning(
            CHECK,
            format!(
                "the topic {} belongs to another account, and who listens cannot be seen from here",
                topic.arn
            ),
            "ask its owner whether anybody has subscribed",
        ),
        Err(unread) => Finding::unread(CHECK, unread),
        Ok(listeners) => heard(CHECK, listeners, topic),
    })
}

fn heard(check: &'static str, listeners: &[Listener], topic: &Topic) -> Finding {
    if let Some(waiting) = listeners.iter().find(|listener| !listener.confirmed) {
        let says = format!("{} has not confirmed that it wants to be told", waiting.endpoint);
        let remedy = "follow the link in the mail that AWS has sent, or subscribe again";
        return Finding::warning(check, says, remedy);
    }
    if listeners.is_empty() {
        let remedy = format!(
            "set NotificationEmail or NotificationTopicArn, with which the stack has alarms on lasting conditions as well; a subscription to the topic {} made by hand receives the results of scalings and failed runs",
            topic.arn
        );
        return Finding::warning(check, "no subscriber receives the notifications of the stack", remedy);
    }
    let told: Vec<_> = listeners.iter().map(|listener| listener.endpoint.as_str()).collect();
    Finding::good(check, format!("told are {}", told.join(", ")))
}

/// The account that an ARN names.
fn account(arn: &str) -> Option<&str> {
    arn.split(':').nth(4)
}

pub(super) fn alarms(telling: &Read<Vec<TellingAlarm>>) -> Vec<Finding> {
    const CHECK: &str = "telling-alarms";
    let telling = match telling {
        Ok(telling) => telling,
        Err(unread) => return vec![Finding::unread(CHECK, unread)],
    };
    let findings: Vec<Finding> = telling.iter().filter_map(|alarm| look(CHECK, alarm)).collect();
    if findings.is_empty() {
        let says = format!("none of the {} alarms on what lasts rings", telling.len());
        return vec![Finding::good(CHECK, says)];
    }
    findings
}

fn look(check: &'static str, alarm: &TellingAlarm) -> Option<Finding> {
    let name = &alarm.name;
    match alarm.rings {
        Some(false) => None,
        None => Some(Finding::problem(check, format!("the alarm {name} is gone"), RESTORE)),
        Some(true) => {
            let says = format!("the alarm {name} rings");
            let is_obstacle = !NO_OBSTACLE.contains(&alarm.logical_name.as_str());
            Some(if is_obstacle {
                Finding::problem(check, says, &alarm.description)
            } else {
                Finding::warning(check, says, &alarm.description)
            })
        }
    }
}
