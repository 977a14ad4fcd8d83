//! The alarms of a [`World`] and their data.

use super::{World, ago};
use jiff::SignedDuration;
use tasks::{Alarm, AlarmState, Comparison, DataPoint, Query, Series, Source, UnusableAlarm, UnusableKind};

/// The alarm of the stack that scales out, above 80 % of the CPU.
pub(crate) const OUT: &str = "orders-out";
/// The alarm of the stack that scales in, at or below 20 % of the CPU.
pub(crate) const IN: &str = "orders-in";

impl World {
    /// The alarm has this state.
    pub(crate) fn with_state(mut self, alarm: &str, state: AlarmState) -> Self {
        self.alarm(alarm).state = state;
        self
    }

    /// The alarm is in ALARM.
    pub(crate) fn in_alarm(self, alarm: &str) -> Self {
        self.with_state(alarm, AlarmState::Alarm)
    }

    /// The alarm is in ALARM, and a fresh data point has this value.
    pub(crate) fn breaching(self, alarm: &'static str, value: f64) -> Self {
        self.in_alarm(alarm).showing(alarm, value)
    }

    /// The metric of the alarm has a fresh data point of this value, which began two minutes ago.
    pub(crate) fn showing(self, alarm: &'static str, value: f64) -> Self {
        self.measured(alarm, 120, value)
    }

    /// The metric of the alarm has a data point that began this number of seconds ago.
    pub(crate) fn measured(mut self, alarm: &'static str, seconds_ago: i64, value: f64) -> Self {
        self.points.push((alarm, DataPoint { start: ago(seconds_ago), value }));
        self
    }

    /// The metric of the alarm has a data point in each of these minutes before now.
    pub(crate) fn measured_for(
        self,
        alarm: &'static str,
        minutes_ago: std::ops::Range<i64>,
        value: impl Fn(i64) -> f64,
    ) -> Self {
        minutes_ago.fold(self, |world, minutes| world.measured(alarm, 60 * minutes, value(minutes)))
    }

    /// All data points are older.
    pub(crate) fn with_data_older_by(mut self, duration: SignedDuration) -> Self {
        self.points.iter_mut().for_each(|(_, point)| point.start -= duration);
        self
    }

    /// The metric of the alarm has no data.
    pub(crate) fn without_data(mut self, alarm: &str) -> Self {
        self.points.retain(|(name, _)| *name != alarm);
        self
    }

    /// The alarm is on this metric.
    pub(crate) fn watching(mut self, alarm: &str, metric: &str) -> Self {
        self.alarm(alarm).watch(metric);
        self
    }

    /// The alarm has this threshold.
    pub(crate) fn with_threshold(mut self, alarm: &str, threshold: f64) -> Self {
        self.alarm(alarm).threshold = threshold;
        self
    }

    /// CloudWatch has this alarm, instead of the one of its name.
    pub(crate) fn with_alarm(mut self, alarm: Alarm) -> Self {
        match self.alarms.iter_mut().find(|each| each.name == alarm.name) {
            Some(found) => *found = alarm,
            None => self.alarms.push(alarm),
        }
        self
    }

    /// CloudWatch has no alarm of this name.
    pub(crate) fn without_alarm(mut self, alarm: &str) -> Self {
        self.alarms.retain(|each| each.name != alarm);
        self
    }

    /// Returns the alarm of this name.
    pub(crate) fn alarm(&mut self, name: &str) -> &mut Alarm {
        self.alarms.iter_mut().find(|alarm| alarm.name == name).unwrap()
    }

    /// The alarm of this name cannot be used, because it is of this kind or does not exist.
    pub(crate) fn with_unusable(mut self, alarm: &str, kind: UnusableKind) -> Self {
        if kind != UnusableKind::NotFound {
            self.unusable.push(UnusableAlarm { name: alarm.to_owned(), kind });
        }
        self
    }

    /// CloudWatch returns this series for the alarm as well: of a contributor, or of an input of its expression.
    pub(crate) fn with_series(mut self, alarm: &'static str, series: Series) -> Self {
        self.series.push((alarm, series));
        self
    }

    /// CloudWatch rejects every search.
    pub(crate) fn rejecting_job_queries(mut self) -> Self {
        self.rejects_job_queries = true;
        self
    }
}

/// The metric of an alarm that has a single one.
pub(crate) trait Watch {
    /// Lets the alarm watch this metric.
    fn watch(&mut self, metric: &str);
}

impl Watch for Alarm {
    fn watch(&mut self, metric: &str) {
        let Source::Metric { name, .. } = &mut self.queries[0].source else { unreachable!() };
        metric.clone_into(name);
    }
}

/// Returns an alarm on this metric, which is in ALARM above the threshold.
pub(crate) fn alarm_on(name: &str, metric: &str, threshold: f64) -> Alarm {
    let mut alarm = alarm(name, Comparison::GreaterThanThreshold, threshold);
    alarm.watch(metric);
    alarm
}

pub(crate) fn alarm(name: &str, comparison: Comparison, threshold: f64) -> Alarm {
    Alarm {
        name: name.to_owned(),
        state: AlarmState::Ok,
        state_updated: ago(3_600),
        comparison,
        threshold,
        period: SignedDuration::from_secs(60),
        evaluation_periods: 5,
        queries: vec![Query {
            id: "m1".to_owned(),
            source: Source::Metric {
                namespace: "AWS/KinesisAnalytics".to_owned(),
                name: "containerCPUUtilization".to_owned(),
                dimensions: vec![("Application".to_owned(), "orders".to_owned())],
                statistic: "Average".to_owned(),
                period: SignedDuration::from_secs(60),
                unit: None,
            },
            account: None,
            returns_data: true,
        }],
    }
}
