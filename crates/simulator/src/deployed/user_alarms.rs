//! The user alarms, which a local run takes as conditions.

use crate::Metric;
use crate::deployed::parameters::{ParameterError, refuse};
use crate::model::alarm::{AlarmSettings, MissingData};
use scaling::Direction;
use tasks::Comparison;

/// The alarms of a list such as `busyTimeMsPerSecond > 900 for 3 of 5, millisBehindLatest > 60000`, on the averages of a minute.
///
/// A stack takes the names of existing alarms. A local run has none and takes their conditions instead.
pub(crate) fn alarms(
    parameter: &str,
    list: &str,
    direction: Direction,
) -> Result<Vec<(Direction, AlarmSettings)>, ParameterError> {
    let written = list.split(',').map(str::trim).filter(|text| !text.is_empty());
    let alarm = |(index, text): (usize, &str)| {
        let name = format!("more-{direction}-{}", index + 1);
        let settings = read(text, direction).ok_or_else(|| unreadable(parameter, text, direction))?;
        Ok((direction, AlarmSettings { name, ..settings }))
    };
    let alarms: Vec<_> = written.enumerate().map(alarm).collect::<Result<_, _>>()?;
    if alarms.len() > MOST_USER_ALARMS {
        return refuse(format!("{parameter} has {} alarms; name at most {MOST_USER_ALARMS}", alarms.len()));
    }
    Ok(alarms)
}

fn unreadable(parameter: &str, text: &str, direction: Direction) -> ParameterError {
    let sign = if direction == Direction::Out { ">" } else { "<=" };
    let known: Vec<_> = Metric::ALL.iter().map(|metric| metric.name()).collect();
    ParameterError(format!(
        "{parameter} has '{text}'; write an alarm as 'containerCPUUtilization {sign} 90 for 3 of 5', on one of {}",
        known.join(", ")
    ))
}

/// The largest number of user alarms in a direction, as in the template.
const MOST_USER_ALARMS: usize = 3;

fn read(text: &str, direction: Direction) -> Option<AlarmSettings> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (condition, needed, periods) = match words.as_slice() {
        [metric, sign, threshold] => ([*metric, *sign, *threshold], 1, 1),
        [metric, sign, threshold, "for", needed, "of", periods] => {
            ([*metric, *sign, *threshold], needed.parse().ok()?, periods.parse().ok()?)
        }
        _ => return None,
    };
    let comparison = match (direction, condition[1]) {
        (Direction::Out, ">") => Comparison::GreaterThanThreshold,
        (Direction::In, "<=") => Comparison::LessThanOrEqualToThreshold,
        _ => return None,
    };
    let metric = Metric::named(condition[0])?;
    let is_sensible = 1 <= needed && needed <= periods && periods <= 288;
    is_sensible.then_some(AlarmSettings {
        name: String::new(),
        metric,
        statistic: *metric.statistics().first()?,
        period_minutes: 1,
        comparison,
        threshold: condition[2].parse().ok().filter(|threshold: &f64| threshold.is_finite())?,
        evaluation_periods: periods,
        datapoints_to_alarm: needed,
        missing_data: MissingData::NotBreaching,
    })
}
