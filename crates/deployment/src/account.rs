//! Reads an AWS account.

use crate::found_stack::{Found, FoundStack};
use crate::{Facts, LastRuns, Obstacle, Read, ScaledResource, Stack, Unread};
use aws::Aws;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use jiff::Timestamp;
use scaling::Unit;
use tasks::{Alarms as _, PAUSE_TAG, PolicyText, Resources as _, Streams as _};

/// Clients for an account. Only the pause tag of an application or stream is ever written, and in a drill the state of one alarm and a
/// notification.
#[derive(Debug, Clone)]
pub struct Account {
    pub(crate) config: SdkConfig,
    pub(crate) ports: Aws,
    pub(crate) flink: aws_sdk_kinesisanalyticsv2::Client,
    pub(crate) streams: aws_sdk_kinesis::Client,
    pub(crate) cloudwatch: aws_sdk_cloudwatch::Client,
    pub(crate) cloudformation: aws_sdk_cloudformation::Client,
    pub(crate) states: aws_sdk_sfn::Client,
    pub(crate) rules: aws_sdk_eventbridge::Client,
    pub(crate) schedules: aws_sdk_scheduler::Client,
    pub(crate) topics: aws_sdk_sns::Client,
}

/// The stacks that a command reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The stack of this name, or the stacks of kpu-autoscaler within it, as in a pipeline.
    Stack(String),
    /// The application of this name, and the stack that scales it, if there is one.
    Application(String),
    /// The stream of this name, and the stack that scales it, if there is one.
    Stream(String),
    /// Every stack of kpu-autoscaler in the account and Region.
    All,
}

/// The reason why no stack could be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The stack does not exist, or neither it nor a stack within it is a stack of kpu-autoscaler.
    NotFound(String),
    /// A call to AWS failed.
    Unreachable(String),
}

