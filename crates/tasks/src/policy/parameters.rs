//! The parameters of the policy and of the alarms: the one definition of their names, defaults and meanings in Rust.

/// A parameter of the template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    /// The parameter's name in the template.
    pub name: &'static str,
    /// The parameter's default, also in the input of an execution that lacks the parameter. An empty default leaves the parameter unset.
    pub default: &'static str,
    /// The parameter's meaning.
    pub meaning: &'static str,
}

/// The parameters that a user sets and that the state machine passes to the tasks.
pub const POLICY_PARAMETERS: &[Parameter] = &[
    parameter("Target", "application", "the resource that scales: application or stream"),
    parameter(
        "MoreScaleOutAlarms",
        "",
        "user alarms for scaling out, one of them suffices, such as 'busyTimeMsPerSecond > 900 for 3 of 5'; in a stack, their names",
    ),
    parameter(
        "MoreScaleInAlarms",
        "",
        "user alarms for scaling in, all of them together, such as 'busyTimeMsPerSecond <= 400'; in a stack, their names",
    ),
    parameter(
        "ScalingOperation",
        "Multiply/Divide",
        "Multiply/Divide, Add/Subtract, Steps, Target or Demand",
    ),
    parameter("ScaleOutFactor", "3", "multiply the KPUs by it, or add this number"),
    parameter("ScaleInFactor", "1.5", "divide the KPUs by it, or subtract this number"),
    parameter(
        "ScaleOutSteps",
        "0:25%, 5:50%, 10:100%",
        "for Steps: pairs of a distance above the threshold and an adjustment",
    ),
    parameter(
        "ScaleInSteps",
        "0:20%, 20:40%",
        "for Steps: pairs of a distance below the threshold and an adjustment",
    ),
    parameter("TargetValue", "60", "for Target: the target value of the metric"),
    parameter("Preset", "balanced", "for Demand: latency, balanced or cost"),
    parameter("LagObjectiveSeconds", "60", "the lag in seconds up to which records are processed in time"),
    parameter("MinKpu", "1", "the smallest number of KPUs"),
    parameter("MaxKpu", "32", "the largest number of KPUs"),
    parameter("MinShards", "1", "for a stream: the smallest number of shards"),
    parameter("MaxShards", "16", "for a stream: the largest number of shards"),
    parameter(
        "HighKpu",
        "",
        "the KPUs in the hours of high load, as 20, or their bounds, as 20-32, >=20 or <=32",
    ),
    parameter("HighStart", "", "the start of these hours in local time, such as 8:05"),
    parameter("HighEnd", "", "the end of these hours; on the next day, if it is not later than the start"),
    parameter("HighDays", "daily", "the days on which they start: daily, or days such as Mon-Fri or Sat,Sun"),
    parameter("LowKpu", "", "the KPUs or their bounds while no window is open"),
    parameter(
        "Windows",
        "",
        "further windows, such as 'Sat 10:00-14:00 >=8; 2026-12-24 0:00-24:00 <=4; Sun 2:00-4:00 blocked'",
    ),
    parameter("TimeZone", "UTC", "the zone of these times, such as Europe/Berlin"),
    parameter("LeadMinutes", "0", "minutes before a window opens from which its minimum is in force"),
    parameter(
        "BacklogWaitMinutes",
        "30",
        "minutes by which a backlog may delay the scale-in to a lower maximum",
    ),
    parameter("Mode", "active", "active; observe, to decide and scale nothing; or off"),
    parameter(
        "ApplicationAutoScaling",
        "off",
        "on: the stack follows capacity requests, and its alarms scale nothing",
    ),
    parameter(
        "MaxParallelism",
        "",
        "the maximum parallelism of the job; default: 256, the quota of an application",
    ),
    parameter(
        "SourcePartitions",
        "",
        "the largest number of subtasks: the partitions of the source, or shards for the shards of its stream",
    ),
    parameter("LargestStepKpu", "", "the largest number of KPUs that one step adds or removes"),
    parameter("GracePeriodSeconds", "300", "the cooldown: seconds without scaling after a change"),
    parameter(
        "ScaleInGracePeriodSeconds",
        "",
        "the cooldown for scaling in, in seconds; default: GracePeriodSeconds",
    ),
    parameter("FailurePauseMinutes", "30", "minutes after a failed update in which its direction is blocked"),
    parameter(
        "IneffectivePauseMinutes",
        "30",
        "minutes after a scale-out without effect in which scale-out is blocked",
    ),
    parameter("MonthlyBudgetDollars", "", "the largest cost of a month, in dollars"),
    parameter("KpuHourDollars", "0.11", "for a budget: the price of a KPU-hour, in dollars"),
    parameter(
        "StateGigabytes",
        "0",
        "the state of the application in GB, which prices the snapshot of each rescale and limits a scale-in",
    ),
    parameter("PollIntervalSeconds", "15", "seconds between two checks of an update that is late"),
    parameter(
        "UpdateTimeoutMinutes",
        "30",
        "minutes after which an update counts as stuck; at least three times the longest of the last three updates",
    ),
    parameter("HeartbeatMinutes", "5", "minutes between two heartbeats"),
];

/// The parameters of the alarms, which the template and the local run read.
pub const ALARM_PARAMETERS: &[Parameter] = &[
    parameter("ScaleMetric", "containerCPUUtilization", "the metric on which to scale"),
    parameter("Statistic", "", "its statistic: Average, Minimum, Maximum or Sum; default: by the metric"),
    parameter("PeriodSeconds", "60", "seconds of one data point, a multiple of 60"),
    parameter("ScaleOutThreshold", "", "scale out above it; default: by the metric"),
    parameter("ScaleOutEvaluationPeriods", "3", "the data points that the scale-out alarm evaluates"),
    parameter("ScaleOutDatapointsToAlarm", "3", "the number of them that must be above the threshold"),
    parameter("ScaleInThreshold", "", "scale in at or below it; default: by the metric"),
    parameter("ScaleInEvaluationPeriods", "20", "the data points that the scale-in alarm evaluates"),
    parameter("ScaleInDatapointsToAlarm", "20", "the number of them that must be at or below the threshold"),
    parameter(
        "ScaleInUtilizationMetric",
        "containerCPUUtilization",
        "for a lag: the utilization on which to scale in",
    ),
    parameter(
        "ScaleInUtilizationThreshold",
        "",
        "for a lag: scale in at or below it; default: by the metric",
    ),
    parameter(
        "ThrottledThreshold",
        "0",
        "for a stream: scale out above this number of rejected records a minute",
    ),
    parameter("DrainedSeconds", "60", "for a stream: scale in only while no record is unread for longer"),
];

/// The values of the policy that the stack computes or names: the resources, the stack alarms, and the limit of the lag.
pub const STACK_VALUES: &[&str] = &[
    "ApplicationName",
    "KinesisStreamName",
    "ScaleOutAlarm",
    "ScaleInAlarm",
    "ScaleInMaxLag",
    "LoadAlarm",
    "BudgetAlarm",
];

/// A row of a table of parameters.
#[must_use]
pub const fn parameter(name: &'static str, default: &'static str, meaning: &'static str) -> Parameter {
    Parameter { name, default, meaning }
}

/// The default of a value of the policy, which is empty for a value of the stack. `None` if the policy has no value of this name.
pub(crate) fn default_text(name: &str) -> Option<&'static str> {
    let found = POLICY_PARAMETERS.iter().find(|parameter| parameter.name == name);
    found.map(|parameter| parameter.default).or_else(|| STACK_VALUES.contains(&name).then_some(""))
}
