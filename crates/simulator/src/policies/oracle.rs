//! The oracle: the optimal sizes with perfect foresight of the load and the capacity.
//!
//! A dynamic program over minutes, sizes and backlogs keeps a few pairs of cost and backlog for each minute and size. No kept pair is worse than
//! another one in both. Keeping the size advances by a minute, and changing it by the minutes of a restart, tick by tick. A minute above the lag
//! objective has a price in KPU-hours. The caller searches the price at which the cheapest path, run in the simulator, misses the objective for
//! at most the allowed share of the time.
//!
//! Known limitation: only a few pairs are kept. The path is feasible, and the optimal path may be slightly cheaper.

use crate::Model;
use crate::model::job::{Job, Sizes};
use crate::model::time::{TICK, TICKS_PER_MINUTE};

/// The number of pairs that are kept for a minute and a size.
const KEPT: usize = 4;

/// The number of pairs in a minute, the cheapest of all sizes, from which a change of size is tried.
const SOURCES: usize = 12;

/// The minutes between two times at which the size may change.
const CHANGE_INTERVAL_MINUTES: usize = 3;

/// The ticks in an hour and in a minute.
const TICKS_PER_HOUR: f64 = 3_600.0 / TICK;
const TICKS_PER_MINUTE_FLOAT: f64 = 60.0 / TICK;

/// A minute and the size from that minute on.
pub(crate) type Step = (usize, u32);

/// A path from the start to a minute with a size.
#[derive(Debug, Clone, Copy)]
struct PartialPath {
    /// The KPU-hours, with the price of the minutes above the objective.
    cost: f64,
    /// The number of waiting records.
    backlog: f64,
    /// The previous minute, the previous size, and the index of the kept path there.
    from: (u32, u16, u16),
}

const UNREACHABLE: PartialPath = PartialPath { cost: f64::INFINITY, backlog: f64::INFINITY, from: (0, 0, 0) };

/// The knowledge of the oracle: the load, the capacity, the bounds and the objective.
pub(crate) struct Oracle<'a> {
    arrived: &'a [f64],
    noise: &'a [f64],
    /// The capacity in records per second by the number of KPUs.
    capacities: Vec<f64>,
    least: usize,
    most: usize,
    first: usize,
    objective: f64,
    /// For each tick of a change: whether the old size is billed instead of the new one, and the available share of its capacity.
    change: Vec<(bool, f64)>,
}

impl<'a> Oracle<'a> {
    /// Creates the oracle of a job that starts with `first` KPUs and stays within the bounds.
    pub(crate) fn new(model: &Model, job: &'a Job, bounds: (u32, u32), first: u32) -> Self {
        let size = |kpus: u32| usize::try_from(kpus).unwrap_or(usize::MAX);
        Self {
            arrived: job.arrived(),
            noise: job.noise(),
            capacities: (0..=bounds.1)
                .map(|kpus| if kpus == 0 { 0.0 } else { model.capacity(kpus) })
                .collect(),
            least: size(bounds.0),
            most: size(bounds.1),
            first: size(first),
            objective: model.lag_objective_seconds,
            change: change(model),
        }
    }

    /// The steps of the cheapest path, if a minute above the objective costs `price` KPU-hours.
    pub(crate) fn path(&self, price: f64) -> Vec<Step> {
        let minutes = (self.arrived.len() - 1) / TICKS_PER_MINUTE;
        let sizes = self.most + 1;
        let lasts = self.change.len() / TICKS_PER_MINUTE;
        let mut paths = vec![UNREACHABLE; (minutes + 1) * sizes * KEPT];
        let at = |minute: usize, size: usize| (minute * sizes + size) * KEPT;
        paths[at(0, self.first)] = PartialPath { cost: 0.0, backlog: 0.0, from: (0, 0, 0) };
        for minute in 0..minutes {
            for size in self.least..=self.most {
                for kept in 0..KEPT {
                    let path = paths[at(minute, size) + kept];
                    if path.cost.is_finite() {
                        let next = self.stay(minute, size, path, price, from(minute, size, kept));
                        let index = at(minute + 1, size);
                        keep(&mut paths[index..index + KEPT], next);
                    }
                }
            }
            if minute % CHANGE_INTERVAL_MINUTES == 0 && minute > 0 {
                for (path, from) in self.sources(&paths[at(minute, 0)..at(minute, sizes)], minute) {
                    for size in (self.least..=self.most).filter(|size| *size != usize::from(from.1)) {
                        let next = self.change(minute, size, path, price, from);
                        let index = at((minute + lasts).min(minutes), size);
                        keep(&mut paths[index..index + KEPT], next);
                    }
                }
            }
        }
        self.trace_back(&paths, minutes)
    }

