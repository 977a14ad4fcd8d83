//! `kpu drill`.

mod chain;
mod print;

use super::{EXAMINED_RUNS, connected, document, heading, separate, stack_of, target, write_documents};
use crate::arguments::DrillArguments;
use crate::{Failure, now};
use chain::Drill;
use deployment::{Outcome, assumptions, judge_drill};
use jiff::SignedDuration;
use serde_json::json;
use std::io::{self, Write};

/// Runs the command on each stack of the target, one after the other.
pub(crate) fn drill(arguments: &DrillArguments) -> Result<(), Failure> {
    let target = target(&arguments.deployed);
    let all = connected(&arguments.deployed, async |account, progress| {
        let mut all = Vec::new();
        for found in account.find(&target).await? {
            let facts = account.read(found, now(), EXAMINED_RUNS).await;
            let stack = stack_of(&facts)?;
            let wait = SignedDuration::from_secs(arguments.wait.into());
            let drill = Drill { account, facts: &facts, stack, progress, wait, begin: now() };
            let evidence = Box::pin(drill.run(arguments.await_heartbeat)).await;
            let (links, assumptions) = (judge_drill(&facts, &evidence), assumptions(&facts, &evidence));
            all.push((facts, links, assumptions));
        }
        Ok(all)
    })?;
    let mut output = io::stdout().lock();
    if arguments.deployed.json {
        let documents = all.iter().map(|(facts, links, assumptions)| {
            document(facts, json!({"links": links, "assumptions": assumptions}))
        });
        write_documents(all.len() > 1, &documents.collect::<Vec<_>>(), &mut output)?;
    } else {
        for (index, (facts, links, assumptions)) in all.iter().enumerate() {
            separate(index, &mut output)?;
            writeln!(output, "{}\n", heading(facts))?;
            print::text(links, &mut output)?;
            print::table(facts, assumptions, &mut output)?;
        }
    }
    output.flush()?;
    if all.iter().flat_map(|(_, links, _)| links).any(|link| link.outcome == Outcome::Failed) {
        return Err(Failure::FailedLinks);
    }
    Ok(())
}
