//! An AWS account, read.

use crate::read;
use crate::{Facts, Read};
use aws::Aws;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use jiff::Timestamp;
use tasks::Alarms as _;

/// Reads an account, and changes nothing in it.
#[derive(Debug, Clone)]
pub struct Account {
    pub(crate) ports: Aws,
    pub(crate) flink: aws_sdk_kinesisanalyticsv2::Client,
    pub(crate) cloudwatch: aws_sdk_cloudwatch::Client,
    pub(crate) cloudformation: aws_sdk_cloudformation::Client,
    pub(crate) states: aws_sdk_sfn::Client,
    pub(crate) rules: aws_sdk_eventbridge::Client,
    pub(crate) schedules: aws_sdk_scheduler::Client,
    pub(crate) topics: aws_sdk_sns::Client,
}

/// What is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The stack of this name.
    Stack(String),
    /// The application of this name, and the stack that scales it, if there is one.
    Application(String),
}

/// Why nothing could be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// There is no such stack, or it is none of ours.
    NotFound(String),
    /// AWS could not be asked.
    Unreachable(String),
}

impl Account {
    /// An account as the AWS CLI finds it: from the environment, the profile, or the machine's own role; at an endpoint of one's
    /// own, if `AWS_ENDPOINT_URL` names one.
    ///
    /// # Errors
    /// If no Region is known.
    pub async fn connect(profile: Option<&str>, region: Option<&str>) -> Result<Self, Failure> {
        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12()).http_client(aws::http_client());
        if let Some(profile) = profile {
            loader = loader.profile_name(profile);
        }
        if let Some(region) = region {
            loader = loader.region(Region::new(region.to_owned()));
        }
        let config = loader.load().await;
        if config.region().is_none() {
            let why = "failed to find the Region: give --region, or set AWS_REGION or a profile that has one";
            return Err(Failure::NotFound(why.to_owned()));
        }
        Ok(Self::new(&config))
    }

    /// An account by this configuration.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self {
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

    /// The ports on which the tasks run.
    #[must_use]
    pub fn ports(&self) -> &Aws {
        &self.ports
    }

    /// Reads everything about an application and the stack that scales it; of its runs, the last `runs`.
    ///
    /// # Errors
    /// If there is no such stack, or AWS cannot be asked. What else cannot be read says so in its place.
    pub async fn read(&self, target: &Target, now: Timestamp, runs: usize) -> Result<Facts, Failure> {
        let (application_name, stack) = match target {
            Target::Stack(name) => {
                let found = self.stack_of_name(name).await?;
                (found.application.clone(), Some(found))
            }
            Target::Application(name) => (name.clone(), self.stack_of_application(name).await?),
        };
        let application = self.application(&application_name).await;
        let stack = match stack {
            Some(stack) => Some(self.stack(stack, now, runs).await),
            None => None,
        };
        Ok(Facts { now, application_name, application, stack })
    }

    async fn stack(&self, found: read::FoundStack, now: Timestamp, runs: usize) -> crate::Stack {
        let resources = match self.resources(&found.name).await {
            Ok(resources) => resources,
            Err(why) => read::Resources::unread(why),
        };
        let machine_arn = resources.get("StateMachine").ok();
        let machine = self.machine(resources.get("StateMachine")).await;
        let (alarms, out_metric, in_metric) = self.alarms(&resources, now).await;
        crate::Stack {
            machine_arn,
            machine,
            alarms,
            out_metric,
            in_metric,
            rule: self.rule(resources.get("AlarmRule")).await,
            heartbeat: self.heartbeat(resources.get("Heartbeat")).await,
            ringing: self.ringing(&found.name).await,
            listeners: self.listeners(found.topic.clone().ok_or("the stack names no topic".to_owned())).await,
            runs: self.runs(resources.get("StateMachine"), runs).await,
            name: found.name,
            status: found.status,
        }
    }

    /// The two alarms, and what each of them watches.
    async fn alarms(
        &self,
        resources: &read::Resources,
        now: Timestamp,
    ) -> (Read<Vec<tasks::Alarm>>, Read<crate::WatchedMetric>, Read<crate::WatchedMetric>) {
        let (out, r#in) = (resources.get("ScaleOutAlarm"), resources.get("ScaleInAlarm"));
        let alarms = match (&out, &r#in) {
            (Ok(out), Ok(r#in)) => {
                self.ports.alarms.describe(&[out, r#in]).await.map_err(|error| error.to_string())
            }
            (Err(why), _) | (_, Err(why)) => Err(why.clone()),
        };
        let out_metric = self.watched(&alarms, &out, now).await;
        let in_metric = self.watched(&alarms, &r#in, now).await;
        (alarms, out_metric, in_metric)
    }
}
