//! The Flink job: what arrives, what is processed, what waits.

use crate::Model;
use crate::model::conditions::Conditions;
use crate::model::time::TICK;
use std::sync::Arc;

/// The job and its past. Times are counted in ticks from the start.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    model: Model,
    arrived: Arc<[f64]>,
    noise: Arc<[f64]>,
    /// Records processed so far.
    processed: f64,
    /// The tick in which the oldest record that waits has arrived.
    oldest_waiting: usize,
    sizes: Sizes<Size>,
    past: Vec<Tick>,
}

/// A size, and the records per second that it can process.
#[derive(Debug, Clone, Copy)]
struct Size {
    kpus: u32,
    capacity: f64,
}

/// The size before and after a restart, and when which of them works. In seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes<S> {
    pub(crate) before: S,
    pub(crate) after: S,
    pub(crate) down_from: f64,
    pub(crate) down_to: f64,
    pub(crate) warm_from: f64,
}

/// What happened in one tick.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tick {
    /// KPUs that are billed.
    pub(crate) kpus: u32,
    /// Records that could have been processed.
    pub(crate) capacity: f64,
    /// Records that were processed.
    pub(crate) processed: f64,
    /// Records that wait at its end.
    pub(crate) backlog: f64,
    /// The age of the oldest record that waits at its end, in seconds.
    pub(crate) lag: f64,
}

impl Job {
    /// A job that starts with `kpus` and nothing waiting. What happens is kept where something was kept before.
    pub(crate) fn new(model: &Model, conditions: &Conditions, kpus: u32, mut past: Vec<Tick>) -> Self {
        past.clear();
        past.reserve(conditions.noise.len());
        let capacity = model.capacity(kpus);
        let size = Size { kpus, capacity };
        let sizes = Sizes { before: size, after: size, down_from: -1.0, down_to: -1.0, warm_from: -1.0 };
        Self {
            model: model.clone(),
            arrived: Arc::clone(&conditions.arrived),
            noise: Arc::clone(&conditions.noise),
            processed: 0.0,
            oldest_waiting: 0,
            sizes,
            past,
        }
    }

    /// The number of ticks that are over.
    pub(crate) fn ticks(&self) -> usize {
        self.past.len()
    }

    /// The number of ticks until the trace ends.
    pub(crate) fn end(&self) -> usize {
        self.noise.len()
    }

    /// Everything that has happened.
    pub(crate) fn past(&self) -> &[Tick] {
        &self.past
    }

    /// Everything that has happened, to be kept elsewhere.
    pub(crate) fn into_past(self) -> Vec<Tick> {
        self.past
    }

    /// All records that have arrived before each tick.
    pub(crate) fn arrived(&self) -> &[f64] {
        &self.arrived
    }

    /// The factor on the capacity in each tick.
    pub(crate) fn noise(&self) -> &[f64] {
        &self.noise
    }

    /// Lets arrive what a stream has taken by now, instead of what was to arrive.
    pub(crate) fn reads(&mut self, stream: &Self) {
        let arrived = Arc::make_mut(&mut self.arrived);
        for (tick, taken) in stream.past.iter().enumerate().skip(self.past.len()) {
            arrived[tick + 1] = arrived[tick] + taken.processed;
        }
    }

    /// The records that arrived from one tick to another.
    pub(crate) fn arrived_between(&self, from: usize, to: usize) -> f64 {
        self.arrived[to] - self.arrived[from]
    }

    /// Restarts the job with another size: still the old one until `down_from`, then none until `down_to`.
    pub(crate) fn restart(&mut self, kpus: u32, down_from: f64, down_to: f64) {
        let warm_from = down_to + self.model.warm_up_seconds;
        let after = Size { kpus, capacity: self.model.capacity(kpus) };
        self.sizes = Sizes { before: self.sizes.after, after, down_from, down_to, warm_from };
    }

    /// Runs until the tick of that number begins, or the trace ends.
    pub(crate) fn run_until(&mut self, tick: usize) {
        while self.past.len() < tick.min(self.end()) {
            self.run_one();
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a trace has far fewer than 2^52 ticks")]
    fn run_one(&mut self) {
        let tick = self.past.len();
        let (Size { kpus, capacity }, share) = self.sizes.at(tick as f64 * TICK, &self.model);
        let capacity = capacity * self.noise[tick] * share * TICK;
        let arrived = self.arrived[tick + 1];
        let processed = (arrived - self.processed).min(capacity).max(0.0);
        self.processed += processed;
        let backlog = arrived - self.processed;
        let lag = if backlog < 1e-6 * self.model.records_per_kpu.max(1.0) {
            self.oldest_waiting = tick;
            0.0
        } else {
            (tick + 1) as f64 * TICK - self.arrival_of_oldest_waiting()
        };
        self.past.push(Tick { kpus, capacity, processed, backlog: backlog.max(0.0), lag });
    }

    /// When the next record to be processed has arrived, in seconds: first in, first out.
    #[expect(clippy::cast_precision_loss, reason = "a trace has far fewer than 2^52 ticks")]
    fn arrival_of_oldest_waiting(&mut self) -> f64 {
        while self.arrived[self.oldest_waiting + 1] <= self.processed + 1e-9 {
            self.oldest_waiting += 1;
        }
        let from = self.arrived[self.oldest_waiting];
        let in_tick = (self.arrived[self.oldest_waiting + 1] - from).max(1e-12);
        let share = ((self.processed - from) / in_tick).max(0.0);
        (self.oldest_waiting as f64 + share) * TICK
    }
}

impl<S: Copy> Sizes<S> {
    /// The size that is billed at a time, and the share of its capacity that it has.
    pub(crate) fn at(&self, seconds: f64, model: &Model) -> (S, f64) {
        if seconds < self.down_from {
            (self.before, 1.0)
        } else if seconds < self.down_to {
            (self.after, 0.0)
        } else if seconds < self.warm_from {
            (self.after, model.warm_up_capacity)
        } else {
            (self.after, 1.0)
        }
    }
}
