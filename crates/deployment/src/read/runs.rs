//! Reads the runs of a state machine.

use crate::runs::ExecutionData;
use crate::{Account, LastRuns, Period, Read, Run, RunStatus, Unread};
use aws_sdk_sfn::operation::describe_execution::DescribeExecutionOutput;
use aws_sdk_sfn::primitives::DateTime;
use aws_sdk_sfn::types::{ExecutionListItem, ExecutionStatus};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::collections::BTreeSet;

/// The number of newest events of a run in which its present state is searched. Every retry of a state adds events.
const EVENTS_READ: i32 = 100;

/// The number of runs that are read for each status of [`ALWAYS_LISTED`].
const RUNS_PER_STATUS: i32 = 10;

/// The number of executions that are read at once. Source: Step Functions developer guide, "Quotas": `DescribeExecution` has a bucket of 250
/// calls or more, which refills by 10 or more a second.
pub(super) const READ_AT_ONCE: usize = 8;

/// The age up to which failed runs are listed in addition to the last runs.
const FAILURES_SHOWN_FOR: SignedDuration = SignedDuration::from_hours(24);

/// Statuses that are listed in addition to the last runs, because a heartbeat every few minutes displaces older runs.
const ALWAYS_LISTED: [ExecutionStatus; 4] =
    [ExecutionStatus::Running, ExecutionStatus::Failed, ExecutionStatus::TimedOut, ExecutionStatus::Aborted];

impl Account {
    /// Reads the last runs, newest first.
    pub(crate) async fn runs(&self, machine: Read<String>, last: LastRuns, now: Timestamp) -> Read<Vec<Run>> {
        let machine = machine?;
        let mut listed = match last {
            LastRuns::Count(count) => self.last(&machine, count, now).await?,
            LastRuns::Since(since) => {
                let mut listed = self.listed(&machine, Period { since, until: now }).await?;
                // The last run before the period is listed as well.
                listed.retain(|run| run.stop_date().is_none_or(|ended| time(ended) >= since));
                listed
            }
        };
        let mut seen = BTreeSet::new();
        listed.retain(|run| seen.insert(run.execution_arn().to_owned()));
        listed.sort_by_key(|run| std::cmp::Reverse(time(run.start_date())));
        let runs = listed.iter().map(|run| self.run(run.execution_arn()));
        stream::iter(runs).buffered(READ_AT_ONCE).try_collect().await
    }

    /// Lists the last `count` runs, the running ones, and those that failed within the last day.
    async fn last(&self, machine: &str, count: usize, now: Timestamp) -> Read<Vec<ExecutionListItem>> {
        let most = i32::try_from(count).unwrap_or(i32::MAX);
        let mut listed = self.list(machine, None, most).await?;
        for status in ALWAYS_LISTED {
            let mut of_status = self.list(machine, Some(status), RUNS_PER_STATUS).await?;
            of_status.retain(|run| {
                run.stop_date().is_none_or(|ended| now.duration_since(time(ended)) < FAILURES_SHOWN_FOR)
            });
            listed.extend(of_status);
        }
        Ok(listed)
    }

    async fn list(
        &self,
        machine: &str,
        status: Option<ExecutionStatus>,
        most: i32,
    ) -> Read<Vec<ExecutionListItem>> {
        let request = self.states.list_executions().state_machine_arn(machine);
        let answer = request.set_status_filter(status).max_results(most).send().await;
        let mut runs = answer.map_err(|error| Unread::of("list the runs", &error))?.executions;
        runs.truncate(usize::try_from(most).unwrap_or(0));
        Ok(runs)
    }

    async fn run(&self, arn: &str) -> Read<Run> {
        let answer = self.states.describe_execution().execution_arn(arn).send().await;
        let answer = answer.map_err(|error| Unread::of("describe a run", &error))?;
        let status = status(answer.status());
        let state = if status == RunStatus::Running { self.state_of(arn).await? } else { None };
        let data = ExecutionData { status, output: output(&answer), error: error(&answer), state };
        let (state, why) = data.outcome();
        Ok(Run {
            arn: arn.to_owned(),
            started: time(answer.start_date()),
            ended: answer.stop_date().map(time),
            status,
            state,
            why,
            scaled: data.scaled(),
        })
    }

