//! `kpu drill`.

mod chain;
mod print;

use super::{EXAMINED_RUNS, connected, document, heading, separate, stack_of, target, write_documents};
use crate::arguments::DrillArguments;
use crate::{Failure, now};
use chain::Drill;
use deployment::{Account, Assumption, Facts, Found, Link, Outcome, assumptions, judge_drill};
use indicatif::ProgressBar;
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::io::{self, Write};

/// The result of the drill of a stack.
struct Drilled {
    facts: Facts,
    links: Vec<Link>,
    assumptions: Vec<Assumption>,
}

/// Runs the command on each stack of the target, one after the other. Each result is printed before the next drill begins, so that a later
/// failure or interruption loses none. The documents of JSON are one text, which is printed at the end.
pub(crate) fn drill(arguments: &DrillArguments) -> Result<(), Failure> {
    let target = target(&arguments.deployed);
    connected(&arguments.deployed, async |account, progress| {
        let found = account.find(&target).await?;
        let is_list = found.len() > 1;
        let (mut documents, mut outcome) = (Vec::new(), Ok(()));
        for (index, found) in found.into_iter().enumerate() {
            match run(arguments, account, progress, found).await {
                Ok(drilled) => {
                    if outcome.is_ok() && drilled.has_failed() {
                        outcome = Err(Failure::FailedLinks);
                    }
                    if arguments.deployed.json {
                        documents.push(drilled.document());
                    } else {
                        progress.suspend(|| drilled.print(index))?;
                    }
                }
                Err(failure) => outcome = Err(failure),
            }
        }
        if !documents.is_empty() {
            progress.suspend(|| write_documents(is_list, &documents, &mut io::stdout().lock()))?;
        }
        outcome
    })
}

/// Runs the drill of a stack.
async fn run(
    arguments: &DrillArguments,
    account: &Account,
    progress: &ProgressBar,
    found: Found,
) -> Result<Drilled, Failure> {
    let facts = account.read(found, now(), EXAMINED_RUNS).await;
    let stack = stack_of(&facts)?;
    let wait = SignedDuration::from_secs(arguments.wait.into());
    let drill = Drill { account, facts: &facts, stack, progress, wait, begin: now() };
    let evidence = Box::pin(drill.run(arguments.await_heartbeat)).await;
    let (links, assumptions) = (judge_drill(&facts, &evidence), assumptions(&facts, &evidence));
    Ok(Drilled { facts, links, assumptions })
}

impl Drilled {
    fn has_failed(&self) -> bool {
        self.links.iter().any(|link| link.outcome == Outcome::Failed)
    }

    fn document(&self) -> Value {
        document(&self.facts, json!({"links": self.links, "assumptions": self.assumptions}))
    }

    /// Prints the result as text, after the results before it.
    fn print(&self, index: usize) -> io::Result<()> {
        let mut output = io::stdout().lock();
        separate(index, &mut output)?;
        writeln!(output, "{}\n", heading(&self.facts))?;
        print::text(&self.links, &mut output)?;
        print::table(&self.facts, &self.assumptions, &mut output)?;
        output.flush()
    }
}
