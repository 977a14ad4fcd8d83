//! The arguments of `kpu parameters`.

use clap::Args;
use std::path::PathBuf;

pub(crate) const PARAMETERS_HELP: &str = "\
Examples:
  kpu parameters --application orders --min-kpu 1 --max-kpu 16 --scale-metric containerCPUUtilization --email team@example.com
  kpu parameters --output samconfig.toml && sam deploy

Exit codes: 0 done, 1 this machine failed, 2 the input is invalid.";

#[derive(Debug, Args)]
pub(crate) struct ParametersArguments {
    /// The application to scale, `ApplicationName`
    #[arg(long, value_name = "NAME")]
    pub(crate) application: Option<String>,

    /// The metric on which to scale, `ScaleMetric`
    #[arg(long, value_name = "METRIC")]
    pub(crate) scale_metric: Option<String>,

    /// The smallest number of KPUs, `MinKpu`
    #[arg(long, value_name = "KPUS")]
    pub(crate) min_kpu: Option<String>,

    /// The largest number of KPUs, `MaxKpu`
    #[arg(long, value_name = "KPUS")]
    pub(crate) max_kpu: Option<String>,

    /// The address to notify, `NotificationEmail`; empty for none
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) email: Option<String>,

    /// Set another parameter of the template, such as Mode=observe; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,

    /// The file for `sam deploy`, such as samconfig.toml [default: print the overrides]
    #[arg(long, value_name = "FILE.toml")]
    pub(crate) output: Option<PathBuf>,

    /// The name of the stack in the file [default: the application and -scaling]
    #[arg(long, value_name = "NAME")]
    pub(crate) stack: Option<String>,

    /// Print one JSON document instead of text
    #[arg(long)]
    pub(crate) json: bool,
}
