//! What the alarms say, as the first task weighs it.

use super::since_start;
use crate::model::alarm::{AlarmSettings, EXTRA_PERIODS, next_state};
use crate::model::application::ManagedApplication;
use scaling::{Breach, Direction, Reason};
use tasks::AlarmState;

/// What is known of one alarm, or of several together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Evidence {
    Breaching(Direction, Vec<Breach>),
    Unproven(Reason),
    Silent,
}

/// An alarm, its state, and what it has seen.
#[derive(Debug, Clone)]
pub(crate) struct WatchedAlarm {
    settings: AlarmSettings,
    state: AlarmState,
    is_additional: bool,
    /// Whether the data point that ends with each minute breaches, as far back as the alarm looks before the first one.
    seen: Vec<Option<bool>>,
}

/// How late a data point may be published and still be fresh, in seconds: as for the tasks.
const PUBLISHING: i64 = 300;

impl Evidence {
    /// Any may ring. A doubt counts if none does.
    pub(crate) fn any(
        direction: Direction,
        alarms: &[WatchedAlarm],
        application: &ManagedApplication,
    ) -> Self {
        let mut together = Self::Silent;
        for alarm in alarms {
            together = match (together, alarm.weigh(direction, application)) {
                (Self::Breaching(direction, breaches), Self::Breaching(_, more)) => {
                    Self::Breaching(direction, [breaches, more].concat())
                }
                (ringing @ Self::Breaching(..), _) | (_, ringing @ Self::Breaching(..)) => ringing,
                (doubt @ Self::Unproven(_), _) | (_, doubt @ Self::Unproven(_)) => doubt,
                (Self::Silent, Self::Silent) => Self::Silent,
            };
        }
        together
    }

    /// All must ring. One that is silent speaks against it, whatever is in doubt.
    pub(crate) fn all(
        direction: Direction,
        alarms: &[WatchedAlarm],
        application: &ManagedApplication,
    ) -> Self {
        let mut together = Self::Breaching(direction, Vec::new());
        for alarm in alarms {
            together = match (together, alarm.weigh(direction, application)) {
                (Self::Silent, _) | (_, Self::Silent) => return Self::Silent,
                (doubt @ Self::Unproven(_), _) | (_, doubt @ Self::Unproven(_)) => doubt,
                (Self::Breaching(direction, breaches), Self::Breaching(_, more)) => {
                    Self::Breaching(direction, [breaches, more].concat())
                }
            };
        }
        together
    }
}

impl WatchedAlarm {
    pub(crate) fn new(settings: AlarmSettings, is_additional: bool) -> Self {
        let seen = vec![None; periods(&settings) * settings.period_minutes];
        Self { settings, state: AlarmState::InsufficientData, is_additional, seen }
    }

    /// The new state, if it has changed.
    pub(crate) fn evaluate(&mut self, application: &ManagedApplication) -> Option<AlarmState> {
        let newest = application.newest_minute()?;
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

    /// What it says: its state, borne out by the newest value since the last change.
    fn weigh(&self, direction: Direction, application: &ManagedApplication) -> Evidence {
        if self.state != AlarmState::Alarm {
            return Evidence::Silent;
        }
        let (newest, mildest) = match self.look(application) {
            Ok(seen) => seen,
            Err(reason) => return Evidence::Unproven(reason),
        };
        if !self.breaches(newest) {
            return Evidence::Silent;
        }
        let value = if direction == Direction::Out { newest } else { mildest };
        let breach = Breach {
            value,
            threshold: self.settings.threshold,
            is_additional: self.is_additional,
            is_lag: self.settings.metric.is_lag(),
        };
        Evidence::Breaching(direction, vec![breach])
    }

    /// What speaks against scaling in while what it watches must be at most `limit`, or else not beyond its threshold.
    pub(crate) fn weigh_calm(
        &self,
        limit: Option<f64>,
        application: &ManagedApplication,
    ) -> Option<Evidence> {
        let newest = match self.look(application) {
            Err(reason) => return Some(Evidence::Unproven(reason)),
            Ok((newest, _)) => newest,
        };
        let is_calm = limit.map_or(!self.breaches(newest), |limit| newest <= limit);
        (!is_calm).then_some(Evidence::Silent)
    }

    /// Whether it watches the same as another.
    pub(crate) fn watches_as(&self, other: &Self) -> bool {
        let what =
            |alarm: &Self| (alarm.settings.metric, alarm.settings.statistic, alarm.settings.period_minutes);
        what(self) == what(other)
    }

    /// The newest value, and the mildest that breaches.
    fn look(&self, application: &ManagedApplication) -> Result<(f64, f64), Reason> {
        let now = application.now();
        if application.life.is_busy(now) {
            return Err(Reason::Busy);
        }
        let AlarmSettings { period_minutes: length, evaluation_periods, comparison, .. } = self.settings;
        let periods_ago = |periods: usize| since_start(now) - seconds(periods * length) - PUBLISHING;
        let since = application.life.last_end(now).map_or(i64::MIN, since_start);
        let (oldest, fresh) = (periods_ago(evaluation_periods.max(2)).max(since), periods_ago(2).max(since));
        let readable = application.newest_minute().and_then(|minute| (minute + 1).checked_sub(length));
        let last_start = readable.map(|start| start - start % length).ok_or(Reason::NoFreshData)?;
        let starts = (0..=last_start / length).rev().map(|period| period * length);
        let usable = starts
            .take_while(|start| seconds(*start) >= oldest)
            .filter_map(|start| Some((start, self.value(start + length - 1, application)?)))
            .take(evaluation_periods);
        let milder = if comparison.is_above() { f64::min } else { f64::max };
        let mut newest = None;
        let mut mildest = None;
        for (start, value) in usable {
            if newest.is_none() {
                if seconds(start) < fresh {
                    return Err(Reason::NoFreshData);
                }
                newest = Some(value);
            }
            if self.breaches(value) {
                mildest = Some(mildest.map_or(value, |mildest| milder(mildest, value)));
            }
        }
        let newest = newest.ok_or(Reason::NoFreshData)?;
        Ok((newest, mildest.unwrap_or(newest)))
    }

    fn value(&self, last: usize, application: &ManagedApplication) -> Option<f64> {
        let AlarmSettings { metric, statistic, period_minutes, .. } = self.settings;
        application.metrics.data_point(metric, statistic, last, period_minutes)
    }

    fn breaches(&self, value: f64) -> bool {
        self.settings.comparison.holds(value, self.settings.threshold)
    }
}

/// How many periods an alarm looks at.
fn periods(settings: &AlarmSettings) -> usize {
    settings.evaluation_periods + EXTRA_PERIODS
}

fn seconds(minutes: usize) -> i64 {
    i64::try_from(minutes).map_or(i64::MAX, |minutes| minutes * 60)
}
