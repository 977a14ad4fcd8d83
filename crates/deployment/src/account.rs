//! Reads an AWS account.

use crate::found_stack::FoundStack;
use crate::{Facts, Obstacle, Read, Stack, Unread};
use aws::Aws;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use jiff::Timestamp;
use tasks::{Alarms as _, PAUSE_TAG, PolicyText, Resources as _};

/// Clients for an account. Only the pause tag of an application is ever written.
#[derive(Debug, Clone)]
pub struct Account {
    pub(crate) config: SdkConfig,
    pub(crate) ports: Aws,
    pub(crate) flink: aws_sdk_kinesisanalyticsv2::Client,
    pub(crate) cloudwatch: aws_sdk_cloudwatch::Client,
    pub(crate) cloudformation: aws_sdk_cloudformation::Client,
    pub(crate) states: aws_sdk_sfn::Client,
    pub(crate) rules: aws_sdk_eventbridge::Client,
    pub(crate) schedules: aws_sdk_scheduler::Client,
    pub(crate) topics: aws_sdk_sns::Client,
}

/// The stack or the application that a command reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The stack of this name.
    Stack(String),
    /// The application of this name, and the stack that scales it, if there is one.
    Application(String),
}

/// The reason why neither a stack nor an application could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The stack does not exist, or it is not a stack of kpu-autoscaler.
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

    /// Reads an application, the stack that scales it, and the last `runs` runs of that stack.
    ///
    /// # Errors
    /// If the stack does not exist, or the stacks cannot be listed. Every other failure is stored in its field of the facts.
    pub async fn read(&self, target: &Target, now: Timestamp, runs: usize) -> Result<Facts, Failure> {
        let (application_name, stack, other_stacks) = match target {
            Target::Stack(name) => {
                let found = self.stack_of_name(name).await?;
                let all = self.stacks_of_application(&found.application).await;
                let others = all.map(|all| names(all.iter().filter(|stack| stack.arn != found.arn)));
                (found.application.clone(), Some(found), others)
            }
            Target::Application(name) => {
                let all = self.stacks_of_application(name).await;
                let mut all = all.map_err(|unread| Failure::Unreachable(unread.why))?.into_iter();
                let first = all.next();
                (name.clone(), first, Ok(names(all.as_slice().iter())))
            }
        };
        let application = self.application(&application_name).await;
        let pause = match &application {
            Ok(Some(application)) => {
                self.ports.applications.tag(&application.arn, PAUSE_TAG).await.map_err(Unread::from)
            }
            Ok(None) | Err(_) => Ok(None),
        };
        let snapshots = match &application {
            Ok(Some(_)) => self.snapshots(&application_name).await,
            Ok(None) | Err(_) => Ok(0),
        };
        let stack = match stack {
            Some(stack) => Some(self.stack(stack, now, runs).await),
            None => None,
        };
        let subnets = match &application {
            Ok(Some(application)) => self.subnets(&application.subnets).await,
            Ok(None) | Err(_) => Ok(Vec::new()),
        };
        let kpu_quota = self.kpu_quota().await;
        Ok(Facts {
            now,
            application_name,
            application,
            snapshots,
            pause,
            stack,
            other_stacks,
            kpu_quota,
            subnets,
        })
    }

    async fn stack(&self, found: FoundStack, now: Timestamp, runs: usize) -> Stack {
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
        Stack {
            load_metric: match load_alarm.filter(|name| !name.is_empty()) {
                Some(name) => Some(self.load(name, now).await),
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

fn names<'a>(stacks: impl Iterator<Item = &'a FoundStack>) -> Vec<String> {
    stacks.map(|stack| stack.name.clone()).collect()
}
