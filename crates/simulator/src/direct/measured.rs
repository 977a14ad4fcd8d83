//! The measurements, as the second task reads them. Nothing is copied: the rule gets the end of the stored minutes.

use crate::deployed::settings::Settings;
use crate::model::application::ManagedApplication;
use crate::model::time::Clock;
use crate::{AlarmSettings, Metric, Statistic};
use jiff::{SignedDuration, Timestamp};
use scaling::{
    Breach, Direction, HOURS_OF_A_MONTH, LAG_OBJECTIVE_RATIO, Minute, Restart, Signals, Sizing,
    derive_arrivals, includes_lag, snapshot_dollars, start_of_month,
};
use tasks::{
    BUCKET_MINUTES, DEMAND_WINDOW_MINUTES, EFFECT_WINDOW_MINUTES, FORECAST_DAYS, MetricKind, overlay_derived,
    unhealthy_committed_lag,
};

/// Every minute until now.
#[derive(Debug, Clone)]
pub(crate) struct Measured {
    /// The metric, the statistic and the unit of the lag in time, if there is one, and below of the utilization.
    lag: Option<(Metric, Statistic, f64)>,
    is_of_committed_offsets: bool,
    busy: (Metric, Statistic, f64),
    lag_threshold: f64,
    load: AlarmSettings,
    knows_load: bool,
    has_budget: bool,
    state_gigabytes: f64,
    clock: Clock,
    minutes: Vec<Minute>,
    /// For each minute, the sum of the load over the five minutes that end with it, and the number of minutes with a known load.
    buckets: Vec<(f64, f64)>,
    /// The minutes of the last day with derived arrivals, where only the throughput is measured.
    derived: Vec<Minute>,
}

fn sum(minutes: &[Minute]) -> (f64, f64) {
    let loads = minutes.iter().filter_map(|minute| minute.load);
    loads.fold((0.0, 0.0), |(sum, count), load| (sum + load, count + 1.0))
}

impl Measured {
    pub(crate) fn new(settings: &Settings) -> Self {
        let of = |direction| settings.alarm(direction);
        let (out, r#in) = (of(Direction::Out), of(Direction::In));
        let lag_unit = out.metric.kind().lag_seconds();
        let busy_unit = match r#in.metric.kind() {
            MetricKind::Utilization { share } => share,
            _ => 1.0,
        };
        let by_demand = matches!(settings.parsed.scaling.sizing, Sizing::Demand(_));
        Self {
            lag: lag_unit.map(|unit| (out.metric, out.statistic, unit)),
            is_of_committed_offsets: out.metric.is_of_committed_offsets(),
            busy: (r#in.metric, r#in.statistic, busy_unit),
            lag_threshold: if by_demand {
                settings.parsed.lag_objective.as_secs_f64() / LAG_OBJECTIVE_RATIO
            } else {
                out.threshold * lag_unit.unwrap_or(1.0)
            },
            knows_load: settings.parsed.load_alarm.is_some()
                && (by_demand || out.metric.is_lag_in_time())
                && out.period_minutes == 1,
            load: settings.load_alarm(),
            has_budget: settings.parsed.budget_alarm.is_some(),
            state_gigabytes: settings.state_gigabytes(),
            clock: Clock::default(),
            minutes: Vec::new(),
            buckets: Vec::new(),
            derived: Vec::new(),
        }
    }

    /// Stores the minutes that can be read now. `breaches` are those of the alarms that call.
    pub(crate) fn measure(&mut self, application: &ManagedApplication, breaches: &[Breach]) {
        if !self.knows_load {
            return;
        }
        self.clock = application.clock;
        let is_throughput = self.derives();
        let load = (self.load.metric, self.load.statistic, 1.0);
        let readable = application.newest_minute().map_or(0, |newest| newest + 1);
        for minute in self.minutes.len()..readable {
            let value = |(metric, statistic, unit): (Metric, Statistic, f64)| {
                Some(application.metrics.data_point(metric, statistic, minute, 1)? * unit)
            };
            let load = value(load);
            let busy = value(self.busy);
            let lag = self.lag.and_then(value);
            let lag = if self.is_of_committed_offsets { lag.and_then(unhealthy_committed_lag) } else { lag };
            // The buckets of the past days contain the throughput: it differs from the load around a restart only.
            self.minutes.push(Minute { load, lag, busy, throughput: load.filter(|_| is_throughput) });
            self.buckets.push(sum(&self.minutes[(minute + 1).saturating_sub(BUCKET_MINUTES)..]));
        }
        if is_throughput {
            let now = application.now();
            let first = self.first(DEMAND_WINDOW_MINUTES, now);
            self.derived.clear();
            // The tasks have a whole day of minutes, which are empty where nothing is published.
            self.derived.resize(DEMAND_WINDOW_MINUTES - (self.minutes.len() - first), Minute::default());
            self.derived.extend_from_slice(&self.minutes[first..]);
            let over = application.life.operations.iter().filter(|operation| operation.ends <= now);
            let restarts: Vec<_> =
                over.map(|operation| Restart { began: operation.asked, ended: operation.ends }).collect();
            let until = self.clock.at_minute(self.minutes.len());
            derive_arrivals(&mut self.derived, until, &restarts, includes_lag(breaches));
        }
    }

    fn derives(&self) -> bool {
        self.load.metric == Metric::NumRecordsInPerSecond
    }

    /// The signals for sizing by demand.
    pub(crate) fn signals(&self, by_demand: bool, now: Timestamp) -> Signals<'_> {
        if by_demand { self.last(DEMAND_WINDOW_MINUTES, now) } else { Signals::default() }
    }

