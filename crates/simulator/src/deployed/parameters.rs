//! The parameters of the template, as far as they matter to a local run, and their values.

use std::collections::BTreeMap;

/// A parameter: what people set to configure the autoscaler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    /// Its name in the template.
    pub name: &'static str,
    /// Its value unless it is set. Empty means that it is left open.
    pub default: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

/// Every parameter.
pub const PARAMETERS: [Parameter; 53] = [
    parameter("Target", "application", "what is scaled: application or stream"),
    parameter("ScaleMetric", "containerCPUUtilization", "the metric on which to scale"),
    parameter("Statistic", "Average", "its statistic: Average, Minimum, Maximum or Sum"),
    parameter("PeriodSeconds", "60", "seconds of one data point, a multiple of 60"),
    parameter("ScaleOutThreshold", "", "scale out above it; the metric's own default unless set"),
    parameter("ScaleOutEvaluationPeriods", "3", "how many data points the alarm to scale out looks at"),
    parameter("ScaleOutDatapointsToAlarm", "3", "how many of them must be above the threshold"),
    parameter("ScaleInThreshold", "", "scale in at or below it; the metric's own default unless set"),
    parameter("ScaleInEvaluationPeriods", "20", "how many data points the alarm to scale in looks at"),
    parameter("ScaleInDatapointsToAlarm", "20", "how many of them must be at or below the threshold"),
    parameter(
        "ScaleInUtilizationMetric",
        "containerCPUUtilization",
        "for a lag: the utilisation on which to scale in",
    ),
    parameter(
        "ScaleInUtilizationThreshold",
        "",
        "for a lag: scale in at or below it; the metric's own default unless set",
    ),
    parameter(
        "MoreScaleOutAlarms",
        "",
        "further alarms of which any scales out, such as 'busyTimeMsPerSecond > 900 for 3 of 5'; in a stack, their names",
    ),
    parameter(
        "MoreScaleInAlarms",
        "",
        "further alarms that must all ring to scale in, such as 'busyTimeMsPerSecond <= 400'; in a stack, their names",
    ),
    parameter(
        "ScalingOperation",
        "Multiply/Divide",
        "Multiply/Divide, Add/Subtract, Steps, Target or Demand",
    ),
    parameter("ScaleOutFactor", "3", "multiply the KPUs by it, or add so many"),
    parameter("ScaleInFactor", "1.5", "divide the KPUs by it, or subtract so many"),
    parameter(
        "ScaleOutSteps",
        "0:25%, 5:50%, 10:100%",
        "for Steps: from how far above the threshold on, and how much",
    ),
    parameter(
        "ScaleInSteps",
        "0:20%, 20:40%",
        "for Steps: from how far below the threshold on, and how much",
    ),
    parameter("TargetValue", "60", "for Target: the value to which the metric is brought"),
    parameter("Preset", "balanced", "for Demand: latency, balanced or cost"),
    parameter("CatchUpSeconds", "600", "for Demand: in what time a backlog is to be worked off"),
    parameter("MinKpu", "1", "the smallest number of KPUs"),
    parameter("MaxKpu", "32", "the largest number of KPUs"),
    parameter("MinShards", "1", "for a stream: the smallest number of shards"),
    parameter("MaxShards", "16", "for a stream: the largest number of shards"),
    parameter(
        "ThrottledThreshold",
        "0",
        "for a stream: scale out if more records than that are refused in a minute",
    ),
    parameter(
        "DrainedSeconds",
        "60",
        "for a stream: scale in only while no record waits for longer than that to be read",
    ),
    parameter(
        "HighKpu",
        "",
        "during the hours of high load: the KPUs, as 20, or what is allowed, as 20-32, >=20 or <=32",
    ),
    parameter("HighStart", "", "when these hours begin, in local time, such as 8:05"),
    parameter("HighEnd", "", "when they end; of the next day, if that is not later"),
    parameter("HighDays", "daily", "on which days they begin: daily, or such as Mon-Fri or Sat,Sun"),
    parameter("LowKpu", "", "the KPUs, or what is allowed, while no window is open"),
    parameter(
        "Windows",
        "",
        "further windows, such as 'Sat 10:00-14:00 >=8; 2026-12-24 0:00-24:00 <=4; Sun 2:00-4:00 blocked'",
    ),
    parameter("TimeZone", "UTC", "the zone of these times, such as Europe/Berlin"),
    parameter("LeadMinutes", "0", "minutes before a window opens in which its smallest size holds already"),
    parameter(
        "BacklogWaitMinutes",
        "30",
        "minutes that an application which has become too large is given to work off a backlog",
    ),
    parameter("Mode", "active", "active; observe, to decide and scale nothing; or off"),
    parameter(
        "ApplicationAutoScaling",
        "off",
        "on, if its policies decide: then the alarms call for nothing, and wishes are followed",
    ),
    parameter("MaxParallelism", "", "the job's maximum parallelism, if it is known"),
    parameter(
        "SourcePartitions",
        "",
        "the partitions of the source, or shards for those of its stream, if the job should not have more subtasks",
    ),
    parameter("LargestStepKpu", "", "the most KPUs that one step may add or remove"),
    parameter("GracePeriodSeconds", "300", "seconds after a change in which nothing is scaled"),
    parameter(
        "ScaleInGracePeriodSeconds",
        "",
        "seconds after a change in which nothing is scaled in; the grace period unless set",
    ),
    parameter(
        "ReversalWindowMinutes",
        "0",
        "minutes after a scaling in which it is not scaled the other way, unless a lag rings",
    ),
    parameter(
        "FailurePauseMinutes",
        "30",
        "minutes after a failed update until its direction is tried again",
    ),
    parameter(
        "IneffectivePauseMinutes",
        "30",
        "minutes after a step out that has brought nothing until another one is tried",
    ),
    parameter("MonthlyBudgetDollars", "", "what a month may cost, in dollars"),
    parameter("KpuHourDollars", "0.11", "for a budget: the price of a KPU-hour, in dollars"),
    parameter("PollIntervalSeconds", "15", "seconds between two looks at an update that is late"),
    parameter(
        "UpdateTimeoutMinutes",
        "30",
        "minutes after which an update counts as stuck, or three times the longest of the last three",
    ),
    parameter("HeartbeatMinutes", "5", "minutes between two looks that no alarm has asked for"),
    parameter("ParallelismPerKpu", "1", "the application's own parallelism per KPU, 1 to 8"),
];

