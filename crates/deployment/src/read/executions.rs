//! Reads the executions of a period with the answers of their tasks.

use super::runs::{READ_AT_ONCE, error, output, status, time};
use crate::{Account, Answer, Execution, Period, Read, RunStatus, Unread};
use aws_sdk_sfn::types::{ExecutionListItem, HistoryEvent};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jiff::Timestamp;
use serde_json::Value;
use tasks::{RUN_DEADLINE, Task};

impl Account {
    /// Reads the executions that started or ran in a period, and the last one before it, newest first.
    pub(crate) async fn executions(&self, machine: Read<String>, period: Period) -> Read<Vec<Execution>> {
        let listed = self.listed(&machine?, period).await?;
        let executions = listed.iter().map(|item| self.execution(item));
        stream::iter(executions).buffered(READ_AT_ONCE).try_collect().await
    }

    /// Lists executions. Step Functions lists the newest first, and cannot select by time.
    pub(super) async fn listed(
        &self,
        machine: &str,
        Period { since, until }: Period,
    ) -> Read<Vec<ExecutionListItem>> {
        let oldest = since.checked_sub(RUN_DEADLINE).unwrap_or(Timestamp::MIN);
        let mut listed: Vec<ExecutionListItem> = Vec::new();
        let mut has_earlier = false;
        let mut pages = self.states.list_executions().state_machine_arn(machine).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| Unread::of("list the executions", &error))?;
            for item in page.executions {
                let started = time(&item.start_date);
                let ran = item.stop_date().is_none_or(|ended| time(ended) >= since);
                if started <= until && (ran || !has_earlier) {
                    listed.push(item);
                }
                has_earlier |= started < since;
                if has_earlier && started < oldest {
                    return Ok(listed);
                }
            }
        }
        Ok(listed)
    }

    async fn execution(&self, item: &ExecutionListItem) -> Read<Execution> {
        let arn = item.execution_arn();
        let answer = self.states.describe_execution().execution_arn(arn).send().await;
        let answer = answer.map_err(|error| Unread::of("describe an execution", &error))?;
        let (started, status) = (time(answer.start_date()), status(answer.status()));
        let output = output(&answer);
        // The output has the last answer of each task, and an execution that has not scaled has no other.
        let is_complete = status == RunStatus::Succeeded && output["poll"].is_null();
        let answers = if is_complete {
            Task::ALL.into_iter().filter_map(|task| answer_of(task, started, &output)).collect()
        } else {
            self.answers(arn).await?
        };
        let ended = answer.stop_date().map(time);
        Ok(Execution { arn: arn.to_owned(), started, ended, status, error: error(&answer), answers })
    }

    /// Reads the answers of all tasks from the history of an execution.
    async fn answers(&self, arn: &str) -> Read<Vec<Answer>> {
        let mut answers = Vec::new();
        let request = self.states.get_execution_history().execution_arn(arn).include_execution_data(true);
        let mut pages = request.into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| Unread::of("read the history of an execution", &error))?;
            answers.extend(page.events().iter().filter_map(answered));
        }
        Ok(answers)
    }
}

/// Returns the answer of a task with which its state ended. A task that failed has left the answer of an earlier loop.
fn answered(event: &HistoryEvent) -> Option<Answer> {
    let exited = event.state_exited_event_details()?;
    let task = Task::ALL.into_iter().find(|task| task.name().eq_ignore_ascii_case(exited.name()))?;
    let output: Value = serde_json::from_str(exited.output()?).ok()?;
    if output.get("error").is_some() {
        return None;
    }
    answer_of(task, time(event.timestamp()), &output)
}

fn answer_of(task: Task, at: Timestamp, output: &Value) -> Option<Answer> {
    let answer = output.get(task.name()).filter(|answer| answer.is_object())?;
    Some(Answer { at, task, answer: answer.clone() })
}
