//! What can be typed.

pub(crate) mod clock;
mod history;

pub(crate) use clock::{PauseArguments, ScheduleArguments};
pub(crate) use history::{BacktestArguments, HistoryArguments, ImportArguments, TuneArguments};

use clap::{Args, Parser, Subcommand, ValueEnum};
use simulator::{PARAMETERS, Parameter};
use std::fmt::Write as _;
use std::path::PathBuf;

/// Step scaling for Amazon Managed Service for Apache Flink, tried on this machine.
#[derive(Debug, Parser)]
#[command(name = "kpu", version, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "
Examples:
  kpu simulate --trace lastweek.csv --set MaxKpu=16 --records-per-kpu 2500
  kpu simulate --set ScaleMetric=busyTimeMsPerSecond --set ScaleOutThreshold=800

";

const EXIT_CODES: &str = "Exit codes: 0 done, 1 this machine or AWS got in the way, 2 the input makes no sense, 3 a promise broke, 4 the doctor found a problem.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show what the autoscaler would have done to real traffic, beside what people use today
    ///
    /// Plays a load trace against a model of a Flink application on MSF, in which the deployed state machine and the
    /// deployed tasks scale it. Without arguments it plays two weeks of US airline departures that come with the product.
    #[command(after_help = EXIT_CODES, after_long_help = parameters_help())]
    Simulate(SimulateArguments),
    /// Make a history of what CloudWatch has kept
    ///
    /// Reads what `aws cloudwatch get-metric-data` prints, or a CSV, and writes a row a minute: load, lag, CPU, KPUs. `kpu backtest` and
    /// `kpu tune` learn from it, and `kpu simulate --trace` plays its load. With --queries it prints what to ask CloudWatch for.
    #[command(after_help = EXIT_CODES, after_long_help = history::IMPORT_HELP)]
    Import(ImportArguments),
    /// Show what parameters, presets and others would have done to one's own history
    ///
    /// Learns from a history how the application behaves, and plays its load again: under the parameters given, under the presets of
    /// sizing by demand, and under what people use today, beside what was recorded. What could not be learned is said.
    #[command(after_help = EXIT_CODES)]
    Backtest(BacktestArguments),
    /// Search the parameters that would have been best for one's own history
    ///
    /// Tries hundreds of policies on the first half of the days, judges the best on the second, and says what to put into the template,
    /// what it would cost, and how sure that is. The defaults stay unless something is clearly better.
    #[command(after_help = EXIT_CODES)]
    Tune(TuneArguments),
    /// Draw the state machine
    #[command(after_help = EXIT_CODES)]
    Diagram(DiagramArguments),
    /// Put the autoscaler under faults, and look for a promise that it breaks
    ///
    /// Draws storms by seeds: six hours of load, parameters, and faults of every kind, through the deployed state machine
    /// and the deployed tasks, watched from outside for everything that the product promises. A storm in which a promise
    /// breaks is shown with its timeline and as few of its faults as it takes.
    #[command(after_help = EXIT_CODES)]
    Storm(StormArguments),
    /// Show when the bounds move, in local time and in UTC
    ///
    /// Reads the parameters of a schedule as the template has them, says what is in force now, and lists the next moments at which something
    /// else comes into force. What makes no sense is refused in a sentence, as in the stack.
    #[command(after_help = DEPLOYED_EXIT_CODES, after_long_help = clock::SCHEDULE_HELP)]
    Schedule(ScheduleArguments),
    /// Find out what is wrong with a deployed stack, and what to do about it (needs --features aws)
    ///
    /// Reads the application, the alarms and the data behind them, what wakes the state machine, the last runs and who is told, and
    /// changes nothing. Everything that it finds has a remedy. AWS is found as by the AWS CLI, at an endpoint of your own if the environment names one.
    #[command(after_help = EXIT_CODES)]
    Doctor(DeployedArguments),
    /// Show what a deployed stack is doing, and how its last runs ended (needs --features aws)
    #[command(after_help = EXIT_CODES)]
    Status(StatusArguments),
    /// Show what the next step would be, and why, without making it (needs --features aws)
    ///
    /// Runs the tasks of this kpu with the policy that is deployed, on what AWS says now; the update is not made.
    #[command(after_help = EXIT_CODES)]
    Plan(DeployedArguments),
    /// Pause the scaling of an application without deploying anything (needs --features aws)
    ///
    /// Sets the tag kpu-autoscaler:pause of the application, which every deployment leaves as it is. What is under way is followed to its end.
    #[command(after_help = DEPLOYED_EXIT_CODES, after_long_help = clock::PAUSE_HELP)]
    Pause(PauseArguments),
    /// End a pause (needs --features aws)
    #[command(after_help = DEPLOYED_EXIT_CODES)]
    Resume(DeployedArguments),
}

const DEPLOYED_EXIT_CODES: &str =
    "Exit codes: 0 done, 1 this machine or AWS got in the way, 2 the input makes no sense.";