const fn parameter(name: &'static str, default: &'static str, meaning: &'static str) -> Parameter {
    Parameter { name, default, meaning }
}

/// How much a name must be like one that exists to be meant for it: from 0 for nothing in common to 1 for the same.
const NEAR: f64 = 0.6;

/// Values for all parameters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parameters {
    set: BTreeMap<&'static str, String>,
}

/// Why parameters make no sense: a sentence that names them and the remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ParameterError(pub(crate) String);

impl Parameters {
    /// Sets a parameter from `Name=value`.
    ///
    /// # Errors
    /// If it has another form or there is no such parameter.
    pub fn set(&mut self, assignment: &str) -> Result<(), ParameterError> {
        let Some((name, value)) = assignment.split_once('=') else {
            return refuse(format!("'{assignment}' is not of the form Name=value, such as MaxKpu=32"));
        };
        if let Some(parameter) = PARAMETERS.iter().find(|parameter| parameter.name == name) {
            self.set.insert(parameter.name, value.to_owned());
            return Ok(());
        }
        let likeness =
            |known: &str| strsim::normalized_damerau_levenshtein(&known.to_lowercase(), &name.to_lowercase());
        let names = PARAMETERS.iter().map(|parameter| parameter.name);
        let near = names
            .max_by(|one, other| likeness(one).total_cmp(&likeness(other)))
            .filter(|name| likeness(name) >= NEAR);
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

    /// A parameter that is a whole number within these limits.
    pub(crate) fn whole(&self, name: &str, least: usize, most: usize) -> Result<usize, ParameterError> {
        let text = self.get(name);
        match text.parse() {
            Ok(number) if (least..=most).contains(&number) => Ok(number),
            _ => refuse(format!("{name} takes a whole number from {least} to {most}, not '{text}'")),
        }
    }
}

/// Refuses parameters with a sentence.
pub(crate) fn refuse<T>(message: String) -> Result<T, ParameterError> {
    Err(ParameterError(message))
}
