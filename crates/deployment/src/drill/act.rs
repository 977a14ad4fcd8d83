//! The acts of a drill: sets the scale-out alarm and sets it back, and publishes the event of a test notification.

use super::evidence::AlarmBefore;
use super::notification::{DRILL_FIELD, test_notification};
use super::permissions::{Decision, arn, needed};
use crate::unread::refused;
use crate::{Account, Facts, Obstacle, Read, Rule, Unread};
use aws_sdk_cloudwatch::types::StateValue;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use jiff::Timestamp;
use serde_json::Value;
use tasks::AlarmState;

/// The `source` of the events that the notification rule matches.
const SOURCE: &str = "kpu-autoscaler";

/// The resources of a stack that only the drill needs.
#[derive(Debug, Clone)]
pub struct DrillParts {
    /// The ARN of the state machine that publishes the notifications.
    pub notification_machine: Read<String>,
    /// The rule that starts it.
    pub notification_rule: Read<Rule>,
    /// The URL of the dead-letter queue.
    queue_url: Read<String>,
    /// The ARN of the role of the function `scale`.
    role_arn: Read<String>,
}

impl Account {
    /// Reads the state and the actions of a metric alarm.
    ///
    /// # Errors
    /// If the alarm cannot be read, or does not exist.
    pub async fn drilled_alarm(&self, name: &str) -> Read<AlarmBefore> {
        let answer = self.cloudwatch.describe_alarms().alarm_names(name).send().await;
        let answer = answer.map_err(|error| Unread::of(&format!("describe the alarm '{name}'"), &error))?;
        let alarm = answer.metric_alarms().first();
        let alarm =
            alarm.ok_or_else(|| Unread::new(Obstacle::Missing, format!("there is no alarm '{name}'")))?;
        Ok(AlarmBefore {
            name: name.to_owned(),
            state: aws::alarm_state(alarm),
            actions: alarm.alarm_actions().len(),
            actions_enabled: alarm.actions_enabled().unwrap_or(true),
        })
    }

    /// Sets the state of an alarm. CloudWatch sets the state by its own evaluation again, within a period of the alarm.
    ///
    /// # Errors
    /// If AWS refuses the call, with its reason.
    pub async fn set_alarm(&self, name: &str, state: AlarmState, reason: &str) -> Read<()> {
        let value = StateValue::from(state.name());
        let request = self.cloudwatch.set_alarm_state().alarm_name(name).state_value(value);
        let answer = request.state_reason(reason).send().await;
        answer.map(drop).map_err(|error| Unread::of(&format!("set the alarm '{name}'"), &error))
    }

    /// Reads the resources of the stack that only the drill needs.
    pub async fn drill_parts(&self, facts: &Facts) -> DrillParts {
        let (name, stack_arn) =
            facts.stack.as_ref().map(|stack| (stack.name.as_str(), stack.arn.as_str())).unwrap_or_default();
        let resources = self.resources(name).await;
        DrillParts {
            notification_machine: resources.get("NotificationStateMachine"),
            notification_rule: self.rule(resources.get("NotificationRule")).await,
            queue_url: resources.get("DeadLetterQueue"),
            role_arn: resources.get("ScaleRole").map(|role| arn(stack_arn, "iam", &format!("role/{role}"))),
        }
    }

    /// Publishes an event that the stack sends to its topic like the result of a scaling.
    ///
    /// # Errors
    /// If AWS refuses the event, with its reason.
    pub async fn publish_test_notification(&self, facts: &Facts, drill: Timestamp) -> Read<()> {
        let attempt = "publish the event of the test notification";
        let entry = PutEventsRequestEntry::builder().source(SOURCE).detail_type("Drill");
        let entry = entry.detail(test_notification(facts, drill).to_string()).build();
        let answer = self.rules.put_events().entries(entry).send().await;
        let answer = answer.map_err(|error| Unread::of(attempt, &error))?;
        // PutEvents succeeds even if EventBridge rejects an entry.
        match answer.entries().iter().find_map(|entry| Some((entry.error_code()?, entry.error_message()))) {
            Some((code, message)) => Err(refused(attempt, code, message.unwrap_or("without a message"))),
            None => Ok(()),
        }
    }

    /// Counts the messages of the dead-letter queue.
    ///
    /// # Errors
    /// If the queue cannot be read.
    pub async fn dead_letters(&self, parts: &DrillParts) -> Read<u64> {
        self.messages(parts.queue_url.as_ref().map_err(Clone::clone)?).await
    }

    /// Returns the decisions of IAM on the actions that an update by the function `scale` needs, without an update.
    ///
    /// # Errors
    /// If the caller may not simulate the role.
    pub async fn update_permissions(&self, facts: &Facts, parts: &DrillParts) -> Read<Vec<Decision>> {
        self.decisions(parts.role_arn.as_ref().map_err(Clone::clone)?, &needed(facts)).await
    }
}

/// Whether the input of an execution is the event of this drill.
#[must_use]
pub fn is_of_drill(input: &Value, drill: Timestamp) -> bool {
    input[DRILL_FIELD] == drill.to_string()
}
