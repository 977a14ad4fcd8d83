//! Judges the notification, its subscriptions, and the dead-letter queue. Pure.

use super::evidence::{DrillExecution, Evidence};
use super::link::Link;
use super::notification::subject;
use crate::{Facts, Finding, Level, Read, RunStatus};

/// Returns the links from the event of the test notification to the dead-letter queue.
pub(super) fn judge(facts: &Facts, findings: &[Finding], evidence: &Evidence) -> Vec<Link> {
    vec![notification(facts, evidence), subscriptions(facts, findings), dead_letters(&evidence.dead_letters)]
}

/// The link from the event over the rule and the state machine to the acceptance by SNS.
fn notification(facts: &Facts, evidence: &Evidence) -> Link {
    const LINK: &str = "notification";
    let waited = evidence.waited.as_secs();
    let execution = match &evidence.notification {
        Err(unread) => return Link::unread(LINK, unread),
        Ok(None) => {
            let remedy = match &evidence.notification_rule {
                Ok(rule) if !rule.enabled => "enable the rule NotificationRule in the EventBridge console",
                _ => {
                    "check that the rule NotificationRule matches the source kpu-autoscaler and this application or stream, and read the messages in the dead-letter queue of the stack: their attributes name the error"
                }
            };
            let message =
                format!("the test event started no execution of NotificationStateMachine within {waited} s");
            return Link::failed(LINK, message, remedy);
        }
        Ok(Some(execution)) => execution,
    };
    let DrillExecution { name, state, why, ended, .. } = execution;
    match (execution.status, ended) {
        (RunStatus::Succeeded, Some(ended)) => {
            let subject = subject(facts);
            Link::passed(LINK, format!("SNS has accepted the message '{subject}'")).at(*ended)
        }
        (RunStatus::Running, _) => Link::failed(
            LINK,
            format!(
                "SNS has not accepted the message within {waited} s; the execution {name} repeats it for up to an hour"
            ),
            "open the execution in the Step Functions console, which shows the error: often a missing permission on the topic or on its key",
        ),
        _ => Link::failed(
            LINK,
            format!("SNS has not accepted the message: {state}: {why}"),
            "follow the message",
        ),
    }
}

/// The link from SNS to the subscribers. No API of SNS shows whether a message has arrived.
fn subscriptions(facts: &Facts, findings: &[Finding]) -> Link {
    const LINK: &str = "subscriptions";
    let subscriptions = facts
        .stack
        .as_ref()
        .and_then(|stack| stack.topic.as_ref().ok())
        .and_then(|topic| topic.subscriptions.as_ref().ok());
    match findings.iter().find(|finding| finding.check == LINK) {
        Some(finding) if finding.level == Level::Good => Link::passed(
            LINK,
            format!(
                "{}; look for '{}' there, because SNS does not show the arrival",
                finding.message,
                subject(facts)
            ),
        ),
        Some(finding) if subscriptions.is_some() => Link::found(LINK, finding),
        Some(finding) => {
            let unknown = Link::unknown(LINK, &finding.message);
            finding.remedy.iter().fold(unknown, |link, remedy| link.with_remedy(remedy))
        }
        None => Link::unknown(LINK, "the subscriptions could not be read"),
    }
}

/// The link of the dead-letter queue.
fn dead_letters(messages: &Read<u64>) -> Link {
    const LINK: &str = "dead-letters";
    match messages {
        Err(unread) => Link::unread(LINK, unread),
        Ok(0) => Link::passed(LINK, "the dead-letter queue of the stack is empty"),
        Ok(count) => Link::failed(
            LINK,
            format!("the dead-letter queue of the stack has {count} messages"),
            "read them: their attributes name the error with which EventBridge could not start an execution; remedy it, and purge the queue",
        ),
    }
}
