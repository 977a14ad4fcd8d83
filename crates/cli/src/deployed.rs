//! The commands on a deployed stack: `kpu doctor`, `kpu status`, `kpu plan` and `kpu explain`, which only read, `kpu pause` and
//! `kpu resume`, and `kpu drill`.

mod doctor;
mod drill;
mod explain;
mod pause;
mod plan;
mod status;
mod times;

pub(crate) use doctor::doctor;
pub(crate) use drill::drill;
pub(crate) use explain::explain;
pub(crate) use pause::{pause, resume};
pub(crate) use plan::plan;
pub(crate) use status::status;

use crate::arguments::DeployedArguments;
use crate::{Failure, now};
use deployment::{Account, Facts, LastRuns, Level, Overview, Stack, Target};
use indicatif::ProgressBar;
use jiff::Timestamp;
use scaling::Unit;
use serde_json::{Value, json};
use std::fmt::Display;
use std::io::{self, Write};
use std::time::Duration;

/// The last runs that the findings of the doctor are about.
const EXAMINED_RUNS: LastRuns = LastRuns::Count(20);

/// Reads the facts of every stack of a target, and then calls `more` with the account and the facts of each.
fn read_all<T>(
    arguments: &DeployedArguments,
    target: &Target,
    runs: LastRuns,
    more: &impl AsyncFn(&Account, &Facts) -> Result<T, Failure>,
) -> Result<Vec<(Facts, T)>, Failure> {
    connected(arguments, async |account, spinner| {
        let found = account.find(target).await?;
        let count = found.len();
        let mut all = Vec::new();
        for (index, found) in found.into_iter().enumerate() {
            spinner.set_message(format!("reading {} ({} of {count})", found.name(), index + 1));
            let facts = account.read(found, now(), runs).await;
            let more = more(account, &facts).await?;
            all.push((facts, more));
        }
        Ok(all)
    })
}

/// Connects to the account of the arguments, and calls `work` with it and with the progress.
fn connected<T>(
    arguments: &DeployedArguments,
    work: impl AsyncFnOnce(&Account, &ProgressBar) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime =
        runtime.map_err(|error| Failure::Machine(format!("failed to start the runtime: {error}")))?;
    let spinner = ProgressBar::new_spinner().with_message("reading from AWS");
    spinner.enable_steady_tick(Duration::from_millis(100));
    let result = runtime.block_on(async {
        let account = Account::connect(arguments.profile.as_deref(), arguments.region.as_deref()).await?;
        work(&account, &spinner).await
    });
    spinner.finish_and_clear();
    result
}

/// Returns the stack that scales the resource.
fn stack_of(facts: &Facts) -> Result<&Stack, Failure> {
    facts.stack.as_ref().ok_or_else(|| {
        let name = &facts.name;
        Failure::Input(format!(
            "no stack of kpu-autoscaler scales '{name}'; deploy one with sam deploy --guided"
        ))
    })
}

/// Returns the target that the arguments name.
fn target(arguments: &DeployedArguments) -> Target {
    match (&arguments.stack, &arguments.stream) {
        (Some(stack), _) => Target::Stack(stack.clone()),
        (None, Some(stream)) => Target::Stream(stream.clone()),
        (None, None) => Target::Application(arguments.application.clone().unwrap_or_default()),
    }
}

/// Writes a document for each stack: the document of the only stack of a target, or a list.
fn write_documents(is_list: bool, documents: &[Value], output: &mut impl Write) -> io::Result<()> {
    if is_list {
        return writeln!(output, "{:#}", json!({"stacks": documents}));
    }
    documents.iter().try_for_each(|document| writeln!(output, "{document:#}"))
}

/// Returns a document with the fields of every document: the scaled resource and the stack.
fn document(facts: &Facts, fields: Value) -> Value {
    let mut document = json!({
        (facts.kind().noun): facts.name,
        "stack": facts.stack.as_ref().map(|stack| &stack.name),
    });
    if let (Value::Object(document), Value::Object(fields)) = (&mut document, fields) {
        document.extend(fields);
    }
    document
}