    /// Returns the state that a run has entered last.
    pub(super) async fn state_of(&self, arn: &str) -> Read<Option<String>> {
        let request = self.states.get_execution_history().execution_arn(arn).reverse_order(true);
        let answer = request.max_results(EVENTS_READ).include_execution_data(false).send().await;
        let answer = answer.map_err(|error| Unread::of("read the history of a run", &error))?;
        let entered = answer.events().iter().find_map(|event| event.state_entered_event_details());
        Ok(entered.map(|state| state.name().to_owned()))
    }
}

pub(super) fn status(status: &ExecutionStatus) -> RunStatus {
    match status {
        ExecutionStatus::Running | ExecutionStatus::PendingRedrive => RunStatus::Running,
        ExecutionStatus::Succeeded => RunStatus::Succeeded,
        ExecutionStatus::Aborted => RunStatus::Stopped,
        _ => RunStatus::Failed,
    }
}

pub(super) fn output(answer: &DescribeExecutionOutput) -> Value {
    answer.output().and_then(|output| serde_json::from_str(output).ok()).unwrap_or_default()
}

pub(super) fn error(answer: &DescribeExecutionOutput) -> Option<(String, String)> {
    if status(answer.status()) != RunStatus::Failed {
        return None;
    }
    let error = answer.error().unwrap_or_else(|| answer.status().as_str());
    Some((error.to_owned(), answer.cause().unwrap_or_default().to_owned()))
}

pub(super) fn time(time: &DateTime) -> Timestamp {
    Timestamp::from_second(time.secs()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::READ_AT_ONCE;
    use crate::{Account, LastRuns};
    use aws_config::{BehaviorVersion, Region, SdkConfig};
    use aws_credential_types::Credentials;
    use aws_credential_types::provider::SharedCredentialsProvider;
    use aws_smithy_runtime_api::client::http::{
        HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
    };
    use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
    use aws_smithy_types::body::SdkBody;
    use jiff::Timestamp;
    use serde_json::{Value, json};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    const EXECUTIONS: usize = 20;

    /// Step Functions with some executions. It counts the requests under way, and answers the first of them last.
    #[derive(Debug, Clone, Default)]
    struct StepFunctions {
        under_way: Arc<AtomicUsize>,
        most: Arc<AtomicUsize>,
    }

    /// An execution, the higher of the number the older.
    fn execution(number: usize) -> Value {
        json!({"executionArn": format!("arn:{number}"), "stateMachineArn": "arn:machine", "name": "a", "status": "SUCCEEDED",
            "startDate": 2_000 - number, "stopDate": 2_000 - number, "output": "{}"})
    }

    fn answer(request: &HttpRequest) -> Value {
        let body: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        match body["executionArn"].as_str() {
            Some(arn) => execution(arn[4..].parse().unwrap()),
            None => json!({"executions": (0..EXECUTIONS).map(execution).collect::<Vec<_>>()}),
        }
    }

    impl HttpConnector for StepFunctions {
        fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
            let Self { under_way, most } = self.clone();
            HttpConnectorFuture::new(async move {
                let others = under_way.fetch_add(1, Ordering::SeqCst);
                most.fetch_max(others + 1, Ordering::SeqCst);
                for _ in 0..100 - 10 * others {
                    tokio::task::yield_now().await;
                }
                under_way.fetch_sub(1, Ordering::SeqCst);
                Ok(HttpResponse::new(200.try_into().unwrap(), SdkBody::from(answer(&request).to_string())))
            })
        }
    }

    #[tokio::test]
    async fn some_executions_are_read_at_once_and_stay_in_their_order() {
        let server = StepFunctions::default();
        let connector = SharedHttpConnector::new(server.clone());
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("eu-central-1"))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
                "key", "secret", None, None, "test",
            )))
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .build();
        let since = LastRuns::Since(Timestamp::UNIX_EPOCH);
        let now = Timestamp::from_second(3_000).unwrap();
        let runs = Account::new(&config).runs(Ok("arn:machine".to_owned()), since, now).await.unwrap();
        let arns: Vec<_> = runs.into_iter().map(|run| run.arn).collect();
        assert_eq!(arns, (0..EXECUTIONS).map(|number| format!("arn:{number}")).collect::<Vec<_>>());
        assert_eq!(server.most.load(Ordering::SeqCst), READ_AT_ONCE);
    }
}
