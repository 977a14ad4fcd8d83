//! The last runs of a state machine.

use super::why;
use crate::runs::Remains;
use crate::{Account, Read, Run, RunStatus};
use aws_sdk_sfn::operation::describe_execution::DescribeExecutionOutput;
use aws_sdk_sfn::primitives::DateTime;
use aws_sdk_sfn::types::ExecutionStatus;
use jiff::Timestamp;
use serde_json::Value;

/// How many of the newest events of a run are looked at for the state that it is in: a state that fails and is tried again adds events.
const EVENTS: i32 = 100;

impl Account {
    /// The last runs, the newest first.
    pub(crate) async fn runs(&self, machine: Read<String>, count: usize) -> Read<Vec<Run>> {
        let most = i32::try_from(count).unwrap_or(i32::MAX);
        let request = self.states.list_executions().state_machine_arn(machine?).max_results(most);
        let answer = request.send().await.map_err(|error| why("list the runs", &error))?;
        let mut runs = Vec::new();
        for execution in answer.executions().iter().take(count) {
            runs.push(self.run(execution.execution_arn()).await?);
        }
        Ok(runs)
    }

    async fn run(&self, arn: &str) -> Read<Run> {
        let answer = self.states.describe_execution().execution_arn(arn).send().await;
        let answer = answer.map_err(|error| why("describe a run", &error))?;
        let status = status(answer.status());
        let state = if status == RunStatus::Running { self.state_of(arn).await? } else { None };
        let remains = Remains { status, output: output(&answer), error: error(&answer), state };
        let (state, why) = remains.tell();
        Ok(Run {
            arn: arn.to_owned(),
            started: time(answer.start_date()),
            ended: answer.stop_date().map(time),
            status,
            state,
            why,
            scaled: remains.scaled(),
        })
    }

    /// The state that a run is in: the last one that it has entered.
    async fn state_of(&self, arn: &str) -> Read<Option<String>> {
        let request = self.states.get_execution_history().execution_arn(arn).reverse_order(true);
        let answer = request.max_results(EVENTS).include_execution_data(false).send().await;
        let answer = answer.map_err(|error| why("read the history of a run", &error))?;
        let entered = answer.events().iter().find_map(|event| event.state_entered_event_details());
        Ok(entered.map(|state| state.name().to_owned()))
    }
}

fn status(status: &ExecutionStatus) -> RunStatus {
    match status {
        ExecutionStatus::Running | ExecutionStatus::PendingRedrive => RunStatus::Running,
        ExecutionStatus::Succeeded => RunStatus::Succeeded,
        _ => RunStatus::Failed,
    }
}

fn output(answer: &DescribeExecutionOutput) -> Value {
    answer.output().and_then(|output| serde_json::from_str(output).ok()).unwrap_or_default()
}

fn error(answer: &DescribeExecutionOutput) -> Option<(String, String)> {
    if status(answer.status()) != RunStatus::Failed {
        return None;
    }
    let error = answer.error().unwrap_or_else(|| answer.status().as_str());
    Some((error.to_owned(), answer.cause().unwrap_or_default().to_owned()))
}

fn time(time: &DateTime) -> Timestamp {
    Timestamp::from_second(time.secs()).unwrap_or_default()
}
