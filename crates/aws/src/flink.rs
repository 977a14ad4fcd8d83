//! Implements the resource port with the API of Managed Service for Apache Flink (MSF).

use crate::errors::{classify, code, not_found_as_none};
use crate::time::from_sdk;
use aws_sdk_kinesisanalyticsv2::Client;
use aws_sdk_kinesisanalyticsv2::types as sdk;
use jiff::Timestamp;
use scaling::Parallelism;
use tasks::{
    ApplicationDescription, Attempt, Operation, OperationStatus, ParallelismChange, Refusal,
    ResourceDescription, ResourceStatus, Resources, Snapshots, TaskError, Update, UpdateOutcome,
};

/// Client of Managed Service for Apache Flink.
///
/// Calls `DescribeApplication`, `ListApplicationOperations`, `DescribeApplicationOperation`, `DescribeApplicationVersion`,
/// `ListApplicationSnapshots`, `ListTagsForResource` and `UpdateApplication`.
#[derive(Debug, Clone)]
pub struct Flink {
    client: Client,
}

/// Maximum number of pages, of 50 entries each. AWS does not document the order of operations, so all pages are read.
/// Beyond 500 operations, `LastUpdateTimestamp` still gives the time of the last change.
const MAX_PAGES: usize = 10;

impl Flink {
    /// Creates the port from an SDK client.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { client }
    }
}

impl Flink {
    async fn details(
        &self,
        application: &str,
        id: &str,
    ) -> Result<Option<sdk::ApplicationOperationInfoDetails>, TaskError> {
        let attempt = Attempt::DescribeApplicationOperation { application, operation: id };
        let request = self.client.describe_application_operation();
        let answer = request.application_name(application).operation_id(id).send().await;
        let Some(answer) = not_found_as_none(attempt, answer)? else {
            return Ok(None);
        };
        let details = answer.application_operation_info_details;
        details.ok_or_else(|| incomplete(attempt, "no details")).map(Some)
    }

    /// Returns the configured parallelism of an application version, or `None` if MSF no longer has that version.
    async fn parallelism_of(
        &self,
        application: &str,
        version: i64,
    ) -> Result<Option<Parallelism>, TaskError> {
        let attempt = Attempt::DescribeApplicationVersion { application, version };
        let request = self.client.describe_application_version();
        let answer = request.application_name(application).application_version_id(version).send().await;
        let Some(answer) = not_found_as_none(attempt, answer)? else {
            return Ok(None);
        };
        let detail = answer.application_version_detail();
        Ok(detail.and_then(parallelism).and_then(|described| whole(described.parallelism())))
    }
}

impl Resources for Flink {
    async fn describe(&self, application: &str) -> Result<Option<ResourceDescription>, TaskError> {
        let attempt = Attempt::DescribeApplication { application };
        let answer = self.client.describe_application().application_name(application).send().await;
        let Some(answer) = not_found_as_none(attempt, answer)? else {
            return Ok(None);
        };
        let detail = answer.application_detail();
        described(detail.ok_or_else(|| incomplete(attempt, "no detail"))?, attempt).map(Some)
    }

    async fn operations(&self, application: &str) -> Result<Vec<Operation>, TaskError> {
        let attempt = Attempt::ListApplicationOperations { application };
        let mut operations = Vec::new();
        let mut token = None;
        for _ in 0..MAX_PAGES {
            let request = self.client.list_application_operations().application_name(application).limit(50);
            let answer =
                request.set_next_token(token).send().await.map_err(|error| classify(attempt, &error))?;
            operations.extend(answer.application_operation_info_list().iter().map(listed));
            token = answer.next_token().map(str::to_owned);
            if token.is_none() {
                break;
            }
        }
        Ok(operations)
    }

    async fn operation(&self, application: &str, id: &str) -> Result<Option<Operation>, TaskError> {
        Ok(self.details(application, id).await?.map(|details| detailed(id, &details)))
    }

