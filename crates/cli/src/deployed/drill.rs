//! `kpu drill`.

mod chain;
mod print;

use super::{connected, document, heading, stack_of, target};
use crate::arguments::DrillArguments;
use crate::{Failure, now};
use chain::Drill;
use deployment::{Outcome, assumptions, judge_drill};
use jiff::SignedDuration;
use serde_json::json;
use std::io::{self, Write};

/// The number of last runs that the doctor's findings need.
const RUNS: usize = 20;

/// Runs the command.
pub(crate) fn drill(arguments: &DrillArguments) -> Result<(), Failure> {
    let target = target(&arguments.deployed);
    let (facts, evidence) = connected(&arguments.deployed, async |account, progress| {
        let found = account.find_application(&target).await?;
        let facts = account.read(found, now(), RUNS).await;
        let stack = stack_of(&facts)?;
        let wait = SignedDuration::from_secs(arguments.wait.into());
        let drill = Drill { account, facts: &facts, stack, progress, wait, begin: now() };
        let evidence = Box::pin(drill.run(arguments.await_heartbeat)).await;
        Ok((facts, evidence))
    })?;
    let links = judge_drill(&facts, &evidence);
    let assumptions = assumptions(&facts, &evidence);
    let mut output = io::stdout().lock();
    if arguments.deployed.json {
        let document = document(&facts, json!({"links": links, "assumptions": assumptions}));
        writeln!(output, "{document:#}")?;
    } else {
        writeln!(output, "{}\n", heading(&facts))?;
        print::text(&links, &mut output)?;
        print::table(&facts, &assumptions, &mut output)?;
    }
    output.flush()?;
    if links.iter().any(|link| link.outcome == Outcome::Failed) {
        return Err(Failure::FailedLinks);
    }
    Ok(())
}
