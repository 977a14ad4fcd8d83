//! The arguments of the commands on a deployed stack.

use clap::{ArgGroup, Args};

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("target").required(true))]
pub(crate) struct DeployedArguments {
    /// The stack, or the stack of a pipeline
    #[arg(long, value_name = "NAME", group = "target")]
    pub(crate) stack: Option<String>,

    /// The application, instead of the stack that scales it
    #[arg(long, value_name = "NAME", group = "target")]
    pub(crate) application: Option<String>,

    /// The stream, instead of the stack that scales it
    #[arg(long, value_name = "NAME", group = "target")]
    pub(crate) stream: Option<String>,

    /// The Region, unless the environment or the profile sets it
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,

    /// The profile of the AWS CLI
    #[arg(long, value_name = "PROFILE")]
    pub(crate) profile: Option<String>,

    /// Print one JSON document instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArguments {
    #[command(flatten)]
    pub(crate) deployed: DeployedArguments,

    /// Every stack of kpu-autoscaler in the account and Region, a line each, the worst first; the exit code is that of the worst
    #[arg(long, group = "target")]
    pub(crate) all: bool,
}

#[derive(Debug, Args)]
pub(crate) struct StatusArguments {
    #[command(flatten)]
    pub(crate) deployed: DeployedArguments,

    /// Every stack of kpu-autoscaler in the account and Region, a line each, the worst first; the exit code is that of the worst
    #[arg(long, group = "target")]
    pub(crate) all: bool,

    /// Show the runs since this time: 12h, 02:00 (the last one), '2026-11-28 02:00' or 2026-11-28T02:00:00Z
    #[arg(long, value_name = "TIME", conflicts_with = "runs")]
    pub(crate) since: Option<String>,

    /// The number of last runs to show, up to 100; running ones and failures of the last day are shown in addition
    #[arg(long, value_name = "COUNT", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub(crate) runs: u16,

    #[command(flatten)]
    pub(crate) zone: ZoneArguments,
}

/// The zone in which times are read and printed.
#[derive(Debug, Args)]
pub(crate) struct ZoneArguments {
    /// The time zone of times, such as Europe/Berlin [default: the zone of this machine]
    #[arg(long, value_name = "ZONE")]
    pub(crate) zone: Option<String>,
}
