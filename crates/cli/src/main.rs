//! `kpu`: try the autoscaler on real traffic, on this machine, before deploying it; look at it once it is deployed.

mod arguments;
mod backtest;
#[cfg(feature = "aws")]
mod deployed;
mod diagram;
mod format;
mod import;
mod learned;
mod pipeline;
mod report;
mod results;
mod schedule;
mod simulate;
mod storm;
mod text;
mod tune;

use arguments::{Arguments, Command};
use clap::Parser;
use std::io::{ErrorKind, Write};
use std::process::ExitCode;

/// Why a command did not do its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The input is at fault: exit code 2.
    #[error("{0}")]
    Input(String),
    /// The machine is: exit code 1.
    #[error("{0}")]
    Machine(String),
    /// The autoscaler is: exit code 3.
    #[error("{0}")]
    BrokenPromise(String),
    /// What is deployed is, and it has been said how: exit code 4.
    #[cfg(feature = "aws")]
    #[error("problems were found; each has its remedy")]
    Problems,
    /// Whoever reads the output has stopped reading, which is no failure.
    #[error("the reader has gone")]
    ReaderGone,
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::BrokenPipe => Self::ReaderGone,
            _ => Self::Machine(format!("failed to write the output: {error}")),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "what a person types happens now; the tasks are told it")]
fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match &arguments.command {
        Command::Simulate(arguments) => simulate::simulate(arguments),
        Command::Import(arguments) => import::import(arguments),
        Command::Backtest(arguments) => backtest::backtest(arguments),
        Command::Tune(arguments) => tune::tune(arguments),
        Command::Diagram(arguments) => diagram::diagram(arguments),
        Command::Storm(arguments) => storm::storm(arguments),
        Command::Schedule(arguments) => schedule::schedule(arguments),
        #[cfg(feature = "aws")]
        Command::Doctor(arguments) => deployed::doctor(arguments),
        #[cfg(feature = "aws")]
        Command::Status(arguments) => deployed::status(arguments),
        #[cfg(feature = "aws")]
        Command::Plan(arguments) => deployed::plan(arguments),
        #[cfg(feature = "aws")]
        Command::Pause(arguments) => deployed::pause(arguments),
        #[cfg(feature = "aws")]
        Command::Resume(arguments) => deployed::resume(arguments),
        #[cfg(not(feature = "aws"))]
        Command::Doctor(_)
        | Command::Status(_)
        | Command::Plan(_)
        | Command::Pause(_)
        | Command::Resume(_) => Err(Failure::Input(
            "this kpu was built without AWS; build it with: cargo run --features aws -- ... ; docs/how-to/stop-in-an-emergency.md says how to pause by hand".to_owned(),
        )),
    };
    let (message, code) = match outcome {
        Ok(()) | Err(Failure::ReaderGone) => return ExitCode::SUCCESS,
        Err(failure @ Failure::Input(_)) => (failure.to_string(), 2),
        Err(failure @ Failure::Machine(_)) => (failure.to_string(), 1),
        Err(failure @ Failure::BrokenPromise(_)) => (failure.to_string(), 3),
        #[cfg(feature = "aws")]
        Err(failure @ Failure::Problems) => (failure.to_string(), 4),
    };
    // If even standard error is closed, there is nobody left to tell.
    drop(writeln!(std::io::stderr(), "error: {message}"));
    ExitCode::from(code)
}
