//! What was read of an account, as it stands.

use crate::Read;
use crate::runs::Run;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::fmt;
use tasks::{Alarm, DataPoint, PolicyText};

/// Everything that was read of an application and of the stack that scales it.
#[derive(Debug, Clone)]
pub struct Facts {
    /// When it was read.
    pub now: Timestamp,
    /// The name of the application.
    pub application_name: String,
    /// The application; `None` if there is none of that name.
    pub application: Read<Option<ApplicationSettings>>,
    /// The tag by which its scaling is paused, if it has one.
    pub pause: Read<Option<String>>,
    /// The stack; `None` if none was found that scales the application.
    pub stack: Option<Stack>,
    /// The names of the other stacks that scale the same application.
    pub rivals: Read<Vec<String>>,
}

impl Facts {
    /// The runs, as far as they could be read.
    #[must_use]
    pub fn runs(&self) -> &[Run] {
        self.stack.as_ref().and_then(|stack| stack.runs.as_deref().ok()).unwrap_or_default()
    }
}

/// What an application is set to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ApplicationSettings {
    /// Its ARN.
    pub arn: String,
    /// Its status, in the word of MSF.
    pub status: String,
    /// The parallelism that runs now.
    pub parallelism: u32,
    /// How many subtasks share a KPU.
    pub parallelism_per_kpu: u32,
    /// The KPUs that this takes, without the orchestration KPU.
    pub kpus: u32,
    /// Whether MSF's own autoscaling is on.
    pub built_in_autoscaling: bool,
    /// Whether an update takes a snapshot and starts from it.
    pub snapshots: bool,
    /// Whether an update that fails is rolled back by MSF.
    pub rollback: bool,
    /// The monitoring level: `APPLICATION`, `TASK`, `OPERATOR` or `PARALLELISM`.
    pub monitoring_level: String,
}

/// A stack, and what became of its resources.
#[derive(Debug, Clone)]
pub struct Stack {
    /// Its name.
    pub name: String,
    /// Its ARN, which names the account and the Region.
    pub arn: String,
    /// Its status, in the word of CloudFormation.
    pub status: String,
    /// The ARN of its state machine, if it has one.
    pub machine_arn: Option<String>,
    /// The state machine.
    pub machine: Read<Machine>,
    /// The names of the alarms that scale: out, in, and those that were added.
    pub alarm_names: Read<Vec<String>>,
    /// These, as far as they exist.
    pub alarms: Read<Vec<Alarm>>,
    /// What the alarm to scale out watches.
    pub out_metric: Read<WatchedMetric>,
    /// What the alarm to scale in watches.
    pub in_metric: Read<WatchedMetric>,
    /// What the alarm on the load watches, if the application is sized by demand.
    pub load_metric: Option<Read<WatchedMetric>>,
    /// The rule by which the alarms start a run.
    pub rule: Read<Rule>,
    /// The schedule that starts a run now and then.
    pub heartbeat: Read<Heartbeat>,
    /// The alarms that tell people of what lasts.
    pub telling: Read<Vec<TellingAlarm>>,
    /// The topic that is told.
    pub topic: Read<Topic>,
    /// The runs that are under way, the last ones, and those of the last day that have failed: the newest first.
    pub runs: Read<Vec<Run>>,
}

/// A state machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// `ACTIVE`, or `DELETING`.
    pub status: String,
    /// The policy that it states.
    pub policy: PolicyText,
}

/// What an alarm watches, and what has come of it.
#[derive(Debug, Clone, PartialEq)]
pub struct WatchedMetric {
    /// The metrics with exactly the alarm's dimensions: one, or those of an expression.
    pub wanted: Vec<PublishedMetric>,
    /// How old the newest data point may be for the tasks to use it.
    pub may_be_old: SignedDuration,
    /// The data points of the last hours that the tasks would use, by the alarm's own statistic and period.
    pub points: Vec<DataPoint>,
    /// What is published that might have been meant: of the same name, or of the same first dimension.
    pub published: Vec<PublishedMetric>,
}

/// A metric by everything that tells it from others.
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
    /// The application that it is of, if it says so.
    pub(crate) fn application(&self) -> Option<&str> {
        self.dimensions.iter().find(|(name, _)| name == "Application").map(|(_, value)| value.as_str())
    }

    /// Its dimensions, in a row.
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
    /// The ARNs of what it starts.
    pub targets: Vec<String>,
}

/// A schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heartbeat {
    /// Whether it is enabled.
    pub enabled: bool,
    /// Such as `cron(0/5 * * * ? *)`.
    pub expression: String,
    /// The ARN of what it starts.
    pub target: String,
}

/// An alarm that tells people of something that lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TellingAlarm {
    /// Its name.
    pub name: String,
    /// Its name in the template.
    pub logical_name: String,
    /// What it means and what to do, in its own words.
    pub description: String,
    /// Whether it tells so now; `None` if it is gone.
    pub rings: Option<bool>,
}

/// The topic that is told what happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// Its ARN.
    pub arn: String,
    /// Who has subscribed to it.
    pub listeners: Read<Vec<Listener>>,
}

/// A subscription of the topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// Such as `email`.
    pub protocol: String,
    /// Who.
    pub endpoint: String,
    /// Whether it was confirmed; until then nothing is sent.
    pub confirmed: bool,
}
