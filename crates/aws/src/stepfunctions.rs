//! Implements the port for executions of a state machine with the Step Functions API.

use crate::errors::classify;
use crate::time::from_sdk;
use aws_config::SdkConfig;
use aws_sdk_sfn::Client;
use aws_sdk_sfn::types::{ExecutionListItem, ExecutionStatus};
use scalable_target::{Run, RunEnd, Runs};
use serde_json::Value;
use tasks::{Attempt, TaskError};

/// Client of Step Functions for one state machine.
///
/// Calls `StartExecution`, `ListExecutions` and `DescribeExecution`.
#[derive(Debug, Clone)]
pub struct StepFunctions {
    client: Client,
    state_machine: String,
}

impl StepFunctions {
    /// Creates the port from an SDK configuration and the ARN of the state machine.
    #[must_use]
    pub fn new(config: &SdkConfig, state_machine: String) -> Self {
        Self { client: Client::new(config), state_machine }
    }
}

/// Number of executions on one page. Source: API reference of Step Functions, `ListExecutions`: 100 is the default.
const PAGE: i32 = 100;

impl Runs for StepFunctions {
    async fn start(&self, name: &str, input: &Value) -> Result<(), TaskError> {
        let request = self.client.start_execution().state_machine_arn(&self.state_machine).name(name);
        let answer = request.input(input.to_string()).send().await;
        answer.map(|_| ()).map_err(|error| classify(Attempt::StartExecution { execution: name }, &error))
    }

    async fn newest(&self) -> Result<Vec<Run>, TaskError> {
        let request = self.client.list_executions().state_machine_arn(&self.state_machine);
        let answer = request.max_results(PAGE).send().await;
        let answer = answer.map_err(|error| classify(Attempt::ListExecutions, &error))?;
        let run = |listed: &ExecutionListItem| Run {
            id: listed.execution_arn().to_owned(),
            name: listed.name().to_owned(),
            started: from_sdk(listed.start_date()),
            is_over: *listed.status() != ExecutionStatus::Running,
        };
        Ok(answer.executions().iter().map(run).collect())
    }

    async fn end(&self, id: &str) -> Result<RunEnd, TaskError> {
        let attempt = Attempt::DescribeExecution { execution: id };
        let answer = self.client.describe_execution().execution_arn(id).send().await;
        let answer = answer.map_err(|error| classify(attempt, &error))?;
        if *answer.status() == ExecutionStatus::Succeeded {
            let output = answer.output().unwrap_or("null");
            return serde_json::from_str(output).map(RunEnd::Succeeded).map_err(|error| {
                TaskError::Fatal(format!("failed to {attempt}: its output is not JSON: {error}"))
            });
        }
        let status = answer.status().as_str();
        Ok(RunEnd::Failed(answer.cause().map_or_else(|| format!("its execution is {status}"), str::to_owned)))
    }
}