impl Account {
    /// Connects to the account that the AWS CLI would use: from the environment, the profile, or the role of the machine, and at the
    /// endpoint in `AWS_ENDPOINT_URL`, if it is set. A profile in the arguments has priority over the environment.
    ///
    /// # Errors
    /// If no Region is set.
    pub async fn connect(profile: Option<&str>, region: Option<&str>) -> Result<Self, Failure> {
        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12()).http_client(aws::http_client());
        if let Some(profile) = profile {
            let http = ProviderConfig::default().with_http_client(aws::http_client());
            let credentials =
                ProfileFileCredentialsProvider::builder().configure(&http).profile_name(profile);
            loader = loader.profile_name(profile).credentials_provider(credentials.build());
        }
        if let Some(region) = region {
            loader = loader.region(Region::new(region.to_owned()));
        }
        let config = loader.load().await;
        if config.region().is_none() {
            let why = "failed to find the Region: set --region, AWS_REGION, or a profile that has a Region";
            return Err(Failure::NotFound(why.to_owned()));
        }
        Ok(Self::new(&config))
    }

    /// Returns the account of a configuration.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self {
            config: config.clone(),
            ports: Aws::new(config),
            flink: aws_sdk_kinesisanalyticsv2::Client::new(config),
            streams: aws_sdk_kinesis::Client::new(config),
            cloudwatch: aws_sdk_cloudwatch::Client::new(config),
            cloudformation: aws_sdk_cloudformation::Client::new(config),
            states: aws_sdk_sfn::Client::new(config),
            rules: aws_sdk_eventbridge::Client::new(config),
            schedules: aws_sdk_scheduler::Client::new(config),
            topics: aws_sdk_sns::Client::new(config),
        }
    }

    /// Returns the ports on which the tasks run.
    #[must_use]
    pub fn ports(&self) -> &Aws {
        &self.ports
    }

    /// Reads an application or stream, the stack that scales it, and the last runs of that stack. A fact that could not be read
    /// has the reason in its place.
    pub async fn read(&self, found: Found, now: Timestamp, runs: LastRuns) -> Facts {
        let Found { kind, resource: name, stack, others } = found;
        let reader = stack.as_ref().and_then(|stack| stack.reader.as_deref());
        let resource = match kind.unit {
            Unit::Kpu => ScaledResource::Application(self.facts_of_application(&name).await),
            Unit::Shard => ScaledResource::Stream(self.facts_of_stream(&name, reader).await),
        };
        let pause = match (resource.arn(), kind.unit) {
            (Ok(Some(arn)), Unit::Kpu) => self.ports.applications.tag(arn, PAUSE_TAG).await,
            (Ok(Some(_)), Unit::Shard) => self.ports.streams.tag(&name, PAUSE_TAG).await,
            (Ok(None) | Err(_), _) => Ok(None),
        };
        let stack = match stack {
            Some(stack) => Some(self.stack(stack, now, runs).await),
            None => None,
        };
        Facts { now, name, resource, pause: pause.map_err(Unread::from), stack, other_stacks: others }
    }

    async fn stack(&self, found: FoundStack, now: Timestamp, runs: LastRuns) -> Stack {
        let resources = self.resources(&found.name).await;
        let machine = resources.get("StateMachine");
        let stated = self.machine(machine.clone()).await;
        let policy = stated.as_ref().ok().map(|machine| &machine.policy);
        // A stack that scales only on user alarms has no stack alarms.
        let stack_or_user_alarm = |logical, named: Option<&str>| match (resources.get(logical), named) {
            (Err(Unread { obstacle: Obstacle::Missing, .. }), Some(named)) => Ok(named.to_owned()),
            (resource, _) => resource,
        };
        let out = stack_or_user_alarm("ScaleOutAlarm", policy.map(|policy| policy.get("ScaleOutAlarm")));
        let r#in = stack_or_user_alarm("ScaleInAlarm", policy.map(|policy| policy.get("ScaleInAlarm")));
        let more = policy.into_iter().flat_map(PolicyText::more_alarms);
        let alarm_names =
            out.clone().and_then(|out| Ok([out, r#in.clone()?].into_iter().chain(more).collect()));
        let alarms = self.alarms(&alarm_names).await;
        let load_alarm = stated.as_ref().ok().map(|machine| machine.policy.get("LoadAlarm"));
        let load_alarm = load_alarm.filter(|name| found.kind.unit == Unit::Kpu && !name.is_empty());
        let age_alarm = (found.kind.unit == Unit::Shard).then(|| resources.get("DrainedAlarm"));
        Stack {
            load_metric: match load_alarm {
                Some(name) => Some(self.load(name, now).await),
                None => None,
            },
            age_metric: match &age_alarm {
                Some(name) => Some(self.watched(&alarms, name, now).await),
                None => None,
            },
            machine: stated,
            out_metric: self.watched(&alarms, &out, now).await,
            in_metric: self.watched(&alarms, &r#in, now).await,
            rule: self.rule(resources.get("AlarmRule")).await,
            heartbeat: self.heartbeat(resources.get("Heartbeat")).await,
            notification_alarms: self.notification_alarms(&resources).await,
            topic: self.topic(found.topic).await,
            runs: self.runs(machine.clone(), runs, now).await,
            machine_arn: machine.ok(),
            alarm_names,
            alarms,
            name: found.name,
            arn: found.arn,
            status: found.status,
            application_key: found.application_key,
            parameters: found.parameters,
            own_cost: found.own_cost,
        }
    }

    /// Reads the metric of the load alarm.
    async fn load(&self, name: &str, now: Timestamp) -> Read<crate::WatchedMetric> {
        let alarms = self.ports.alarms.describe(&[name]).await.map_err(Unread::from);
        self.watched(&alarms, &Ok(name.to_owned()), now).await
    }

    /// Reads the alarms that scale.
    async fn alarms(&self, names: &Read<Vec<String>>) -> Read<tasks::DescribedAlarms> {
        let names: Vec<&str> = names.as_ref().map_err(Clone::clone)?.iter().map(String::as_str).collect();
        self.ports.alarms.describe(&names).await.map_err(Unread::from)
    }
}
