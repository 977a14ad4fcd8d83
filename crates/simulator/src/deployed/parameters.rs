//! The parameters of the template that affect a local run, and their values.

use std::collections::BTreeMap;

/// A parameter of the autoscaler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    /// Its name in the template.
    pub name: &'static str,
    /// Its default. An empty default leaves the parameter unset.
    pub default: &'static str,
    /// Its meaning.
    pub meaning: &'static str,
}

/// Every parameter.
pub const PARAMETERS: [Parameter; 53] = [
    parameter("Target", "application", "the resource that scales: application or stream"),
    parameter("ScaleMetric", "containerCPUUtilization", "the metric on which to scale"),
    parameter("Statistic", "Average", "its statistic: Average, Minimum, Maximum or Sum"),
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
    parameter("CatchUpSeconds", "600", "for Demand: the seconds in which the job catches up with a backlog"),
    parameter("MinKpu", "1", "the smallest number of KPUs"),
    parameter("MaxKpu", "32", "the largest number of KPUs"),
    parameter("MinShards", "1", "for a stream: the smallest number of shards"),
    parameter("MaxShards", "16", "for a stream: the largest number of shards"),
    parameter(
        "ThrottledThreshold",
        "0",
        "for a stream: scale out above this number of rejected records a minute",
    ),
    parameter("DrainedSeconds", "60", "for a stream: scale in only while no record is unread for longer"),
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
    parameter("MaxParallelism", "", "the maximum parallelism of the job"),
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
    parameter(
        "ReversalWindowMinutes",
        "0",
        "minutes after a scaling in which the opposite direction is blocked, except for a lag alarm",
    ),
    parameter("FailurePauseMinutes", "30", "minutes after a failed update in which its direction is blocked"),
    parameter(
        "IneffectivePauseMinutes",
        "30",
        "minutes after a scale-out without effect in which scale-out is blocked",
    ),
    parameter("MonthlyBudgetDollars", "", "the largest cost of a month, in dollars"),
    parameter("KpuHourDollars", "0.11", "for a budget: the price of a KPU-hour, in dollars"),
    parameter("PollIntervalSeconds", "15", "seconds between two checks of an update that is late"),
    parameter(
        "UpdateTimeoutMinutes",
        "30",
        "minutes after which an update counts as stuck; at least three times the longest of the last three updates",
    ),
    parameter("HeartbeatMinutes", "5", "minutes between two heartbeats"),
    parameter("ParallelismPerKpu", "1", "the parallelism per KPU of the application, 1 to 8"),
];

const fn parameter(name: &'static str, default: &'static str, meaning: &'static str) -> Parameter {
    Parameter { name, default, meaning }
}

/// The least similarity of an unknown name to a parameter that a message suggests, from 0 to 1 for equal names.
const LEAST_SIMILARITY: f64 = 0.6;

/// Values for all parameters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parameters {
    set: BTreeMap<&'static str, String>,
}

/// Invalid parameters: a sentence that names them and the remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ParameterError(pub(crate) String);

impl Parameters {
    /// Sets a parameter by `Name=value`.
    ///
    /// # Errors
    /// If the text has another form or the parameter does not exist.
    pub fn set(&mut self, assignment: &str) -> Result<(), ParameterError> {
        let Some((name, value)) = assignment.split_once('=') else {
            return refuse(format!("'{assignment}' is not of the form Name=value, such as MaxKpu=32"));
        };
        if let Some(parameter) = PARAMETERS.iter().find(|parameter| parameter.name == name) {
            self.set.insert(parameter.name, value.to_owned());
            return Ok(());
        }
        let similarity =
            |known: &str| strsim::normalized_damerau_levenshtein(&known.to_lowercase(), &name.to_lowercase());
        let names = PARAMETERS.iter().map(|parameter| parameter.name);
        let near = names
            .max_by(|one, other| similarity(one).total_cmp(&similarity(other)))
            .filter(|name| similarity(name) >= LEAST_SIMILARITY);
        let hint = near
            .map_or("`kpu simulate --help` lists them".to_owned(), |near| format!("did you mean {near}?"));
        refuse(format!("there is no parameter '{name}'; {hint}"))
    }

    /// The value of a parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        let default =
            || PARAMETERS.iter().find(|parameter| parameter.name == name).map_or("", |found| found.default);
        self.set.get(name).map_or_else(default, String::as_str)
    }

    /// Every parameter with its value.
    pub fn all(&self) -> impl Iterator<Item = (Parameter, &str)> {
        PARAMETERS.iter().map(|parameter| (*parameter, self.get(parameter.name)))
    }

    /// Parses a parameter that is a whole number within limits.
    pub(crate) fn whole(&self, name: &str, least: usize, most: usize) -> Result<usize, ParameterError> {
        let text = self.get(name);
        match text.parse() {
            Ok(number) if (least..=most).contains(&number) => Ok(number),
            _ => refuse(format!("{name} takes a whole number from {least} to {most}, not '{text}'")),
        }
    }
}

/// Rejects parameters with a message.
pub(crate) fn refuse<T>(message: String) -> Result<T, ParameterError> {
    Err(ParameterError(message))
}
