//! A run: a scenario and the policy that scales in it.

use crate::direct::Direct;
use crate::model::application::{Kept, ManagedApplication, Rescale, first_size};
use crate::model::conditions::Conditions;
use crate::model::fault::{Fault, Faults};
use crate::model::time::TICKS_PER_MINUTE;
use crate::model::world::{Scaler, run};
use crate::policies::autoscaler::{Autoscaler, Cost, state_machine};
use crate::policies::built_in::BuiltIn;
use crate::policies::fixed::Fixed;
use crate::policies::oracle::Oracle;
use crate::policies::path::Path;
use crate::policies::sample_loop::SampleLoop;
use crate::policies::step_sample::StepSample;
use crate::record::recording::{Recorder, Recording};
use crate::record::timeline::Entry;
use crate::{AlarmSettings, Metric, Model, Settings, Statistic, Summary, Trace, Violation};
use asl::{LoadError, Machine};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// A scenario to simulate.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The load.
    pub trace: Trace,
    /// The model of the application.
    pub model: Model,
    /// The smallest and the largest number of KPUs.
    pub bounds: (u32, u32),
    /// The seed of the random numbers.
    pub seed: u64,
    /// The faults, each with the minute from which on it strikes. They strike the autoscaler alone.
    pub faults: Vec<(usize, Fault)>,
}

/// A policy under comparison.
#[derive(Debug, Clone)]
pub enum ComparedPolicy {
    /// This product.
    Autoscaler(Box<Settings>),
    /// A fixed number of KPUs.
    Fixed(u32),
    /// The built-in autoscaling of MSF.
    BuiltIn,
    /// The loop of the Python sample.
    Sample(Box<SampleLoop>),
    /// The step scaling of the older sample.
    StepSample(StepSample),
    /// This product without its state machine, which calls the rule directly. Faults do not strike it, and it has no timeline.
    Direct(Box<Settings>),
    /// The sizes of a record, each with the minute from which on it ran.
    Recorded(Vec<(usize, u32)>),
    /// The oracle: the cheapest sizes, with perfect foresight of the load and the capacity, that miss the lag objective for at most 1 % of the
    /// time.
    Oracle,
}

/// The result of a run.
#[derive(Debug, Clone)]
pub struct Run {
    /// The figures.
    pub summary: Summary,
    /// The timeline. Only the autoscaler has one.
    pub timeline: Vec<Entry>,
    /// The figures of the state machine. Only the autoscaler has them.
    pub cost: Cost,
    /// The invariants that the autoscaler violated. A correct autoscaler has none.
    pub violations: Vec<Violation>,
    /// The number of occurrences of each fault, verdict, reason, action and end, by its name.
    pub seen: BTreeMap<String, u64>,
    pub(crate) application: ManagedApplication,
}

/// A run minute by minute, for drawing.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Arriving records per second.
    pub load: Vec<f64>,
    /// The capacity in records per second.
    pub capacity: Vec<f64>,
    /// The largest lag in the minute, in seconds.
    pub lag_seconds: Vec<f64>,
    /// The billed KPUs at the end of the minute.
    pub kpus: Vec<u32>,
}

impl Scenario {
    /// Runs a policy in the scenario. `progress` receives the simulated share.
    ///
    /// # Errors
    /// If the definition of the state machine is invalid.
    pub fn run(&self, policy: &ComparedPolicy, progress: &mut dyn FnMut(f64)) -> Result<Run, LoadError> {
        let (least, most) = self.bounds;
        let first = first_size(&self.model, &self.trace, least, most);
        Ok(match policy {
            ComparedPolicy::Autoscaler(settings) => {
                self.run_machine(&state_machine(settings)?, settings, progress)
            }
            ComparedPolicy::Fixed(kpus) => self.run_reference(*kpus, Fixed, progress),
            ComparedPolicy::BuiltIn => self.run_reference(first, BuiltIn { least, most }, progress),
            ComparedPolicy::Sample(sample) => self.run_reference(first, (**sample).clone(), progress),
            ComparedPolicy::StepSample(sample) => self.run_reference(first, sample.clone(), progress),
            ComparedPolicy::Direct(settings) => {
                let application = self.application(first, settings.parallelism_per_kpu());
                reference(run(&mut Direct::new(settings), application, progress))
            }
            ComparedPolicy::Recorded(steps) => {
                let first = steps.first().map_or(first, |(_, kpus)| *kpus);
                self.run_reference(first, Path { steps: steps.clone() }, progress)
            }
            ComparedPolicy::Oracle => self.run_oracle(first, progress),
        })
    }

    /// Runs a state machine in the scenario: the deployed one, or the one of an earlier release.
    #[must_use]
    pub fn run_machine(&self, machine: &Machine, settings: &Settings, progress: &mut dyn FnMut(f64)) -> Run {
        let (autoscaler, application) = self.autoscale(machine, settings, Recorder::default(), progress);
        Run::of(autoscaler, application)
    }

    /// Records every execution of a state machine in the scenario.
    #[must_use]
    pub fn record(&self, machine: &Machine, settings: &Settings) -> Vec<Recording> {
        self.autoscale(machine, settings, Recorder::on(), &mut |_| ()).0.recorder.finish()
    }

