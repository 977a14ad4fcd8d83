//! The application as MSF manages it: a status, versions and operations around the job.

use crate::job::{Job, TICK_SECONDS};
use crate::metric::Metrics;
use crate::{Dice, Model, Trace};
use jiff::{SignedDuration, Timestamp};

/// When the simulated time begins: a Monday, at midnight UTC.
pub(crate) const START: Timestamp = Timestamp::constant(1_767_571_200, 0); // 2026-01-05T00:00:00Z

/// Minutes at the start of a trace from whose load the first size is chosen.
const MINUTES_KNOWN_BEFORE: usize = 30;

/// The utilisation for which the first size is chosen.
const FIRST_UTILISATION: f64 = 0.7;

/// A simulated application.
#[derive(Debug, Clone)]
pub(crate) struct ManagedApplication {
    pub(crate) model: Model,
    pub(crate) job: Job,
    pub(crate) metrics: Metrics,
    pub(crate) version: i64,
    pub(crate) updates: Vec<Rescale>,
    kpus: u32,
    parallelism_per_kpu: u32,
    /// The parallelism before and after the last update.
    parallelism: (u32, u32),
    now: Timestamp,
    dice: Dice,
}

/// A change of size, and when what of it happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rescale {
    /// When it was asked for.
    pub asked: Timestamp,
    /// When the job stopped processing.
    pub down_from: Timestamp,
    /// When it processed again.
    pub down_to: Timestamp,
    /// When MSF said RUNNING again.
    pub settled: Timestamp,
    /// KPUs before.
    pub from: u32,
    /// KPUs after.
    pub to: u32,
}

impl ManagedApplication {
    /// An application that starts with `kpus`, each full of subtasks.
    pub(crate) fn new(model: &Model, trace: &Trace, kpus: u32, parallelism_per_kpu: u32, seed: u64) -> Self {
        Self {
            model: model.clone(),
            job: Job::new(model, trace, kpus, seed),
            metrics: Metrics::new(seed),
            version: 1,
            updates: Vec::new(),
            kpus,
            parallelism_per_kpu,
            parallelism: (kpus * parallelism_per_kpu, kpus * parallelism_per_kpu),
            now: START,
            dice: Dice::new(seed, 3),
        }
    }

    /// The time.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// When the trace ends.
    pub(crate) fn end(&self) -> Timestamp {
        at_tick(self.job.end())
    }

    /// Lets the application run until `time`, and measures the minutes that have passed.
    pub(crate) fn run_until(&mut self, time: Timestamp) {
        self.now = time;
        self.job.run_until(nearest_tick(time));
        self.metrics.measure(&self.job, &self.model);
    }

    /// KPUs it has, or will have once the update under way is over.
    pub(crate) fn kpus(&self) -> u32 {
        self.kpus
    }

    /// Whether an update is under way.
    pub(crate) fn is_updating(&self) -> bool {
        self.updates.last().is_some_and(|update| self.now < update.settled)
    }

    /// How many subtasks share a KPU.
    pub(crate) fn parallelism_per_kpu(&self) -> u32 {
        self.parallelism_per_kpu
    }

    /// The parallelism that runs: during an update still the old one.
    pub(crate) fn current_parallelism(&self) -> u32 {
        if self.is_updating() { self.parallelism.0 } else { self.parallelism.1 }
    }

    /// Begins to change the parallelism. False, and nothing is changed, during an update and for the KPUs it has.
    pub(crate) fn update_parallelism(&mut self, parallelism: u32) -> bool {
        let accepted = self.rescale(parallelism.div_ceil(self.parallelism_per_kpu));
        if accepted {
            self.parallelism.1 = parallelism;
        }
        accepted
    }

    /// Begins to change the size. False, and nothing is changed, during an update and for the size it has.
    pub(crate) fn rescale(&mut self, kpus: u32) -> bool {
        if self.is_updating() || kpus == self.kpus {
            return false;
        }
        let factor = (self.model.restart_spread * self.dice.normal()).exp();
        let phase = |seconds: f64| in_ticks(seconds * factor);
        let asked = at_tick(nearest_tick(self.now));
        let down_from = asked + phase(self.model.savepoint_seconds);
        let down_to = down_from + phase(self.model.downtime_seconds);
        let settled = down_to + phase(self.model.settling_seconds);
        self.job.restart(kpus, seconds(down_from), seconds(down_to));
        self.updates.push(Rescale {
            asked: self.now,
            down_from,
            down_to,
            settled,
            from: self.kpus,
            to: kpus,
        });
        self.kpus = kpus;
        self.parallelism = (self.parallelism.1, kpus.saturating_mul(self.parallelism_per_kpu));
        self.version += 1;
        true
    }

    /// The newest minute whose data points can be read now, counted from zero.
    pub(crate) fn newest_minute(&self) -> Option<usize> {
        let published = self.now.duration_since(START) - self.model.publishing_delay;
        usize::try_from(published.as_mins()).ok()?.checked_sub(1)
    }
}

/// The size that would carry the first half hour of a trace with room to spare, as its owner would have chosen it.
pub(crate) fn first_size(model: &Model, trace: &Trace, least: u32, most: u32) -> u32 {
    let known = trace.records_per_second();
    let known = &known[..known.len().min(MINUTES_KNOWN_BEFORE)];
    #[expect(clippy::cast_precision_loss, reason = "thirty minutes at the most")]
    let mean = known.iter().sum::<f64>() / known.len() as f64;
    let wanted = (mean / (FIRST_UTILISATION * model.records_per_kpu)).ceil();
    (least..=most).find(|kpus| f64::from(*kpus) >= wanted).unwrap_or(most)
}

/// Seconds from the start.
pub(crate) fn seconds(time: Timestamp) -> f64 {
    time.duration_since(START).as_secs_f64()
}

fn at_tick(tick: usize) -> Timestamp {
    let seconds = i64::try_from(tick * TICK_SECONDS).unwrap_or(i64::MAX);
    START.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}

fn nearest_tick(time: Timestamp) -> usize {
    let seconds = usize::try_from(time.duration_since(START).as_secs()).unwrap_or(0);
    (seconds + TICK_SECONDS / 2) / TICK_SECONDS
}

/// A duration in whole ticks, at least one.
fn in_ticks(seconds: f64) -> SignedDuration {
    let ticks = (seconds / 10.0).round().max(1.0);
    SignedDuration::try_from_secs_f64(ticks * 10.0).unwrap_or(SignedDuration::MAX)
}
