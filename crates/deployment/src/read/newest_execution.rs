//! Reads the newest execution of a state machine that an event or the heartbeat started.

use super::runs::{error, output, status};
use crate::runs::ExecutionData;
use crate::{Account, DrillExecution, Read, RunStatus, Unread};
use aws_sdk_sfn::primitives::DateTime;
use jiff::Timestamp;
use serde_json::Value;

/// The number of newest executions among which the execution is searched.
const EXECUTIONS_SEARCHED: i32 = 50;

impl Account {
    /// Reads the newest execution that started at `since` or later, and whose input `matches`.
    ///
    /// # Errors
    /// If the executions cannot be read.
    pub async fn newest_execution(
        &self,
        machine: &str,
        since: Timestamp,
        matches: impl Fn(&Value) -> bool,
    ) -> Read<Option<DrillExecution>> {
        let request = self.states.list_executions().state_machine_arn(machine);
        let listed = request.max_results(EXECUTIONS_SEARCHED).send().await;
        let listed = listed.map_err(|error| Unread::of("list the executions", &error))?;
        for item in listed.executions().iter().filter(|item| precise(item.start_date()) >= since) {
            let answer = self.states.describe_execution().execution_arn(item.execution_arn()).send().await;
            let answer = answer.map_err(|error| Unread::of("describe an execution", &error))?;
            let input = answer.input().and_then(|input| serde_json::from_str(input).ok()).unwrap_or_default();
            if !matches(&input) {
                continue;
            }
            let status = status(answer.status());
            let state = match status {
                RunStatus::Running => self.state_of(item.execution_arn()).await?,
                _ => None,
            };
            let output = output(&answer);
            let check = serde_json::from_value(output["check"].clone()).ok();
            let data = ExecutionData { status, output, error: error(&answer), state };
            let (state, why) = data.outcome();
            return Ok(Some(DrillExecution {
                name: item.name().to_owned(),
                started: precise(answer.start_date()),
                ended: answer.stop_date().map(precise),
                status,
                state,
                why,
                scaled: data.scaled(),
                input,
                check,
            }));
        }
        Ok(None)
    }

    /// Reads the start of the newest execution at `since` or later that the heartbeat started, or a person by the same input `{}`.
    ///
    /// # Errors
    /// If the executions cannot be read.
    pub async fn heartbeat_since(&self, machine: &str, since: Timestamp) -> Read<Option<Timestamp>> {
        let has = |input: &Value, field: &str| input.get(field).is_some();
        let is_heartbeat = |input: &Value| !has(input, "detail") && !has(input, "desiredCapacity");
        let found = self.newest_execution(machine, since, is_heartbeat).await?;
        Ok(found.map(|execution| execution.started))
    }
}

/// Returns a time with its fraction of a second.
fn precise(time: &DateTime) -> Timestamp {
    let nanoseconds = i32::try_from(time.subsec_nanos()).unwrap_or(0);
    Timestamp::new(time.secs(), nanoseconds).unwrap_or_default()
}
