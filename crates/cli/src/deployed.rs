//! The commands on what is deployed: `kpu doctor`, `kpu status` and `kpu plan`. All of them only read.

mod doctor;
mod plan;
mod status;

pub(crate) use doctor::doctor;
pub(crate) use plan::plan;
pub(crate) use status::status;

use crate::Failure;
use crate::arguments::DeployedArguments;
use deployment::{Account, Facts, Target};
use indicatif::ProgressBar;
use jiff::Timestamp;
use std::time::Duration;

#[expect(clippy::disallowed_methods, reason = "what a person types happens now; the tasks are told it")]
fn now() -> Timestamp {
    Timestamp::now()
}

/// Reads everything about a stack, and does something more with the account.
fn read<T>(
    arguments: &DeployedArguments,
    runs: usize,
    more: impl AsyncFnOnce(&Account, &Facts) -> Result<T, Failure>,
) -> Result<(Facts, T), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::Machine(format!("failed to start: {error}")))?;
    let spinner = ProgressBar::new_spinner().with_message("reading from AWS");
    spinner.enable_steady_tick(Duration::from_millis(100));
    let result = runtime.block_on(async {
        let account = Account::connect(arguments.profile.as_deref(), arguments.region.as_deref()).await?;
        let facts = account.read(&target(arguments), now(), runs).await?;
        let more = more(&account, &facts).await?;
        Ok((facts, more))
    });
    spinner.finish_and_clear();
    result
}

fn target(arguments: &DeployedArguments) -> Target {
    let application = arguments.application.clone().unwrap_or_default();
    arguments.stack.clone().map_or(Target::Application(application), Target::Stack)
}

impl From<deployment::Failure> for Failure {
    fn from(failure: deployment::Failure) -> Self {
        match failure {
            deployment::Failure::NotFound(why) => Self::Input(why),
            deployment::Failure::Unreachable(why) => Self::Machine(why),
        }
    }
}

/// What is said first: which application, which stack.
fn heading(facts: &Facts) -> String {
    match &facts.stack {
        Some(stack) => format!("{} (stack {})", facts.application_name, stack.name),
        None => format!("{} (no stack)", facts.application_name),
    }
}

/// How long ago something was, such as `3 min ago`.
fn ago(facts: &Facts, time: Timestamp) -> String {
    let seconds = facts.now.duration_since(time).as_secs_f64();
    format!("{} ago", crate::format::duration(seconds))
}