#[derive(Debug, Args)]
pub(crate) struct DeployedArguments {
    /// The stack
    #[arg(
        long,
        value_name = "NAME",
        required_unless_present = "application",
        conflicts_with = "application"
    )]
    pub(crate) stack: Option<String>,

    /// The application, instead of the stack that scales it
    #[arg(long, value_name = "NAME")]
    pub(crate) application: Option<String>,

    /// The Region, unless the environment or the profile says it
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
pub(crate) struct StatusArguments {
    #[command(flatten)]
    pub(crate) deployed: DeployedArguments,

    /// How many of the last runs to show, up to 100; those under way and those of the last day that failed are shown besides
    #[arg(long, value_name = "COUNT", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub(crate) runs: u16,
}

#[derive(Debug, Args)]
pub(crate) struct StormArguments {
    /// How many storms to draw; ten thousand take half a minute on two cores
    #[arg(long, value_name = "COUNT", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) storms: u64,

    /// Draw this one alone, and show its timeline
    #[arg(long, conflicts_with = "storms")]
    pub(crate) seed: Option<u64>,

    /// Print one JSON document instead of text
    #[arg(long, conflicts_with = "seed")]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(allow_negative_numbers = true)]
pub(crate) struct SimulateArguments {
    /// A load trace: a CSV file with the columns `seconds,records_per_second` and a row a minute [default: two weeks of US flights]
    #[arg(long, value_name = "FILE.csv")]
    pub(crate) trace: Option<PathBuf>,

    /// Set a parameter of the template, such as MaxKpu=32; may be repeated; --help lists them
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,

    /// Pause it meanwhile, as 'in 8:00-10:30' in hours and minutes since the start: all, out or in; may be repeated
    #[arg(long = "pause", value_name = "WHAT FROM-UNTIL")]
    pub(crate) pauses: Vec<String>,

    /// Wish for a size meanwhile, as '8 1:30': KPUs, and when in hours and minutes since the start; may be repeated
    #[arg(long = "wish", value_name = "KPUS AT")]
    pub(crate) wishes: Vec<String>,

    /// Scale as well the stream that the application reads: the trace is then what its producers write
    #[arg(long)]
    pub(crate) pipeline: bool,

    /// For a pipeline: set a parameter of the stack that scales the stream, such as MaxShards=8; may be repeated
    #[arg(long = "set-stream", value_name = "NAME=VALUE")]
    pub(crate) set_stream: Vec<String>,

    /// For a pipeline: the bytes of a record; a shard takes 1 MB or 1,000 records a second
    #[arg(long, value_name = "BYTES", default_value_t = 500.0)]
    pub(crate) record_bytes: f64,

    /// Play so many times the load of the trace
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    pub(crate) load_factor: f64,

    /// The seed of all chance: the same seed gives the same run
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,

    /// Records per second that one KPU of your application can process
    #[arg(long, value_name = "RECORDS", default_value_t = 1_000.0)]
    pub(crate) records_per_kpu: f64,

    /// Seconds without processing when your application is rescaled (the model steps by 10)
    #[arg(long, value_name = "SECONDS", default_value_t = 75.0)]
    pub(crate) downtime: f64,

    /// Show as well what a clairvoyant could have done at best, out of the objective for at most 1 % of the time; takes some seconds
    #[arg(long)]
    pub(crate) oracle: bool,

    /// The lag to stay within, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0)]
    pub(crate) lag_objective: f64,

    /// Dollars for a KPU-hour
    #[arg(long, value_name = "DOLLARS", default_value_t = 0.11)]
    pub(crate) price: f64,

    /// Where to write what CloudWatch would have kept of it, for kpu backtest and kpu tune
    #[arg(long, value_name = "FILE.csv")]
    pub(crate) history: Option<PathBuf>,

    /// Where to write the report [default: kpu-report.html, or nowhere with --json]
    #[arg(long, value_name = "FILE.html")]
    pub(crate) report: Option<PathBuf>,

    /// Print one JSON document instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DiagramArguments {
    /// How to draw it
    #[arg(long, value_enum, default_value_t = DiagramFormat::Text)]
    pub(crate) format: DiagramFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiagramFormat {
    /// For the terminal
    Text,
    /// A picture: kpu diagram --format svg > autoscaler.svg
    Svg,
    /// For Markdown that renders Mermaid
    Mermaid,
}

fn parameters_help() -> String {
    let mut help = String::from("Parameters for --set, as in the template [and their defaults]:\n");
    for Parameter { name, default, meaning } in PARAMETERS {
        // An empty default is explained by the meaning. Writing to a string cannot fail.
        let _ = match default {
            "" => writeln!(help, "  {name:<29}{meaning}"),
            default => writeln!(help, "  {name:<29}{meaning} [{default}]"),
        };
    }
    help + EXAMPLES + EXIT_CODES
}
