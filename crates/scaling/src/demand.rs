//! Sizing by demand: the KPUs that the load needs, without a restart that costs more than it saves.

use crate::capacity::{capacity, ceiling};
use crate::forecast::{BUCKETS_PER_HOUR, Forecast, extrapolated};
use crate::signals::{Signals, mean_load};
use crate::{Direction, Reason, Resource, Units};
use jiff::SignedDuration;

/// How an application is sized by its demand.
///
/// The required rate is `load / target utilization + backlog / catch-up time + load * restart time / catch-up time`, in
/// records per second. Source: DS2 (Kalavri et al., "Three steps is all you need", OSDI 2018), with the two terms for a backlog
/// as in the autoscaler of the Flink Kubernetes operator.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Demand {
    /// The target utilization after a scale-out: the load as a share of the capacity.
    pub target_out: f64,
    /// The target utilization after a scale-in: the highest recent load as a share of the capacity.
    pub target_in: f64,
    /// The time within which a backlog is worked off.
    pub catch_up: SignedDuration,
    /// The price of a restart, as a multiple of an hour of the whole application, or of 8 KPUs if it has more.
    pub restart_price: f64,
}

/// The minutes whose mean load is the present load. One minute is too noisy, and a longer mean lags behind a growing load.
const LOAD_WINDOW_MINUTES: usize = 2;

/// The lag objective, as a multiple of the lag from which on an application does not keep up. It is well above 1, so that a step begins
/// before the objective is violated.
pub const LAG_OBJECTIVE_RATIO: f64 = 4.0;

/// The least derived lag of a scale-out, in seconds. A job that is saturated for a minute or two mostly keeps up.
const LEAST_DERIVED_LAG: f64 = 20.0;

/// The minutes after a change within which a further scale-out for a derived load is a repeated one: the load was underestimated.
const REPEATED_STEP_MINUTES: usize = 30;

/// The least growth of the size by a repeated step, as a factor.
const REPEATED_STEP_FACTOR: u64 = 3;

/// How many minutes with a measured lag a scale-out needs after a change. The first minute after a restart is still a warm-up.
const SCALE_OUT_DATA_MINUTES: usize = 2;

/// How many minutes with a measured and low lag a scale-in needs after a change. The backlog of a restart must be gone.
const SCALE_IN_DATA_MINUTES: usize = 10;

/// The minutes in which a job with a derived load must not be busy before a scale-in. As long as the default window of the scale-in alarm.
const SCALE_IN_BUSY_MINUTES: usize = 20;

/// The utilization above which a job with a derived load is busy, as a share of its ceiling. Where nothing measures the load, the peaks of
/// the utilization show how near to its capacity the job has been.
const SCALE_IN_BUSY_SHARE: f64 = 0.65;

/// The minutes whose highest load the new size of a scale-in must carry. A burst that has just ended may return.
const PEAK_WINDOW_MINUTES: usize = 30;

/// How far ahead a scale-out considers the forecast, in five-minute buckets: an hour and a half. One larger step replaces several.
const SCALE_OUT_FORECAST_BUCKETS: usize = 18;

/// How far ahead a scale-in considers the forecast, in five-minute buckets: four hours, within which a smaller size must pay.
const SCALE_IN_FORECAST_BUCKETS: usize = 48;

/// The size in KPUs up to which the price of a restart grows with the application. A larger application would wait too long.
const RESTART_PRICE_KPU_LIMIT: f64 = 8.0;

/// The least saving of a scale-in, as a multiple of the restart price. It stands for the risk of each restart.
const FIXED_RESTART_COST: f64 = 0.5;

/// The additional saving for each minute during which the restart violates the lag objective, as a multiple of the restart price.
const RESTART_COST_PER_LATE_MINUTE: f64 = 0.19;

/// How far back unneeded KPU-hours count towards the restart price, in minutes: six hours.
const WASTE_WINDOW_MINUTES: usize = 360;

/// How far back unneeded KPU-hours count for a size that has lasted for more than half of this time, in minutes: one day.
const PERSISTENT_WASTE_WINDOW_MINUTES: usize = 1_440;

/// The share of these KPU-hours that is expected to be wasted again. A third of half a day is
/// four hours, the reach of the forecast.
const PERSISTENT_WASTE_WEIGHT: f64 = 1.0 / 3.0;

/// The duration of an update until one was measured. A little longer than in the simulator's default model.
const DEFAULT_UPDATE_DURATION: SignedDuration = SignedDuration::from_secs(150);

impl Demand {
    /// Returns the required size.
    ///
    /// # Errors
    /// The reason to keep the present size.
    pub(crate) fn required_size(
        &self,
        direction: Direction,
        resource: &Resource,
        signals: &Signals,
        days: &[Option<f64>],
    ) -> Result<Units, Reason> {
        let per_kpu = capacity(resource, signals).ok_or(Reason::NoFreshData)?;
        match direction {
            Direction::Out => self.out(resource, signals, days, per_kpu),
            Direction::In => self.r#in(resource, signals, days, per_kpu),
        }
    }

