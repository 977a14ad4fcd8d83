//! The autoscaler without its state machine and its tasks: the same rule, called directly. It serves to try thousands of policies.
//!
//! This model is only as good as its agreement with the real autoscaler, which runs without faults here. `tests/direct.rs` compares the
//! two, scaling by scaling. The real autoscaler confirms every result that a user receives.

mod measured;
mod scale;
mod watched_alarm;

use crate::AlarmSettings;
use crate::deployed::job_series::lag_series;
use crate::deployed::settings::{Settings, of};
use crate::model::world::{Scaler, World};
use jiff::{SignedDuration, Timestamp};
use measured::Measured;
use scaling::{Direction, PerDirection, Reason};
use std::collections::BTreeMap;
use tasks::{
    AlarmSet, AlarmState, Epoch, Finding, JobHealth, Mode, Observed, Watched, called_for, missing_readings,
    needs_job_health, stuck_after,
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

/// A run of the loop, and its state.
#[derive(Debug, Clone, Copy)]
struct Run {
    started: Timestamp,
    has_scaled: bool,
    /// The operation that the run follows, and the time of its request.
    follows: Option<(usize, Timestamp)>,
    /// The age from which the operation counts as stuck.
    stuck_after: SignedDuration,
}

/// An event that is due.
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
        let Some(newest) = world.application.newest_minute() else { return };
        let mut rings = 0;
        // In the order of the settings: the alarms on the policy's metric come first.
        let [out, more_outs @ ..] = self.outs.as_mut_slice() else { return };
        let [r#in, more_ins @ ..] = self.ins.as_mut_slice() else { return };
        for alarm in [out, r#in].into_iter().chain(more_outs).chain(more_ins) {
            if alarm.evaluate(&world.application, newest) == Some(AlarmState::Alarm) {
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
                    return; // The run fails, and the user is notified.
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
        // A wait lasts whole seconds.
        world.after(SignedDuration::from_secs(duration.as_secs()), Event::Resume(id));
        self.runs.insert(id, run);
    }

    /// Runs `check`, and `scale` if there is a call for another size. A run that has nothing to do ends.
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

    /// The call for another size, judged as in `check`.
    fn check(&self, world: &World<Event>) -> Finding {
        let (now, application) = (world.now(), &world.application);
        let Some(units) = scaling::Units::new(application.current_kpus()) else { return Finding::Nothing };
        let alarms = AlarmSet {
            outs: watched(&self.outs),
            ins: watched(&self.ins),
            unusable: PerDirection::default(),
        };
        let bounds = self.settings.bounds_at(now);
        let mut observed = Observed { alarms, units, is_stopped: false, bounds, requested: None, job: None };
        let policy = &self.settings.parsed;
        let epoch = if application.life.is_busy(now) {
            Epoch::NotYet(Reason::Busy)
        } else {
            application.life.last_end(now).map_or(Epoch::Ever, Epoch::Since)
        };
        loop {
            let missing = missing_readings(policy, &observed);
            if needs_job_health(policy, &observed) {
                // Without faults, a job restarts during an operation only, and its health counts restarts after the last one.
                let series = [lag_series(application, self.settings)];
                observed.job = Some(JobHealth::of(&series, policy, &observed.alarms, epoch, now));
            } else if missing.is_empty() {
                return called_for(policy, &observed);
            }
            for index in missing {
                let alarm = self.outs.iter().chain(&self.ins).nth(index);
                let reading =
                    alarm.map_or(Err(Reason::NoFreshData), |alarm| alarm.reading(epoch, application));
                observed.alarms.set_reading(index, reading, None);
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
