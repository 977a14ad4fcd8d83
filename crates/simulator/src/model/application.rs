//! The application as MSF manages it: a status, versions and operations around the job.

use crate::model::conditions::Conditions;
use crate::model::job::{Job, Tick};
use crate::model::lifecycle::{End, Lifecycle, Status};
use crate::model::metric::{Metric, Metrics, Minute};
use crate::model::samples::Statistic;
use crate::model::time::{START, at_tick, in_ticks, nearest_tick, seconds};
use crate::{Model, Rng, Trace};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

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
    pub(crate) life: Lifecycle,
    pub(crate) updates: Vec<Rescale>,
    /// Its tags, as far as somebody has written them.
    pub(crate) tags: BTreeMap<String, String>,
    parallelism_per_kpu: u32,
    now: Timestamp,
    rng: Rng,
}

/// Where the past of an application is kept. To ask for so much memory anew takes longer than to fill it.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    past: Vec<Tick>,
    minutes: Vec<Minute>,
}

/// What will come of an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Succeeds,
    /// It fails at once, while the job runs on.
    Aborts,
    /// It fails and leaves the application stopped.
    Stops,
    /// It fails and is rolled back.
    RollsBack,
    /// It hangs, while the job runs on, until somebody cancels it.
    Hangs,
}

/// How long an update hangs until somebody cancels it.
const HANGING: SignedDuration = SignedDuration::from_mins(90);

/// How long an application that was stopped stays so until somebody starts it again.
const STOPPED: SignedDuration = SignedDuration::from_mins(20);

