//! A CloudWatch alarm, evaluated by the documented rules.

use crate::model::application::ManagedApplication;
use crate::model::time::START;
use crate::{Metric, Statistic};
use jiff::Timestamp;
use tasks::{AlarmState, Comparison, UnusableKind};

/// How an alarm treats data points that are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MissingData {
    /// Without any data the state becomes `INSUFFICIENT_DATA`.
    Missing,
    /// Without any data the state does not change.
    Ignore,
    /// A missing point counts as breaching.
    Breaching,
    /// A missing point counts as not breaching.
    NotBreaching,
}

/// The settings of an alarm.
#[derive(Debug, Clone, PartialEq)]
pub struct AlarmSettings {
    /// Its name.
    pub name: String,
    /// The metric that it watches.
    pub metric: Metric,
    /// The statistic of the metric.
    pub statistic: Statistic,
    /// The length of a data point, in minutes.
    pub period_minutes: usize,
    /// The comparison of a data point with the threshold.
    pub comparison: Comparison,
    /// The threshold, in the unit of the metric.
    pub threshold: f64,
    /// The number of data points that it evaluates.
    pub evaluation_periods: usize,
    /// The number of breaching data points that puts it in ALARM.
    pub datapoints_to_alarm: usize,
    /// The treatment of missing data points.
    pub missing_data: MissingData,
}

/// An alarm and its state.
#[derive(Debug, Clone)]
pub(crate) struct Alarm {
    pub(crate) settings: AlarmSettings,
    pub(crate) state: AlarmState,
    pub(crate) state_updated: Timestamp,
    /// The reason why the tasks cannot use the alarm, and the time until which it applies.
    pub(crate) unusable: Option<(UnusableKind, Timestamp)>,
}

/// The number of data points that CloudWatch fetches beyond the evaluation periods. CloudWatch does not publish it. The example in the user
/// guide fetches five for three periods.
pub(crate) const EXTRA_PERIODS: usize = 2;

/// Returns the next state of an alarm from its fetched data points, oldest first. A point is `None` if it is missing, and otherwise says
/// whether it breaches. The alarm needs `needed` breaching points of the last `periods`.
///
/// Source: CloudWatch user guide, "Configuring how CloudWatch alarms treat missing data". The rules reproduce both tables of that page. It does
/// not describe the last case, in which only older breaching points remain.
#[must_use]
pub fn next_state(
    fetched: &[Option<bool>],
    periods: usize,
    needed: usize,
    missing_data: MissingData,
    current: AlarmState,
) -> AlarmState {
    let alarm_if = |condition| if condition { AlarmState::Alarm } else { AlarmState::Ok };
    let (mut real, mut breaching) = (0, 0);
    for breaches in fetched.iter().rev().flatten() {
        breaching += usize::from(real < periods && *breaches);
        real += 1;
    }
    if real >= periods {
        return alarm_if(breaching >= needed);
    }
    match missing_data {
        MissingData::Breaching => return alarm_if(breaching + (periods - real) >= needed),
        MissingData::NotBreaching => return alarm_if(breaching >= needed),
        MissingData::Missing if real == 0 => return AlarmState::InsufficientData,
        MissingData::Ignore if real == 0 => return current,
        MissingData::Missing | MissingData::Ignore => {}
    }
    if breaching >= needed {
        return AlarmState::Alarm;
    }
    if breaching < real {
        return AlarmState::Ok;
    }
    let age_of_oldest =
        fetched.iter().position(|point| *point == Some(true)).map_or(0, |index| fetched.len() - index);
    if missing_data == MissingData::Missing && age_of_oldest >= needed { AlarmState::Alarm } else { current }
}

impl Alarm {
    pub(crate) fn new(settings: AlarmSettings) -> Self {
        Self { settings, state: AlarmState::InsufficientData, state_updated: START, unusable: None }
    }

    /// Returns the reason why the tasks cannot use the alarm now.
    pub(crate) fn unusable_at(&self, now: Timestamp) -> Option<UnusableKind> {
        self.unusable.filter(|(_, until)| now < *until).map(|(kind, _)| kind)
    }

    /// Evaluates the alarm, as CloudWatch does every minute on a sliding window. Returns the new state if it differs.
    pub(crate) fn evaluate(&mut self, application: &ManagedApplication) -> Option<AlarmState> {
        let newest = application.newest_minute()?;
        let AlarmSettings {
            metric,
            statistic,
            comparison,
            threshold,
            evaluation_periods,
            datapoints_to_alarm,
            missing_data,
            ..
        } = self.settings;
        let length = self.settings.period_minutes;
        let point = |age: usize| {
            let last = newest.checked_sub(age * length)?;
            application.data_point(metric, statistic, last, length)
        };
        let fetched: Vec<Option<bool>> = (0..evaluation_periods + EXTRA_PERIODS)
            .rev()
            .map(|age| point(age).map(|value| comparison.holds(value, threshold)))
            .collect();
        let state = next_state(&fetched, evaluation_periods, datapoints_to_alarm, missing_data, self.state);
        if state == self.state {
            return None;
        }
        self.state = state;
        self.state_updated = application.now();
        Some(state)
    }
}
