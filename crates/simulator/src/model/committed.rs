//! The offsets that Flink commits to Kafka, and the lags that a broker computes from them.
//!
//! Flink commits the offsets of a checkpoint when the checkpoint completes. A healthy job that has read every record still shows a lag: it
//! rises from the duration of a checkpoint to the interval plus the duration, and falls back at the next commit.

use crate::Model;
use crate::model::job::Tick;
use crate::model::time::{TICK, TICK_SECONDS};

/// The duration of a checkpoint in ticks (assumed: 10 s).
const CHECKPOINT_TICKS: usize = 10 / TICK_SECONDS;

/// The committed offsets of a job, as the number of records from the start.
#[derive(Debug, Clone)]
pub(crate) struct CommittedOffsets {
    interval: usize,
    processed: f64,
    committed: f64,
    /// The ticks until the next checkpoint begins.
    next: usize,
    /// The checkpoint in progress: the ticks until it completes, and its offset.
    pending: Option<(usize, f64)>,
    was_up: bool,
    /// The tick in which the oldest record without a commit arrived.
    oldest: usize,
}

impl CommittedOffsets {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an interval is above 0 and far below 2^52 ticks"
    )]
    pub(crate) fn new(model: &Model) -> Self {
        let interval = (model.checkpoint_interval_seconds / TICK).round().max(1.0) as usize;
        Self {
            interval,
            processed: 0.0,
            committed: 0.0,
            next: interval,
            pending: None,
            was_up: true,
            oldest: 0,
        }
    }

    /// Follows a job through the ticks of a minute, from the tick `from` on. Returns the lag in records and the lag in seconds at the end:
    /// a broker publishes one value a minute. `arrived` is the number of records that arrive before each tick.
    pub(crate) fn measure(&mut self, ticks: &[Tick], from: usize, arrived: &[f64]) -> [f64; 2] {
        for tick in ticks {
            self.tick(tick);
        }
        let end = from + ticks.len();
        let records = (arrived[end] - self.committed).max(0.0);
        let seconds = if records > 1e-6 { self.age(end, arrived) } else { 0.0 };
        [records, seconds]
    }

    fn tick(&mut self, tick: &Tick) {
        let is_up = tick.capacity > 0.0;
        if !is_up {
            // A stop with a savepoint commits its offsets.
            if self.was_up {
                self.committed = self.processed;
            }
            (self.next, self.pending, self.was_up) = (self.interval, None, false);
            return;
        }
        self.was_up = true;
        self.processed += tick.processed;
        if let Some((left, offset)) = &mut self.pending {
            *left -= 1;
            if *left == 0 {
                self.committed = *offset;
                self.pending = None;
            }
        }
        self.next -= 1;
        if self.next == 0 {
            self.next = self.interval;
            self.pending = Some((CHECKPOINT_TICKS, self.processed));
        }
    }

    /// The age of the oldest record without a commit at the start of tick `end`, in seconds.
    #[expect(clippy::cast_precision_loss, reason = "a trace has far fewer than 2^52 ticks")]
    fn age(&mut self, end: usize, arrived: &[f64]) -> f64 {
        while self.oldest + 1 < end && arrived[self.oldest + 1] <= self.committed + 1e-6 {
            self.oldest += 1;
        }
        let before = arrived[self.oldest];
        let in_tick = (arrived[self.oldest + 1] - before).max(1e-12);
        let share = ((self.committed - before) / in_tick).clamp(0.0, 1.0);
        (end as f64 - self.oldest as f64 - share) * TICK
    }
}
