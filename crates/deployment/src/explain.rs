//! Reads the executions of a stack for a timeline. It needs fewer permissions than the other commands.

use crate::found_stack::FoundStack;
use crate::{Account, Execution, Failure, Period, Read, Target};
use jiff::SignedDuration;
use scaling::Unit;

/// The executions of a stack in a period.
#[derive(Debug, Clone)]
pub struct Explained {
    /// The name of the stack.
    pub stack: String,
    /// Its ARN, which names the account and the Region.
    pub arn: String,
    /// The scaled application.
    pub application: String,
    /// The unit of its size.
    pub unit: Unit,
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
            application: found.application,
            unit: if get("Target") == Some("stream") { Unit::Shard } else { Unit::Kpu },
            heartbeat: heartbeat.map(|minutes| SignedDuration::from_mins(minutes.into())),
            executions,
        })
    }

    /// Finds the stack of a target.
    async fn found(&self, target: &Target) -> Result<FoundStack, Failure> {
        match target {
            Target::Stack(name) => self.stack_of_name(name).await,
            Target::Application(name) => {
                let all: Read<Vec<FoundStack>> = self.stacks_of_application(name).await;
                let all = all.map_err(|unread| Failure::Unreachable(unread.why))?;
                all.into_iter().next().ok_or_else(|| {
                    Failure::NotFound(format!(
                        "no stack of kpu-autoscaler scales '{name}'; check --application, --region and --profile"
                    ))
                })
            }
        }
    }
}
