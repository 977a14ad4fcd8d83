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
    /// The price of a restart, as a multiple of an hour of the whole application, or of 8 KPUs if it has more.
    pub restart_price: f64,
}

/// The minutes whose mean load is that of now.
const NOW: usize = 2;

/// In proportion to the threshold of the alarm to scale out: up to where a lag is low, and what is wanted of it.
pub(crate) const LOW: f64 = 0.75;
const OBJECTIVE: f64 = 4.0;

/// The largest step out.
const LARGEST_OUT: u32 = 32;

/// How many minutes of data after a change a step out needs, and how many quiet ones a step in.
const MINUTES_OUT: usize = 2;
const MINUTES_IN: usize = 10;

/// The minutes whose highest load a step in must carry.
const RECENT: usize = 30;

/// How far ahead a step out looks, and a step in, in fives of minutes.
const AHEAD_OUT: usize = 18;
const AHEAD_IN: usize = 48;

/// The most that the load is expected to grow meanwhile: yesterday is no promise.
const MOST_AHEAD: f64 = 1.6;

/// Up to how many KPUs a restart is the dearer the larger the application is.
const MOST_DEAR: f64 = 8.0;

/// What a step in must save, in prices of a restart: always, and for each minute out of the lag objective that it brings.
const ALWAYS: f64 = 0.5;
const A_MINUTE: f64 = 0.2;

/// The most of its capacity that the load is taken to need after a step in: what needs all of it never catches up.
const MOST_USED: f64 = 0.97;

/// How far back it is counted what the KPUs that were not needed have cost before a step in is weighed, in minutes.
const WASTE: usize = 360;

/// How far back it is counted for a load that is steady, in minutes, and which part is believed to be wasted again.
const DAY: usize = 1_440;
const AGAIN: f64 = 1.0 / 3.0;

/// How long an update takes unless it was seen.
const RESTART: SignedDuration = SignedDuration::from_secs(150);

impl Demand {
    /// The size that it wants, or why it wants none.
    pub(crate) fn wish(
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

    /// The records per second that must be within the capacity of the new size.
    ///
    /// `load` and `backlog` are in records per second and in records.
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
            return Err(Reason::CatchingUp);
        }
        let wish = holding(self.needed(load, backlog, signals.restart.unwrap_or(RESTART)), per_kpu);
        if wish <= units {
            return Err(Reason::CatchingUp);
        }
        let ahead = peak(days, AHEAD_OUT).unwrap_or(0.0).min(now * MOST_AHEAD) / self.target_out;
        let most = units.count().saturating_mul(LARGEST_OUT);
        Ok(wish.max(holding(ahead, per_kpu)).min(Units::saturating(most.into())))
    }

    fn r#in(
        &self,
        resource: &Resource,
        signals: &Signals,
        days: &[Option<f64>],
        per_kpu: f64,
    ) -> Result<Units, Reason> {
        let units = resource.size().units;
        let quiet = signals.since(resource.last_change, MINUTES_IN);
        if quiet.len() < MINUTES_IN || quiet.iter().any(|minute| minute.lag.is_none()) {
            return Err(Reason::NoFreshData);
        }
        if quiet.iter().any(|minute| minute.lag > Some(LOW * signals.lag_threshold)) {
            return Err(Reason::CatchingUp);
        }
        let recent = signals.since(None, RECENT);
        let highest =
            recent.windows(NOW).filter_map(mean_load).reduce(f64::max).ok_or(Reason::NoFreshData)?;
        let needed = holding(highest / self.target_in, per_kpu);
        let price = self.price(units);
        if needed >= units || self.wasted(resource, signals, per_kpu, 1.0, WASTE) < price {
            return Err(Reason::NotCostEffective);
        }
        let now = signals.load(NOW).ok_or(Reason::NoFreshData)?;
        let cost = |size: f64| price * (ALWAYS + A_MINUTE * minutes_out(now / (size * per_kpu), signals));
        let coming = forecast(days, AHEAD_IN);
        // What has not been needed for most of a day is believed not to be needed for longer than the hours ahead. Of less than half a
        // day, a third is less than these.
        let has_lasted = signals.since(resource.last_change, DAY).len() > DAY / 2;
        let gain = |size: u32| {
            let exceeds = |load: &Option<f64>| *load > Some(f64::from(size) * per_kpu * self.target_in);
            let until = coming.iter().position(exceeds);
            #[expect(clippy::cast_precision_loss, reason = "there are few")]
            let hours = until.unwrap_or(AHEAD_IN) as f64 / 12.0;
            let saved = f64::from(units.count() - size) * hours;
            let wasted = if until.is_none() && has_lasted {
                self.wasted(resource, signals, per_kpu, size.into(), DAY) * AGAIN
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

    /// The price of a restart, in KPU-hours.
    ///
    /// As in the problem of renting skis, to wait until as much was wasted as the restart costs is never far from the
    /// best. The numbers are measured on real traces: `docs/decisions/0022-a-restart-costs-minutes.md`.
    fn price(&self, units: Units) -> f64 {
        self.restart_price * f64::from(units.count()).min(MOST_DEAR)
    }

    /// The KPU-hours beyond a size that were not needed since the last change, within the last `most` minutes.
    fn wasted(&self, resource: &Resource, signals: &Signals, per_kpu: f64, size: f64, most: usize) -> f64 {
        let units = f64::from(resource.size().units.count());
        let minutes = signals.since(resource.last_change, most);
        let needed = |load: f64| (load / self.target_out / per_kpu).max(size);
        let loads = minutes.windows(NOW).filter_map(mean_load);
        loads.map(|load| (units - needed(load)).max(0.0) / 60.0).sum()
    }
}

/// For how many minutes a restart brings the lag out of its objective, if the load takes this share of the capacity after it.
///
/// An update that is down for `R` lets the lag grow to `R`, and out of the objective `O` for `R - O`. From then on a second of arrivals is worked off
/// in `used` seconds, so that the lag falls back to `O` within `(R - O) * used / (1 - used)`. Together that is `(R - O) / (1 - used)`. How
/// long it is down is not known: `R` is the whole of a usual update, which is more.
fn minutes_out(used: f64, signals: &Signals) -> f64 {
    let restart = signals.restart.unwrap_or(RESTART).as_secs_f64();
    let late = (restart - OBJECTIVE * signals.lag_threshold).max(0.0) / 60.0;
    late / (1.0 - used.min(MOST_USED))
}

/// The KPUs that can process so many records per second.
fn holding(needed: f64, per_kpu: f64) -> Units {
    Units::saturating_ceil(needed / per_kpu - 1e-9)
}
