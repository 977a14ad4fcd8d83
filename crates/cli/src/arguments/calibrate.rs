//! The arguments of `kpu calibrate`.

use super::ReadingArguments;
use clap::Args;
use std::path::PathBuf;

pub(super) const CALIBRATE_HELP: &str = "
Examples:
  kpu calibrate history.csv
  kpu calibrate --flink http://127.0.0.1:8081 --minutes 5
  kpu calibrate --flink http://127.0.0.1:8081 --job orders --subtasks-per-kpu 2 --json

--flink needs the REST API of a JobManager without TLS, such as `kubectl port-forward svc/orders-rest 8081`. Measure under a high load: the capacity is
extrapolated from the busy time, and the records in flight are those of a job with a backlog.

Exit codes: 0 done, 1 this machine or Flink failed, 2 the input is invalid.";

#[derive(Debug, Args)]
pub(crate) struct CalibrateArguments {
    /// A history from `kpu import`, or any file that it reads
    #[arg(value_name = "HISTORY.csv", required_unless_present = "flink", conflicts_with = "flink")]
    pub(crate) history: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) reading: ReadingArguments,

    /// The REST address of Flink, in place of a history; it is only read
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) flink: Option<String>,

    /// With --flink, the name or identifier of the job, if several jobs run
    #[arg(long, value_name = "NAME", conflicts_with = "history")]
    pub(crate) job: Option<String>,

    /// With --flink, the minutes for which the job is read
    #[arg(long, value_name = "MINUTES", default_value_t = 3.0, conflicts_with = "history")]
    pub(crate) minutes: f64,

    /// With --flink, the subtasks of a KPU: `ParallelismPerKPU` of the application
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=8), conflicts_with = "history")]
    pub(crate) subtasks_per_kpu: u32,

    /// Print one JSON document instead of text
    #[arg(long)]
    pub(crate) json: bool,
}
