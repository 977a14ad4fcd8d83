//! The arguments of `kpu drill`.

use super::deployed::DeployedArguments;
use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct DrillArguments {
    #[command(flatten)]
    pub(crate) deployed: DeployedArguments,

    /// The longest wait for each execution, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u16).range(5..=600))]
    pub(crate) wait: u16,

    /// Wait for the next execution that the heartbeat starts, instead of searching the last one
    #[arg(long)]
    pub(crate) await_heartbeat: bool,
}