    fn autoscale<'m>(
        &self,
        machine: &'m Machine,
        settings: &'m Settings,
        recorder: Recorder,
        progress: &mut dyn FnMut(f64),
    ) -> (Autoscaler<'m>, ManagedApplication) {
        let (least, most) = self.bounds;
        let first = first_size(&self.model, &self.trace, least, most);
        let clock = self.trace.clock();
        let faults: Vec<_> =
            self.faults.iter().map(|(minute, fault)| (clock.at_minute(*minute), *fault)).collect();
        let mut autoscaler = Autoscaler::new(machine, settings, Faults::new(&faults), self.seed);
        autoscaler.recorder = recorder;
        let application = self.application(first, settings.parallelism_per_kpu());
        let application = run(&mut autoscaler, application, progress);
        (autoscaler, application)
    }

    /// Runs the cheapest path of the oracle that misses the objective for at most 1 % of the time in this scenario.
    ///
    /// A higher price of a minute above the objective gives fewer of them and more KPU-hours, so that a bisection finds the price.
    fn run_oracle(&self, first: u32, progress: &mut dyn FnMut(f64)) -> Run {
        const ALLOWED_PERCENT: f64 = 1.0;
        const PRICES: (f64, f64) = (0.05, 50.0);
        const HALVINGS: u32 = 9;
        let application = self.application(first, 1);
        let oracle = Oracle::new(&self.model, &application.job, self.bounds, first);
        let run = |price: f64| self.run_reference(first, Path { steps: oracle.path(price) }, &mut |_| ());
        let (mut low, mut high) = PRICES;
        let mut best = run(high);
        for halving in 0..HALVINGS {
            progress(f64::from(halving) / f64::from(HALVINGS));
            let price = (low * high).sqrt();
            let candidate = run(price);
            if candidate.summary.missed_percent > ALLOWED_PERCENT {
                low = price;
                continue;
            }
            high = price;
            if candidate.summary.kpu_hours < best.summary.kpu_hours {
                best = candidate;
            }
        }
        progress(1.0);
        best
    }

    fn run_reference(&self, first: u32, mut scaler: impl Scaler, progress: &mut dyn FnMut(f64)) -> Run {
        reference(run(&mut scaler, self.application(first, 1), progress))
    }

    fn application(&self, kpus: u32, parallelism_per_kpu: u32) -> ManagedApplication {
        let conditions = Conditions::new(&self.model, &self.trace, self.seed);
        let kept = Kept::default();
        ManagedApplication::new(&self.model, &conditions, kpus, parallelism_per_kpu, self.seed, kept)
    }
}

/// The run of a policy without a timeline.
fn reference(application: ManagedApplication) -> Run {
    Run {
        summary: Summary::of(&application),
        timeline: Vec::new(),
        cost: Cost::default(),
        violations: Vec::new(),
        seen: BTreeMap::new(),
        application,
    }
}

impl Run {
    /// The run of the autoscaler.
    pub(crate) fn of(autoscaler: Autoscaler<'_>, application: ManagedApplication) -> Self {
        Self {
            summary: Summary::of(&application),
            timeline: autoscaler.timeline,
            cost: autoscaler.cost,
            violations: autoscaler.watch.violations,
            seen: autoscaler.watch.seen,
            application,
        }
    }

    /// Every change of size.
    #[must_use]
    pub fn rescales(&self) -> &[Rescale] {
        &self.application.updates
    }

    /// The length of the run in hours.
    #[must_use]
    pub fn hours(&self) -> f64 {
        self.application.end().duration_since(self.start()).as_secs_f64() / 3_600.0
    }

    /// The start of the run.
    #[must_use]
    pub fn start(&self) -> Timestamp {
        self.application.clock.start
    }

    /// The metric of an alarm: for each minute the data point of the period that ends with it, or `None` without data.
    #[must_use]
    pub fn watched_by(&self, alarm: &AlarmSettings) -> Vec<Option<f64>> {
        self.data_points(alarm.metric, alarm.statistic, alarm.period_minutes)
    }

    /// A metric minute by minute, with `None` for a minute without data.
    #[must_use]
    pub fn metric(&self, metric: Metric, statistic: Statistic) -> Vec<Option<f64>> {
        self.data_points(metric, statistic, 1)
    }

    fn data_points(&self, metric: Metric, statistic: Statistic, minutes: usize) -> Vec<Option<f64>> {
        let metrics = &self.application.metrics;
        (0..metrics.minutes()).map(|minute| metrics.data_point(metric, statistic, minute, minutes)).collect()
    }

    /// The run minute by minute, for drawing.
    #[must_use]
    pub fn series(&self) -> Series {
        let minutes = || self.application.job.past().chunks_exact(TICKS_PER_MINUTE).enumerate();
        let load = |minute: usize| {
            self.application.job.arrived_between(minute * TICKS_PER_MINUTE, (minute + 1) * TICKS_PER_MINUTE)
                / 60.0
        };
        Series {
            load: minutes().map(|(minute, _)| load(minute)).collect(),
            capacity: minutes()
                .map(|(_, ticks)| ticks.iter().map(|tick| tick.capacity).sum::<f64>() / 60.0)
                .collect(),
            lag_seconds: minutes()
                .map(|(_, ticks)| ticks.iter().map(|tick| tick.lag).fold(0.0, f64::max))
                .collect(),
            kpus: minutes().map(|(_, ticks)| ticks.last().map_or(0, |tick| tick.kpus)).collect(),
        }
    }
}
