//! The arguments of the command line.

mod calibrate;
pub(crate) mod clock;
mod deployed;
mod drill;
mod explain;
mod history;
mod parameters;

pub(crate) use calibrate::CalibrateArguments;
pub(crate) use clock::{PauseArguments, ScheduleArguments};
#[cfg(feature = "aws")]
pub(crate) use deployed::ZoneArguments;
pub(crate) use deployed::{DeployedArguments, DoctorArguments, StatusArguments};
pub(crate) use drill::DrillArguments;
pub(crate) use explain::ExplainArguments;
pub(crate) use history::{
    BacktestArguments, HistoryArguments, ImportArguments, ReadingArguments, TuneArguments,
};

pub(crate) use parameters::ParametersArguments;

use clap::{Args, Parser, Subcommand, ValueEnum};
use simulator::{PARAMETERS, Parameter};
use std::fmt::Write as _;
use std::path::PathBuf;

/// Simulate the autoscaler for Amazon Managed Service for Apache Flink, and inspect deployed stacks
#[derive(Debug, Parser)]
#[command(name = "kpu", version, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "
Examples:
  kpu simulate --trace lastweek.csv --set MaxKpu=16 --records-per-kpu 2500 --today 12
  kpu simulate --set ScaleMetric=busyTimeMsPerSecond --set ScaleOutThreshold=800

";

