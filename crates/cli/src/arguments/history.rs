//! The arguments about histories.

use clap::Args;
use std::path::PathBuf;

pub(super) const IMPORT_HELP: &str = "
Examples:
  kpu import --queries --application orders --stream clicks > queries.json    # reads a Kinesis stream
  kpu import --queries --application orders --cluster events --topic orders --group orders-consumers    # reads a topic of MSK
  kpu import --queries --application orders    # any source, by the application's name alone
  aws cloudwatch get-metric-data --metric-data-queries file://queries.json \\
    --start-time 2026-11-01T00:00:00Z --end-time 2026-11-15T00:00:00Z --output json > data.json
  aws kinesisanalyticsv2 list-application-operations --application-name orders --output json > operations.json
  kpu import data.json --operations operations.json --output history.csv
  kpu tune history.csv

Other files: the list MetricDataResults alone, lists of pages, get-metric-statistics, query_range of Prometheus, and tables of Grafana, of the
CloudWatch console or of a spreadsheet. A table has a column of times, and columns with the names of the queries: load (a sum) or load_rate
(per second), lag and worst_lag (in milliseconds) or lag_seconds and worst_lag_seconds, committed_lag_seconds, offset_lag, max_offset_lag and
records_lag of Kafka, throughput, cpu, busy, kpus or kpus_billed. --column names other columns.

  kpu import requests.csv --column 'load=Requests' --unit load=records/min --zone Europe/Berlin > history.csv

CloudWatch keeps data of one minute for 15 days.

Exit codes: 0 done, 1 this machine failed, 2 the input is invalid.";

#[derive(Debug, Args)]
pub(crate) struct ImportArguments {
    /// The output of `aws cloudwatch get-metric-data --output json`, or an export of Grafana, Prometheus or the CloudWatch console
    #[arg(value_name = "FILE", required_unless_present = "queries")]
    pub(crate) file: Option<PathBuf>,

    /// The output of `aws kinesisanalyticsv2 list-application-operations --output json`, for the duration of each update
    #[arg(long, value_name = "FILE.json")]
    pub(crate) operations: Option<PathBuf>,

    /// Write the history to a file, which is replaced if it exists [default: standard output, with the summary on standard error]
    #[arg(long, value_name = "FILE.csv")]
    pub(crate) output: Option<PathBuf>,

    /// Print the queries for CloudWatch. The application's name is enough: the throughput, the CPU, the busy time, the size and the lag that it
    /// publishes. A stream or a topic adds the metrics of the source
    #[arg(long, requires = "application", conflicts_with_all = ["file", "operations", "output"])]
    pub(crate) queries: bool,

    /// With --queries, the name of the application
    #[arg(long, value_name = "NAME")]
    pub(crate) application: Option<String>,

    /// With --queries, the name of the Kinesis stream that it reads
    #[arg(long, value_name = "NAME", conflicts_with = "topic")]
    pub(crate) stream: Option<String>,

    /// With --queries, the name of the MSK cluster that it reads
    #[arg(long, value_name = "NAME", requires_all = ["topic", "group"])]
    pub(crate) cluster: Option<String>,

    /// With --queries, the name of the topic
    #[arg(long, value_name = "NAME", requires_all = ["cluster", "group"])]
    pub(crate) topic: Option<String>,

    /// With --queries, the consumer group of the application
    #[arg(long, value_name = "NAME", requires_all = ["cluster", "topic"])]
    pub(crate) group: Option<String>,

    #[command(flatten)]
    pub(crate) reading: ReadingArguments,
}

/// The answers to questions that a file with metrics leaves open.
#[derive(Debug, Args)]
pub(crate) struct ReadingArguments {
    /// The column or query of a series, such as load=Requests, `load_rate`='Requests per second' or time=Zeit; may be repeated
    #[arg(long = "column", value_name = "NAME=HEADING")]
    pub(crate) columns: Vec<String>,

    /// The unit of a series, such as load=records/min, lag=s or cpu=ratio; may be repeated
    #[arg(long = "unit", value_name = "NAME=UNIT")]
    pub(crate) units: Vec<String>,

    /// The time zone of times without a zone, such as Europe/Berlin [default: UTC]
    #[arg(long, value_name = "ZONE")]
    pub(crate) zone: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct HistoryArguments {
    /// A history from `kpu import`, or any file that it reads
    #[arg(value_name = "HISTORY.csv")]
    pub(crate) history: PathBuf,

    #[command(flatten)]
    pub(crate) reading: ReadingArguments,

    /// A present parameter of the stack, such as MaxKpu=16; may be repeated
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,

    /// The seed of all random numbers: the same seed gives the same result
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,

    /// The records per second that one KPU of your application processes, in the unit of the load [default: learned from the history]. With it,
    /// a history of a load alone is enough
    #[arg(long, value_name = "RECORDS")]
    pub(crate) records_per_kpu: Option<f64>,

    /// The seconds without processing during a rescale of your application [default: learned from the history]
    #[arg(long, value_name = "SECONDS")]
    pub(crate) downtime: Option<f64>,

    /// The lag objective in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0)]
    pub(crate) lag_objective: f64,

    /// The price of a KPU-hour in dollars
    #[arg(long, value_name = "DOLLARS", default_value_t = 0.11)]
    pub(crate) price: f64,

    /// Print one JSON document instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct BacktestArguments {
    #[command(flatten)]
    pub(crate) common: HistoryArguments,

    /// Add an optimal policy with perfect foresight; takes some seconds
    #[arg(long)]
    pub(crate) oracle: bool,

    /// The path for the report [default: kpu-backtest.html, or nowhere with --json]
    #[arg(long, value_name = "FILE.html")]
    pub(crate) report: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct TuneArguments {
    #[command(flatten)]
    pub(crate) common: HistoryArguments,

    /// The allowed share of time out of the lag objective, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = 1.0)]
    pub(crate) allowed: f64,

    /// The number of policies to try
    #[arg(long, value_name = "COUNT", default_value_t = 400, value_parser = clap::value_parser!(u32).range(10..=100_000))]
    pub(crate) policies: u32,

    /// The path for the report [default: kpu-tune.html, or nowhere with --json]
    #[arg(long, value_name = "FILE.html")]
    pub(crate) report: Option<PathBuf>,
}
