//! What wakes the state machine, and who is told.

use super::why;
use crate::{Account, Heartbeat, Listener, Machine, Read, Ringing, Rule};
use aws_sdk_cloudwatch::types::StateValue;
use aws_sdk_eventbridge::types::RuleState;
use aws_sdk_scheduler::types::ScheduleState;
use serde::Deserialize as _;
use serde_json::Value;
use tasks::PolicyText;

impl Account {
    pub(crate) async fn machine(&self, arn: Read<String>) -> Read<Machine> {
        let answer = self.states.describe_state_machine().state_machine_arn(arn?).send().await;
        let answer = answer.map_err(|error| why("describe the state machine", &error))?;
        let policy = policy(answer.definition())?;
        let status = answer.status().map_or("ACTIVE", |status| status.as_str());
        Ok(Machine { status: status.to_owned(), policy })
    }

    pub(crate) async fn rule(&self, name: Read<String>) -> Read<Rule> {
        let name = name?;
        let rule = self.rules.describe_rule().name(&name).send().await;
        let rule = rule.map_err(|error| why(&format!("describe the rule '{name}'"), &error))?;
        let targets = self.rules.list_targets_by_rule().rule(&name).send().await;
        let targets =
            targets.map_err(|error| why(&format!("list the targets of the rule '{name}'"), &error))?;
        Ok(Rule {
            enabled: rule.state() != Some(&RuleState::Disabled),
            pattern: rule.event_pattern().unwrap_or_default().to_owned(),
            targets: targets.targets().iter().map(|target| target.arn().to_owned()).collect(),
        })
    }

    pub(crate) async fn heartbeat(&self, name: Read<String>) -> Read<Heartbeat> {
        let name = name?;
        let schedule = self.schedules.get_schedule().name(&name).send().await;
        let schedule = schedule.map_err(|error| why(&format!("read the schedule '{name}'"), &error))?;
        Ok(Heartbeat {
            enabled: schedule.state() != Some(&ScheduleState::Disabled),
            expression: schedule.schedule_expression().unwrap_or_default().to_owned(),
            target: schedule.target().map(|target| target.arn().to_owned()).unwrap_or_default(),
        })
    }

    /// The alarms of the stack that tell people, as far as they ring. Their names begin with the stack's and a small letter;
    /// those of the two that scale, which CloudFormation makes, with a large one.
    pub(crate) async fn ringing(&self, stack: &str) -> Read<Vec<Ringing>> {
        let request = self.cloudwatch.describe_alarms().alarm_name_prefix(format!("{stack}-"));
        let answer = request.state_value(StateValue::Alarm).send().await;
        let answer = answer.map_err(|error| why("describe the alarms of the stack", &error))?;
        let tells = |name: &str| name[stack.len() + 1..].starts_with(char::is_lowercase);
        let alarms = answer.metric_alarms().iter().filter(|alarm| alarm.alarm_name().is_some_and(tells));
        let ringing = alarms.map(|alarm| Ringing {
            name: alarm.alarm_name().unwrap_or_default().to_owned(),
            description: alarm.alarm_description().unwrap_or_default().to_owned(),
        });
        Ok(ringing.collect())
    }

    pub(crate) async fn listeners(&self, topic: Read<String>) -> Read<Vec<Listener>> {
        let answer = self.topics.list_subscriptions_by_topic().topic_arn(topic?).send().await;
        let answer = answer.map_err(|error| why("list who listens to the topic", &error))?;
        let listeners = answer.subscriptions().iter().map(|subscription| Listener {
            protocol: subscription.protocol().unwrap_or_default().to_owned(),
            endpoint: subscription.endpoint().unwrap_or_default().to_owned(),
            // Source: SNS, ListSubscriptionsByTopic: until it is confirmed, a subscription has this instead of an ARN.
            confirmed: subscription.subscription_arn() != Some("PendingConfirmation"),
        });
        Ok(listeners.collect())
    }
}

/// The policy, from the one place where it is stated.
fn policy(definition: &str) -> Read<PolicyText> {
    let definition: Value = serde_json::from_str(definition).unwrap_or_default();
    PolicyText::deserialize(&definition["States"]["Check"]["Parameters"]["policy"]).map_err(|error| {
        format!("failed to read the policy in the state machine: {error}; deploy the stack again")
    })
}