    /// Returns the records per second that the new size must be able to process.
    ///
    /// `load` is in records per second, and `backlog` in records.
    #[must_use]
    pub fn needed(&self, load: f64, backlog: f64, restart: SignedDuration) -> f64 {
        let catch_up = self.catch_up.as_secs_f64();
        load / self.target_out + backlog / catch_up + load * restart.as_secs_f64() / catch_up
    }

    fn out(
        &self,
        resource: &Resource,
        signals: &Signals,
        days: &[Option<f64>],
        per_kpu: f64,
    ) -> Result<Units, Reason> {
        let units = resource.size().units;
        let now = signals.load(LOAD_WINDOW_MINUTES).ok_or(Reason::NoFreshData)?;
        let load = growing(signals, now);
        let seen = signals.since(resource.last_change, SCALE_OUT_DATA_MINUTES);
        if seen.len() < SCALE_OUT_DATA_MINUTES || seen.iter().any(|minute| minute.lag.is_none()) {
            return Err(Reason::NoFreshData);
        }
        let lag = seen.iter().rev().find_map(|minute| minute.lag).unwrap_or(0.0);
        let is_derived = seen.iter().any(|minute| minute.throughput.is_some());
        if is_derived && lag < LEAST_DERIVED_LAG {
            return Err(Reason::CatchingUp);
        }
        let backlog = lag * now;
        let capacity = f64::from(units.count()) * per_kpu;
        let spare = capacity - load;
        if spare >= 0.0 && backlog <= spare * self.catch_up.as_secs_f64() {
            return Err(Reason::CatchingUp);
        }
        let update = signals.restart.unwrap_or(DEFAULT_UPDATE_DURATION);
        let required = holding(self.needed(load, backlog, update), per_kpu);
        if required <= units {
            return Err(Reason::CatchingUp);
        }
        let forecast = Forecast::new(days, SCALE_OUT_FORECAST_BUCKETS);
        // What every past day reached is expected again, whatever the derived load is, but without a reserve.
        let hidden = if is_derived { forecast.reached().unwrap_or(0.0) } else { 0.0 };
        let ahead = (forecast.peak().unwrap_or(0.0) / self.target_out).max(hidden);
        let required = required.max(holding(ahead, per_kpu));
        let is_repeated = is_derived
            && signals.since(resource.last_change, REPEATED_STEP_MINUTES).len() < REPEATED_STEP_MINUTES;
        Ok(if is_repeated {
            required.max(Units::saturating(u64::from(units.count()) * REPEATED_STEP_FACTOR))
        } else {
            required
        })
    }

    fn r#in(
        &self,
        resource: &Resource,
        signals: &Signals,
        days: &[Option<f64>],
        per_kpu: f64,
    ) -> Result<Units, Reason> {
        let units = resource.size().units;
        let quiet = signals.since(resource.last_change, SCALE_IN_DATA_MINUTES);
        if quiet.len() < SCALE_IN_DATA_MINUTES || quiet.iter().any(|minute| minute.lag.is_none()) {
            return Err(Reason::NoFreshData);
        }
        if quiet.iter().any(|minute| minute.lag > Some(signals.low_lag())) {
            return Err(Reason::CatchingUp);
        }
        if is_busy(resource, signals) {
            return Err(Reason::NotCostEffective);
        }
        let highest = highest_load(signals).ok_or(Reason::NoFreshData)?;
        let needed = holding(highest / self.target_in, per_kpu);
        let price = self.price(units);
        if needed >= units || self.wasted(resource, signals, per_kpu, 1.0, WASTE_WINDOW_MINUTES) < price {
            return Err(Reason::NotCostEffective);
        }
        let now = signals.load(LOAD_WINDOW_MINUTES).ok_or(Reason::NoFreshData)?;
        let cost = |size: f64| {
            // The present load is at most the highest one, so the utilization is at most the target utilization.
            let late = late_minutes(now / (size * per_kpu), signals);
            price * (FIXED_RESTART_COST + RESTART_COST_PER_LATE_MINUTE * late)
        };
        let coming = Forecast::new(days, SCALE_IN_FORECAST_BUCKETS).of_buckets();
        let window = PERSISTENT_WASTE_WINDOW_MINUTES;
        let has_lasted = has_lasted(resource, signals);
        let gain = |size: u32| {
            let exceeds = |load: &Option<f64>| *load > Some(f64::from(size) * per_kpu * self.target_in);
            let until = coming.iter().position(exceeds);
            #[expect(clippy::cast_precision_loss, reason = "there are few")]
            let hours = until.unwrap_or(SCALE_IN_FORECAST_BUCKETS) as f64 / BUCKETS_PER_HOUR;
            let saved = f64::from(units.count() - size) * hours;
            let wasted = if until.is_none() && has_lasted {
                self.wasted(resource, signals, per_kpu, size.into(), window) * PERSISTENT_WASTE_WEIGHT
            } else {
                0.0
            };
            saved.max(wasted) - cost(f64::from(size))
        };
        let sizes = (needed.count()..units.count()).map(|size| (size, gain(size)));
        match sizes.max_by(|one, other| one.1.total_cmp(&other.1)).filter(|(_, gain)| *gain >= 0.0) {
            Some((size, _)) => Ok(Units::saturating(size.into())),
            None => Err(Reason::NotCostEffective),
        }
    }

    /// Returns the price of a restart, in KPU-hours.
    ///
    /// As in the ski-rental problem, waiting until the wasted KPU-hours equal the price of a restart is never far from the
    /// optimum. The numbers were measured on real traces: `docs/decisions/0022-a-restart-costs-minutes.md`.
    fn price(&self, units: Units) -> f64 {
        self.restart_price * f64::from(units.count()).min(RESTART_PRICE_KPU_LIMIT)
    }

    /// Returns the KPU-hours beyond `size` that were not needed since the last change, within the last `most` minutes.
    fn wasted(&self, resource: &Resource, signals: &Signals, per_kpu: f64, size: f64, most: usize) -> f64 {
        let units = f64::from(resource.size().units.count());
        let minutes = signals.since(resource.last_change, most);
        let needed = |load: f64| (load / self.target_out / per_kpu).max(size);
        let loads = minutes.windows(LOAD_WINDOW_MINUTES).filter_map(mean_load);
        loads.map(|load| (units - needed(load)).max(0.0) / 60.0).sum()
    }
}

