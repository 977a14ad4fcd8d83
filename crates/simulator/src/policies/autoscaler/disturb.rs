//! The faults around the autoscaler: of alarm events in delivery, and of the world at a set time.

use super::{Autoscaler, Event, EventKind};
use crate::model::application::PlannedOutcome;
use crate::model::fault::Fault;
use crate::model::metric::{Disturbance, DisturbanceKind};
use crate::model::world::World;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tasks::{AlarmState, UnusableKind};

/// The additional delay of a late event.
const LATE_BY: SignedDuration = SignedDuration::from_mins(10);

/// The time between the two deliveries of a doubled event.
const DOUBLED_AFTER: SignedDuration = SignedDuration::from_secs(20);

/// The length of a loop of restarts in minutes.
const RESTART_LOOP_MINUTES: usize = 40;

/// The error of the clock of MSF under the fault.
const SKEW_OF_MSF: SignedDuration = SignedDuration::from_secs(4);

/// The time until a user restores an alarm that cannot be used.
const UNUSABLE_FOR: SignedDuration = SignedDuration::from_mins(30);

impl Autoscaler<'_> {
    /// Delivers an alarm event, which a fault may lose, delay, double or reorder.
    pub(super) fn send(&mut self, event: Value, world: &mut World<Event>) {
        let now = world.now();
        let delay = world.scaled(self.unit()).model.event_delay;
        let reordered = self.held_back.take();
        if self.faults.strike(Fault::EventReordered, now) {
            self.held_back = Some(event);
        } else if self.faults.strike(Fault::EventLate, now) {
            world.after(delay + LATE_BY, self.event(EventKind::Start(event)));
        } else if !self.faults.strike(Fault::EventLost, now) {
            if self.faults.strike(Fault::EventDoubled, now) {
                world.after(delay + DOUBLED_AFTER, self.event(EventKind::Start(event.clone())));
            }
            world.after(delay, self.event(EventKind::Start(event)));
        }
        if let Some(event) = reordered {
            world.after(delay, self.event(EventKind::Start(event)));
        }
        self.note_faults(now);
    }

    /// Makes the first additional alarm unusable for a while, if there is one.
    fn replace_alarm(&mut self, kind: UnusableKind, now: Timestamp) {
        if let Some((_, alarm)) = self.alarms.get_mut(2) {
            alarm.unusable = Some((kind, now + UNUSABLE_FOR));
        }
    }

    /// Lets a fault strike at its time.
    pub(super) fn strike(&mut self, fault: Fault, world: &mut World<Event>) {
        let now = world.now();
        if !self.faults.strike(fault, now) {
            return;
        }
        self.note_faults(now);
        let application = world.scaled(self.unit());
        let minute = application.minute();
        let mut disturb = |minutes, kind| {
            application.metrics.disturb(Disturbance { minutes: minute..minute + minutes, kind });
        };
        match fault {
            Fault::MetricGap => disturb(5, DisturbanceKind::HiddenUntil(usize::MAX)),
            Fault::MetricLate => disturb(10, DisturbanceKind::HiddenUntil(minute + 15)),
            Fault::Snapshot => disturb(12, DisturbanceKind::Snapshot),
            Fault::LagUnreported => disturb(5, DisturbanceKind::LagUnreported),
            Fault::AnomalyAlarm => self.replace_alarm(UnusableKind::AnomalyDetection, now),
            Fault::CompositeAlarm => self.replace_alarm(UnusableKind::NotFound, now),
            Fault::RestartLoop => application.job.restart_in_a_loop(RESTART_LOOP_MINUTES),
            Fault::Deployment => {
                application.update(application.current_parallelism(), PlannedOutcome::Succeeds);
            }
            Fault::ForeignScaling => {
                let (kpus, most) = (application.kpus(), self.settings.bounds().1);
                let sizes = [kpus - 1, kpus + 1, 1, most + 1];
                application.rescale(self.rng.pick(&sizes).max(1));
            }
            Fault::Stop => application.stop(),
            Fault::Delete => application.delete(),
            Fault::ClockSkew => {
                let ahead = self.clock_skew > SignedDuration::ZERO;
                self.clock_skew = if ahead { -SKEW_OF_MSF } else { SKEW_OF_MSF };
            }
            Fault::AlarmFlap => {
                let (_, out) = &mut self.alarms[0];
                out.state = AlarmState::Alarm;
                out.state_updated = now;
                self.alarm_changed(0, AlarmState::Alarm, world);
            }
            // The other faults strike at an occasion, and the code of that occasion handles them.
            _ => {}
        }
    }
}
