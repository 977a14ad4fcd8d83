//! The thresholds of the alarms: the parameters, or the defaults of the metric.

use crate::Metric;
use crate::deployed::parameters::{ParameterError, Parameters, refuse};
use scaling::Direction;
use tasks::{HEALTHY_COMMITTED_LAG_SECONDS, MetricKind};

/// The threshold of an alarm on `metric`: the parameter `name`, or the default.
pub(crate) fn threshold(
    parameters: &Parameters,
    name: &str,
    metric: Metric,
    direction: Direction,
) -> Result<f64, ParameterError> {
    let is_by_demand = is_by_demand(parameters);
    let is_like_out = is_by_demand && name == "ScaleInThreshold" && !metric.kind().is_lag();
    let (name, direction) = if is_like_out && parameters.get(name).is_empty() {
        ("ScaleOutThreshold", Direction::Out)
    } else {
        (name, direction)
    };
    let text = parameters.get(name);
    if text.is_empty() {
        let defaults = if is_by_demand { demand_thresholds } else { default_thresholds };
        let default =
            defaults(metric).map(|(out, r#in)| if direction == Direction::Out { out } else { r#in });
        return match default {
            Some(threshold) => Ok(threshold),
            None => refuse(format!(
                "{name} is empty, and {} has no default, because no value fits every load; set it",
                metric.name()
            )),
        };
    }
    match text.parse::<f64>() {
        Ok(threshold) if threshold.is_finite() => Ok(threshold),
        _ => refuse(format!("{name} is '{text}'; set it to a number")),
    }
}

/// The default thresholds of a metric for scaling out and in. `docs/decisions/` explains the choice.
#[must_use]
pub fn default_thresholds(metric: Metric) -> Option<(f64, f64)> {
    match metric.kind() {
        MetricKind::Utilization { share } if metric == Metric::WriteUtilization => {
            Some((0.75 / share, 0.3 / share))
        }
        MetricKind::Utilization { share } => Some((0.85 / share, 0.4 / share)),
        MetricKind::LagInTime { seconds } if metric.is_of_committed_offsets() => {
            let healthy = HEALTHY_COMMITTED_LAG_SECONDS;
            Some(((30.0 + healthy) / seconds, healthy / seconds))
        }
        MetricKind::LagInTime { seconds } => Some((30.0 / seconds, 1.0 / seconds)),
        _ => None,
    }
}

/// The default thresholds of a metric for `Demand`, whose alarms only start an execution. Beside a lag, the utilization has the second one. A
/// utilization that is the only metric has its first one for both directions: one of its two alarms always starts an execution.
#[must_use]
pub fn demand_thresholds(metric: Metric) -> Option<(f64, f64)> {
    match metric.kind() {
        MetricKind::Utilization { share } if metric != Metric::WriteUtilization => {
            Some((0.85 / share, 0.6 / share))
        }
        // 15 seconds above the interval of the checkpoints. A healthy job may breach it, which costs an execution.
        MetricKind::LagInTime { seconds } if metric.is_of_committed_offsets() => Some((75.0 / seconds, 0.0)),
        MetricKind::LagInTime { seconds } => Some((15.0 / seconds, 0.0)),
        _ => None,
    }
}

/// Whether `ScalingOperation` is `Demand`.
pub(crate) fn is_by_demand(parameters: &Parameters) -> bool {
    parameters.get("ScalingOperation") == "Demand"
}