    async fn change(&self, application: &str, id: &str) -> Result<Option<ParallelismChange>, TaskError> {
        let Some(details) = self.details(application, id).await? else { return Ok(None) };
        let Some(versions) = details.application_version_change_details() else { return Ok(None) };
        // The API model's documentation of these two fields contradicts their names. The later version has the larger number.
        let (one, other) =
            (versions.application_version_updated_from(), versions.application_version_updated_to());
        let version = one.min(other);
        let from = self.parallelism_of(application, version).await?;
        let to = self.parallelism_of(application, one.max(other)).await?;
        Ok(from.zip(to).map(|(from, to)| ParallelismChange { version: Some(version), from, to }))
    }

    async fn tag(&self, arn: &str, key: &str) -> Result<Option<String>, TaskError> {
        let attempt = Attempt::ListTagsForResource { arn };
        let answer = self.client.list_tags_for_resource().resource_arn(arn).send().await;
        let answer = answer.map_err(|error| classify(attempt, &error))?;
        let tag = answer.tags().iter().find(|tag| tag.key() == key);
        Ok(tag.map(|tag| tag.value().unwrap_or_default().to_owned()))
    }

    async fn update(&self, update: &Update) -> Result<UpdateOutcome, TaskError> {
        let attempt = Attempt::UpdateApplication { application: &update.resource };
        let parallelism = i32::try_from(update.parallelism.count()).map_err(|_| {
            TaskError::Fatal(format!(
                "failed to {attempt}: the parallelism {} exceeds {}; lower MaxKpu",
                update.parallelism,
                i32::MAX
            ))
        })?;
        let request = self
            .client
            .update_application()
            .application_name(&update.resource)
            .set_current_application_version_id(update.version)
            .application_configuration_update(parallelism_update(parallelism))
            .set_run_configuration_update(update.allow_non_restored_state.map(restore));
        match request.send().await {
            Ok(answer) => Ok(UpdateOutcome::Accepted { operation: answer.operation_id().map(str::to_owned) }),
            Err(error) => match code(&error) {
                Some("ConcurrentModificationException") => {
                    Ok(UpdateOutcome::Refused(Refusal::VersionChanged))
                }
                Some("ResourceInUseException") => Ok(UpdateOutcome::Refused(Refusal::Busy)),
                _ => Err(classify(attempt, &error)),
            },
        }
    }
}

impl Snapshots for Flink {
    async fn snapshot(&self, application: &str) -> Result<Option<Timestamp>, TaskError> {
        let attempt = Attempt::ListApplicationSnapshots { application };
        let mut token = None;
        for _ in 0..MAX_PAGES {
            let request = self.client.list_application_snapshots().application_name(application).limit(50);
            let answer =
                request.set_next_token(token).send().await.map_err(|error| classify(attempt, &error))?;
            let mut snapshots = answer.snapshot_summaries().iter();
            let creating =
                snapshots.find(|snapshot| snapshot.snapshot_status() == &sdk::SnapshotStatus::Creating);
            if let Some(since) =
                creating.and_then(|snapshot| snapshot.snapshot_creation_timestamp().map(from_sdk))
            {
                return Ok(Some(since));
            }
            token = answer.next_token().map(str::to_owned);
            if token.is_none() {
                break;
            }
        }
        Ok(None)
    }
}

/// Builds an update of the parallelism alone. MSF accepts it only with the configuration type `CUSTOM`. The update
/// switches MSF's built-in autoscaling off, because both would change the parallelism.
fn parallelism_update(parallelism: i32) -> sdk::ApplicationConfigurationUpdate {
    let parallelism = sdk::ParallelismConfigurationUpdate::builder()
        .configuration_type_update(sdk::ConfigurationType::Custom)
        .parallelism_update(parallelism)
        .auto_scaling_enabled_update(false)
        .build();
    let flink = sdk::FlinkApplicationConfigurationUpdate::builder()
        .parallelism_configuration_update(parallelism)
        .build();
    sdk::ApplicationConfigurationUpdate::builder().flink_application_configuration_update(flink).build()
}

/// Repeats `AllowNonRestoredState`: MSF resets it to false in an update that omits it.
fn restore(allow_non_restored_state: bool) -> sdk::RunConfigurationUpdate {
    let flink =
        sdk::FlinkRunConfiguration::builder().allow_non_restored_state(allow_non_restored_state).build();
    sdk::RunConfigurationUpdate::builder().flink_run_configuration(flink).build()
}

