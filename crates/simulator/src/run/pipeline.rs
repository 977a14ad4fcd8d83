//! A stream and the application that reads it, each scaled by its own loop.

use crate::model::application::{Kept, ManagedApplication, first_size};
use crate::model::conditions::Conditions;
use crate::model::fault::{Fault, Faults};
use crate::model::time::Clock;
use crate::model::world::{Scaler, World, run_both};
use crate::policies::autoscaler::{Autoscaler, Event, state_machine};
use crate::run::simulation::Run;
use crate::{Model, Settings, Summary, Trace, Violation};
use asl::LoadError;
use jiff::SignedDuration;
use scaling::Unit;

/// A pipeline to simulate.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// The load that the producers write.
    pub trace: Trace,
    /// The application.
    pub application: Scaled,
    /// The stream.
    pub stream: Scaled,
    /// The seed of the random numbers.
    pub seed: u64,
}

/// The application or the stream, with its settings.
#[derive(Debug, Clone)]
pub struct Scaled {
    /// The model of its behavior.
    pub model: Model,
    /// The settings of its loop.
    pub settings: Settings,
    /// The faults, each with the minute from which on it strikes.
    pub faults: Vec<(usize, Fault)>,
}

/// The runs of both loops.
#[derive(Debug, Clone)]
pub struct PipelineRun {
    /// The run of the application.
    pub application: Run,
    /// The run of the stream.
    pub stream: Run,
}

/// The duration of a change of the shards (assumed; the API reference of `UpdateShardCount` says minutes).
const RESHARDING_SECONDS: f64 = 120.0;

/// The write limits of a shard in records and in bytes per second. Source: Kinesis developer guide, "Quotas and limits".
const RECORDS_PER_SHARD: f64 = 1_000.0;
const BYTES_PER_SHARD: f64 = 1_000_000.0;

/// Dollars per shard-hour (assumed; widely quoted for us-east-1).
const DOLLARS_PER_SHARD_HOUR: f64 = 0.015;

/// The parameters of a stream whose load changes within minutes. Other parameters may follow them.
pub const STREAM_PARAMETERS: [&str; 5] = [
    "Target=stream",
    "ScaleMetric=WriteUtilization",
    "HeartbeatMinutes=1",
    "ScaleOutFactor=2",
    "ScaleInFactor=2",
];

impl Model {
    /// A stream as a job that accepts the records of its producers, up to the write limits of its shards for records of this size. It has no
    /// restart, because a stream accepts records during a change of its shards. The producers retry rejected records.
    #[must_use]
    pub fn of_a_stream(record_bytes: f64) -> Self {
        Self {
            records_per_kpu: RECORDS_PER_SHARD.min(BYTES_PER_SHARD / record_bytes),
            contention: 0.0,
            capacity_noise: 0.0,
            savepoint_seconds: RESHARDING_SECONDS,
            downtime_seconds: 0.0,
            settling_seconds: 0.0,
            warm_up_seconds: 0.0,
            dollars_per_kpu_hour: DOLLARS_PER_SHARD_HOUR,
            orchestration_kpus: 0.0,
            publishing_delay: SignedDuration::from_secs(90),
            ..Self::default()
        }
    }
}

impl PipelineRun {
    /// Returns the figures of both: the price of both, and as lag the wait at the producers and the lag of the application.
    #[must_use]
    pub fn summary(&self) -> Summary {
        Summary::of_pipeline(&self.application.application, &self.stream.application)
    }

    /// The run of the application, with the violations, the observed events and the cost of the stream.
    pub(crate) fn merged(self) -> Run {
        let Self { mut application, stream } = self;
        let stream_violations = stream.violations.into_iter().map(|violation| Violation {
            invariant: format!("stream: {}", violation.invariant),
            ..violation
        });
        application.violations.extend(stream_violations);
        for (what, count) in stream.seen {
            *application.seen.entry(format!("stream: {what}")).or_default() += count;
            *application.seen.entry(what).or_default() += count;
        }
        application.cost.executions += stream.cost.executions;
        application.cost.transitions += stream.cost.transitions;
        application
    }
}

impl Pipeline {
    /// Runs the pipeline. `progress` receives the simulated share.
    ///
    /// # Errors
    /// If the definition of the state machine is invalid.
    pub fn run(&self, progress: &mut dyn FnMut(f64)) -> Result<PipelineRun, LoadError> {
        let machine = state_machine(&self.application.settings)?;
        let stream_machine = state_machine(&self.stream.settings)?;
        let mut loops = Loops {
            application: Autoscaler::new(
                &machine,
                &self.application.settings,
                faults(&self.application, self.trace.clock()),
                self.seed,
            ),
            stream: Autoscaler::new(
                &stream_machine,
                &self.stream.settings,
                faults(&self.stream, self.trace.clock()),
                self.seed.wrapping_add(1),
            ),
        };
        let (application, stream) = (self.managed(&self.application), self.managed(&self.stream));
        let (application, stream) = run_both(&mut loops, application, Some(stream), progress);
        let Loops { application: of_application, stream: of_stream } = loops;
        Ok(PipelineRun {
            // The simulation returns the stream that it got.
            stream: Run::of(of_stream, stream.unwrap_or_else(|| self.managed(&self.stream))),
            application: Run::of(of_application, application),
        })
    }

    fn managed(&self, scaled: &Scaled) -> ManagedApplication {
        let (least, most) = scaled.settings.bounds();
        let first = first_size(&scaled.model, &self.trace, least, most);
        let conditions = Conditions::new(&scaled.model, &self.trace, self.seed);
        let per_unit = scaled.settings.parallelism_per_kpu();
        ManagedApplication::new(&scaled.model, &conditions, first, per_unit, self.seed, Kept::default())
    }
}

fn faults(scaled: &Scaled, clock: Clock) -> Faults {
    let faults: Vec<_> =
        scaled.faults.iter().map(|(minute, fault)| (clock.at_minute(*minute), *fault)).collect();
    Faults::new(&faults)
}

/// The two loops. They are independent: each sees the effects of the other one in its metrics alone.
struct Loops<'m> {
    application: Autoscaler<'m>,
    stream: Autoscaler<'m>,
}

impl Scaler for Loops<'_> {
    type Event = Event;

    fn start(&mut self, world: &mut World<Event>) {
        self.stream.start(world);
        self.application.start(world);
    }

    fn handle(&mut self, event: Event, world: &mut World<Event>) {
        match event.unit {
            Unit::Kpu => self.application.handle(event, world),
            Unit::Shard => self.stream.handle(event, world),
        }
    }
}
