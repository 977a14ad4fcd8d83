//! Virtual time: an application and a queue of what will happen to it.

use crate::model::application::ManagedApplication;
use jiff::{SignedDuration, Timestamp};
use scaling::Unit;
use std::collections::BTreeMap;

/// Who watches the application and scales it.
pub(crate) trait Scaler {
    /// What it may be called for.
    type Event;

    /// Is called once, before anything happens.
    fn start(&mut self, world: &mut World<Self::Event>);

    /// Is called when an event is due.
    fn handle(&mut self, event: Self::Event, world: &mut World<Self::Event>);
}

/// The application, the stream that it reads if that is simulated as well, and what is due.
#[derive(Debug)]
pub(crate) struct World<Event> {
    pub(crate) application: ManagedApplication,
    pub(crate) stream: Option<ManagedApplication>,
    due: BTreeMap<(Timestamp, u64), Event>,
    scheduled: u64,
}

/// When CloudWatch first evaluates an alarm, so many seconds after the start; then every minute. Data points of a
/// minute can be read 90 s after it; why not at a full minute: nothing makes CloudWatch evaluate just then.
const FIRST_EVALUATION: SignedDuration = SignedDuration::from_secs(130);

impl<Event> World<Event> {
    pub(crate) fn new(application: ManagedApplication, stream: Option<ManagedApplication>) -> Self {
        Self { application, stream, due: BTreeMap::new(), scheduled: 0 }
    }

    /// What is scaled in this unit.
    pub(crate) fn scaled(&mut self, unit: Unit) -> &mut ManagedApplication {
        match (unit, &mut self.stream) {
            (Unit::Shard, Some(stream)) => stream,
            _ => &mut self.application,
        }
    }

    /// Lets everything run until `time`: the application reads what the stream has taken.
    fn run_until(&mut self, time: Timestamp) {
        let Some(stream) = &mut self.stream else { return self.application.run_until(time) };
        stream.run_until(time);
        self.application.job.reads(&stream.job);
        self.application.run_until(time);
        stream.metrics.read_with(&self.application.metrics);
    }

    /// The time.
    pub(crate) fn now(&self) -> Timestamp {
        self.application.now()
    }

    /// Makes `event` due at `time`; what is due at the same time happens in the order in which it was made due.
    pub(crate) fn at(&mut self, time: Timestamp, event: Event) {
        self.due.insert((time, self.scheduled), event);
        self.scheduled += 1;
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

/// Lets a scaler watch the application until the trace ends. `progress` is told the share that is done.
pub(crate) fn run<S: Scaler>(
    scaler: &mut S,
    application: ManagedApplication,
    progress: &mut dyn FnMut(f64),
) -> ManagedApplication {
    run_both(scaler, application, None, progress).0
}

/// The same with the stream that the application reads.
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
    while let Some(((time, _), event)) = world.due.pop_first() {
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