    /// The signals that show the effect of a step.
    pub(crate) fn effect(&self, now: Timestamp) -> Signals<'_> {
        if self.knows_load { self.last(EFFECT_WINDOW_MINUTES, now) } else { Signals::default() }
    }

    /// The signals of the minutes that began within the last `most` minutes.
    fn last(&self, most: usize, now: Timestamp) -> Signals<'_> {
        let first = self.first(most, now);
        Signals {
            until: if self.minutes.is_empty() { now } else { self.clock.at_minute(self.minutes.len()) },
            minutes: if self.derives() { &self.derived } else { &self.minutes[first..] },
            lag_threshold: self.lag_threshold,
            ..Signals::default()
        }
    }

    /// The first minute that began within the last `most` minutes.
    fn first(&self, most: usize, now: Timestamp) -> usize {
        let ago = now - SignedDuration::from_mins(i64::try_from(most).unwrap_or(i64::MAX));
        let seconds = usize::try_from(ago.duration_since(self.clock.start).as_secs()).unwrap_or(0);
        seconds.div_ceil(60).min(self.minutes.len())
    }

    /// The mean loads of each bucket of the past days.
    pub(crate) fn days(&self, now: Timestamp) -> Vec<Option<f64>> {
        let first = self.first(FORECAST_DAYS * DEMAND_WINDOW_MINUTES, now);
        let slots = FORECAST_DAYS * DEMAND_WINDOW_MINUTES / BUCKET_MINUTES;
        let mean = |slot: usize| {
            let end = self.minutes.len().checked_sub((slots - 1 - slot) * BUCKET_MINUTES)?;
            let kept = *self.buckets.get(end.checked_sub(1)?)?;
            // The oldest bucket may be cut off.
            let (sum, count) =
                if end >= first + BUCKET_MINUTES { kept } else { sum(self.minutes.get(first..end)?) };
            (count > 0.0).then(|| sum / count)
        };
        let mut days = (0..slots).map(mean).collect::<Vec<_>>();
        overlay_derived(&mut days, &self.derived);
        days
    }

    /// The cost of this month, if there is a budget.
    pub(crate) fn spent(&self, application: &ManagedApplication, now: Timestamp) -> f64 {
        if !self.has_budget {
            return 0.0;
        }
        let clock = application.clock;
        let from = start_of_month(now).max(clock.start);
        let first = usize::try_from(from.duration_since(clock.start).as_mins()).unwrap_or(0);
        let first = (first..first + 60).find(|minute| clock.period_start(*minute, 60) == Some(*minute));
        let readable = application.newest_minute().map_or(0, |newest| newest + 1);
        let hours = (first.unwrap_or(0)..).step_by(60).take_while(|minute| minute + 60 <= readable);
        // Computed by way of a month, as the budget alarm does.
        let dollars = HOURS_OF_A_MONTH * application.model.dollars_per_kpu_hour;
        let hour = |minute: usize| {
            let kpus = application.metrics.data_point(Metric::Kpus, Statistic::Average, minute + 59, 60);
            kpus.map_or(0.0, |kpus| kpus * dollars / HOURS_OF_A_MONTH)
        };
        let kpus: f64 = hours.map(hour).sum();
        // Every update of the simulation succeeds and leaves a snapshot.
        let updates = application.updates.iter().filter(|update| update.asked >= from).count();
        kpus + snapshot_dollars(self.state_gigabytes, updates)
    }
}
