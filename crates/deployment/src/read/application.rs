//! Reads the settings of an application that the tasks do not need, and the limits of the account on its size.

use crate::{Account, ApplicationFacts, ApplicationSettings, Obstacle, Read, Unread};
use aws_sdk_kinesisanalyticsv2::operation::describe_application::DescribeApplicationError;
use aws_sdk_kinesisanalyticsv2::types::{
    ApplicationDetail, ApplicationSnapshotConfigurationDescription,
    ApplicationSystemRollbackConfigurationDescription, KeyType,
};
use scaling::{Parallelism, Units};

impl Account {
    /// Reads everything about an application.
    pub(crate) async fn facts_of_application(&self, name: &str) -> ApplicationFacts {
        let settings = self.application(name).await;
        let (snapshots, subnets) = match &settings {
            Ok(Some(application)) => (self.snapshots(name).await, self.subnets(&application.subnets).await),
            Ok(None) | Err(_) => (Ok(0), Ok(Vec::new())),
        };
        ApplicationFacts { settings, snapshots, kpu_quota: self.kpu_quota().await, subnets }
    }

    /// Reads the application; `None` if it does not exist.
    pub(crate) async fn application(&self, name: &str) -> Read<Option<ApplicationSettings>> {
        match self.flink.describe_application().application_name(name).send().await {
            Ok(answer) => match answer.application_detail().and_then(settings) {
                Some(settings) => Ok(Some(settings)),
                None => Err(Unread::new(
                    Obstacle::Other,
                    format!(
                        "the application '{name}' is not a Flink application with a parallelism, and cannot be scaled"
                    ),
                )),
            },
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(DescribeApplicationError::is_resource_not_found_exception) =>
            {
                Ok(None)
            }
            Err(error) => Err(Unread::of(&format!("describe the application '{name}'"), &error)),
        }
    }
}

/// Returns the settings of a Flink application; `None` for any other kind of application.
fn settings(detail: &ApplicationDetail) -> Option<ApplicationSettings> {
    let configuration = detail.application_configuration_description()?;
    let flink = configuration.flink_application_configuration_description()?;
    let parallelism = flink.parallelism_configuration_description()?;
    let count =
        |count: Option<i32>| count.and_then(|count| u32::try_from(count).ok()).and_then(Parallelism::new);
    let current = count(parallelism.current_parallelism().or(parallelism.parallelism()))?;
    let per_kpu = count(parallelism.parallelism_per_kpu().or(Some(1)))?;
    Some(ApplicationSettings {
        arn: detail.application_arn().to_owned(),
        status: detail.application_status().as_str().to_owned(),
        parallelism: current.count(),
        parallelism_per_kpu: per_kpu.count(),
        kpus: Units::holding(current, per_kpu).count(),
        built_in_autoscaling: parallelism.auto_scaling_enabled().unwrap_or(false),
        snapshots: configuration
            .application_snapshot_configuration_description()
            .is_some_and(ApplicationSnapshotConfigurationDescription::snapshots_enabled),
        rollback: configuration
            .application_system_rollback_configuration_description()
            .is_some_and(ApplicationSystemRollbackConfigurationDescription::rollback_enabled),
        monitoring_level: flink
            .monitoring_configuration_description()
            .and_then(|monitoring| monitoring.metrics_level())
            .map_or("APPLICATION", |level| level.as_str())
            .to_owned(),
        key: configuration
            .application_encryption_configuration_description()
            .filter(|encryption| *encryption.key_type() == KeyType::CustomerManagedKey)
            .map(|encryption| encryption.key_id().unwrap_or("without an ID").to_owned()),
        subnets: configuration
            .vpc_configuration_descriptions()
            .iter()
            .flat_map(|vpc| vpc.subnet_ids().iter().cloned())
            .collect(),
    })
}
