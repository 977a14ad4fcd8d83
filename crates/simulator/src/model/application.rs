//! The application as MSF manages it: the job with a status, versions and operations.

use crate::Statistic;
use crate::model::conditions::Conditions;
use crate::model::job::{Job, Tick};
use crate::model::lifecycle::{End, Lifecycle, Status};
use crate::model::metric::{Metric, Metrics};
use crate::model::minute::Minute;
use crate::model::time::{Clock, in_ticks};
use crate::{Model, Rng, Trace};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// The minutes at the start of a trace whose load determines the first size.
const MINUTES_KNOWN_BEFORE: usize = 30;

/// The utilization at which the first size processes that load.
const FIRST_UTILIZATION: f64 = 0.7;

/// A simulated application.
#[derive(Debug, Clone)]
pub(crate) struct ManagedApplication {
    pub(crate) model: Model,
    pub(crate) job: Job,
    pub(crate) metrics: Metrics,
    pub(crate) life: Lifecycle,
    pub(crate) updates: Vec<Rescale>,
    /// Its tags.
    pub(crate) tags: BTreeMap<String, String>,
    /// The clock of the trace.
    pub(crate) clock: Clock,
    parallelism_per_kpu: u32,
    now: Timestamp,
    rng: Rng,
}

/// The memory of an application's past, for reuse. Allocating it takes longer than filling it.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    past: Vec<Tick>,
    minutes: Vec<Minute>,
}

/// The outcome of an update, which the simulation decides when the update begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlannedOutcome {
    Succeeds,
    /// It fails at once, and the job continues to run.
    Aborts,
    /// It fails and leaves the application stopped.
    Stops,
    /// It fails and is rolled back.
    RollsBack,
    /// It hangs until an operator cancels it, and the job continues to run.
    Hangs,
}

/// The time after which an operator cancels an update that hangs.
const HANGING: SignedDuration = SignedDuration::from_mins(90);

/// The time after which an operator starts a stopped application.
const STOPPED: SignedDuration = SignedDuration::from_mins(20);

/// The duration of stopping or deleting an application.
const STOPPING: SignedDuration = SignedDuration::from_secs(30);

/// A change of size with the times of its phases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rescale {
    /// When the policy requested it.
    pub asked: Timestamp,
    /// When the job stopped processing records.
    pub down_from: Timestamp,
    /// When the job processed records again.
    pub down_to: Timestamp,
    /// When MSF reported RUNNING again.
    pub settled: Timestamp,
    /// KPUs before.
    pub from: u32,
    /// KPUs after.
    pub to: u32,
}

