//! A stream and the application that reads it, each scaled by a loop of its own.

use crate::model::application::{Kept, ManagedApplication, first_size};
use crate::model::conditions::Conditions;
use crate::model::fault::{Fault, Faults};
use crate::model::time::at_minute;
use crate::model::world::{Scaler, World, run_both};
use crate::policies::autoscaler::{Autoscaler, Event, state_machine};
use crate::run::simulation::Run;
use crate::{Model, Settings, Trace, Violation};
use asl::LoadError;
use jiff::SignedDuration;
use scaling::Unit;

/// A pipeline to be lived through.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// What the producers want to write.
    pub trace: Trace,
    /// The application.
    pub application: Scaled,
    /// The stream.
    pub stream: Scaled,
    /// The seed of the random numbers.
    pub seed: u64,
}

/// One of the two, and how it is scaled.
#[derive(Debug, Clone)]
pub struct Scaled {
    /// How it behaves.
    pub model: Model,
    /// By what it is scaled.
    pub settings: Settings,
    /// What goes wrong, and from which minute on.
    pub faults: Vec<(usize, Fault)>,
}

/// What came of both.
#[derive(Debug, Clone)]
pub struct PipelineRun {
    /// Of the application.
    pub application: Run,
    /// Of the stream.
    pub stream: Run,
}

/// From a full stream to one with another number of shards (assumed; the reference of `UpdateShardCount` says minutes).
const RESHARDING_SECONDS: f64 = 120.0;

/// Records per second that a shard takes, and bytes. Source: Kinesis developer guide, "Quotas and limits".
const RECORDS_PER_SHARD: f64 = 1_000.0;
const BYTES_PER_SHARD: f64 = 1_000_000.0;

/// Dollars per shard and hour (assumed; widely quoted for us-east-1).
const DOLLARS_PER_SHARD_HOUR: f64 = 0.015;

/// What makes the parameters those of a stream that fills and drains within minutes, before anything else is chosen.
pub const STREAM_PARAMETERS: [&str; 5] = [
    "Target=stream",
    "ScaleMetric=WriteUtilization",
    "HeartbeatMinutes=1",
    "ScaleOutFactor=2",
    "ScaleInFactor=2",
];

impl Model {
    /// A stream, as something that takes records from its producers: what one shard takes of records of this size, with no restart,
    /// for a stream takes records while its shards are changed. What it refuses, its producers send again.
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
    /// What came of the application, with what the stream has broken and seen.
    pub(crate) fn merged(self) -> Run {
        let Self { mut application, stream } = self;
        let of_the_stream = stream.violations.into_iter().map(|violation| Violation {
            promise: format!("of the stream: {}", violation.promise),
            ..violation
        });
        application.violations.extend(of_the_stream);
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
    /// Runs it; `progress` is told the share that is done.
    ///
    /// # Errors
    /// If the state machine's definition cannot be run.
    pub fn run(&self, progress: &mut dyn FnMut(f64)) -> Result<PipelineRun, LoadError> {
        let machine = state_machine(&self.application.settings)?;
        let stream_machine = state_machine(&self.stream.settings)?;
        let mut loops = Loops {
            application: Autoscaler::new(
                &machine,
                &self.application.settings,
                faults(&self.application),
                self.seed,
            ),
            stream: Autoscaler::new(
                &stream_machine,
                &self.stream.settings,
                faults(&self.stream),
                self.seed.wrapping_add(1),
            ),
        };
        let (application, stream) = (self.managed(&self.application), self.managed(&self.stream));
        let (application, stream) = run_both(&mut loops, application, Some(stream), progress);
        let Loops { application: of_application, stream: of_stream } = loops;
        Ok(PipelineRun {
            // There is a stream, for there was one.
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

fn faults(scaled: &Scaled) -> Faults {
    let faults: Vec<_> = scaled.faults.iter().map(|(minute, fault)| (at_minute(*minute), *fault)).collect();
    Faults::new(&faults)
}

/// The loops of both. Neither knows of the other: what one does, the other sees in what it watches.
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
