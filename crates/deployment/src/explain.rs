//! Reads the executions of a stack for a timeline. It needs fewer permissions than the other commands.

use crate::found_stack::{Found, FoundStack};
use crate::{Account, Execution, Failure, Period, Target};
use jiff::SignedDuration;
use tasks::ResourceKind;

/// The executions of a stack in a period.
#[derive(Debug, Clone)]
pub struct Explained {
    /// The name of the stack.
    pub stack: String,
    /// Its ARN, which names the account and the Region.
    pub arn: String,
    /// The kind of the scaled resource.
    pub kind: &'static ResourceKind,
    /// The name of the scaled application or stream.
    pub resource: String,
    /// The time between two scheduled executions, if the policy could be read.
    pub heartbeat: Option<SignedDuration>,
    /// The executions of the period, and the last one before it, newest first.
    pub executions: Vec<Execution>,
}

impl Account {
    /// Reads the executions of a stack that started or ran in a period, and the last one before it.
    ///
    /// # Errors
    /// If the stack does not exist, or a call to AWS fails.
    pub async fn explain(&self, target: &Target, period: Period) -> Result<Explained, Failure> {
        let found = self.found(target).await?;
        let machine = self.resources(&found.name).await.get("StateMachine");
        let executions = self.executions(machine.clone(), period).await;
        let executions = executions.map_err(|unread| Failure::Unreachable(unread.why))?;
        let policy = self.machine(machine).await.ok().map(|machine| machine.policy);
        let get = |name| policy.as_ref().map(|policy| policy.get(name));
        let heartbeat = get("HeartbeatMinutes").and_then(|minutes| minutes.parse::<u32>().ok());
        Ok(Explained {
            stack: found.name,
            arn: found.arn,
            kind: found.kind,
            resource: found.resource,
            heartbeat: heartbeat.map(|minutes| SignedDuration::from_mins(minutes.into())),
            executions,
        })
    }

    /// Finds the only stack of a target.
    async fn found(&self, target: &Target) -> Result<FoundStack, Failure> {
        let found = self.find(target).await?;
        let stacks: Vec<FoundStack> = found.iter().filter_map(|found| found.stack.clone()).collect();
        match stacks.as_slice() {
            [stack] => Ok(stack.clone()),
            [] => {
                let name = found.first().map_or("", Found::name);
                Err(Failure::NotFound(format!(
                    "no stack of kpu-autoscaler scales '{name}'; check the name, --region and --profile"
                )))
            }
            _ => {
                let names: Vec<&str> = stacks.iter().map(|stack| stack.name.as_str()).collect();
                Err(Failure::NotFound(format!(
                    "the target has several stacks, {}; name one with --stack",
                    names.join(" and ")
                )))
            }
        }
    }
}
