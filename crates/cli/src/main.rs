//! `kpu`: try the autoscaler on real traffic, on this machine, before deploying it.

mod arguments;
mod diagram;
mod format;
mod report;
mod results;
mod simulate;
mod storm;
mod text;

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

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match &arguments.command {
        Command::Simulate(arguments) => simulate::simulate(arguments),
        Command::Diagram(arguments) => diagram::diagram(arguments),
        Command::Storm(arguments) => storm::storm(arguments),
    };
    let (message, code) = match outcome {
        Ok(()) | Err(Failure::ReaderGone) => return ExitCode::SUCCESS,
        Err(failure @ Failure::Input(_)) => (failure.to_string(), 2),
        Err(failure @ Failure::Machine(_)) => (failure.to_string(), 1),
        Err(failure @ Failure::BrokenPromise(_)) => (failure.to_string(), 3),
    };
    // If even standard error is closed, there is nobody left to tell.
    drop(writeln!(std::io::stderr(), "error: {message}"));
    ExitCode::from(code)
}