const EXIT_CODES: &str = "Exit codes: 0 done, 1 this machine or AWS failed, 2 the input is invalid, 3 an invariant was violated, 4 the doctor found a problem, or a link of the drill failed.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Simulate the autoscaler on real traffic, beside alternatives that exist today
    ///
    /// Plays a load trace against a model of a Flink application on MSF, which the deployed state machine and the deployed tasks
    /// scale. Without arguments it plays two weeks of US airline departures, which are included.
    #[command(after_help = EXIT_CODES, after_long_help = parameters_help())]
    Simulate(SimulateArguments),
    /// Make a history from the data of CloudWatch, Grafana or Prometheus
    ///
    /// Reads the output of `aws cloudwatch get-metric-data`, or an export, and writes a row a minute: load, lag, CPU, KPUs. `kpu backtest`
    /// and `kpu tune` learn from it, and `kpu simulate --trace` plays its load. With --queries it prints the queries for CloudWatch.
    #[command(after_help = EXIT_CODES, after_long_help = history::IMPORT_HELP)]
    Import(ImportArguments),
    /// Measure your application, and print the options for kpu simulate
    ///
    /// From a history, or from the REST API of a running Flink job: the capacity of a KPU, the skew, the records in flight, and the duration of a
    /// restart, each with its basis. It prints why a figure could not be measured, and which option of kpu simulate keeps its default.
    #[command(after_help = calibrate::CALIBRATE_HELP)]
    Calibrate(CalibrateArguments),
    /// Simulate parameters, presets and alternatives on your history
    ///
    /// Learns a model of the application from a history, and plays its load again: with the given parameters, with the presets of sizing
    /// by demand, and with the alternatives that exist today, beside the recorded sizes. Prints each figure that could not be learned.
    #[command(after_help = EXIT_CODES)]
    Backtest(BacktestArguments),
    /// Search the best parameters for your history
    ///
    /// Tries hundreds of policies on the first half of the days, compares the best one with the present parameters
    /// on the second half, and prints the parameters to set, their cost, and the confidence. It recommends the defaults unless a policy
    /// is clearly better.
    #[command(after_help = EXIT_CODES)]
    Tune(TuneArguments),
    /// Draw the state machine
    #[command(after_help = EXIT_CODES)]
    Diagram(DiagramArguments),
    /// Simulate the autoscaler under faults, and search for a violated invariant
    ///
    /// Draws storms by seeds: six hours of load, parameters, and faults of every kind, through the deployed state machine and the
    /// deployed tasks. Every storm is checked from outside for every invariant. A storm that violates an invariant is printed with
    /// its timeline, reduced to the faults that are needed.
    #[command(after_help = EXIT_CODES)]
    Storm(StormArguments),
    /// Ask for the required parameters of a stack, check them, and write them for its deployment
    ///
    /// Asks for each value that no option has, checks the values as the deployed tasks do, and prints them for `sam deploy
    /// --parameter-overrides`, or writes a file for `sam deploy`.
    #[command(after_help = parameters::PARAMETERS_HELP)]
    Parameters(ParametersArguments),
    /// List the times at which the bounds move, in local time and in UTC
    ///
    /// Reads the schedule parameters of the template, prints the bounds in force now, and lists the next times at which they change.
    /// Invalid parameters are rejected with the same messages as in the stack.
    #[command(after_help = DEPLOYED_EXIT_CODES, after_long_help = clock::SCHEDULE_HELP)]
    Schedule(ScheduleArguments),
    /// Find the problems of a deployed stack, with their remedies (needs --features aws)
    ///
    /// Reads the application or stream, the alarms and their data, the rule and the schedule that start the state machine, the last runs, and the
    /// subscriptions to notifications. It changes nothing. Every problem has a remedy. Account, Region and endpoint are found as by the
    /// AWS CLI.
    #[command(after_help = EXIT_CODES)]
    Doctor(DoctorArguments),
    /// Show the present state of a deployed stack, and the results of its last runs (needs --features aws)
    #[command(after_help = EXIT_CODES)]
    Status(StatusArguments),
    /// Show the next step and its reason, without making it (needs --features aws)
    ///
    /// Runs the tasks of this kpu with the deployed policy on the present data of AWS, and makes no update.
    #[command(after_help = EXIT_CODES)]
    Plan(DeployedArguments),
    /// Explain why a deployed stack scaled or did not scale in the past (needs --features aws)
    ///
    /// Joins the executions of a period into a timeline, in the words of kpu simulate. With --at it answers for one moment: the reason in force,
    /// and the checks before and after. Times are in your zone.
    #[command(after_help = DEPLOYED_EXIT_CODES, after_long_help = explain::EXPLAIN_HELP)]
    Explain(ExplainArguments),
    /// Pause the scaling of an application or stream without deploying anything (needs --features aws)
    ///
    /// Sets the tag kpu-autoscaler.pause of the application or stream. Deployments do not change this tag. A running update is followed to its end.
    #[command(after_help = DEPLOYED_EXIT_CODES, after_long_help = clock::PAUSE_HELP)]
    Pause(PauseArguments),
    /// End a pause (needs --features aws)
    #[command(after_help = DEPLOYED_EXIT_CODES)]
    Resume(DeployedArguments),
    /// Prove in your account that an alarm starts an execution, without scaling anything (needs --features aws)
    ///
    /// Sets the scale-out alarm to ALARM, and follows its event to the end of the execution, which scales nothing because the data does not
    /// confirm the alarm. Checks the heartbeat, the notifications, the dead-letter queue and the permissions, and sets everything back. Each
    /// link has passed, has failed with its remedy, or is unknown with the reason. The stacks of a pipeline are drilled one after the other.
    #[command(after_help = EXIT_CODES)]
    Drill(DrillArguments),
}

const DEPLOYED_EXIT_CODES: &str = "Exit codes: 0 done, 1 this machine or AWS failed, 2 the input is invalid.";

#[derive(Debug, Args)]
pub(crate) struct StormArguments {
    /// The number of storms; ten thousand take two minutes on two cores
    #[arg(long, value_name = "COUNT", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) storms: u64,

    /// Run only the storm with this seed, and print its timeline
    #[arg(long, conflicts_with = "storms")]
    pub(crate) seed: Option<u64>,

    /// Print one JSON document instead of text
    #[arg(long, conflicts_with = "seed")]
    pub(crate) json: bool,
}

