//! The autoscaler without its state machine and its tasks: the same rule, called directly. For trying thousands of policies.
//!
//! It is only as good as it decides like the real one, faultless as that is here: `tests/direct.rs` compares them, scaling by
//! scaling. What a user is told is confirmed by the real one.

mod measured;
mod past;
mod watched_alarm;

use crate::AlarmSettings;
use crate::deployed::settings::{Settings, of};
use crate::model::application::PlannedOutcome;
use crate::model::world::{Scaler, World};
use jiff::{SignedDuration, Timestamp};
use measured::Measured;
use past::update_times;
use scaling::{
    Activity, Breach, Call, Decision, Direction, Parallelism, PerDirection, Reason, Resource, Sizing, decide,
};
use std::collections::BTreeMap;
use tasks::{
    AlarmSet, AlarmState, Epoch, Finding, Mode, Observed, Watched, called_for, missing_readings, stuck_after,
};
use watched_alarm::WatchedAlarm;

/// The autoscaler, its alarms and its runs.
pub(crate) struct Direct<'s> {
    settings: &'s Settings,
    outs: Vec<WatchedAlarm>,
    ins: Vec<WatchedAlarm>,
    measured: Measured,
    runs: BTreeMap<u64, Run>,
    started: u64,
}

/// A run of the loop, and where it stands.
#[derive(Debug, Clone, Copy)]
struct Run {
    started: Timestamp,
    has_scaled: bool,
    /// The operation that it follows, and when that was asked for.
    follows: Option<(usize, Timestamp)>,
    /// After how long that counts as stuck.
    stuck_after: SignedDuration,
}

/// What is due.
pub(crate) enum Event {
    EvaluateAlarms,
    Heartbeat,
    Start,
    Resume(u64),
}

impl<'s> Direct<'s> {
    pub(crate) fn new(settings: &'s Settings) -> Self {
        let of = |wanted: Direction| {
            let own = &settings.alarm(wanted).name;
            let watched = |alarm: &AlarmSettings| WatchedAlarm::new(alarm.clone(), alarm.name != *own);
            of(wanted, &settings.alarms).map(watched).collect()
        };
        Self {
            settings,
            outs: of(Direction::Out),
            ins: of(Direction::In),
            measured: Measured::new(settings),
            runs: BTreeMap::new(),
            started: 0,
        }
    }

