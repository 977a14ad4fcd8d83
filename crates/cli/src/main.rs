//! `kpu`: simulates the autoscaler on real traffic before the deployment, and inspects deployed stacks.

mod arguments;
mod backtest;
mod calibrate;
#[cfg(feature = "aws")]
mod deployed;
mod diagram;
mod format;
mod import;
mod inputs;
mod learned;
mod overrides;
mod parameters;
mod pipeline;
mod presets;
mod progress;
mod report;
mod results;
mod schedule;
mod simulate;
mod storm;
mod subtasks;
mod text;
mod tune;

use arguments::{Arguments, Command};
use clap::Parser;
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::process::ExitCode;

/// The reason why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The input is invalid: exit code 2.
    #[error("{0}")]
    Input(String),
    /// This machine or AWS failed: exit code 1.
    #[error("{0}")]
    Machine(String),
    /// The autoscaler violated an invariant: exit code 3.
    #[error("{0}")]
    InvariantViolated(String),
    /// The doctor found problems and printed them: exit code 4.
    #[cfg(feature = "aws")]
    #[error("the doctor found problems; follow the remedy of each")]
    Problems,
    /// A link of the drill failed, and the drill printed it: exit code 4.
    #[cfg(feature = "aws")]
    #[error("a link of the drill failed; follow the remedy of each")]
    FailedLinks,
    /// The reader of the output has closed it, which is not a failure.
    #[error("the reader has closed the output")]
    ReaderGone,
}

impl Failure {
    /// The failure to write a file; `what` names its content.
    fn unwritten(what: &str, path: &Path, error: &std::io::Error) -> Self {
        Self::Machine(format!(
            "failed to write the {what} '{}': {error}; check the path and permissions of its folder",
            path.display()
        ))
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::BrokenPipe => Self::ReaderGone,
            _ => Self::Machine(format!("failed to write the output: {error}")),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a command runs at the present time, and passes it to the tasks"
)]
fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match &arguments.command {
        Command::Simulate(arguments) => simulate::simulate(arguments),
        Command::Import(arguments) => import::import(arguments),
        Command::Calibrate(arguments) => calibrate::calibrate(arguments),
        Command::Backtest(arguments) => backtest::backtest(arguments),
        Command::Tune(arguments) => tune::tune(arguments),
        Command::Diagram(arguments) => diagram::diagram(arguments),
        Command::Storm(arguments) => storm::storm(arguments),
        Command::Parameters(arguments) => parameters::parameters(arguments),
        Command::Schedule(arguments) => schedule::schedule(arguments),
        #[cfg(feature = "aws")]
        Command::Doctor(arguments) => deployed::doctor(arguments),
        #[cfg(feature = "aws")]
        Command::Status(arguments) => deployed::status(arguments),
        #[cfg(feature = "aws")]
        Command::Plan(arguments) => deployed::plan(arguments),
        #[cfg(feature = "aws")]
        Command::Explain(arguments) => deployed::explain(arguments),
        #[cfg(feature = "aws")]
        Command::Pause(arguments) => deployed::pause(arguments),
        #[cfg(feature = "aws")]
        Command::Resume(arguments) => deployed::resume(arguments),
        #[cfg(feature = "aws")]
        Command::Drill(arguments) => deployed::drill(arguments),
        #[cfg(not(feature = "aws"))]
        Command::Doctor(_)
        | Command::Status(_)
        | Command::Plan(_)
        | Command::Explain(_)
        | Command::Pause(_)
        | Command::Resume(_)
        | Command::Drill(_) => Err(Failure::Input(
            "this kpu was built without the feature aws; use: cargo run --features aws -- ... ; docs/how-to/stop-in-an-emergency.md shows how to pause by hand".to_owned(),
        )),
    };
    let (message, code) = match outcome {
        Ok(()) | Err(Failure::ReaderGone) => return ExitCode::SUCCESS,
        Err(failure @ Failure::Input(_)) => (failure.to_string(), 2),
        Err(failure @ Failure::Machine(_)) => (failure.to_string(), 1),
        Err(failure @ Failure::InvariantViolated(_)) => (failure.to_string(), 3),
        #[cfg(feature = "aws")]
        Err(failure @ (Failure::Problems | Failure::FailedLinks)) => (failure.to_string(), 4),
    };
    // If standard error is closed as well, the message has no reader.
    drop(writeln!(std::io::stderr(), "error: {message}"));
    ExitCode::from(code)
}