/// Writes a line for each stack, the worst first, with the number of stacks of each level.
fn write_overviews(mut lines: Vec<Overview>, place: &str, output: &mut impl Write) -> io::Result<()> {
    Overview::sort(&mut lines);
    let count = |level| lines.iter().filter(|line| line.level == level).count();
    writeln!(
        output,
        "{} of kpu-autoscaler{place}: {} with a problem, {} with a warning\n",
        counted(lines.len(), "stack"),
        count(Level::Problem),
        count(Level::Warning)
    )?;
    let width = |text: fn(&Overview) -> &str| lines.iter().map(|line| text(line).len()).max().unwrap_or(0);
    let (stacks, resources) = (width(|line| &line.stack), width(|line| &line.resource));
    for Overview { stack, kind, resource, level, message } in &lines {
        writeln!(output, "{}  {stack:<stacks$}  {kind:<11} {resource:<resources$}  {message}", mark(*level))?;
    }
    Ok(())
}

fn mark(level: Level) -> &'static str {
    match level {
        Level::Good => "good   ",
        Level::Warning => "warning",
        Level::Problem => "PROBLEM",
    }
}

/// Returns a count with its noun.
fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// Writes an empty line between the outputs of two stacks.
fn separate(index: usize, output: &mut impl Write) -> io::Result<()> {
    if index == 0 { Ok(()) } else { writeln!(output) }
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

/// Adds the remedy to the message of a call without valid credentials.
fn with_remedy(why: String) -> String {
    let plain = why.to_lowercase();
    if !SIGNED_OUT.iter().any(|part| plain.contains(part)) {
        return why;
    }
    format!("{why}; run `aws sso login` or `aws configure`, or name a profile with --profile or AWS_PROFILE")
}

/// Returns the first line of the output: the application or stream, the stack, the Region and the account.
fn heading(facts: &Facts) -> String {
    let stack = facts.stack.as_ref();
    let name = stack.map_or("no stack".to_owned(), |stack| format!("stack {}", stack.name));
    format!("{} {} ({name}{})", facts.kind().noun, facts.name, place(facts))
}

/// Returns the Region and the account in the ARN of the stack or of the resource.
fn place(facts: &Facts) -> String {
    let stack = facts.stack.as_ref().map(|stack| stack.arn.as_str());
    place_of(stack.or(facts.resource.arn().ok().flatten()).unwrap_or_default())
}

/// Returns the Region and the account of an ARN.
fn place_of(arn: &str) -> String {
    let mut parts = arn.split(':').skip(3);
    match (parts.next(), parts.next()) {
        (Some(region), Some(account)) => format!(", Region {region}, account {account}"),
        _ => String::new(),
    }
}

/// Returns two sizes with the name of their unit.
fn sizes(unit: Unit, from: impl Display, to: impl Display) -> String {
    format!("{from} → {to} {}", unit_name(unit))
}

/// Returns the name of a unit after a number.
fn unit_name(unit: Unit) -> &'static str {
    match unit {
        Unit::Kpu => "KPU",
        Unit::Shard => "shards",
    }
}

/// Fails if the application or stream does not exist or could not be read.
fn require_resource(facts: &Facts) -> Result<(), Failure> {
    match facts.resource.arn() {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err(Failure::Input(format!(
            "there is no {} '{}'; check the name, --region and --profile",
            facts.kind().noun,
            facts.name
        ))),
        Err(unread) => Err(Failure::Machine(unread.why)),
    }
}

/// Returns the age of a time, such as `3 min ago`.
fn ago(facts: &Facts, time: Timestamp) -> String {
    let seconds = facts.now.duration_since(time).as_secs_f64();
    format!("{} ago", crate::format::duration(seconds))
}
