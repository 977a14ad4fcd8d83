//! The facts that were read from an account.

use crate::runs::Run;
use crate::{ApplicationSettings, Read, ScaledResource};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::fmt;
use tasks::{DataPoint, DescribedAlarms, OwnCost, Policy, PolicyText, ResourceKind};

/// Everything that was read about an application or a stream, and about the stack that scales it.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The time of the reading.
    pub now: Timestamp,
    /// The name of the application or stream.
    pub name: String,
    /// The application or stream.
    pub resource: ScaledResource,
    /// The value of its pause tag, if it has one.
    pub pause: Read<Option<String>>,
    /// The stack that scales it; `None` if none was found.
    pub stack: Option<Stack>,
    /// The names of the other stacks that scale it.
    pub other_stacks: Read<Vec<String>>,
}

impl Facts {
    /// Returns the runs, or none if they could not be read.
    #[must_use]
    pub fn runs(&self) -> &[Run] {
        self.stack.as_ref().and_then(|stack| stack.runs.as_deref().ok()).unwrap_or_default()
    }

    /// Returns the kind of the scaled resource.
    #[must_use]
    pub fn kind(&self) -> &'static ResourceKind {
        self.resource.kind()
    }

    /// Returns the application, if an application is scaled and could be read.
    #[must_use]
    pub fn application(&self) -> Option<&ApplicationSettings> {
        match &self.resource {
            ScaledResource::Application(application) => application.settings.as_ref().ok()?.as_ref(),
            ScaledResource::Stream(_) => None,
        }
    }

    /// Returns the deployed policy if it could be read and is valid.
    #[must_use]
    pub fn policy(&self) -> Option<Policy> {
        let machine = self.stack.as_ref()?.machine.as_ref().ok()?;
        Policy::parse(&machine.policy).ok()
    }
}

/// A stack and the state of its resources.
#[derive(Debug, Clone)]
pub struct Stack {
    /// Its name.
    pub name: String,
    /// Its ARN, which names the account and the Region.
    pub arn: String,
    /// Its status, as CloudFormation names it.
    pub status: String,
    /// Its parameter `ApplicationKmsKeyArn`.
    pub application_key: String,
    /// All its parameters with their values.
    pub parameters: BTreeMap<String, String>,
    /// The price of the autoscaler itself for a month, computed from the parameters of the stack.
    pub own_cost: OwnCost,
    /// The ARN of its state machine, if it has one.
    pub machine_arn: Option<String>,
    /// The state machine.
    pub machine: Read<Machine>,
    /// The names of the alarms that scale: the scale-out alarm, the scale-in alarm, and the additional alarms.
    pub alarm_names: Read<Vec<String>>,
    /// The descriptions of these alarms, and the alarms that exist and cannot be used.
    pub alarms: Read<DescribedAlarms>,
    /// The metric of the scale-out alarm.
    pub out_metric: Read<WatchedMetric>,
    /// The metric of the scale-in alarm.
    pub in_metric: Read<WatchedMetric>,
    /// The metric of the load alarm, if the policy of an application has one.
    pub load_metric: Option<Read<WatchedMetric>>,
    /// The metric of the age of unread records, if the stack scales a stream.
    pub age_metric: Option<Read<WatchedMetric>>,
    /// The rule that starts a run on an alarm.
    pub rule: Read<Rule>,
    /// The schedule that starts runs at intervals.
    pub heartbeat: Read<Heartbeat>,
    /// The alarms that notify on lasting conditions.
    pub notification_alarms: Read<Vec<NotificationAlarm>>,
    /// The topic of the notifications.
    pub topic: Read<Topic>,
    /// The running ones, the last ones, and those that failed within the last day, newest first.
    pub runs: Read<Vec<Run>>,
}

/// A state machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// `ACTIVE`, or `DELETING`.
    pub status: String,
    /// The policy in its definition.
    pub policy: PolicyText,
}

/// The metric of an alarm, and its data.
#[derive(Debug, Clone, PartialEq)]
pub struct WatchedMetric {
    /// The metrics with exactly the alarm's dimensions: one, or all metrics of an expression.
    pub wanted: Vec<PublishedMetric>,
    /// The only unit whose data points the alarm reads, if the alarm names a unit.
    pub unit: Option<String>,
    /// The largest age at which the tasks use a data point.
    pub may_be_old: SignedDuration,
    /// The usable data points of the last hours, with the alarm's statistic and period.
    pub points: Vec<DataPoint>,
    /// Published metrics with the same name or the same first dimension, as suggestions if there is no data.
    pub published: Vec<PublishedMetric>,
}

impl WatchedMetric {
    /// The age of its newest data point. `None` without a data point.
    pub(crate) fn age(&self, now: Timestamp) -> Option<SignedDuration> {
        self.points.iter().map(|point| now.duration_since(point.start)).min()
    }

    /// Whether it has a data point that the tasks use.
    pub(crate) fn has_fresh_data(&self, now: Timestamp) -> bool {
        self.age(now).is_some_and(|age| age <= self.may_be_old)
    }
}

/// The identity of a metric.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublishedMetric {
    /// Such as `AWS/KinesisAnalytics`.
    pub namespace: String,
    /// Such as `containerCPUUtilization`.
    pub name: String,
    /// Name and value of each dimension, by name.
    pub dimensions: Vec<(String, String)>,
}

impl PublishedMetric {
    /// The value of its dimension `Application`, if it has one.
    pub(crate) fn application(&self) -> Option<&str> {
        self.dimensions.iter().find(|(name, _)| name == "Application").map(|(_, value)| value.as_str())
    }

    /// Its dimensions as text, separated by commas.
    pub(crate) fn listed(&self) -> String {
        let pairs: Vec<_> = self.dimensions.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join(", ")
    }
}

impl fmt::Display for PublishedMetric {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {} ({})", self.namespace, self.name, self.listed())
    }
}

/// A rule of `EventBridge`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Whether it is enabled.
    pub enabled: bool,
    /// The pattern, as JSON.
    pub pattern: String,
    /// The ARNs of its targets.
    pub targets: Vec<String>,
}

/// A schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heartbeat {
    /// Whether it is enabled.
    pub enabled: bool,
    /// Such as `cron(0/5 * * * ? *)`.
    pub expression: String,
    /// The ARN of its target.
    pub target: String,
}

/// An alarm that notifies on a lasting condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationAlarm {
    /// Its name.
    pub name: String,
    /// Its name in the template.
    pub logical_name: String,
    /// Its description, which has the meaning and the remedy.
    pub description: String,
    /// Whether it is in ALARM; `None` if it does not exist.
    pub in_alarm: Option<bool>,
}

/// The topic of the notifications.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// Its ARN.
    pub arn: String,
    /// Its subscriptions.
    pub subscriptions: Read<Vec<Subscription>>,
}

/// A subscription of the topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Such as `email`.
    pub protocol: String,
    /// Such as an e-mail address.
    pub endpoint: String,
    /// Whether it is confirmed. SNS sends nothing to an unconfirmed subscription.
    pub confirmed: bool,
}
