//! What wakes the state machine, and who is told.

use super::Resources;
use super::stack::Resource;
use crate::{Account, Heartbeat, Listener, Machine, Obstacle, Read, Rule, TellingAlarm, Topic, Unread};
use aws_sdk_cloudwatch::types::{MetricAlarm, StateValue};
use aws_sdk_eventbridge::types::RuleState;
use aws_sdk_scheduler::types::ScheduleState;
use serde::Deserialize as _;
use serde_json::Value;
use tasks::PolicyText;

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

    /// The alarms of the stack that tell people: all but the two that scale.
    pub(crate) async fn telling(&self, resources: &Resources) -> Read<Vec<TellingAlarm>> {
        let resources = resources.0.as_ref().map_err(Clone::clone)?;
        let telling = resources.iter().filter(|resource| {
            resource.kind == "AWS::CloudWatch::Alarm"
                && !["ScaleOutAlarm", "ScaleInAlarm"].contains(&resource.logical_name.as_str())
        });
        let telling: Vec<&Resource> = telling.collect();
        let names = telling.iter().map(|resource| resource.physical_name.clone()).collect();
        let answer = self.cloudwatch.describe_alarms().set_alarm_names(Some(names)).send().await;
        let answer = answer.map_err(|error| Unread::of("describe the alarms that tell people", &error))?;
        let look = |resource: &&Resource| {
            let is_it = |alarm: &&MetricAlarm| alarm.alarm_name() == Some(&resource.physical_name);
            let alarm = answer.metric_alarms().iter().find(is_it);
            TellingAlarm {
                name: resource.physical_name.clone(),
                logical_name: resource.logical_name.clone(),
                description: alarm.and_then(MetricAlarm::alarm_description).unwrap_or_default().to_owned(),
                // Without data, the alarm that no run has begun rings too; but so it does in a new stack, and the runs are
                // looked at themselves.
                rings: alarm.map(|alarm| alarm.state_value() == Some(&StateValue::Alarm)),
            }
        };
        Ok(telling.iter().map(look).collect())
    }

    pub(crate) async fn topic(&self, arn: Option<String>) -> Read<Topic> {
        let arn = arn.ok_or_else(|| Unread::new(Obstacle::Missing, "the stack names no topic"))?;
        let listeners = self.listeners(&arn).await;
        Ok(Topic { arn, listeners })
    }

    async fn listeners(&self, topic: &str) -> Read<Vec<Listener>> {
        let mut listeners = Vec::new();
        let mut pages = self.topics.list_subscriptions_by_topic().topic_arn(topic).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| Unread::of("list who listens to the topic", &error))?;
            listeners.extend(page.subscriptions().iter().map(|subscription| Listener {
                protocol: subscription.protocol().unwrap_or_default().to_owned(),
                endpoint: subscription.endpoint().unwrap_or_default().to_owned(),
                // Source: SNS, ListSubscriptionsByTopic: instead of its ARN, a subscription that was not confirmed has
                // the word PendingConfirmation, and one that was taken back the word Deleted.
                confirmed: subscription.subscription_arn().is_some_and(|arn| arn.starts_with("arn:")),
            }));
        }
        Ok(listeners)
    }
}

/// The policy, from the one place where it is stated.
fn policy(definition: &str) -> Read<PolicyText> {
    let definition: Value = serde_json::from_str(definition).unwrap_or_default();
    PolicyText::deserialize(&definition["States"]["Check"]["Parameters"]["policy"]).map_err(|error| {
        let why = format!("failed to read the policy in the state machine: {error}; was it changed by hand?");
        Unread::new(Obstacle::Other, why)
    })
}
