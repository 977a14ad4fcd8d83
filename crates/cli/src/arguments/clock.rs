//! The arguments of schedules and pauses.

use super::deployed::DeployedArguments;
use clap::{Args, ValueEnum};

pub(super) const PAUSE_HELP: &str = "
Examples:
  kpu pause --stack orders-scaling --direction in --minutes 120
  kpu resume --stack orders-scaling

The same by hand:
  aws kinesisanalyticsv2 tag-resource --resource-arn ARN --tags 'Key=kpu-autoscaler.pause,Value=in until 2026-11-21T18:00:00Z'
  aws kinesisanalyticsv2 untag-resource --resource-arn ARN --tag-keys kpu-autoscaler.pause
  aws kinesis add-tags-to-stream --stream-name NAME --tags 'kpu-autoscaler.pause=in until 20261121T180000Z'
  aws kinesis remove-tags-from-stream --stream-name NAME --tag-keys kpu-autoscaler.pause

Exit codes: 0 done, 1 this machine or AWS failed, 2 the input is invalid.";

pub(super) const SCHEDULE_HELP: &str = "
The parameters of a schedule:
  HighKpu, HighStart, HighEnd, HighDays   the hours of high load: allowed sizes (20, 20-32, >=20, <=32) and times
  LowKpu                                  allowed sizes while no window is open
  Windows                                 further windows, separated by semicolons: days or a date, times, sizes or blocked
  TimeZone                                the time zone of these times, such as Europe/Berlin
  LeadMinutes                             the minutes before a window opens from which its smallest size applies
  MinKpu, MaxKpu                          the bounds of all these sizes

Examples:
  kpu schedule --set HighKpu=20 --set LowKpu=10 --set HighStart=5:05 --set HighEnd=18:05 --set TimeZone=America/Los_Angeles
  kpu schedule --set 'Windows=Mon-Fri 8:00-18:00 >=8; Sun 2:00-4:00 blocked; 2026-12-24 0:00-24:00 <=4' --set TimeZone=Europe/Berlin

Exit codes: 0 done, 1 this machine or AWS failed, 2 the input is invalid.";

#[derive(Debug, Args)]
pub(crate) struct ScheduleArguments {
    /// Set a parameter of the template, such as HighKpu=20; may be repeated; kpu simulate --help lists them
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,

    /// The time from which to list, such as 2026-12-24T08:00Z [default: now]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) from: Option<jiff::Timestamp>,

    /// The number of times to list
    #[arg(long, value_name = "COUNT", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) count: u16,

    /// Print one JSON document instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PauseArguments {
    #[command(flatten)]
    pub(crate) deployed: DeployedArguments,

    /// The direction to pause
    #[arg(long, value_enum, default_value_t = PausedDirection::All)]
    pub(crate) direction: PausedDirection,

    /// The minutes after which the pause ends, such as 120 [default: it lasts until kpu resume]
    #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(u32).range(1..=525_600))]
    pub(crate) minutes: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PausedDirection {
    /// Both directions
    All,
    /// Scaling out, including up to a higher minimum
    Out,
    /// Scaling in, including down to a lower maximum
    In,
}

/// Parses a time in UTC or with an offset.
fn moment(text: &str) -> Result<jiff::Timestamp, String> {
    text.parse().map_err(|_| format!("'{text}' is not a time; write it as 2026-12-24T08:00Z"))
}
