//! The Flink job: arriving, processed and waiting records.

use crate::Model;
use crate::model::conditions::Conditions;
use crate::model::time::{TICK, TICKS_PER_MINUTE};
use std::ops::Range;
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
    /// The ticks in which it restarts in a loop.
    looping: Range<usize>,
    starts: Vec<Start>,
    past: Vec<Tick>,
}

/// A start of the job, in seconds from the start of the run.
#[derive(Debug, Clone, Copy)]
struct Start {
    at: f64,
    /// Whether an operation has submitted a new job. Otherwise the job has failed and Flink has restarted it.
    is_new_job: bool,
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
            looping: 0..0,
            starts: vec![Start { at: 0.0, is_new_job: true }],
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
        self.starts.push(Start { at: down_to, is_new_job: true });
    }

    /// Lets the job fail and restart every minute from now on. It processes nothing meanwhile.
    pub(crate) fn restart_in_a_loop(&mut self, minutes: usize) {
        let from = self.past.len().next_multiple_of(TICKS_PER_MINUTE);
        self.looping = from..from + minutes * TICKS_PER_MINUTE;
    }

    /// Whether it restarts in a loop in a minute.
    pub(crate) fn loops(&self, minute: usize) -> bool {
        self.looping.contains(&(minute * TICKS_PER_MINUTE))
    }

    /// The restarts of the job since it was submitted, and its uptime in seconds, at the end of a minute.
    #[expect(clippy::cast_precision_loss, reason = "a trace has far fewer than 2^52 minutes")]
    pub(crate) fn restarts_and_uptime(&self, minute: usize) -> (f64, f64) {
        let end = ((minute + 1) * TICKS_PER_MINUTE) as f64 * TICK;
        let mut earlier = self.starts.iter().rev().filter(|start| start.at < end).peekable();
        let uptime = earlier.peek().map_or(0.0, |start| end - start.at);
        (earlier.take_while(|start| !start.is_new_job).count() as f64, uptime)
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
        let (Size { kpus, capacity }, mut share) = self.sizes.at(tick as f64 * TICK, &self.model);
        if self.looping.contains(&tick) {
            share = 0.0;
            if tick.is_multiple_of(TICKS_PER_MINUTE) {
                self.starts.push(Start { at: tick as f64 * TICK, is_new_job: false });
            }
        }
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
