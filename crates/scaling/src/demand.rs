//! Sizing by demand: as many KPUs as the load needs, and no restart that does not pay.

use crate::capacity::capacity;
use crate::forecast::{forecast, growing, peak};
use crate::signals::{Signals, mean_load};
use crate::{Direction, Reason, Resource, Units};
use jiff::SignedDuration;

/// How an application is sized by its demand.
///
/// The capacity needed is `load / target utilisation + backlog / catch-up time + load * restart time / catch-up time`, in
/// records per second. Source: DS2 (Kalavri et al., "Three steps is all you need", OSDI 2018), with the two terms for a backlog
/// as in the autoscaler of the Flink Kubernetes operator.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Demand {
    /// The share of its capacity that the load may take after a step out.
    pub target_out: f64,
    /// The share of its capacity that the highest load of the last minutes may take after a step in.
    pub target_in: f64,
    /// In what time a backlog is to be worked off.
    pub catch_up: SignedDuration,
    /// What a restart is worth, in proportion to 3 KPU-hours and half of one for each KPU, and at most 8.
    pub restart_price: f64,
}

/// The minutes whose mean load is that of now.
const NOW: usize = 3;

/// A lag is low, or high, in proportion to the threshold of the alarm to scale out.
pub(crate) const LOW: f64 = 0.75;
const HIGH: f64 = 1.5;

/// The largest step out.
const LARGEST_OUT: u32 = 32;

/// The smallest share of its size that a step in leaves.
const SMALLEST_IN: f64 = 0.3;

/// How many minutes of data after a change a step out needs, and how many quiet ones a step in.
const MINUTES_OUT: usize = 2;
const MINUTES_IN: usize = 10;

/// The minutes whose highest load a step in must carry.
const RECENT: usize = 30;

/// How far ahead a step out looks, and a step in, in fives of minutes.
const AHEAD_OUT: usize = 18;
const AHEAD_IN: usize = 72;

/// The most that the load is expected to grow meanwhile: yesterday is no promise.
const MOST_AHEAD: f64 = 1.6;

/// The share of its capacity that the load may take at the end of a step in that pays.
const FULL: f64 = 0.95;

/// How far back it is counted what the KPUs that were not needed have cost, in minutes.
const WASTE: usize = 360;

/// How long an update takes unless it was seen.
const RESTART: SignedDuration = SignedDuration::from_secs(150);

impl Demand {
    /// The size that it wants, or why it wants none.
    pub(crate) fn wish(
        &self,
        direction: Direction,
        resource: &Resource,
        signals: &Signals,
    ) -> Result<Units, Reason> {
        let per_kpu = capacity(resource, signals).ok_or(Reason::NoFreshData)?;
        match direction {
            Direction::Out => self.out(resource, signals, per_kpu),
            Direction::In => self.r#in(resource, signals, per_kpu),
        }
    }

    /// The records per second that must be within the capacity of the new size.
    ///
    /// `load` and `backlog` are in records per second and in records.
    #[must_use]
    pub fn needed(&self, load: f64, backlog: f64, restart: SignedDuration) -> f64 {
        let catch_up = self.catch_up.as_secs_f64();
        load / self.target_out + backlog / catch_up + load * restart.as_secs_f64() / catch_up
    }

