//! Reads the runs of a state machine.

use crate::runs::ExecutionData;
use crate::{Account, LastRuns, Period, Read, Run, RunStatus, Unread};
use aws_sdk_sfn::operation::describe_execution::DescribeExecutionOutput;
use aws_sdk_sfn::primitives::DateTime;
use aws_sdk_sfn::types::{ExecutionListItem, ExecutionStatus};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::collections::BTreeSet;

/// The number of newest events of a run in which its present state is searched. Every retry of a state adds events.
const EVENTS_READ: i32 = 100;

/// The number of runs that are read for each status of [`ALWAYS_LISTED`].
const RUNS_PER_STATUS: i32 = 10;

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
        let mut runs = Vec::new();
        for run in &listed {
            runs.push(self.run(run.execution_arn()).await?);
        }
        Ok(runs)
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
