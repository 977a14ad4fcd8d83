//! `kpu plan`.

use super::{heading, read};
use crate::Failure;
use crate::arguments::DeployedArguments;
use deployment::{RunStatus, Step};
use serde_json::json;
use std::io::{self, Write};

/// Runs the command.
pub(crate) fn plan(arguments: &DeployedArguments) -> Result<(), Failure> {
    let (facts, plan) = read(arguments, 1, async |account, facts| {
        // The reading took some time.
        let now = crate::now();
        let Some(stack) = &facts.stack else {
            let name = &facts.application_name;
            return Err(Failure::Input(format!(
                "no stack of kpu-autoscaler scales '{name}'; deploy one with sam deploy --guided"
            )));
        };
        let machine = stack.machine.as_ref().map_err(|why| Failure::Machine(why.to_string()))?;
        let ports = account.ports();
        let plan = Box::pin(deployment::plan(
            &machine.policy,
            now,
            &ports.applications,
            &ports.streams,
            &ports.alarms,
        ))
        .await;
        plan.map_err(|unread| Failure::Machine(unread.why))
    })?;
    let mut output = io::stdout().lock();
    if arguments.json {
        let document = json!({"application": facts.application_name, "plan": plan});
        writeln!(output, "{document:#}")?;
    } else {
        writeln!(output, "{}\n", heading(&facts))?;
        for run in facts.runs().iter().filter(|run| run.status == RunStatus::Running) {
            writeln!(
                output,
                "running       a run is in {}; the plan is for a run that starts now",
                run.state
            )?;
        }
        writeln!(output, "now           {:?}: {}", plan.verdict, plan.why)?;
        if let Some(warning) = &plan.warning {
            writeln!(output, "warning       {warning}")?;
        }
        let next = plan.direction.map(|direction| match direction {
            scaling::Direction::Out => &plan.out,
            scaling::Direction::In => &plan.r#in,
        });
        writeln!(output, "next step     {}", next.map_or("none".to_owned(), described))?;
        writeln!(output, "on out alarm  {}", described(&plan.out))?;
        writeln!(output, "on in alarm   {}", described(&plan.r#in))?;
    }
    Ok(output.flush()?)
}

fn described(step: &Step) -> String {
    let warning = step.warning.as_ref().map_or(String::new(), |warning| format!(" ({warning})"));
    match (step.from_kpus, step.to_kpus, step.reason) {
        (Some(from), Some(to), None) => format!("{from} → {to} KPU{warning}"),
        (Some(from), Some(to), Some(reason)) => {
            format!("hold, {reason:?}, instead of {from} → {to} KPU{warning}")
        }
        (Some(from), None, None) => format!("wait for the update from {from} KPU: {}{warning}", step.why),
        (_, _, Some(reason)) => format!("hold, {reason:?}: {}{warning}", step.why),
        _ => format!("{}{warning}", step.why),
    }
}
