//! The Flink job: what arrives, what is processed, what waits.

use crate::{Dice, Model, Trace};

/// The length of one step of the model, in seconds.
pub(crate) const TICK_SECONDS: usize = 10;

/// Steps in a minute.
pub(crate) const TICKS_PER_MINUTE: usize = 60 / TICK_SECONDS;

/// A stretch of ten seconds, and what it does in seconds as a float.
const TICK: f64 = 10.0;

/// Steps over which the capacity's noise keeps one value, and after which it is correlated by 1/e.
const TICKS_OF_ONE_NOISE: usize = 10 * TICKS_PER_MINUTE;

/// The job and its past. Times are counted in ticks from the start.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    model: Model,
    /// All records that have arrived before each tick.
    arrived: Vec<f64>,
    /// The factor on the capacity in each tick.
    noise: Vec<f64>,
    /// Records processed so far.
    processed: f64,
    /// The tick in which the oldest record that waits has arrived.
    oldest_waiting: usize,
    sizes: Sizes,
    past: Vec<Tick>,
}

/// The size before and after the last restart, and when which of them works. In seconds from the start.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    before: u32,
    after: u32,
    down_from: f64,
    down_to: f64,
    warm_from: f64,
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
    /// A job that starts with `kpus` and nothing waiting.
    pub(crate) fn new(model: &Model, trace: &Trace, kpus: u32, seed: u64) -> Self {
        let ticks = trace.minutes() * TICKS_PER_MINUTE;
        let mut arrived = Vec::with_capacity(ticks + 1);
        let mut total = 0.0;
        arrived.push(total);
        for rate in trace.records_per_second() {
            for _ in 0..TICKS_PER_MINUTE {
                total += rate * TICK;
                arrived.push(total);
            }
        }
        let sizes = Sizes { before: kpus, after: kpus, down_from: -1.0, down_to: -1.0, warm_from: -1.0 };
        Self {
            model: model.clone(),
            arrived,
            noise: noise(model, ticks, seed),
            processed: 0.0,
            oldest_waiting: 0,
            sizes,
            past: Vec::with_capacity(ticks),
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

    /// All records that have arrived before each tick.
    pub(crate) fn arrived(&self) -> &[f64] {
        &self.arrived
    }

    /// The factor on the capacity in each tick.
    pub(crate) fn noise(&self) -> &[f64] {
        &self.noise
    }

    /// The records that arrived from one tick to another.
    pub(crate) fn arrived_between(&self, from: usize, to: usize) -> f64 {
        self.arrived[to] - self.arrived[from]
    }

    /// Restarts the job with another size: still the old one until `down_from`, then none until `down_to`.
    pub(crate) fn restart(&mut self, kpus: u32, down_from: f64, down_to: f64) {
        let warm_from = down_to + self.model.warm_up_seconds;
        self.sizes = Sizes { before: self.sizes.after, after: kpus, down_from, down_to, warm_from };
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
        let (kpus, share) = self.sizes.at(tick as f64 * TICK, &self.model);
        let capacity = self.model.capacity(kpus) * self.noise[tick] * share * TICK;
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

impl Sizes {
    /// The size that is billed at a time, and the share of its capacity that it has.
    fn at(&self, seconds: f64, model: &Model) -> (u32, f64) {
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

/// An autoregressive process of first order around 1, never further from it than 0.3.
fn noise(model: &Model, ticks: usize, seed: u64) -> Vec<f64> {
    let mut dice = Dice::new(seed, 1);
    let kept = (-1.0_f64).exp();
    let mut value = 0.0;
    let mut noise = Vec::with_capacity(ticks);
    while noise.len() < ticks {
        let factor = (1.0 + model.capacity_noise * value).clamp(0.7, 1.3);
        noise.extend(std::iter::repeat_n(factor, TICKS_OF_ONE_NOISE.min(ticks - noise.len())));
        value = kept * value + (1.0 - kept * kept).sqrt() * dice.normal();
    }
    noise
}
