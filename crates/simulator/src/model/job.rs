//! The Flink job: arriving, processed and waiting records.

use crate::Model;
use crate::model::conditions::Conditions;
use crate::model::time::TICK;
use std::sync::Arc;

/// The job and its past. Times are in ticks from the start.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    model: Model,
    arrived: Arc<[f64]>,
    noise: Arc<[f64]>,
    /// The number of processed records.
    processed: f64,
    /// The tick in which the oldest waiting record arrived.
    oldest_waiting: usize,
    sizes: Sizes<Size>,
    past: Vec<Tick>,
}

/// A size and its capacity in records per second.
#[derive(Debug, Clone, Copy)]
struct Size {
    kpus: u32,
    capacity: f64,
}

/// The sizes before and after a restart, with the limits of each phase in seconds from the start.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes<S> {
    pub(crate) before: S,
    pub(crate) after: S,
    pub(crate) down_from: f64,
    pub(crate) down_to: f64,
    pub(crate) warm_from: f64,
}

/// The figures of one tick.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tick {
    /// The billed KPUs.
    pub(crate) kpus: u32,
    /// The number of records that the job could have processed.
    pub(crate) capacity: f64,
    /// The number of records that the job processed.
    pub(crate) processed: f64,
    /// The number of records that wait at its end.
    pub(crate) backlog: f64,
    /// The age of the oldest waiting record at its end, in seconds.
    pub(crate) lag: f64,
}

impl Job {
    /// Creates a job that starts with `kpus` and no waiting records. `past` is reused memory, whose content is dropped.
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

    /// The number of simulated ticks.
    pub(crate) fn ticks(&self) -> usize {
        self.past.len()
    }

    /// The number of ticks of the trace.
    pub(crate) fn end(&self) -> usize {
        self.noise.len()
    }

    /// The figures of every simulated tick.
    pub(crate) fn past(&self) -> &[Tick] {
        &self.past
    }

    /// Returns the memory of the past, for reuse.
    pub(crate) fn into_past(self) -> Vec<Tick> {
        self.past
    }

    /// The number of records that arrive before each tick, from the start.
    pub(crate) fn arrived(&self) -> &[f64] {
        &self.arrived
    }

    /// The factor on the capacity in each tick.
    pub(crate) fn noise(&self) -> &[f64] {
        &self.noise
    }

    /// Replaces the arrivals by the records that a stream has accepted by now.
    pub(crate) fn reads(&mut self, stream: &Self) {
        let arrived = Arc::make_mut(&mut self.arrived);
        for (tick, taken) in stream.past.iter().enumerate().skip(self.past.len()) {
            arrived[tick + 1] = arrived[tick] + taken.processed;
        }
    }

    /// The number of records that arrive from one tick to another.
    pub(crate) fn arrived_between(&self, from: usize, to: usize) -> f64 {
        self.arrived[to] - self.arrived[from]
    }

    /// Restarts the job with another size. The old size runs until `down_from`, and no size until `down_to`.
    pub(crate) fn restart(&mut self, kpus: u32, down_from: f64, down_to: f64) {
        let warm_from = down_to + self.model.warm_up_seconds;
        let after = Size { kpus, capacity: self.model.capacity(kpus) };
        self.sizes = Sizes { before: self.sizes.after, after, down_from, down_to, warm_from };
    }

    /// Runs until a tick begins or the trace ends.
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

    /// The arrival of the next record in seconds. The job processes records in the order of arrival.
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
    /// The size that is billed at a time, and the available share of its capacity.
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