impl ManagedApplication {
    /// Creates an application that starts with `kpus` and a subtask in every slot of them.
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
            metrics: Metrics::new(model, conditions, kept.minutes),
            life: Lifecycle::new(kpus * parallelism_per_kpu),
            updates: Vec::new(),
            tags: BTreeMap::new(),
            parallelism_per_kpu,
            clock: conditions.clock,
            now: conditions.clock.start,
            rng: Rng::new(seed, 3),
        }
    }

    /// Returns the memory of its past, for the next application.
    pub(crate) fn into_kept(self) -> Kept {
        Kept { past: self.job.into_past(), minutes: self.metrics.into_minutes() }
    }

    /// The current time.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// The end of the trace.
    pub(crate) fn end(&self) -> Timestamp {
        self.clock.at_tick(self.job.end())
    }

    /// Runs the application until `time` and measures the minutes that have passed.
    pub(crate) fn run_until(&mut self, time: Timestamp) {
        self.now = time;
        self.job.run_until(self.clock.nearest_tick(time));
        self.metrics.measure(&self.job, &self.model);
    }

    /// The KPUs after the operation in progress, or the current ones.
    pub(crate) fn kpus(&self) -> u32 {
        self.life.parallelism_to_come().div_ceil(self.parallelism_per_kpu)
    }

    /// Whether an operation is in progress.
    pub(crate) fn is_updating(&self) -> bool {
        self.life.is_busy(self.now)
    }

    /// Its status.
    pub(crate) fn status(&self) -> Status {
        self.life.status(self.now)
    }

    /// The number of subtasks that share a KPU.
    pub(crate) fn parallelism_per_kpu(&self) -> u32 {
        self.parallelism_per_kpu
    }

    /// The parallelism that runs. During an update it is the old one.
    pub(crate) fn current_parallelism(&self) -> u32 {
        self.life.parallelism(self.now)
    }

    /// The KPUs of the parallelism that runs.
    pub(crate) fn current_kpus(&self) -> u32 {
        self.current_parallelism().div_ceil(self.parallelism_per_kpu)
    }

    /// Changes the size, unless the application has it or an operation is in progress.
    pub(crate) fn rescale(&mut self, kpus: u32) {
        if kpus != self.kpus() {
            self.update(kpus.saturating_mul(self.parallelism_per_kpu), PlannedOutcome::Succeeds);
        }
    }

    /// Begins an update of the parallelism and returns the number of its operation. Returns `None` and changes nothing if the
    /// application is not running or an operation is in progress.
    pub(crate) fn update(&mut self, parallelism: u32, outcome: PlannedOutcome) -> Option<usize> {
        if self.is_updating() || self.status() != Status::Running {
            return None;
        }
        let old = self.current_parallelism();
        let (from, to) = (self.kpus(), parallelism.div_ceil(self.parallelism_per_kpu));
        let factor = (self.model.restart_spread * self.rng.normal()).exp();
        let phase = |seconds: f64| in_ticks(seconds * factor);
        let asked = self.clock.at_tick(self.clock.nearest_tick(self.now));
        let seconds = |time| self.clock.seconds(time);
        let down_from = asked + phase(self.model.savepoint_seconds);
        let down_to = down_from + phase(self.model.downtime_seconds);
        let settled = down_to + phase(self.model.settling_seconds);
        let versions = (self.life.version(), self.life.add_version(parallelism));

        self.life.then(self.now, Status::Updating);
        let (ends, end) = match outcome {
            PlannedOutcome::Succeeds => (settled, End::Successful),
            PlannedOutcome::Aborts => (down_from, End::Failed),
            PlannedOutcome::Stops => (settled, End::Failed),
            PlannedOutcome::RollsBack => (down_to, End::Failed),
            PlannedOutcome::Hangs => (self.now + HANGING, End::Cancelled),
        };
        let operation = self.life.add_operation("UpdateApplication", (self.now, ends), end, versions);
        match outcome {
            PlannedOutcome::Succeeds => {
                self.job.restart(to, seconds(down_from), seconds(down_to));
                self.life.then(settled, Status::Running);
                self.life.then_runs(settled, parallelism);
            }
            PlannedOutcome::Stops => {
                self.job.restart(from, seconds(down_from), f64::INFINITY);
                self.life.then(settled, Status::Ready);
            }
            PlannedOutcome::RollsBack => {
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
            PlannedOutcome::Aborts | PlannedOutcome::Hangs => self.life.then(ends, Status::Running),
        }
        self.updates.push(Rescale { asked: self.now, down_from, down_to, settled, from, to });
        Some(operation)
    }

    /// Stops it, as an operator does. An operation in progress is cancelled.
    pub(crate) fn stop(&mut self) {
        self.take_down();
        self.life.passes("StopApplication", self.now, STOPPING, (Status::Stopping, Status::Ready));
    }

    /// Deletes it, as an operator does. An operation in progress is cancelled.
    pub(crate) fn delete(&mut self) {
        self.take_down();
        self.life.passes("DeleteApplication", self.now, STOPPING, (Status::Deleting, Status::Gone));
    }

    fn take_down(&mut self) {
        self.life.break_off(self.now);
        self.job.restart(self.kpus(), self.clock.seconds(self.now), f64::INFINITY);
    }

    /// Starts it, as an operator does, if it has been stopped for a while.
    pub(crate) fn start_if_stopped(&mut self) {
        if self.status() != Status::Ready || self.now.duration_since(self.life.since(self.now)) < STOPPED {
            return;
        }
        let up = in_ticks(self.model.downtime_seconds);
        let takes = up + in_ticks(self.model.settling_seconds);
        // A failed update leaves its parallelism in the configuration, and the application starts with that.
        let parallelism = self.life.configured();
        let kpus = parallelism.div_ceil(self.parallelism_per_kpu);
        let seconds = |time| self.clock.seconds(time);
        self.job.restart(kpus, seconds(self.now), seconds(self.now + up));
        self.life.then_runs(self.now + takes, parallelism);
        self.life.passes("StartApplication", self.now, takes, (Status::Starting, Status::Running));
    }

    /// The data point of `length` minutes that ends with minute `last`, if it is readable now.
    pub(crate) fn data_point(
        &self,
        metric: Metric,
        statistic: Statistic,
        last: usize,
        length: usize,
    ) -> Option<f64> {
        self.metrics.readable_data_point(metric, statistic, last, length, self.minute())
    }

    /// The number of the current minute, from zero.
    pub(crate) fn minute(&self) -> usize {
        usize::try_from(self.now.duration_since(self.clock.start).as_mins()).unwrap_or(0)
    }

    /// The number of the newest minute with readable data points, from zero.
    pub(crate) fn newest_minute(&self) -> Option<usize> {
        let published = self.now.duration_since(self.clock.start) - self.model.publishing_delay;
        usize::try_from(published.as_mins()).ok()?.checked_sub(1)
    }
}

/// The smallest size that processes the first half hour of a trace at the utilization an owner would plan for.
pub(crate) fn first_size(model: &Model, trace: &Trace, least: u32, most: u32) -> u32 {
    let known = trace.records_per_second();
    let known = &known[..known.len().min(MINUTES_KNOWN_BEFORE)];
    #[expect(clippy::cast_precision_loss, reason = "thirty minutes at the most")]
    let mean = known.iter().sum::<f64>() / known.len() as f64;
    let wanted = (mean / (FIRST_UTILIZATION * model.records_per_kpu)).ceil();
    (least..=most).find(|kpus| f64::from(*kpus) >= wanted).unwrap_or(most)
}
