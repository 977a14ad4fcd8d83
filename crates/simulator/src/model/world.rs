//! The simulated world: an application, the stream that it reads, and a queue of due events.

use crate::model::application::ManagedApplication;
use jiff::{SignedDuration, Timestamp};
use scaling::Unit;

/// A policy that scales the application.
pub(crate) trait Scaler {
    /// The events that the policy schedules for itself.
    type Event;

    /// Schedules the first events, before the simulation starts.
    fn start(&mut self, world: &mut World<Self::Event>);

    /// Handles an event that is due.
    fn handle(&mut self, event: Self::Event, world: &mut World<Self::Event>);
}

/// The application, the stream that it reads if that is simulated too, and the due events.
#[derive(Debug)]
pub(crate) struct World<Event> {
    pub(crate) application: ManagedApplication,
    pub(crate) stream: Option<ManagedApplication>,
    /// The due events with their times, the next one last.
    due: Vec<(Timestamp, Event)>,
}

/// The time of the first evaluation of an alarm, from the start. The evaluations follow every minute, at no full minute: CloudWatch does not
/// align them. The data points of a minute are readable 90 s after it.
const FIRST_EVALUATION: SignedDuration = SignedDuration::from_secs(130);

impl<Event> World<Event> {
    pub(crate) fn new(application: ManagedApplication, stream: Option<ManagedApplication>) -> Self {
        Self { application, stream, due: Vec::new() }
    }

    /// The application or the stream, by the unit in which a policy scales it.
    pub(crate) fn scaled(&mut self, unit: Unit) -> &mut ManagedApplication {
        match (unit, &mut self.stream) {
            (Unit::Shard, Some(stream)) => stream,
            _ => &mut self.application,
        }
    }

    /// Runs the stream and the application until `time`. The application reads the records that the stream has accepted.
    fn run_until(&mut self, time: Timestamp) {
        let Some(stream) = &mut self.stream else { return self.application.run_until(time) };
        stream.run_until(time);
        self.application.job.reads(&stream.job);
        self.application.run_until(time);
        stream.metrics.read_with(&self.application.metrics);
    }

    /// The current time.
    pub(crate) fn now(&self) -> Timestamp {
        self.application.now()
    }

    /// Makes `event` due at `time`. Events of the same time are handled in the order of these calls.
    pub(crate) fn at(&mut self, time: Timestamp, event: Event) {
        let later = self.due.partition_point(|(other, _)| *other > time);
        self.due.insert(later, (time, event));
    }

    /// Makes `event` due after `delay`.
    pub(crate) fn after(&mut self, delay: SignedDuration, event: Event) {
        let time = self.now().checked_add(delay).unwrap_or(Timestamp::MAX);
        self.at(time, event);
    }

    /// Makes `event` due at the first evaluation of the alarms.
    pub(crate) fn at_first_evaluation(&mut self, event: Event) {
        self.after(FIRST_EVALUATION, event);
    }

    /// Makes `event` due at the next evaluation of the alarms.
    pub(crate) fn at_next_evaluation(&mut self, event: Event) {
        self.after(SignedDuration::from_mins(1), event);
    }
}

/// Runs a policy on the application until the trace ends. `progress` receives the simulated share.
pub(crate) fn run<S: Scaler>(
    scaler: &mut S,
    application: ManagedApplication,
    progress: &mut dyn FnMut(f64),
) -> ManagedApplication {
    run_both(scaler, application, None, progress).0
}

/// Runs policies on the application and on the stream that it reads.
pub(crate) fn run_both<S: Scaler>(
    scaler: &mut S,
    application: ManagedApplication,
    stream: Option<ManagedApplication>,
    progress: &mut dyn FnMut(f64),
) -> (ManagedApplication, Option<ManagedApplication>) {
    let end = application.end();
    let length = end.duration_since(application.now()).as_secs_f64();
    let mut world = World::new(application, stream);
    scaler.start(&mut world);
    while let Some((time, event)) = world.due.pop() {
        if time >= end {
            break;
        }
        world.run_until(time);
        progress(1.0 - end.duration_since(time).as_secs_f64() / length);
        scaler.handle(event, &mut world);
    }
    world.run_until(end);
    progress(1.0);
    (world.application, world.stream)
}
