//! The best that anybody could have done: the sizes that a clairvoyant chooses, who knows the load and the capacity.
//!
//! A dynamic programme over minutes, sizes and backlogs keeps, for each minute and size, a few pairs of what it has cost and of
//! what waits, none of which is worse than another in both. Staying goes on by a minute; changing the size goes on by the minutes
//! that a restart takes, tick by tick. A minute out of the lag objective costs as much as so many KPU-minutes; that price is
//! searched for which the cheapest path, run through the simulator, is out of the objective for at most the share allowed. To keep
//! only a few pairs is a heuristic: the path is one that can be gone, and the best one may be a little cheaper.

use crate::Model;
use crate::model::job::{Job, Sizes};
use crate::model::time::{TICK, TICKS_PER_MINUTE};

/// Pairs kept for a minute and a size.
const KEPT: usize = 4;

/// Pairs from which a change of size is tried, the cheapest of all sizes in a minute.
const SOURCES: usize = 12;

/// Minutes between two moments at which the size may change.
const EVERY: usize = 3;

/// Ticks in an hour, by which KPUs become KPU-hours; and in a minute.
const TICKS_PER_HOUR: f64 = 3_600.0 / TICK;
const TICKS: f64 = 60.0 / TICK;

/// A size, from a minute on.
pub(crate) type Step = (usize, u32);

/// A way to get to a minute with a size.
#[derive(Debug, Clone, Copy)]
struct Way {
    /// KPU-hours, and the price of the minutes out of the objective.
    cost: f64,
    /// Records that wait.
    backlog: f64,
    /// Where it came from: the minute, the size, and which of its ways.
    from: (u32, u16, u16),
}

const NOWHERE: Way = Way { cost: f64::INFINITY, backlog: f64::INFINITY, from: (0, 0, 0) };

/// What the clairvoyant knows.
pub(crate) struct Oracle<'a> {
    arrived: &'a [f64],
    noise: &'a [f64],
    /// Records per second by the number of KPUs.
    capacities: Vec<f64>,
    least: usize,
    most: usize,
    first: usize,
    objective: f64,
    /// For each tick of a change: whether the old size is billed, or else the new one, and what share of it works.
    change: Vec<(bool, f64)>,
}

impl<'a> Oracle<'a> {
    /// One that knows a job from its beginning with `first` KPUs, within the bounds.
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

    /// The steps of the cheapest path, if a minute out of the objective costs `price` KPU-hours.
    pub(crate) fn path(&self, price: f64) -> Vec<Step> {
        let minutes = (self.arrived.len() - 1) / TICKS_PER_MINUTE;
        let sizes = self.most + 1;
        let lasts = self.change.len() / TICKS_PER_MINUTE;
        let mut ways = vec![NOWHERE; (minutes + 1) * sizes * KEPT];
        let at = |minute: usize, size: usize| (minute * sizes + size) * KEPT;
        ways[at(0, self.first)] = Way { cost: 0.0, backlog: 0.0, from: (0, 0, 0) };
        for minute in 0..minutes {
            for size in self.least..=self.most {
                for kept in 0..KEPT {
                    let way = ways[at(minute, size) + kept];
                    if way.cost.is_finite() {
                        let next = self.stay(minute, size, way, price, from(minute, size, kept));
                        let index = at(minute + 1, size);
                        keep(&mut ways[index..index + KEPT], next);
                    }
                }
            }
            if minute % EVERY == 0 && minute > 0 {
                for (way, from) in self.sources(&ways[at(minute, 0)..at(minute, sizes)], minute) {
                    for size in (self.least..=self.most).filter(|size| *size != usize::from(from.1)) {
                        let next = self.change(minute, size, way, price, from);
                        let index = at((minute + lasts).min(minutes), size);
                        keep(&mut ways[index..index + KEPT], next);
                    }
                }
            }
        }
        self.trace_back(&ways, minutes)
    }

    /// A minute with the same size.
    fn stay(&self, minute: usize, size: usize, way: Way, price: f64, from: (u32, u16, u16)) -> Way {
        let (mut backlog, mut missed, mut lag) = (way.backlog, 0.0, 0.0);
        for tick in minute * TICKS_PER_MINUTE..(minute + 1) * TICKS_PER_MINUTE {
            backlog = self.after(tick, backlog, self.capacities[size]);
            lag = self.lag(tick + 1, backlog);
            if lag > self.objective {
                missed += 1.0 / TICKS;
            }
        }
        let kpus = kpus(size);
        Way { cost: way.cost + kpus / 60.0 + price * missed + tie(lag), backlog, from }
    }