    fn out(&self, resource: &Resource, signals: &Signals, per_kpu: f64) -> Result<Units, Reason> {
        let units = resource.size().units;
        let now = signals.load(NOW).ok_or(Reason::NoFreshData)?;
        let load = growing(signals).map_or(now, |soon| soon.max(now));
        let seen = signals.since(resource.last_change, MINUTES_OUT);
        if seen.len() < MINUTES_OUT || seen.iter().any(|minute| minute.lag.is_none()) {
            return Err(Reason::NoFreshData);
        }
        let lag = seen.iter().rev().find_map(|minute| minute.lag).unwrap_or(0.0);
        let backlog = lag * now;
        let capacity = f64::from(units.count()) * per_kpu;
        let spare = capacity - load;
        if spare >= 0.0 && backlog <= spare * self.catch_up.as_secs_f64() {
            return Err(Reason::Draining);
        }
        let needed = if lag > HIGH * signals.lag_threshold {
            self.needed(load, backlog, signals.restart.unwrap_or(RESTART))
        } else {
            load / self.target_out
        };
        let wish = holding(needed, per_kpu);
        if wish <= units {
            return Err(Reason::Draining);
        }
        let ahead = peak(signals, AHEAD_OUT).unwrap_or(0.0).min(now * MOST_AHEAD) / self.target_out;
        let most = units.count().saturating_mul(LARGEST_OUT);
        Ok(wish.max(holding(ahead, per_kpu)).min(Units::saturating(most.into())))
    }

    fn r#in(&self, resource: &Resource, signals: &Signals, per_kpu: f64) -> Result<Units, Reason> {
        let units = resource.size().units;
        let quiet = signals.since(resource.last_change, MINUTES_IN);
        if quiet.len() < MINUTES_IN || quiet.iter().any(|minute| minute.lag.is_none()) {
            return Err(Reason::NoFreshData);
        }
        if quiet.iter().any(|minute| minute.lag > Some(LOW * signals.lag_threshold)) {
            return Err(Reason::Draining);
        }
        let recent = signals.since(None, RECENT);
        let highest =
            recent.windows(NOW).filter_map(mean_load).reduce(f64::max).ok_or(Reason::NoFreshData)?;
        let smallest = Units::saturating_ceil(f64::from(units.count()) * SMALLEST_IN);
        let needed = holding(highest / self.target_in, per_kpu).max(smallest);
        let price = self.price(units, signals);
        if needed >= units || self.wasted(resource, signals, per_kpu) < price {
            return Err(Reason::NotWorthIt);
        }
        let coming = forecast(signals, AHEAD_IN);
        if coming.is_empty() {
            return Ok(needed);
        }
        let saves = |size: u32| {
            let carries = f64::from(size) * per_kpu * FULL;
            let fives = coming.iter().position(|load| *load > carries).unwrap_or(coming.len());
            #[expect(clippy::cast_precision_loss, reason = "there are few")]
            let hours = fives as f64 / 12.0;
            (size, f64::from(units.count() - size) * hours)
        };
        let best = (needed.count()..units.count()).map(saves).max_by(|one, other| one.1.total_cmp(&other.1));
        match best.filter(|(_, saved)| *saved >= price) {
            Some((size, _)) => Ok(Units::saturating(size.into())),
            None => Err(Reason::NotWorthIt),
        }
    }

    /// What a restart is worth, in KPU-hours: the time out of the lag objective that it brings, which grows with its length.
    ///
    /// As in the problem of renting skis, to wait until as much was wasted as the restart costs is never far from the
    /// best. The numbers are measured on real traces: `docs/decisions/0013-sizing-by-demand.md`.
    fn price(&self, units: Units, signals: &Signals) -> f64 {
        let length = signals.restart.unwrap_or(RESTART).as_secs_f64() / RESTART.as_secs_f64();
        let usual = (3.0 + 0.5 * f64::from(units.count())).min(8.0);
        self.restart_price * usual * length.clamp(1.0, 4.0)
    }

    /// The KPU-hours that were not needed since the last change.
    fn wasted(&self, resource: &Resource, signals: &Signals, per_kpu: f64) -> f64 {
        let units = f64::from(resource.size().units.count());
        let minutes = signals.since(resource.last_change, WASTE);
        let needed = |load: f64| (load / self.target_out / per_kpu).max(1.0);
        let loads = minutes.windows(NOW).filter_map(mean_load);
        loads.map(|load| (units - needed(load)).max(0.0) / 60.0).sum()
    }
}

/// The KPUs that can process so many records per second.
fn holding(needed: f64, per_kpu: f64) -> Units {
    Units::saturating_ceil(needed / per_kpu - 1e-9)
}
