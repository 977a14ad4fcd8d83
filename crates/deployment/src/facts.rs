//! The facts that were read from an account.

use crate::Read;
use crate::runs::Run;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::fmt;
use tasks::{DataPoint, DescribedAlarms, PolicyText};

/// Everything that was read about an application and the stack that scales it.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The time of the reading.
    pub now: Timestamp,
    /// The name of the application.
    pub application_name: String,
    /// The application; `None` if it does not exist.
    pub application: Read<Option<ApplicationSettings>>,
    /// The number of the application's snapshots.
    pub snapshots: Read<usize>,
    /// The value of the application's pause tag, if it has one.
    pub pause: Read<Option<String>>,
    /// The stack that scales the application; `None` if none was found.
    pub stack: Option<Stack>,
    /// The names of the other stacks that scale the same application.
    pub other_stacks: Read<Vec<String>>,
    /// The applied KPU quota of an application in this account and Region; `None` if the default applies.
    pub kpu_quota: Read<Option<u32>>,
    /// The subnets of the application's VPC; empty outside a VPC.
    pub subnets: Read<Vec<Subnet>>,
}

/// A subnet of a VPC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subnet {
    /// Its ID.
    pub id: String,
    /// The number of its free IPv4 addresses.
    pub free_addresses: u32,
}

impl Facts {
    /// Returns the runs, or none if they could not be read.
    #[must_use]
    pub fn runs(&self) -> &[Run] {
        self.stack.as_ref().and_then(|stack| stack.runs.as_deref().ok()).unwrap_or_default()
    }
}

/// The settings of an application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ApplicationSettings {
    /// Its ARN.
    pub arn: String,
    /// Its status, as MSF names it.
    pub status: String,
    /// The present parallelism.
    pub parallelism: u32,
    /// The subtasks per KPU.
    pub parallelism_per_kpu: u32,
    /// The KPUs of this parallelism, without the orchestration KPU.
    pub kpus: u32,
    /// Whether MSF's built-in autoscaling is on.
    pub built_in_autoscaling: bool,
    /// Whether an update takes a snapshot and starts from it.
    pub snapshots: bool,
    /// Whether MSF rolls back a failed update.
    pub rollback: bool,
    /// The monitoring level: `APPLICATION`, `TASK`, `OPERATOR` or `PARALLELISM`.
    pub monitoring_level: String,
    /// The customer managed key that encrypts it, as an ARN, an ID or an alias; `None` for a key of AWS.
    pub key: Option<String>,
    /// The IDs of the subnets of its VPC; empty outside a VPC.
    pub subnets: Vec<String>,
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
    /// The metric of the load alarm, if the policy has one.
    pub load_metric: Option<Read<WatchedMetric>>,
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