/// Returns whether a size has lasted for more than half a day. The waste of a shorter time counts for less than the saving until the end of
/// the forecast, so that it need not be computed.
fn has_lasted(resource: &Resource, signals: &Signals) -> bool {
    let window = PERSISTENT_WASTE_WINDOW_MINUTES;
    signals.since(resource.last_change, window).len() > window / 2
}

/// Returns the load that a new size must carry, and how far ahead the forecast is considered, in five-minute buckets.
pub(crate) fn load_to_carry(direction: Direction, signals: &Signals) -> (Option<f64>, usize) {
    match direction {
        Direction::Out => {
            let now = signals.load(LOAD_WINDOW_MINUTES);
            (now.map(|now| growing(signals, now)), SCALE_OUT_FORECAST_BUCKETS)
        }
        Direction::In => (highest_load(signals), SCALE_IN_FORECAST_BUCKETS),
    }
}

/// Whether a job with a derived load has been busy since its last change, within [`SCALE_IN_BUSY_MINUTES`].
fn is_busy(resource: &Resource, signals: &Signals) -> bool {
    let most = SCALE_IN_BUSY_SHARE * ceiling(signals);
    let mut minutes = signals.since(resource.last_change, SCALE_IN_BUSY_MINUTES).iter();
    minutes.any(|minute| minute.throughput.is_some() && minute.busy > Some(most))
}

/// Returns the present load, or the load at the time of the next step if it grows fast.
fn growing(signals: &Signals, now: f64) -> f64 {
    extrapolated(signals).map_or(now, |soon| soon.max(now))
}

/// Returns the highest recent load.
fn highest_load(signals: &Signals) -> Option<f64> {
    let recent = signals.since(None, PEAK_WINDOW_MINUTES);
    recent.windows(LOAD_WINDOW_MINUTES).filter_map(mean_load).reduce(f64::max)
}

/// Returns how many minutes a restart violates the lag objective, at a utilization after the restart. The utilization must be below 1.
///
/// While an update is down for `R`, the lag grows to `R`, and violates the objective `O` for `R - O`. After that the application works off
/// a second of arrivals in `utilization` seconds, so that the lag falls back to `O` within `(R - O) * utilization / (1 - utilization)`. The sum
/// is `(R - O) / (1 - utilization)`. The exact downtime is unknown, so `R` is the duration of the whole update, which is longer.
fn late_minutes(utilization: f64, signals: &Signals) -> f64 {
    let restart = signals.restart.unwrap_or(DEFAULT_UPDATE_DURATION).as_secs_f64();
    let late = (restart - LAG_OBJECTIVE_RATIO * signals.lag_threshold).max(0.0) / 60.0;
    late / (1.0 - utilization)
}

/// Returns the KPUs that can process `needed` records per second.
fn holding(needed: f64, per_kpu: f64) -> Units {
    Units::saturating_ceil(needed / per_kpu)
}
