//! The commands on a deployed stack: `kpu doctor`, `kpu status` and `kpu plan`, which only read, and `kpu pause` and `kpu resume`.

mod doctor;
mod pause;
mod plan;
mod status;

pub(crate) use doctor::doctor;
pub(crate) use pause::{pause, resume};
pub(crate) use plan::plan;
pub(crate) use status::status;

use crate::arguments::DeployedArguments;
use crate::{Failure, now};
use deployment::{Account, Facts, Target};
use indicatif::ProgressBar;
use jiff::Timestamp;
use std::time::Duration;

/// Reads the facts of a stack, and then calls `more` with the account and the facts.
fn read<T>(
    arguments: &DeployedArguments,
    runs: usize,
    more: impl AsyncFnOnce(&Account, &Facts) -> Result<T, Failure>,
) -> Result<(Facts, T), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime =
        runtime.map_err(|error| Failure::Machine(format!("failed to start the runtime: {error}")))?;
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
            deployment::Failure::Unreachable(why) => Self::Machine(with_remedy(why)),
        }
    }
}

/// Parts of the messages of AWS and its SDK about missing, invalid and expired credentials, in lower case.
const SIGNED_OUT: [&str; 6] = [
    "credential",
    "expiredtoken",
    "invalidclienttokenid",
    "unrecognizedclient",
    "invalidsignature",
    "signaturedoesnotmatch",
];

/// Adds the remedy to the message of a call for which no valid credentials were found.
fn with_remedy(why: String) -> String {
    let plain = why.to_lowercase();
    if !SIGNED_OUT.iter().any(|part| plain.contains(part)) {
        return why;
    }
    format!("{why}; run `aws sso login` or `aws configure`, or name a profile with --profile or AWS_PROFILE")
}

/// Returns the first line of the output: application, stack, Region and account.
fn heading(facts: &Facts) -> String {
    let application = facts.application.as_ref().ok().and_then(Option::as_ref);
    let (stack, arn) = match &facts.stack {
        Some(stack) => (format!("stack {}", stack.name), Some(&stack.arn)),
        None => ("no stack".to_owned(), application.map(|application| &application.arn)),
    };
    let place = arn.and_then(|arn| place(arn)).map_or(String::new(), |place| format!(", {place}"));
    format!("{} ({stack}{place})", facts.application_name)
}

/// Returns the Region and the account of an ARN.
fn place(arn: &str) -> Option<String> {
    let mut parts = arn.split(':').skip(3);
    Some(format!("Region {}, account {}", parts.next()?, parts.next()?))
}

/// Returns the age of a time, such as `3 min ago`.
fn ago(facts: &Facts, time: Timestamp) -> String {
    let seconds = facts.now.duration_since(time).as_secs_f64();
    format!("{} ago", crate::format::duration(seconds))
}