/// How long it takes to stop or to delete an application.
const STOPPING: SignedDuration = SignedDuration::from_secs(30);

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
    pub(crate) fn new(
        model: &Model,
        conditions: &Conditions,
        kpus: u32,
        parallelism_per_kpu: u32,
        seed: u64,
        kept: Kept,
    ) -> Self {
        Self {
            model: model.clone(),
            job: Job::new(model, conditions, kpus, kept.past),
            metrics: Metrics::new(conditions, kept.minutes),
            life: Lifecycle::new(kpus * parallelism_per_kpu),
            updates: Vec::new(),
            tags: BTreeMap::new(),
            parallelism_per_kpu,
            now: START,
            rng: Rng::new(seed, 3),
        }
    }

    /// Where its past was kept, for the next one.
    pub(crate) fn into_kept(self) -> Kept {
        Kept { past: self.job.into_past(), minutes: self.metrics.into_minutes() }
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

    /// KPUs it has, or will have once what is under way is over.
    pub(crate) fn kpus(&self) -> u32 {
        self.life.parallelism_to_come().div_ceil(self.parallelism_per_kpu)
    }

    /// Whether an operation is under way.
    pub(crate) fn is_updating(&self) -> bool {
        self.life.is_busy(self.now)
    }

    /// Its status.
    pub(crate) fn status(&self) -> Status {
        self.life.status(self.now)
    }

    /// How many subtasks share a KPU.
    pub(crate) fn parallelism_per_kpu(&self) -> u32 {
        self.parallelism_per_kpu
    }

    /// The parallelism that runs: during an update still the old one.
    pub(crate) fn current_parallelism(&self) -> u32 {
        self.life.parallelism(self.now)
    }

    /// The KPUs that it runs with now.
    pub(crate) fn current_kpus(&self) -> u32 {
        self.current_parallelism().div_ceil(self.parallelism_per_kpu)
    }

    /// Changes the size. Nothing happens while something is under way, and for the size it has.
    pub(crate) fn rescale(&mut self, kpus: u32) {
        if kpus != self.kpus() {
            self.update(kpus.saturating_mul(self.parallelism_per_kpu), Fate::Succeeds);
        }
    }

    /// Begins to change the parallelism, as the operation of the number returned.
    /// `None`, and nothing is changed, unless the application is running and nothing is under way.
    pub(crate) fn update(&mut self, parallelism: u32, fate: Fate) -> Option<usize> {
        if self.is_updating() || self.status() != Status::Running {
            return None;
        }
        let old = self.current_parallelism();
        let (from, to) = (self.kpus(), parallelism.div_ceil(self.parallelism_per_kpu));
        let factor = (self.model.restart_spread * self.rng.normal()).exp();
        let phase = |seconds: f64| in_ticks(seconds * factor);
        let asked = at_tick(nearest_tick(self.now));
        let down_from = asked + phase(self.model.savepoint_seconds);
        let down_to = down_from + phase(self.model.downtime_seconds);
        let settled = down_to + phase(self.model.settling_seconds);
        let versions = (self.life.version(), self.life.add_version(parallelism));

        self.life.then(self.now, Status::Updating);
        let (ends, end) = match fate {
            Fate::Succeeds => (settled, End::Successful),
            Fate::Aborts => (down_from, End::Failed),
            Fate::Stops => (settled, End::Failed),
            Fate::RollsBack => (down_to, End::Failed),
            Fate::Hangs => (self.now + HANGING, End::Cancelled),
        };
        let operation = self.life.add_operation("UpdateApplication", (self.now, ends), end, versions);
        match fate {
            Fate::Succeeds => {
                self.job.restart(to, seconds(down_from), seconds(down_to));
                self.life.then(settled, Status::Running);
                self.life.then_runs(settled, parallelism);
            }
            Fate::Stops => {
                self.job.restart(from, seconds(down_from), f64::INFINITY);
                self.life.then(settled, Status::Ready);
            }
            Fate::RollsBack => {
                let back = down_to + phase(self.model.downtime_seconds);
                let settled = back + phase(self.model.settling_seconds);
                self.job.restart(from, seconds(down_from), seconds(back));
                self.life.then(down_to, Status::RollingBack);
                self.life.then(settled, Status::Running);
                let undone = (versions.1, self.life.add_version(old));
                let rollback = self.life.add_operation(
                    "RollbackApplication",
                    (down_to, settled),
                    End::Successful,
                    undone,
                );
                self.life.operations[operation].rolled_back_by = Some(rollback);
            }
            Fate::Aborts | Fate::Hangs => self.life.then(ends, Status::Running),
        }
        self.updates.push(Rescale { asked: self.now, down_from, down_to, settled, from, to });
        Some(operation)
    }

    /// Somebody stops it, whatever is under way.
    pub(crate) fn stop(&mut self) {
        self.take_down();
        self.life.passes("StopApplication", self.now, STOPPING, (Status::Stopping, Status::Ready));
    }

    /// Somebody deletes it, whatever is under way.
    pub(crate) fn delete(&mut self) {
        self.take_down();
        self.life.passes("DeleteApplication", self.now, STOPPING, (Status::Deleting, Status::Gone));
    }

    fn take_down(&mut self) {
        self.life.break_off(self.now);
        self.job.restart(self.kpus(), seconds(self.now), f64::INFINITY);
    }

    /// Somebody starts it again if it has been stopped for a while.
    pub(crate) fn start_if_stopped(&mut self) {
        if self.status() != Status::Ready || self.now.duration_since(self.life.since(self.now)) < STOPPED {
            return;
        }
        let up = in_ticks(self.model.downtime_seconds);
        let takes = up + in_ticks(self.model.settling_seconds);
        // It starts with what is configured, which is what an update that has failed has left.
        let parallelism = self.life.configured();
        let kpus = parallelism.div_ceil(self.parallelism_per_kpu);
        self.job.restart(kpus, seconds(self.now), seconds(self.now + up));
        self.life.then_runs(self.now + takes, parallelism);
        self.life.passes("StartApplication", self.now, takes, (Status::Starting, Status::Running));
    }

    /// The data point of `length` minutes that ends with minute `last`, if it can be read by now.
    pub(crate) fn data_point(
        &self,
        metric: Metric,
        statistic: Statistic,
        last: usize,
        length: usize,
    ) -> Option<f64> {
        self.metrics.readable_data_point(metric, statistic, last, length, self.minute())
    }

    /// The minute that is not over yet, counted from zero.
    pub(crate) fn minute(&self) -> usize {
        usize::try_from(self.now.duration_since(START).as_mins()).unwrap_or(0)
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
