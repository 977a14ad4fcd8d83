//! `kpu plan`.

use super::{document, heading, read_all, separate, sizes, stack_of, target, write_documents};
use crate::Failure;
use crate::arguments::DeployedArguments;
use deployment::{Facts, LastRuns, Plan, RunStatus, Step};
use scaling::Unit;
use serde_json::json;
use std::io::{self, Write};

/// Runs the command.
pub(crate) fn plan(arguments: &DeployedArguments) -> Result<(), Failure> {
    let all = read_all(arguments, &target(arguments), LastRuns::Count(1), &async |account, facts| {
        // The reading took some time.
        let now = crate::now();
        let stack = stack_of(facts)?;
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
        let documents = all.iter().map(|(facts, plan)| document(facts, json!({"plan": plan})));
        write_documents(all.len() > 1, &documents.collect::<Vec<_>>(), &mut output)?;
    } else {
        for (index, (facts, plan)) in all.iter().enumerate() {
            separate(index, &mut output)?;
            write(facts, plan, &mut output)?;
        }
    }
    Ok(output.flush()?)
}

fn write(facts: &Facts, plan: &Plan, output: &mut impl Write) -> io::Result<()> {
    let unit = facts.kind().unit;
    writeln!(output, "{}\n", heading(facts))?;
    for run in facts.runs().iter().filter(|run| run.status == RunStatus::Running) {
        writeln!(output, "running       a run is in {}; the plan is for a run that starts now", run.state)?;
    }
    writeln!(output, "now           {:?}: {}", plan.verdict, plan.why)?;
    if let Some(warning) = &plan.warning {
        writeln!(output, "warning       {warning}")?;
    }
    let next = plan.direction.map(|direction| match direction {
        scaling::Direction::Out => &plan.out,
        scaling::Direction::In => &plan.r#in,
    });
    writeln!(output, "next step     {}", next.map_or("none".to_owned(), |step| described(unit, step)))?;
    writeln!(output, "on out alarm  {}", described(unit, &plan.out))?;
    writeln!(output, "on in alarm   {}", described(unit, &plan.r#in))
}

fn described(unit: Unit, step: &Step) -> String {
    let warning = step.warning.as_ref().map_or(String::new(), |warning| format!(" ({warning})"));
    match (step.sizes.from_to(), step.reason) {
        ((Some(from), Some(to)), None) => format!("{}{warning}", sizes(unit, from.count(), to.count())),
        ((Some(from), Some(to)), Some(reason)) => {
            format!("hold, {reason:?}, instead of {}{warning}", sizes(unit, from.count(), to.count()))
        }
        ((Some(from), None), None) => {
            format!("wait for the update from {}: {}{warning}", unit.words(from), step.why)
        }
        (_, Some(reason)) => format!("hold, {reason:?}: {}{warning}", step.why),
        _ => format!("{}{warning}", step.why),
    }
}
