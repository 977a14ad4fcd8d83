//! The stack alarms on `ScaleMetric`, as the template creates them.

use crate::deployed::parameters::{ParameterError, Parameters, refuse};
use crate::deployed::thresholds::threshold;
use crate::model::alarm::{AlarmSettings, MissingData};
use crate::{Metric, Statistic};
use scaling::Direction;
use tasks::{Comparison, MetricKind};

/// The alarm for a direction.
pub(crate) fn alarm(parameters: &Parameters, direction: Direction) -> Result<AlarmSettings, ParameterError> {
    let (prefix, name, comparison) = match direction {
        Direction::Out => ("ScaleOut", "scale-out", Comparison::GreaterThanThreshold),
        Direction::In => ("ScaleIn", "scale-in", Comparison::LessThanOrEqualToThreshold),
    };
    let scale_metric = metric(parameters, "ScaleMetric")?;
    // A lag is near zero at every sufficient size, so that only a utilization shows idle KPUs.
    let (metric, threshold_name) = match direction {
        Direction::In if scale_metric.kind().is_lag() => {
            (utilization(parameters)?, "ScaleInUtilizationThreshold".to_owned())
        }
        _ => (scale_metric, format!("{prefix}Threshold")),
    };
    let statistic = match parameters.get("Statistic") {
        "" => metric.default_statistic(),
        name => match Statistic::ALL.into_iter().find(|known| known.name() == name) {
            Some(statistic) => statistic,
            None => {
                return refuse(format!("Statistic is '{name}'; set it to Average, Minimum, Maximum or Sum"));
            }
        },
    };
    if !metric.statistics().contains(&statistic) {
        let sensible: Vec<_> = metric.statistics().iter().map(|statistic| statistic.name()).collect();
        return refuse(format!(
            "Statistic is {}, which has no meaning for {}; set it to {}",
            statistic.name(),
            metric.name(),
            sensible.join(" or ")
        ));
    }
    let period = parameters.whole("PeriodSeconds", 60, 3_600)?;
    if period % 60 != 0 {
        return refuse(format!(
            "PeriodSeconds is {period}; set it to a multiple of 60, because the metrics have one data point a minute"
        ));
    }
    let periods = format!("{prefix}EvaluationPeriods");
    let needed = format!("{prefix}DatapointsToAlarm");
    let evaluation_periods = parameters.whole(&periods, 1, 288)?;
    let datapoints_to_alarm = parameters.whole(&needed, 1, 288)?;
    if datapoints_to_alarm > evaluation_periods {
        return refuse(format!(
            "{needed} is {datapoints_to_alarm} and {periods} is {evaluation_periods}; set {needed} to at most {periods}"
        ));
    }
    // Source: CloudWatch API reference, PutMetricAlarm, EvaluationPeriods.
    let (longest, name_of_longest) = if period < 3_600 { (86_400, "a day") } else { (7 * 86_400, "a week") };
    if evaluation_periods * period > longest {
        return refuse(format!(
            "{periods} is {evaluation_periods} and PeriodSeconds is {period}, which is more than {name_of_longest} and not valid in CloudWatch; lower one of them"
        ));
    }
    Ok(AlarmSettings {
        name: name.to_owned(),
        metric,
        statistic,
        period_minutes: period / 60,
        comparison,
        threshold: threshold(parameters, &threshold_name, metric, direction)?,
        evaluation_periods,
        datapoints_to_alarm,
        // A restart leaves a gap in the metric, and a gap is no reason to scale.
        missing_data: match (metric, direction) {
            // A stream without writers may publish no data.
            (Metric::WriteUtilization | Metric::IncomingRecords, Direction::In) => MissingData::Breaching,
            _ => MissingData::NotBreaching,
        },
    })
}

/// The two additional alarms of a stream: rejected writes scale out, and unread records prevent scale-in.
pub(crate) fn stream_alarms(
    parameters: &Parameters,
) -> Result<[(Direction, AlarmSettings); 2], ParameterError> {
    let refused = AlarmSettings {
        name: "throttled".to_owned(),
        metric: Metric::WriteProvisionedThroughputExceeded,
        statistic: Statistic::Sum,
        period_minutes: 1,
        comparison: Comparison::GreaterThanThreshold,
        threshold: number(parameters, "ThrottledThreshold")?,
        evaluation_periods: 3,
        datapoints_to_alarm: 2,
        missing_data: MissingData::NotBreaching,
    };
    let drained = AlarmSettings {
        name: "drained".to_owned(),
        metric: Metric::IteratorAge,
        statistic: Statistic::Maximum,
        comparison: Comparison::LessThanOrEqualToThreshold,
        threshold: number(parameters, "DrainedSeconds")? * 1_000.0,
        evaluation_periods: 5,
        datapoints_to_alarm: 5,
        ..refused.clone()
    };
    Ok([(Direction::Out, refused), (Direction::In, drained)])
}

/// Parses a parameter that is a number of at least 0.
fn number(parameters: &Parameters, name: &str) -> Result<f64, ParameterError> {
    let text = parameters.get(name);
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() && number >= 0.0 => Ok(number),
        _ => refuse(format!("{name} is '{text}'; set it to a number of at least 0")),
    }
}

/// The utilization on which the stack scales in if `ScaleMetric` is a lag.
fn utilization(parameters: &Parameters) -> Result<Metric, ParameterError> {
    let metric = metric(parameters, "ScaleInUtilizationMetric")?;
    if matches!(metric.kind(), MetricKind::Utilization { .. }) {
        return Ok(metric);
    }
    refuse(format!(
        "ScaleInUtilizationMetric is {}, which is no utilization; set it to containerCPUUtilization or busyTimeMsPerSecond",
        metric.name()
    ))
}

/// The metric that a parameter names.
pub(crate) fn metric(parameters: &Parameters, parameter: &str) -> Result<Metric, ParameterError> {
    let name = parameters.get(parameter);
    Metric::named(name).ok_or_else(|| {
        let known: Vec<_> = Metric::ALL.iter().map(|metric| metric.name()).collect();
        ParameterError(format!(
            "{parameter} is '{name}', which the local run cannot simulate; set it to one of {}",
            known.join(", ")
        ))
    })
}
