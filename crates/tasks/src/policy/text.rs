//! The policy as the template states it.

use serde::{Deserialize, Serialize};

/// The policy as it stands in the state machine: every value is the text of the template parameter of that name.
/// It is stated once, in the input of `Check`, and goes from there with the execution, so that a run is decided
/// by one policy even if the stack is updated meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PolicyText {
    /// What is scaled: `application` or `stream`; an application, if it is empty.
    #[serde(default)]
    pub target: String,
    /// Whether the policies of Application Auto Scaling decide: `on` or `off`; nothing, before there were wishes.
    #[serde(default)]
    pub application_auto_scaling: String,
    /// The name of the application. Of a stream that is scaled, the one that reads it, or nothing.
    pub application_name: String,
    /// The name of the Kinesis data stream that is scaled, or that the application reads, or nothing.
    #[serde(default)]
    pub kinesis_stream_name: String,
    /// The name of the alarm that asks for more.
    pub scale_out_alarm: String,
    /// The name of the alarm that asks for less.
    pub scale_in_alarm: String,
    /// The names of further alarms of which any may ask for more, with commas between them.
    #[serde(default)]
    pub more_scale_out_alarms: String,
    /// The names of further alarms that must all ask for less as well.
    #[serde(default)]
    pub more_scale_in_alarms: String,
    /// For `Demand`: the name of an alarm that watches the load, whatever it makes of it.
    #[serde(default)]
    pub load_alarm: String,
    /// The largest value of what the scale-out alarm watches at which scaling in is allowed, or nothing.
    #[serde(default)]
    pub scale_in_max_lag: String,
    /// The smallest size, in KPUs.
    pub min_kpu: String,
    /// The largest size, in KPUs.
    pub max_kpu: String,
    /// The smallest number of shards, if a stream is scaled.
    #[serde(default)]
    pub min_shards: String,
    /// The largest number of shards, if a stream is scaled.
    #[serde(default)]
    pub max_shards: String,
    /// What is allowed during the hours of high load, or nothing. This and the next ones: [`schedule::ScheduleText`].
    #[serde(default)]
    pub high_kpu: String,
    /// What is allowed while no window is open, or nothing.
    #[serde(default)]
    pub low_kpu: String,
    /// When the hours of high load begin.
    #[serde(default)]
    pub high_start: String,
    /// When they end.
    #[serde(default)]
    pub high_end: String,
    /// On which days they begin.
    #[serde(default)]
    pub high_days: String,
    /// Further windows.
    #[serde(default)]
    pub windows: String,
    /// The zone whose clocks show these times; UTC if it is empty.
    #[serde(default)]
    pub time_zone: String,
    /// How many minutes before a window opens its smallest size holds already.
    #[serde(default)]
    pub lead_minutes: String,
    /// For how many minutes an application that has become too large works off a backlog first.
    #[serde(default)]
    pub backlog_wait_minutes: String,
    /// The job's maximum parallelism, or nothing.
    pub max_parallelism: String,
    /// The partitions or shards of its source, `shards` for those that the Kinesis stream has at the time, or nothing.
    #[serde(default)]
    pub source_partitions: String,
    /// `active`, `observe` or `off`; active, if it is empty.
    #[serde(default)]
    pub mode: String,
    /// `Multiply/Divide`, `Add/Subtract`, `Steps`, `Target` or `Demand`.
    pub scaling_operation: String,
    /// The factor, or the number of KPUs to add.
    pub scale_out_factor: String,
    /// The divisor, or the number of KPUs to subtract.
    pub scale_in_factor: String,
    /// For `Steps`: the steps out, by the size of the breach.
    #[serde(default)]
    pub scale_out_steps: String,
    /// For `Steps`: the steps in.
    #[serde(default)]
    pub scale_in_steps: String,
    /// For `Target`: the value to which the metric is brought.
    #[serde(default)]
    pub target_value: String,
    /// For `Demand`: `latency`, `balanced` or `cost`.
    #[serde(default)]
    pub preset: String,
    /// For `Demand`: in what time a backlog is to be worked off, in seconds.
    #[serde(default)]
    pub catch_up_seconds: String,
    /// The most KPUs that one step may add or remove, or nothing.
    #[serde(default)]
    pub largest_step_kpu: String,
    /// How long nothing is scaled after a change, in seconds.
    pub grace_period_seconds: String,
    /// How long nothing is scaled in after a change, in seconds; as long as nothing is scaled at all, if it is empty.
    #[serde(default)]
    pub scale_in_grace_period_seconds: String,
    /// How long it is not scaled the other way after a scaling, in minutes; nothing is none.
    #[serde(default)]
    pub reversal_window_minutes: String,
    /// After how many minutes a direction in which an update has failed is tried again.
    pub failure_pause_minutes: String,
    /// How long it is not scaled out after a step out that has brought nothing, in minutes.
    #[serde(default)]
    pub ineffective_pause_minutes: String,
    /// What a month may cost, in dollars, or nothing.
    #[serde(default)]
    pub monthly_budget_dollars: String,
    /// The price of a KPU-hour, in dollars.
    #[serde(default)]
    pub kpu_hour_dollars: String,
    /// The name of an alarm that watches what a month costs at the size of each period, if there is a budget.
    #[serde(default)]
    pub budget_alarm: String,
    /// How many minutes there are between two looks that no alarm has asked for.
    #[serde(default)]
    pub heartbeat_minutes: String,
    /// How long to wait between two looks at an update that takes longer than usual, in seconds.
    pub poll_interval_seconds: String,
    /// After how many minutes an update counts as stuck, or three times the longest of the last three.
    pub update_timeout_minutes: String,
}

impl PolicyText {
    /// The names of the alarms that were added.
    pub fn more_alarms(&self) -> impl Iterator<Item = String> {
        let out = further(&self.more_scale_out_alarms, &self.scale_out_alarm);
        out.into_iter().chain(further(&self.more_scale_in_alarms, &self.scale_in_alarm))
    }
}

/// The names in a list, but for that which is known already.
pub(crate) fn further(list: &str, known: &str) -> Vec<String> {
    let names = list.split(',').map(str::trim).filter(|name| !name.is_empty() && *name != known);
    names.map(str::to_owned).collect()
}