    /// Extends a path by a minute with the same size.
    fn stay(
        &self,
        minute: usize,
        size: usize,
        path: PartialPath,
        price: f64,
        from: (u32, u16, u16),
    ) -> PartialPath {
        let (mut backlog, mut missed, mut lag) = (path.backlog, 0.0, 0.0);
        for tick in minute * TICKS_PER_MINUTE..(minute + 1) * TICKS_PER_MINUTE {
            backlog = self.after(tick, backlog, self.capacities[size]);
            lag = self.lag(tick + 1, backlog);
            if lag > self.objective {
                missed += 1.0 / TICKS_PER_MINUTE_FLOAT;
            }
        }
        let kpus = kpus(size);
        PartialPath { cost: path.cost + kpus / 60.0 + price * missed + tie(lag), backlog, from }
    }

    /// Extends a path by the minutes of a change to a size.
    fn change(
        &self,
        minute: usize,
        size: usize,
        path: PartialPath,
        price: f64,
        from: (u32, u16, u16),
    ) -> PartialPath {
        let old = usize::from(from.1);
        let (mut cost, mut backlog, mut lag) = (path.cost, path.backlog, 0.0);
        let begins = minute * TICKS_PER_MINUTE;
        for ((is_old, share), tick) in self.change.iter().zip(begins..self.arrived.len() - 1) {
            let billed = if *is_old { old } else { size };
            backlog = self.after(tick, backlog, self.capacities[billed] * share);
            lag = self.lag(tick + 1, backlog);
            cost += kpus(billed) / TICKS_PER_HOUR;
            if lag > self.objective {
                cost += price / TICKS_PER_MINUTE_FLOAT;
            }
        }
        PartialPath { cost: cost + tie(lag), backlog, from }
    }

    /// The cheapest paths to a minute over all sizes. No path is worse than another one in cost and backlog.
    fn sources(&self, paths: &[PartialPath], minute: usize) -> Vec<(PartialPath, (u32, u16, u16))> {
        let mut all: Vec<(PartialPath, (u32, u16, u16))> = (self.least..=self.most)
            .flat_map(|size| (0..KEPT).map(move |kept| (size, kept)))
            .map(|(size, kept)| (paths[size * KEPT + kept], from(minute, size, kept)))
            .filter(|(path, _)| path.cost.is_finite())
            .collect();
        all.sort_by(|one, other| one.0.cost.total_cmp(&other.0.cost));
        let mut least = f64::INFINITY;
        all.retain(|(path, _)| {
            let less = path.backlog < least - 1e-6;
            least = least.min(path.backlog);
            less
        });
        all.truncate(SOURCES);
        all
    }

    /// The steps of the path with the least cost at the end.
    fn trace_back(&self, paths: &[PartialPath], minutes: usize) -> Vec<Step> {
        let sizes = self.most + 1;
        let path = |minute: usize, size: usize, kept: usize| paths[(minute * sizes + size) * KEPT + kept];
        let end = |(size, kept): &(usize, usize)| {
            let path = path(minutes, *size, *kept);
            path.cost + 0.01 * self.lag(self.arrived.len() - 1, path.backlog.min(1e300))
        };
        let ends = (self.least..=self.most).flat_map(|size| (0..KEPT).map(move |kept| (size, kept)));
        let Some((mut size, mut kept)) = ends.min_by(|one, other| end(one).total_cmp(&end(other))) else {
            return Vec::new();
        };
        let (mut minute, mut steps) = (minutes, Vec::new());
        while minute > 0 {
            let (before, old, old_kept) = path(minute, size, kept).from;
            let (before, old) = (before as usize, usize::from(old));
            if old != size {
                steps.push((before, u32::try_from(size).unwrap_or(u32::MAX)));
            }
            (minute, size, kept) = (before, old, usize::from(old_kept));
        }
        steps.reverse();
        steps
    }

