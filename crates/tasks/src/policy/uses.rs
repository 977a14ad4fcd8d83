//! Parameters that act only with some values of another parameter.

use super::parameters::{ALARM_PARAMETERS, POLICY_PARAMETERS};
use crate::metrics::scale_metric;
use std::fmt;

/// Parameters, and the values of another parameter with which they act.
#[derive(Debug)]
pub struct Use {
    /// The parameters that may be without effect.
    pub parameters: &'static [&'static str],
    /// The parameter that decides.
    pub by: &'static str,
    /// Its values with which the parameters act.
    values: Values,
}

/// Some of the values of a parameter.
#[derive(Debug)]
enum Values {
    /// These values.
    Only(&'static [&'static str]),
    /// All values except this one.
    AllBut(&'static str),
}

use Values::{AllBut, Only};

const OPERATION: &str = "ScalingOperation";
const METRIC: &str = "ScaleMetric";
const TARGET: &str = "Target";

/// The parameters that may be without effect. A parameter that acts by two others, such as `IneffectivePauseMinutes` or `TimeZone`, is left out.
pub const USES: [Use; 13] = [
    of(&["ScaleOutFactor", "ScaleInFactor"], OPERATION, Only(&["Multiply/Divide", "Add/Subtract"])),
    of(&["ScaleOutSteps", "ScaleInSteps"], OPERATION, Only(&["Steps"])),
    of(&["TargetValue"], OPERATION, Only(&["Target"])),
    of(&["Preset"], OPERATION, Only(&["Demand"])),
    // Demand computes the lag at which it scales in.
    of(&["ScaleInThreshold"], OPERATION, AllBut("Demand")),
    of(&["MinShards", "MaxShards", "ThrottledThreshold", "DrainedSeconds"], TARGET, Only(&["stream"])),
    of(&["MinKpu", "MaxKpu", "MaxParallelism", "SourcePartitions"], TARGET, Only(&["application"])),
    // Only a lag and back pressure have a scale-in alarm on another metric.
    of(
        &["ScaleInUtilizationMetric", "ScaleInUtilizationThreshold"],
        METRIC,
        Only(&[
            "backPressuredTimeMsPerSecond",
            "millisBehindLatest",
            "MaxOffsetLag",
            "SumOffsetLag",
            "EstimatedMaxTimeLag",
            "records-lag-max",
            "GetRecords.IteratorAgeMilliseconds",
            "SubscribeToShardEvent.MillisBehindLatest",
        ]),
    ),
    of(&["CustomMetricName"], METRIC, Only(&["Custom"])),
    of(
        &["MskClusterName", "KafkaTopic", "ConsumerGroup"],
        METRIC,
        Only(&["MaxOffsetLag", "SumOffsetLag", "EstimatedMaxTimeLag"]),
    ),
    // Without an alarm on `ScaleMetric`, nothing has these settings.
    of(
        &[
            "ScaleOutThreshold",
            "ScaleOutEvaluationPeriods",
            "ScaleOutDatapointsToAlarm",
            "ScaleInThreshold",
            "ScaleInEvaluationPeriods",
            "ScaleInDatapointsToAlarm",
        ],
        METRIC,
        AllBut("UserAlarms"),
    ),
    of(&["Statistic", "PeriodSeconds"], METRIC, AllBut("UserAlarms")),
    of(&["KpuHourDollars"], "MonthlyBudgetDollars", AllBut("")),
];

const fn of(parameters: &'static [&'static str], by: &'static str, values: Values) -> Use {
    Use { parameters, by, values }
}

impl Use {
    /// Whether the parameters act while the other parameter has this value.
    #[must_use]
    pub fn acts_with(&self, value: &str) -> bool {
        match self.values {
            // The local run writes a metric as CloudWatch does.
            Only(values) => values.contains(&value) || values.contains(&scale_metric(value).as_str()),
            AllBut(other) => value != other,
        }
    }
}

/// A parameter that is not at its default and does not act.
#[derive(Debug)]
pub struct Unused<'a> {
    name: &'a str,
    value: &'a str,
    row: &'static Use,
    decides: &'a str,
}

/// Returns the parameters among `given`, pairs of a name and a value, that are not at their defaults and do not act. `value_of` returns the
/// value of any parameter, or `None` for its default.
pub fn unused<'a>(
    given: impl IntoIterator<Item = (&'a str, &'a str)>,
    value_of: impl Fn(&'static str) -> Option<&'a str>,
) -> impl Iterator<Item = Unused<'a>> {
    given.into_iter().filter(|(name, value)| *value != default(name)).filter_map(move |(name, value)| {
        let rows = USES.iter().filter(|row| row.parameters.contains(&name));
        let unused = rows
            .map(|row| (row, value_of(row.by).unwrap_or_else(|| default(row.by))))
            .find(|(row, decides)| !row.acts_with(decides));
        unused.map(|(row, decides)| Unused { name, value, row, decides })
    })
}

/// The default of a parameter in the template. A name of a source has none.
fn default(name: &str) -> &'static str {
    let mut all = POLICY_PARAMETERS.iter().chain(ALARM_PARAMETERS);
    all.find(|parameter| parameter.name == name).map_or("", |parameter| parameter.default)
}

impl Unused<'_> {
    /// The parameter, its value and the reason why it does not act.
    #[must_use]
    pub fn cause(&self) -> String {
        let Self { name, value, row, decides } = self;
        match *decides {
            "" => format!("{name} is {value}, and does not act while {} is empty", row.by),
            decides => format!("{name} is {value}, and does not act with {}={decides}", row.by),
        }
    }

    /// The remedy.
    #[must_use]
    pub fn remedy(&self) -> String {
        let default = match default(self.name) {
            "" => "empty".to_owned(),
            default => format!("at its default, {default}"),
        };
        let by = self.row.by;
        match self.row.values {
            Only(values) => format!("leave it {default}, or set {by} to {}", values.join(" or ")),
            AllBut("") => format!("leave it {default}, or set {by}"),
            AllBut(_) => format!("leave it {default}, or set another {by}"),
        }
    }
}

impl fmt::Display for Unused<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}; {}", self.cause(), self.remedy())
    }
}
