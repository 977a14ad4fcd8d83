//! The arguments of `kpu explain`.

use super::deployed::{DeployedArguments, ZoneArguments};
use clap::Args;

pub(super) const EXPLAIN_HELP: &str = "
Examples:
  kpu explain --stack orders-scaling --at 02:00                    # why did it not scale at 02:00?
  kpu explain --stack orders-scaling --since 12h                   # the steps and holds of last night
  kpu explain --stack orders-scaling --since '2026-11-27 18:00' --zone Europe/Berlin
  kpu explain --stack orders-scaling --at 2026-11-28T01:00:00Z --json

Each line is a step with its sizes, its cause and its outcome, a hold with its reason, a failure with its remedy, checks that found nothing to
do, or a time in which no execution started. The command reads each execution of the period once: 144 calls for 12 hours of heartbeats of
5 minutes. Step Functions keeps executions for 90 days.

Exit codes: 0 done, 1 this machine or AWS failed, 2 the input is invalid or the stack does not exist.";

#[derive(Debug, Args)]
pub(crate) struct ExplainArguments {
    #[command(flatten)]
    pub(crate) deployed: DeployedArguments,

    /// Explain this moment: 02:00 (the last one), '2026-11-28 02:00', 2026-11-28T02:00:00Z, or 3h (three hours ago)
    #[arg(long, value_name = "TIME", conflicts_with = "since")]
    pub(crate) at: Option<String>,

    /// List everything since this time, written as for --at
    #[arg(long, value_name = "TIME", default_value = "12h")]
    pub(crate) since: String,

    #[command(flatten)]
    pub(crate) zone: ZoneArguments,
}