    /// The backlog after a tick with a capacity in records per second.
    fn after(&self, tick: usize, backlog: f64, capacity: f64) -> f64 {
        let arrived = self.arrived[tick + 1] - self.arrived[tick];
        (backlog + arrived - capacity * self.noise[tick] * TICK).max(0.0)
    }

    /// The age of the oldest waiting record at the start of a tick, in seconds.
    #[expect(clippy::cast_precision_loss, reason = "a trace has far fewer than 2^52 ticks")]
    fn lag(&self, tick: usize, backlog: f64) -> f64 {
        if backlog <= 1e-6 * self.capacities.get(1).copied().unwrap_or(1.0).max(1.0) {
            return 0.0;
        }
        let processed = self.arrived[tick] - backlog;
        // The arrival is mostly a few ticks back, so that an exponential search precedes the binary search.
        let (mut leap, mut low) = (1, tick.saturating_sub(1));
        while low > 0 && self.arrived[low] > processed {
            leap *= 2;
            low = tick.saturating_sub(leap);
        }
        let next = low + self.arrived[low..=tick].partition_point(|arrived| *arrived <= processed);
        if next == 0 {
            return tick as f64 * TICK;
        }
        let in_tick = (self.arrived[next.min(tick)] - self.arrived[next - 1]).max(1e-12);
        let share = (processed - self.arrived[next - 1]) / in_tick;
        (tick as f64 - (next - 1) as f64 - share) * TICK
    }
}

/// A cost that prefers the path with less lag among paths of equal cost.
fn tie(lag: f64) -> f64 {
    1e-7 * lag
}

fn kpus(size: usize) -> f64 {
    f64::from(u32::try_from(size).unwrap_or(u32::MAX))
}

fn from(minute: usize, size: usize, kept: usize) -> (u32, u16, u16) {
    (
        u32::try_from(minute).unwrap_or(u32::MAX),
        u16::try_from(size).unwrap_or(u16::MAX),
        u16::try_from(kept).unwrap_or(u16::MAX),
    )
}

/// Adds a path, unless a kept one is no worse in cost and backlog. Kept paths that are worse in both are dropped, and the most expensive one if
/// there is no room.
fn keep(kept: &mut [PartialPath], path: PartialPath) {
    if kept.iter().any(|other| other.cost <= path.cost && other.backlog <= path.backlog + 1e-9) {
        return;
    }
    for other in kept.iter_mut() {
        if other.cost >= path.cost && other.backlog >= path.backlog {
            *other = UNREACHABLE;
        }
    }
    let most_expensive = kept.iter_mut().max_by(|one, other| one.cost.total_cmp(&other.cost));
    if let Some(replaced) = most_expensive.filter(|other| other.cost > path.cost) {
        *replaced = path;
    }
}

/// The ticks of a change, by the mean durations of the model, rounded up to minutes and with one additional minute.
fn change(model: &Model) -> Vec<(bool, f64)> {
    let down_to = model.savepoint_seconds + model.downtime_seconds;
    let warm_from = down_to + model.warm_up_seconds;
    let minutes = (warm_from / 60.0).ceil().max(((down_to + model.settling_seconds) / 60.0).ceil()) + 1.0;
    let is_old = Sizes { before: true, after: false, down_from: model.savepoint_seconds, down_to, warm_from };
    let mut ticks = Vec::new();
    let mut seconds = 0.0;
    while seconds < minutes * 60.0 {
        ticks.push(is_old.at(seconds, model));
        seconds += TICK;
    }
    ticks
}