    fn evaluate_alarms(&mut self, world: &mut World<Event>) {
        let mut rings = 0;
        // In the order of the settings: those on the policy's metric come first.
        let [out, more_outs @ ..] = self.outs.as_mut_slice() else { return };
        let [r#in, more_ins @ ..] = self.ins.as_mut_slice() else { return };
        for alarm in [out, r#in].into_iter().chain(more_outs).chain(more_ins) {
            if alarm.evaluate(&world.application) == Some(AlarmState::Alarm) {
                rings += 1;
            }
        }
        for _ in 0..rings {
            world.after(world.application.model.event_delay, Event::Start);
        }
    }

    fn start(&mut self, world: &mut World<Event>) {
        let id = self.started;
        self.started += 1;
        self.look(
            id,
            Run { started: world.now(), has_scaled: false, follows: None, stuck_after: SignedDuration::MAX },
            world,
        );
    }

    fn resume(&mut self, id: u64, world: &mut World<Event>) {
        let Some(mut run) = self.runs.remove(&id) else { return };
        let now = world.now();
        let policy = &self.settings.parsed;
        if let Some((operation, asked)) = run.follows {
            if now < world.application.life.operations[operation].ends {
                let age = now.duration_since(asked);
                if age >= run.stuck_after {
                    return; // It fails, and a person is told.
                }
                return self.wait(id, run, policy.poll_interval.max(age / 20), world);
            }
            run.follows = None;
            run.has_scaled = true;
            return self.wait(id, run, policy.scaling.grace_period.out, world);
        }
        self.look(id, run, world);
    }

    fn wait(&mut self, id: u64, run: Run, duration: SignedDuration, world: &mut World<Event>) {
        // A wait is in whole seconds.
        world.after(SignedDuration::from_secs(duration.as_secs()), Event::Resume(id));
        self.runs.insert(id, run);
    }

    /// `check`, and `scale` if an alarm rings. A run that has nothing to do ends.
    fn look(&mut self, id: u64, run: Run, world: &mut World<Event>) {
        let policy = &self.settings.parsed;
        if policy.mode == Mode::Off || world.now().duration_since(run.started) >= tasks::RUN_DEADLINE {
            return;
        }
        let grace = policy.scaling.grace_period.out;
        let stays = |reason: Reason| reason.passes_by_itself() && run.has_scaled;
        let (call, breaches) = match self.check(world) {
            Finding::Call { call, breaches } => (call, breaches),
            Finding::Unconfirmed(_, reason) if stays(reason) => return self.wait(id, run, grace, world),
            Finding::Unconfirmed(..)
            | Finding::HasRequestedCapacity
            | Finding::RequestsOnly
            | Finding::Nothing => return,
        };
        let reason = match self.scale(call, &breaches, world) {
            Ok((operation, expected)) => {
                let follows = Some((operation, world.now()));
                let stuck_after = stuck_after(policy, expected.unwrap_or_default());
                let first = expected.unwrap_or(policy.poll_interval).max(SignedDuration::from_secs(1));
                return self.wait(id, Run { follows, stuck_after, ..run }, first, world);
            }
            Err(reason) => reason,
        };
        if stays(reason) {
            self.wait(id, run, grace, world);
        }
    }

    /// What calls for another size, judged as `check` does.
    fn check(&self, world: &World<Event>) -> Finding {
        let (now, application) = (world.now(), &world.application);
        let Some(units) = scaling::Units::new(application.current_kpus()) else { return Finding::Nothing };
        let alarms =
            AlarmSet { outs: watched(&self.outs), ins: watched(&self.ins), missing: PerDirection::default() };
        let bounds = self.settings.bounds_at(now);
        let mut observed = Observed { alarms, units, is_stopped: false, bounds, requested: None };
        let policy = &self.settings.parsed;
        let epoch = if application.life.is_busy(now) {
            Epoch::NotYet(Reason::Busy)
        } else {
            application.life.last_end(now).map_or(Epoch::Ever, Epoch::Since)
        };
        loop {
            let missing = missing_readings(policy, &observed);
            if missing.is_empty() {
                return called_for(policy, &observed);
            }
            for index in missing {
                let alarm = self.outs.iter().chain(&self.ins).nth(index);
                let reading =
                    alarm.map_or(Err(Reason::NoFreshData), |alarm| alarm.reading(epoch, application));
                observed.alarms.set_reading(index, reading);
            }
        }
    }

    /// Decides, and begins the update: its number, and how long it will probably take.
    fn scale(
        &mut self,
        call: Call,
        breaches: &[Breach],
        world: &mut World<Event>,
    ) -> Result<(usize, Option<SignedDuration>), Reason> {
        self.measured.measure(&world.application);
        let policy = &self.settings.parsed;
        let now = world.now();
        let life = &world.application.life;
        let times = update_times(world);
        let size = |count: u32| Parallelism::new(count).ok_or(Reason::NotRunning);
        let mut application = Resource {
            activity: if life.is_busy(now) { Activity::Busy } else { Activity::Running },
            parallelism: size(world.application.current_parallelism())?,
            parallelism_per_kpu: size(world.application.parallelism_per_kpu())?,
            last_change: life.last_end(now),
            failed: PerDirection::default(),
            scaled: PerDirection::default(),
            takes_snapshot: false,
            paused: PerDirection::default(),
            changes_of_the_day: 0,
        };
        let rule = policy.at(now, application.size().units);
        let direction_into_bounds = rule.bounds.direction_into_bounds(application.size().units);
        let called = call.direction(application.size().units);
        let direction = direction_into_bounds.or(called).ok_or(Reason::WithinBounds)?;
        let by_demand = matches!(policy.scaling.sizing, Sizing::Demand(_));
        let mut signals = self.measured.signals(by_demand, now);
        (signals.breaches, signals.restart) = (breaches, times.map(|times| times.usual));
        if let Decision::Hold(reason) = decide(&rule, call, &application, &signals, now) {
            return Err(reason);
        }
        application.paused = self.settings.pause(now).map_or(application.paused, |pause| pause.at(now));
        application.scaled = self.scalings(world);
        let days = if by_demand { self.measured.days(now) } else { Vec::new() };
        if direction == Direction::Out {
            if application.scaled.out.is_some() && !by_demand {
                signals = self.measured.effect(now);
                (signals.breaches, signals.restart) = (breaches, times.map(|times| times.usual));
            }
            signals.spent = self.measured.spent(&world.application, now);
        }
        signals.days = &days;
        match decide(&rule, call, &application, &signals, now) {
            Decision::Hold(reason) => Err(reason),
            Decision::Scale { .. } if policy.mode == Mode::Observe => Err(Reason::Observing),
            Decision::Scale { to, .. } => {
                let begun = world.application.update(to.parallelism.count(), PlannedOutcome::Succeeds);
                begun.map(|operation| (operation, times.map(|times| times.longest))).ok_or(Reason::Busy)
            }
        }
    }
}

/// The alarms as the tasks evaluate them.
fn watched(alarms: &[WatchedAlarm]) -> Vec<Watched<'_>> {
    alarms.iter().map(WatchedAlarm::watched).collect()
}

impl Scaler for Direct<'_> {
    type Event = Event;

    fn start(&mut self, world: &mut World<Event>) {
        world.at_first_evaluation(Event::EvaluateAlarms);
        world.after(self.settings.heartbeat, Event::Heartbeat);
    }

    fn handle(&mut self, event: Event, world: &mut World<Event>) {
        match event {
            Event::EvaluateAlarms => {
                world.at_next_evaluation(Event::EvaluateAlarms);
                self.evaluate_alarms(world);
            }
            Event::Heartbeat => {
                world.after(self.settings.heartbeat, Event::Heartbeat);
                Self::start(self, world);
            }
            Event::Start => Self::start(self, world),
            Event::Resume(id) => self.resume(id, world),
        }
    }
}
