//! One run: a scenario, and who scales in it.

use crate::direct::Direct;
use crate::model::application::{Kept, ManagedApplication, Rescale, first_size};
use crate::model::conditions::Conditions;
use crate::model::fault::{Fault, Faults};
use crate::model::time::{START, TICKS_PER_MINUTE, at_minute};
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

/// What is to be lived through.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The load.
    pub trace: Trace,
    /// The application.
    pub model: Model,
    /// The smallest and the largest number of KPUs.
    pub bounds: (u32, u32),
    /// The seed of the random numbers.
    pub seed: u64,
    /// What goes wrong for the autoscaler, and from which minute on. Nothing goes wrong for the others.
    pub faults: Vec<(usize, Fault)>,
}

/// Who scales.
#[derive(Debug, Clone)]
pub enum ComparedPolicy {
    /// This product.
    Autoscaler(Box<Settings>),
    /// Nobody: always this number of KPUs.
    Fixed(u32),
    /// MSF itself.
    BuiltIn,
    /// The Python sample's loop.
    Sample(SampleLoop),
    /// The older sample's step scaling.
    StepSample(StepSample),
    /// This product without its state machine: the rule called directly. Faults do not strike it, and it tells nothing.
    Direct(Box<Settings>),
    /// A clairvoyant, who knows the load and the capacity, and finds the cheapest path that is out of the lag objective for at
    /// most 1 % of the time.
    Oracle,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Run {
    /// The figures.
    pub summary: Summary,
    /// What happened; empty for everybody but the autoscaler.
    pub timeline: Vec<Entry>,
    /// What the state machine cost; nothing for everybody but the autoscaler.
    pub cost: Cost,
    /// The promises that the autoscaler broke: none, if it is right.
    pub violations: Vec<Violation>,
    /// How often what happened: every fault, verdict, reason and end by its name.
    pub seen: BTreeMap<String, u64>,
    application: ManagedApplication,
}

/// A run minute by minute, for drawing.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Records per second that arrived.
    pub load: Vec<f64>,
    /// Records per second that could have been processed.
    pub capacity: Vec<f64>,
    /// The largest lag in the minute, in seconds.
    pub lag_seconds: Vec<f64>,
    /// KPUs billed at the end of the minute.
    pub kpus: Vec<u32>,
}

impl Scenario {
    /// Runs a contender through the scenario; `progress` is told the share that is done.
    ///
    /// # Errors
    /// If the state machine's definition cannot be run.
    pub fn run(&self, contender: &ComparedPolicy, progress: &mut dyn FnMut(f64)) -> Result<Run, LoadError> {
        let (least, most) = self.bounds;
        let first = first_size(&self.model, &self.trace, least, most);
        Ok(match contender {
            ComparedPolicy::Autoscaler(settings) => {
                self.run_machine(&state_machine(settings)?, settings, progress)
            }
            ComparedPolicy::Fixed(kpus) => self.run_reference(*kpus, Fixed, progress),
            ComparedPolicy::BuiltIn => self.run_reference(first, BuiltIn { least, most }, progress),
            ComparedPolicy::Sample(sample) => self.run_reference(first, sample.clone(), progress),
            ComparedPolicy::StepSample(sample) => self.run_reference(first, sample.clone(), progress),
            ComparedPolicy::Direct(settings) => {
                let application = self.application(first, settings.parallelism_per_kpu());
                reference(run(&mut Direct::new(settings), application, progress))
            }
            ComparedPolicy::Oracle => self.run_oracle(first, progress),
        })
    }

    /// Runs a state machine through the scenario: the deployed one, or that of an earlier release.
    #[must_use]
    pub fn run_machine(&self, machine: &Machine, settings: &Settings, progress: &mut dyn FnMut(f64)) -> Run {
        let (autoscaler, application) = self.autoscale(machine, settings, Recorder::default(), progress);
        Run::of(autoscaler, application)
    }

    /// Every execution of the same, as it went.
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
        let faults: Vec<_> = self.faults.iter().map(|(minute, fault)| (at_minute(*minute), *fault)).collect();
        let mut autoscaler = Autoscaler::new(machine, settings, Faults::new(&faults), self.seed);
        autoscaler.recorder = recorder;
        let application = self.application(first, settings.parallelism_per_kpu());
        let application = run(&mut autoscaler, application, progress);
        (autoscaler, application)
    }

    /// The cheapest of the clairvoyant's paths that, run here, is out of the objective for at most 1 % of the time.
    ///
    /// The dearer a minute out of the objective, the fewer of them and the more KPU-hours; so the price is halved down on.
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

/// The run of one who tells nothing.
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
    /// What came of what the product has scaled.
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

    /// How long it was, in hours.
    #[must_use]
    pub fn hours(&self) -> f64 {
        self.application.end().duration_since(START).as_secs_f64() / 3_600.0
    }

    /// When it began.
    #[must_use]
    pub fn start(&self) -> Timestamp {
        START
    }

    /// What an alarm watches: for every minute the data point of the period that ends with it; `None` where nothing was
    /// published.
    #[must_use]
    pub fn watched_by(&self, alarm: &AlarmSettings) -> Vec<Option<f64>> {
        self.data_points(alarm.metric, alarm.statistic, alarm.period_minutes)
    }

    /// A metric minute by minute; `None` where nothing was published.
    #[must_use]
    pub fn metric(&self, metric: Metric, statistic: Statistic) -> Vec<Option<f64>> {
        self.data_points(metric, statistic, 1)
    }

    fn data_points(&self, metric: Metric, statistic: Statistic, minutes: usize) -> Vec<Option<f64>> {
        let metrics = &self.application.metrics;
        (0..metrics.minutes()).map(|minute| metrics.data_point(metric, statistic, minute, minutes)).collect()
    }

    /// Minute by minute.
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