fn incomplete(attempt: Attempt<'_>, problem: &str) -> TaskError {
    TaskError::Fatal(format!("failed to {attempt}: the response has {problem}"))
}

fn parallelism(detail: &sdk::ApplicationDetail) -> Option<&sdk::ParallelismConfigurationDescription> {
    detail
        .application_configuration_description()?
        .flink_application_configuration_description()?
        .parallelism_configuration_description()
}

fn whole(count: Option<i32>) -> Option<Parallelism> {
    count.and_then(|count| u32::try_from(count).ok()).and_then(Parallelism::new)
}

fn described(
    detail: &sdk::ApplicationDetail,
    attempt: Attempt<'_>,
) -> Result<ResourceDescription, TaskError> {
    let parallelism = parallelism(detail).ok_or_else(|| {
        incomplete(attempt, "no parallelism, so it is not a Flink application; check ApplicationName")
    })?;
    let whole = |count, problem| whole(count).ok_or_else(|| incomplete(attempt, problem));
    Ok(ResourceDescription {
        arn: detail.application_arn().to_owned(),
        status: match detail.application_status() {
            sdk::ApplicationStatus::Running => ResourceStatus::Running,
            sdk::ApplicationStatus::Ready => ResourceStatus::Ready,
            sdk::ApplicationStatus::RolledBack => ResourceStatus::RolledBack,
            sdk::ApplicationStatus::RollingBack => ResourceStatus::RollingBack,
            sdk::ApplicationStatus::Deleting => ResourceStatus::Deleting,
            other => ResourceStatus::Changing(other.as_str().to_owned()),
        },
        // An application that never ran has only the configured parallelism.
        current_parallelism: whole(
            parallelism.current_parallelism().or(parallelism.parallelism()),
            "no current parallelism",
        )?,
        application: Some(ApplicationDescription {
            version: detail.application_version_id(),
            parallelism_per_kpu: whole(
                parallelism.parallelism_per_kpu().or(Some(1)),
                "no parallelism per KPU",
            )?,
            autoscaling_enabled: parallelism.auto_scaling_enabled().unwrap_or(false),
            last_updated: detail.last_update_timestamp().map(from_sdk),
            allow_non_restored_state: detail
                .application_configuration_description()
                .and_then(|configuration| configuration.run_configuration_description())
                .and_then(|run| run.flink_run_configuration_description())
                .and_then(sdk::FlinkRunConfiguration::allow_non_restored_state),
        }),
    })
}

fn status(status: &sdk::OperationStatus) -> OperationStatus {
    match status {
        sdk::OperationStatus::Successful => OperationStatus::Successful,
        sdk::OperationStatus::Failed => OperationStatus::Failed,
        sdk::OperationStatus::Cancelled => OperationStatus::Cancelled,
        _ => OperationStatus::InProgress,
    }
}

/// Returns the end time of a finished operation. The SDK sets 1970 if the service omits the end time.
fn end(status: OperationStatus, end: &aws_sdk_kinesisanalyticsv2::primitives::DateTime) -> Option<Timestamp> {
    (status != OperationStatus::InProgress).then(|| from_sdk(end))
}

fn listed(info: &sdk::ApplicationOperationInfo) -> Operation {
    let status = info.operation_status().map_or(OperationStatus::InProgress, status);
    Operation {
        id: info.operation_id().unwrap_or_default().to_owned(),
        kind: info.operation().unwrap_or_default().to_owned(),
        status,
        started: info.start_time().map_or(Timestamp::MIN, from_sdk),
        ended: info.end_time().and_then(|time| end(status, time)),
        failure: None,
        rolled_back_by: None,
    }
}

fn detailed(id: &str, details: &sdk::ApplicationOperationInfoDetails) -> Operation {
    let status = status(details.operation_status());
    let failure = details.operation_failure_details();
    Operation {
        id: id.to_owned(),
        kind: details.operation().to_owned(),
        status,
        started: from_sdk(details.start_time()),
        ended: end(status, details.end_time()),
        failure: failure
            .and_then(|failure| failure.error_info())
            .and_then(|info| info.error_string())
            .map(str::to_owned),
        rolled_back_by: failure.and_then(|failure| failure.rollback_operation_id()).map(str::to_owned),
    }
}