    /// The minutes in which the size is changed.
    fn change(&self, minute: usize, size: usize, way: Way, price: f64, from: (u32, u16, u16)) -> Way {
        let old = usize::from(from.1);
        let (mut cost, mut backlog, mut lag) = (way.cost, way.backlog, 0.0);
        let begins = minute * TICKS_PER_MINUTE;
        for ((is_old, share), tick) in self.change.iter().zip(begins..self.arrived.len() - 1) {
            let billed = if *is_old { old } else { size };
            backlog = self.after(tick, backlog, self.capacities[billed] * share);
            lag = self.lag(tick + 1, backlog);
            cost += kpus(billed) / TICKS_PER_HOUR;
            if lag > self.objective {
                cost += price / TICKS;
            }
        }
        Way { cost: cost + tie(lag), backlog, from }
    }

    /// The cheapest ways of a minute over all sizes, none of which is worse than another in both.
    fn sources(&self, ways: &[Way], minute: usize) -> Vec<(Way, (u32, u16, u16))> {
        let mut all: Vec<(Way, (u32, u16, u16))> = (self.least..=self.most)
            .flat_map(|size| (0..KEPT).map(move |kept| (size, kept)))
            .map(|(size, kept)| (ways[size * KEPT + kept], from(minute, size, kept)))
            .filter(|(way, _)| way.cost.is_finite())
            .collect();
        all.sort_by(|one, other| one.0.cost.total_cmp(&other.0.cost));
        let mut least = f64::INFINITY;
        all.retain(|(way, _)| {
            let less = way.backlog < least - 1e-6;
            least = least.min(way.backlog);
            less
        });
        all.truncate(SOURCES);
        all
    }

    /// The steps of the way that ends cheapest.
    fn trace_back(&self, ways: &[Way], minutes: usize) -> Vec<Step> {
        let sizes = self.most + 1;
        let way = |minute: usize, size: usize, kept: usize| ways[(minute * sizes + size) * KEPT + kept];
        let end = |(size, kept): &(usize, usize)| {
            let way = way(minutes, *size, *kept);
            way.cost + 0.01 * self.lag(self.arrived.len() - 1, way.backlog.min(1e300))
        };
        let ends = (self.least..=self.most).flat_map(|size| (0..KEPT).map(move |kept| (size, kept)));
        let Some((mut size, mut kept)) = ends.min_by(|one, other| end(one).total_cmp(&end(other))) else {
            return Vec::new();
        };
        let (mut minute, mut steps) = (minutes, Vec::new());
        while minute > 0 {
            let (before, old, old_kept) = way(minute, size, kept).from;
            let (before, old) = (before as usize, usize::from(old));
            if old != size {
                steps.push((before, u32::try_from(size).unwrap_or(u32::MAX)));
            }
            (minute, size, kept) = (before, old, usize::from(old_kept));
        }
        steps.reverse();
        steps
    }

    /// What waits after a tick, if so many records per second can be processed.
    fn after(&self, tick: usize, backlog: f64, capacity: f64) -> f64 {
        let arrived = self.arrived[tick + 1] - self.arrived[tick];
        (backlog + arrived - capacity * self.noise[tick] * TICK).max(0.0)
    }

    /// The age of the oldest record that waits when a tick begins, in seconds.
    #[expect(clippy::cast_precision_loss, reason = "a trace has far fewer than 2^52 ticks")]
    fn lag(&self, tick: usize, backlog: f64) -> f64 {
        if backlog <= 1e-6 * self.capacities.get(1).copied().unwrap_or(1.0).max(1.0) {
            return 0.0;
        }
        let processed = self.arrived[tick] - backlog;
        // Mostly it lies a little behind: first in leaps, then by halves.
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

/// Of ways that cost the same, the one that ends with less lag.
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

/// Keeps a way unless one that is kept is no worse in both; what is worse in both goes, and if there is no room, the dearest.
fn keep(kept: &mut [Way], way: Way) {
    if kept.iter().any(|other| other.cost <= way.cost && other.backlog <= way.backlog + 1e-9) {
        return;
    }
    for other in kept.iter_mut() {
        if other.cost >= way.cost && other.backlog >= way.backlog {
            *other = NOWHERE;
        }
    }
    let dearest = kept.iter_mut().max_by(|one, other| one.cost.total_cmp(&other.cost));
    if let Some(dearest) = dearest.filter(|dearest| dearest.cost > way.cost) {
        *dearest = way;
    }
}

/// Tick by tick, what works while the size is changed, by the mean of the model, in whole minutes and one more.
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
