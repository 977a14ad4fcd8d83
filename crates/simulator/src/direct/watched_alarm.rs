//! An alarm of the search: its state and its metric, as the first task reads them.

use crate::deployed::load_and_budget_alarms::described;
use crate::model::alarm::{Alarm, AlarmSettings, EXTRA_PERIODS, next_state};
use crate::model::application::ManagedApplication;
use scaling::Reason;
use tasks::{AlarmState, DataPoint, Epoch, Reading, Watched, oldest_evaluated, read};

/// An alarm, its state, and the data points that it has evaluated.
#[derive(Debug, Clone)]
pub(crate) struct WatchedAlarm {
    settings: AlarmSettings,
    /// The alarm as CloudWatch describes it.
    described: tasks::Alarm,
    state: AlarmState,
    is_additional: bool,
    /// Whether the data point that ends with each minute breaches. The list begins as many minutes before the first data point as the alarm
    /// evaluates.
    seen: Vec<Option<bool>>,
}

impl WatchedAlarm {
    pub(crate) fn new(settings: AlarmSettings, is_additional: bool) -> Self {
        let seen = vec![None; periods(&settings) * settings.period_minutes];
        let described = described(&Alarm::new(settings.clone()));
        Self { settings, described, state: AlarmState::InsufficientData, is_additional, seen }
    }

    /// The alarm as the tasks evaluate it.
    pub(crate) fn watched(&self) -> Watched<'_> {
        Watched {
            alarm: &self.described,
            state: self.state,
            is_additional: self.is_additional,
            reading: None,
            negative: None,
        }
    }

    /// The new state, if it has changed. `newest` is the newest minute with readable data points.
    pub(crate) fn evaluate(&mut self, application: &ManagedApplication, newest: usize) -> Option<AlarmState> {
        let (period_minutes, periods) = (self.settings.period_minutes, periods(&self.settings));
        let before = periods * period_minutes;
        while self.seen.len() - before <= newest {
            let value = self.value(self.seen.len() - before, application);
            self.seen.push(value.map(|value| self.breaches(value)));
        }
        let newest = self.seen.len() - 1;
        let state = if period_minutes == 1 {
            self.next(&self.seen[newest + 1 - periods..])
        } else {
            let fetched = (0..periods).rev().map(|age| self.seen[newest - age * period_minutes]);
            self.next(&fetched.collect::<Vec<_>>())
        };
        (state != self.state).then(|| {
            self.state = state;
            state
        })
    }

    fn next(&self, fetched: &[Option<bool>]) -> AlarmState {
        let AlarmSettings { evaluation_periods, datapoints_to_alarm, missing_data, .. } = self.settings;
        next_state(fetched, evaluation_periods, datapoints_to_alarm, missing_data, self.state)
    }

    /// The values of the alarm's metric, as the first task reads them.
    pub(crate) fn reading(&self, epoch: Epoch, application: &ManagedApplication) -> Result<Reading, Reason> {
        let now = application.now();
        let length = self.settings.period_minutes;
        let oldest = oldest_evaluated(&self.described, now);
        let readable = application.newest_minute().and_then(|minute| (minute + 1).checked_sub(length));
        let clock = application.clock;
        let last_start = readable.and_then(|start| clock.period_start(start, length));
        let last_start = last_start.ok_or(Reason::NoFreshData)?;
        let starts = (0..=last_start / length).map(|period| last_start - period * length);
        let points = starts
            .map(|start| (start, clock.at_minute(start)))
            .take_while(|(_, time)| *time >= oldest)
            .filter_map(|(start, time)| {
                let value = self.value(start + length - 1, application)?;
                Some(DataPoint { start: time, value })
            });
        read(&self.described, epoch, now, points)
    }

    fn value(&self, last: usize, application: &ManagedApplication) -> Option<f64> {
        let AlarmSettings { metric, statistic, period_minutes, .. } = self.settings;
        application.metrics.data_point(metric, statistic, last, period_minutes)
    }

    fn breaches(&self, value: f64) -> bool {
        self.settings.comparison.holds(value, self.settings.threshold)
    }
}

/// The number of periods that an alarm evaluates.
fn periods(settings: &AlarmSettings) -> usize {
    settings.evaluation_periods + EXTRA_PERIODS
}
