//! What can be typed about the clock: schedules and pauses.

use super::DeployedArguments;
use clap::{Args, ValueEnum};

pub(super) const PAUSE_HELP: &str = "
Examples:
  kpu pause --stack orders-scaling --direction in --minutes 120
  kpu resume --stack orders-scaling

The same by hand:
  aws kinesisanalyticsv2 tag-resource --resource-arn ARN --tags 'Key=kpu-autoscaler:pause,Value=in until 2026-11-21T18:00:00Z'
  aws kinesisanalyticsv2 untag-resource --resource-arn ARN --tag-keys kpu-autoscaler:pause

Exit codes: 0 done, 1 this machine or AWS got in the way, 2 the input makes no sense.";

pub(super) const SCHEDULE_HELP: &str = "
The parameters of a schedule:
  HighKpu, HighStart, HighEnd, HighDays   the hours of high load: what is allowed (20, 20-32, >=20, <=32), and when
  LowKpu                                  what is allowed while no window is open
  Windows                                 further windows, with semicolons between them: days or a date, times, KPUs or blocked
  TimeZone                                whose clocks show these times, such as Europe/Berlin
  LeadMinutes                             for how long before a window opens its smallest size holds already
  MinKpu, MaxKpu                          the bounds within which all of them lie

Examples:
  kpu schedule --set HighKpu=20 --set LowKpu=10 --set HighStart=5:05 --set HighEnd=18:05 --set TimeZone=America/Los_Angeles
  kpu schedule --set 'Windows=Mon-Fri 8:00-18:00 >=8; Sun 2:00-4:00 blocked; 2026-12-24 0:00-24:00 <=4' --set TimeZone=Europe/Berlin

Exit codes: 0 done, 1 this machine or AWS got in the way, 2 the input makes no sense.";

#[derive(Debug, Args)]
pub(crate) struct ScheduleArguments {
    /// Set a parameter of the template, such as HighKpu=20; may be repeated; kpu simulate --help lists them
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,

    /// From when on, such as 2026-12-24T08:00Z [default: now]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) from: Option<jiff::Timestamp>,

    /// How many moments to list
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

    /// What to pause
    #[arg(long, value_enum, default_value_t = PausedDirection::All)]
    pub(crate) direction: PausedDirection,

    /// After how many whole minutes it ends by itself, such as 120 [default: it lasts until kpu resume]
    #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(u32).range(1..=525_600))]
    pub(crate) minutes: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PausedDirection {
    /// Both directions
    All,
    /// Scaling out, up to a higher minimum as well
    Out,
    /// Scaling in, down to a lower maximum as well
    In,
}

/// A moment in UTC or with its offset.
fn moment(text: &str) -> Result<jiff::Timestamp, String> {
    text.parse().map_err(|_| format!("write it as 2026-12-24T08:00Z, not '{text}'"))
}
