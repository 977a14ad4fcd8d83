//! `kpu pause` and `kpu resume`.

use super::{document, heading, read_all, require_resource, separate, target, write_documents};
use crate::arguments::clock::PausedDirection;
use crate::arguments::{DeployedArguments, PauseArguments};
use crate::{Failure, now};
use deployment::{Account, Facts, LastRuns};
use jiff::{SignedDuration, Timestamp};
use scaling::Direction;
use serde_json::json;
use std::io::{self, Write};
use tasks::Pause;

/// Runs `kpu pause`.
pub(crate) fn pause(arguments: &PauseArguments) -> Result<(), Failure> {
    let direction = match arguments.direction {
        PausedDirection::All => None,
        PausedDirection::Out => Some(Direction::Out),
        PausedDirection::In => Some(Direction::In),
    };
    let until = arguments.minutes.map(|minutes| until(now(), minutes));
    set(&arguments.deployed, Some(Pause { direction, until }))
}

/// Runs `kpu resume`.
pub(crate) fn resume(arguments: &DeployedArguments) -> Result<(), Failure> {
    set(arguments, None)
}

/// Returns the end of a pause, in whole seconds.
fn until(now: Timestamp, minutes: u32) -> Timestamp {
    let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
    now.checked_add(SignedDuration::from_mins(minutes.into())).unwrap_or(Timestamp::MAX)
}

fn set(arguments: &DeployedArguments, pause: Option<Pause>) -> Result<(), Failure> {
    // If one stack of a pipeline fails, the output states the result for the others.
    let all = read_all(arguments, &target(arguments), LastRuns::Count(1), &async |account, facts| {
        Ok(set_one(account, facts, pause).await)
    })?;
    let mut output = io::stdout().lock();
    let done = all.iter().filter(|(_, done)| done.is_ok());
    if arguments.json {
        let pause = pause.map(|pause| pause.to_string());
        let documents = done.map(|(facts, _)| document(facts, json!({"pause": pause})));
        write_documents(all.len() > 1, &documents.collect::<Vec<_>>(), &mut output)?;
    } else {
        for (index, (facts, _)) in done.enumerate() {
            separate(index, &mut output)?;
            writeln!(output, "{}\n", heading(facts))?;
            match pause {
                Some(pause) => writeln!(output, "paused       {pause}; kpu resume ends it")?,
                None => writeln!(output, "resumed      the next heartbeat or alarm can scale again")?,
            }
        }
    }
    output.flush()?;
    all.into_iter().try_for_each(|(_, done)| done)
}

async fn set_one(account: &Account, facts: &Facts, pause: Option<Pause>) -> Result<(), Failure> {
    require_resource(facts)?;
    let arn = facts.resource.arn().ok().flatten().unwrap_or_default();
    let done = match pause {
        Some(pause) => account.pause(facts, arn, pause).await,
        None => account.resume(facts, arn).await,
    };
    done.map_err(|unread| Failure::Machine(unread.why))
}