#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
#[derive(Debug, Args)]
#[command(allow_negative_numbers = true)]
pub(crate) struct SimulateArguments {
    /// A load trace: a CSV file with the columns `seconds,records_per_second`, or any file that `kpu import` reads [default: two weeks of
    /// US flights]
    #[arg(long, value_name = "FILE")]
    pub(crate) trace: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) reading: ReadingArguments,

    /// Set a parameter of the template, such as MaxKpu=32; may be repeated; --help lists them
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,

    /// Pause a direction (all, out or in) for a span in hours and minutes since the start, such as 'in 8:00-10:30'; may be repeated
    #[arg(long = "pause", value_name = "DIRECTION FROM-UNTIL")]
    pub(crate) pauses: Vec<String>,

    /// Request a capacity in KPUs at a time in hours and minutes since the start, such as '8 1:30'; may be repeated
    #[arg(long = "request", value_name = "KPUS AT")]
    pub(crate) requests: Vec<String>,

    /// Scale the stream that the application reads as well; the trace is then the load of its producers
    #[arg(long)]
    pub(crate) pipeline: bool,

    /// With --pipeline, set a parameter of the stack that scales the stream, such as MaxShards=8; may be repeated
    #[arg(long = "set-stream", value_name = "NAME=VALUE")]
    pub(crate) set_stream: Vec<String>,

    /// With --pipeline, the size of a record in bytes; a shard takes 1 MB or 1,000 records a second
    #[arg(long, value_name = "BYTES", default_value_t = 500.0, requires = "pipeline")]
    pub(crate) record_bytes: f64,

    /// Multiply the load of the trace
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    pub(crate) load_factor: f64,

    /// The seed of all random numbers: the same seed gives the same run
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,

    /// The records per second that one KPU of your application can process
    #[arg(long, value_name = "RECORDS", default_value_t = 1_000.0)]
    pub(crate) records_per_kpu: f64,

    /// The seconds without processing during a rescale of your application (the model steps by 10)
    #[arg(long, value_name = "SECONDS", default_value_t = 75.0)]
    pub(crate) downtime: f64,

    /// The seconds between two checkpoints of your application, with which Flink commits the offsets of Kafka
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0)]
    pub(crate) checkpoint_interval: f64,

    /// The gigabytes of live objects on the heaps of your application, which limit a scale-in
    #[arg(long, value_name = "GIGABYTES")]
    pub(crate) heap_gigabytes: Option<f64>,

    /// Add the size that runs today, as a fixed number of KPUs without the orchestration KPU
    #[arg(long, value_name = "KPUS", value_parser = clap::value_parser!(u32).range(1..=10_000), conflicts_with = "pipeline")]
    pub(crate) today: Option<u32>,

    /// Add an optimal policy with perfect foresight, out of the objective for at most 1 % of the time; takes some seconds
    #[arg(long)]
    pub(crate) oracle: bool,

    /// The lag objective in seconds, as --set LagObjectiveSeconds=SECONDS
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(10..=86_400))]
    pub(crate) lag_objective: Option<u32>,

    /// The price of a KPU-hour in dollars
    #[arg(long, value_name = "DOLLARS", default_value_t = 0.11)]
    pub(crate) price: f64,

    /// The path for the data that CloudWatch would have, for kpu backtest and kpu tune
    #[arg(long, value_name = "FILE.csv")]
    pub(crate) history: Option<PathBuf>,

    /// The path for the report [default: kpu-report.html, or nowhere with --json]
    #[arg(long, value_name = "FILE.html")]
    pub(crate) report: Option<PathBuf>,

    /// Print every decision instead of the last ten
    #[arg(long)]
    pub(crate) timeline: bool,

    /// Print one JSON document instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DiagramArguments {
    /// The format
    #[arg(long, value_enum, default_value_t = DiagramFormat::Text)]
    pub(crate) format: DiagramFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiagramFormat {
    /// Text for the terminal
    Text,
    /// An SVG picture: kpu diagram --format svg > autoscaler.svg
    Svg,
    /// Mermaid, for Markdown
    Mermaid,
}

fn parameters_help() -> String {
    let mut help = String::from("Parameters for --set, as in the template [and their defaults]:\n");
    for Parameter { name, default, meaning } in PARAMETERS.iter() {
        // The meaning explains an empty default. Writing to a string cannot fail.
        let _ = match *default {
            "" => writeln!(help, "  {name:<29}{meaning}"),
            default => writeln!(help, "  {name:<29}{meaning} [{default}]"),
        };
    }
    help + EXAMPLES + EXIT_CODES
}
