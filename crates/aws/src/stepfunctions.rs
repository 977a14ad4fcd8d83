//! The executions of a state machine, on the API of Step Functions.

use crate::errors::sort;
use crate::time::from_sdk;
use aws_config::SdkConfig;
use aws_sdk_sfn::Client;
use aws_sdk_sfn::types::{ExecutionListItem, ExecutionStatus};
use scalable_target::{Run, RunEnd, Runs};
use serde_json::Value;
use tasks::TaskError;

/// Step Functions, and one state machine of it.
///
/// Calls `StartExecution`, `ListExecutions` and `DescribeExecution`.
#[derive(Debug, Clone)]
pub struct StepFunctions {
    client: Client,
    state_machine: String,
}

impl StepFunctions {
    /// With this configuration, and with the ARN of the state machine.
    #[must_use]
    pub fn new(config: &SdkConfig, state_machine: String) -> Self {
        Self { client: Client::new(config), state_machine }
    }
}

/// As many as one page shows without being asked for more. Source: API reference of Step Functions, `ListExecutions`.
const PAGE: i32 = 100;

impl Runs for StepFunctions {
    async fn start(&self, name: &str, input: &Value) -> Result<(), TaskError> {
        let request = self.client.start_execution().state_machine_arn(&self.state_machine).name(name);
        let answer = request.input(input.to_string()).send().await;
        answer.map(|_| ()).map_err(|error| sort(&format!("start the execution '{name}'"), &error))
    }

    async fn newest(&self) -> Result<Vec<Run>, TaskError> {
        let request = self.client.list_executions().state_machine_arn(&self.state_machine);
        let answer = request.max_results(PAGE).send().await;
        let answer = answer.map_err(|error| sort("list the executions of the state machine", &error))?;
        let run = |listed: &ExecutionListItem| Run {
            id: listed.execution_arn().to_owned(),
            name: listed.name().to_owned(),
            started: from_sdk(listed.start_date()),
            is_over: *listed.status() != ExecutionStatus::Running,
        };
        Ok(answer.executions().iter().map(run).collect())
    }

    async fn end(&self, id: &str) -> Result<RunEnd, TaskError> {
        let attempt = format!("describe the execution '{id}'");
        let answer = self.client.describe_execution().execution_arn(id).send().await;
        let answer = answer.map_err(|error| sort(&attempt, &error))?;
        if *answer.status() == ExecutionStatus::Succeeded {
            let output = answer.output().unwrap_or("null");
            return serde_json::from_str(output).map(RunEnd::Succeeded).map_err(|error| {
                TaskError::Fatal(format!("failed to {attempt}: its output is no JSON document: {error}"))
            });
        }
        let status = answer.status().as_str();
        Ok(RunEnd::Failed(answer.cause().map_or_else(|| format!("its execution is {status}"), str::to_owned)))
    }
}
