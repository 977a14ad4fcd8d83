//! The thresholds of the alarms: those that are set, or the defaults of their metric.

use crate::Metric;
use crate::deployed::parameters::{ParameterError, Parameters, refuse};
use scaling::Direction;

/// The threshold of an alarm on `metric`: the parameter of this name, or the default.
pub(crate) fn threshold(
    parameters: &Parameters,
    name: &str,
    metric: Metric,
    direction: Direction,
) -> Result<f64, ParameterError> {
    let text = parameters.get(name);
    if text.is_empty() {
        let defaults = if is_by_demand(parameters) { demand_thresholds } else { default_thresholds };
        let default =
            defaults(metric).map(|(out, r#in)| if direction == Direction::Out { out } else { r#in });
        return match default {
            Some(threshold) => Ok(threshold),
            None => refuse(format!(
                "{name} is empty, and {} has no default that fits any load; set it",
                metric.name()
            )),
        };
    }
    match text.parse::<f64>() {
        Ok(threshold) if threshold.is_finite() => Ok(threshold),
        _ => refuse(format!("{name} takes a number, not '{text}'")),
    }
}

/// The thresholds out and in that a metric has if none are set. How they were chosen: `docs/decisions/`.
#[must_use]
pub fn default_thresholds(metric: Metric) -> Option<(f64, f64)> {
    match metric {
        Metric::ContainerCpuUtilization => Some((85.0, 40.0)),
        Metric::BusyTimeMsPerSecond => Some((850.0, 400.0)),
        Metric::MillisBehindLatest => Some((30_000.0, 1_000.0)),
        Metric::EstimatedMaxTimeLag => Some((30.0, 1.0)),
        Metric::WriteUtilization => Some((75.0, 30.0)),
        Metric::MaxOffsetLag
        | Metric::SumOffsetLag
        | Metric::IncomingRecords
        | Metric::WriteProvisionedThroughputExceeded
        | Metric::IteratorAge
        | Metric::Kpus => None,
    }
}

/// The same for sizing by demand, of which the alarms are only the wake-up calls.
#[must_use]
pub fn demand_thresholds(metric: Metric) -> Option<(f64, f64)> {
    match metric {
        Metric::MillisBehindLatest => Some((15_000.0, 0.0)),
        Metric::EstimatedMaxTimeLag => Some((15.0, 0.0)),
        Metric::ContainerCpuUtilization => Some((0.0, 60.0)),
        Metric::BusyTimeMsPerSecond => Some((0.0, 600.0)),
        _ => None,
    }
}

/// Whether the size follows the demand.
pub(crate) fn is_by_demand(parameters: &Parameters) -> bool {
    parameters.get("ScalingOperation") == "Demand"
}
