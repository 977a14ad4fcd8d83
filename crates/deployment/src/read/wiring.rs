//! Reads the state machine, the rule and the schedule that start it, and the notifications.

use super::Resources;
use super::stack::Resource;
use crate::{
    Account, Heartbeat, Machine, NotificationAlarm, Obstacle, Read, Rule, Subscription, Topic, Unread,
};
use aws_sdk_cloudwatch::types::{MetricAlarm, StateValue};
use aws_sdk_eventbridge::types::RuleState;
use aws_sdk_scheduler::types::ScheduleState;
use serde::Deserialize as _;
use serde_json::Value;
use tasks::PolicyText;

/// The logical names of the alarms that scale.
const SCALING_ALARMS: [&str; 6] =
    ["ScaleOutAlarm", "ScaleInAlarm", "ShardsOutAlarm", "ShardsInAlarm", "ThrottledAlarm", "DrainedAlarm"];

impl Account {
    pub(crate) async fn machine(&self, arn: Read<String>) -> Read<Machine> {
        let answer = self.states.describe_state_machine().state_machine_arn(arn?).send().await;
        let answer = answer.map_err(|error| Unread::of("describe the state machine", &error))?;
        let policy = policy(answer.definition())?;
        let status = answer.status().map_or("ACTIVE", |status| status.as_str());
        Ok(Machine { status: status.to_owned(), policy })
    }

    pub(crate) async fn rule(&self, name: Read<String>) -> Read<Rule> {
        let name = name?;
        let rule = self.rules.describe_rule().name(&name).send().await;
        let rule = rule.map_err(|error| Unread::of(&format!("describe the rule '{name}'"), &error))?;
        let targets = self.rules.list_targets_by_rule().rule(&name).send().await;
        let targets =
            targets.map_err(|error| Unread::of(&format!("list the targets of the rule '{name}'"), &error))?;
        Ok(Rule {
            enabled: rule.state() != Some(&RuleState::Disabled),
            pattern: rule.event_pattern().unwrap_or_default().to_owned(),
            targets: targets.targets().iter().map(|target| target.arn().to_owned()).collect(),
        })
    }

    pub(crate) async fn heartbeat(&self, name: Read<String>) -> Read<Heartbeat> {
        let name = name?;
        let schedule = self.schedules.get_schedule().name(&name).send().await;
        let schedule =
            schedule.map_err(|error| Unread::of(&format!("read the schedule '{name}'"), &error))?;
        Ok(Heartbeat {
            enabled: schedule.state() != Some(&ScheduleState::Disabled),
            expression: schedule.schedule_expression().unwrap_or_default().to_owned(),
            target: schedule.target().map(|target| target.arn().to_owned()).unwrap_or_default(),
        })
    }

    /// Reads the notification alarms: every alarm of the stack except those that scale.
    pub(crate) async fn notification_alarms(&self, resources: &Resources) -> Read<Vec<NotificationAlarm>> {
        let resources = resources.0.as_ref().map_err(Clone::clone)?;
        let resources = resources.iter().filter(|resource| {
            resource.kind == "AWS::CloudWatch::Alarm"
                && !SCALING_ALARMS.contains(&resource.logical_name.as_str())
        });
        let resources: Vec<&Resource> = resources.collect();
        let names = resources.iter().map(|resource| resource.physical_name.clone()).collect();
        let answer = self.cloudwatch.describe_alarms().set_alarm_names(Some(names)).send().await;
        let answer = answer.map_err(|error| Unread::of("describe the notification alarms", &error))?;
        let read = |resource: &&Resource| {
            let is_it = |alarm: &&MetricAlarm| alarm.alarm_name() == Some(&resource.physical_name);
            let alarm = answer.metric_alarms().iter().find(is_it);
            NotificationAlarm {
                name: resource.physical_name.clone(),
                logical_name: resource.logical_name.clone(),
                description: alarm.and_then(MetricAlarm::alarm_description).unwrap_or_default().to_owned(),
                // The alarm on missing runs also notifies on INSUFFICIENT_DATA. A new stack is in that state, and the check
                // `last-runs` reads the runs themselves.
                in_alarm: alarm.map(|alarm| alarm.state_value() == Some(&StateValue::Alarm)),
            }
        };
        Ok(resources.iter().map(read).collect())
    }

    pub(crate) async fn topic(&self, arn: Option<String>) -> Read<Topic> {
        let arn =
            arn.ok_or_else(|| Unread::new(Obstacle::Missing, "the stack has no output NotificationTopic"))?;
        let subscriptions = self.subscriptions(&arn).await;
        Ok(Topic { arn, subscriptions })
    }

    async fn subscriptions(&self, topic: &str) -> Read<Vec<Subscription>> {
        let mut subscriptions = Vec::new();
        let mut pages = self.topics.list_subscriptions_by_topic().topic_arn(topic).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| Unread::of("list the subscriptions of the topic", &error))?;
            subscriptions.extend(page.subscriptions().iter().map(|subscription| Subscription {
                protocol: subscription.protocol().unwrap_or_default().to_owned(),
                endpoint: subscription.endpoint().unwrap_or_default().to_owned(),
                // Source: SNS, ListSubscriptionsByTopic: the ARN of an unconfirmed subscription is
                // PendingConfirmation, and the ARN of a deleted one is Deleted.
                confirmed: subscription.subscription_arn().is_some_and(|arn| arn.starts_with("arn:")),
            }));
        }
        Ok(subscriptions)
    }
}

/// Reads the policy in the definition of the state machine.
fn policy(definition: &str) -> Read<PolicyText> {
    let definition: Value = serde_json::from_str(definition).unwrap_or_default();
    PolicyText::deserialize(&definition["States"]["Check"]["Parameters"]["policy"]).map_err(|error| {
        let why = format!("failed to read the policy in the state machine: {error}; restore the definition if it was changed by hand");
        Unread::new(Obstacle::Other, why)
    })
}
