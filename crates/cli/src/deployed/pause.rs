//! `kpu pause` and `kpu resume`.

use super::{heading, read};
use crate::arguments::clock::PausedDirection;
use crate::arguments::{DeployedArguments, PauseArguments};
use crate::{Failure, now};
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
    let (facts, ()) = read(arguments, 1, async |account, facts| {
        let application =
            facts.application.as_ref().map_err(|unread| Failure::Machine(unread.why.clone()))?;
        let Some(application) = application else {
            return Err(Failure::Input(format!(
                "there is no application '{}'; check the name, --region and --profile",
                facts.application_name
            )));
        };
        let done = match pause {
            Some(pause) => account.pause(&application.arn, pause).await,
            None => account.resume(&application.arn).await,
        };
        done.map_err(|unread| Failure::Machine(unread.why))
    })?;
    let mut output = io::stdout().lock();
    if arguments.json {
        let pause = pause.map(|pause| pause.to_string());
        writeln!(output, "{:#}", json!({"application": facts.application_name, "pause": pause}))?;
    } else {
        writeln!(output, "{}\n", heading(&facts))?;
        match pause {
            Some(pause) => writeln!(output, "paused       {pause}; kpu resume ends it")?,
            None => writeln!(output, "resumed      the next heartbeat or alarm can scale again")?,
        }
    }
    Ok(output.flush()?)
}
