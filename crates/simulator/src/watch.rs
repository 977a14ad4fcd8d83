//! Checks the invariants of the product in a run, from the state of the simulated world and not from the data that the tasks have read.

mod reshards;
mod runs;
mod truth;
mod updates;

use crate::deployed::settings::{Settings, of};
use crate::model::alarm::Alarm;
use crate::model::application::ManagedApplication;
use crate::watch::truth::{breaches, fresh_value, is_called_for, is_out_of_bounds, lag_lasts, published_lag};
use jiff::{SignedDuration, Timestamp};
use scaling::{Direction, Unit, Units};
use std::collections::{BTreeMap, BTreeSet};
use tasks::AlarmState;

/// A violation of an invariant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The time.
    pub at: Timestamp,
    /// The invariant, with the values that violate it.
    pub invariant: String,
}

/// The actions of an execution until now.
#[derive(Debug, Clone, Default)]
pub(crate) struct ExecutionLog {
    pub(crate) started: Timestamp,
    /// The time and the direction of the last call of `check`, until an update follows.
    pub(crate) breaching: Option<(Timestamp, Direction)>,
    /// Whether that call was for a size out of its bounds.
    pub(crate) is_out_of_bounds: bool,
    /// The operations that it began or recovered.
    pub(crate) operations: Vec<usize>,
    /// The kinds of the events that it published.
    pub(crate) published: Vec<String>,
}

/// The state of the checks, and their results.
#[derive(Debug, Clone, Default)]
pub(crate) struct Watch {
    pub(crate) violations: Vec<Violation>,
    /// The number of occurrences of each event. It shows that a run tested an invariant.
    pub(crate) seen: BTreeMap<String, u64>,
    /// The start of a breach, with capacity left, that no update has followed.
    breaching_since: Option<Timestamp>,
    /// The time since which the size has been out of its bounds without an update.
    out_of_bounds_since: Option<Timestamp>,
    /// The number of faults and failed executions that hindered an update.
    hindrances: i32,
    /// The operations that the autoscaler began.
    begun: BTreeSet<usize>,
}

/// The clock difference between two services that the tasks accept. The simulated difference is smaller.
pub(crate) const TOLERANCE: SignedDuration = SignedDuration::from_secs(5);

/// The longest time between two checks of a long update, with their retries.
const SLOWEST_POLL: SignedDuration = SignedDuration::from_mins(20);

/// The total time of the retries of a task, after 2, 4, 8, 16, 32 and 60 seconds.
const RETRIES: SignedDuration = SignedDuration::from_secs(122);

impl Watch {
    pub(crate) fn saw(&mut self, event: impl Into<String>) {
        *self.seen.entry(event.into()).or_default() += 1;
    }

    fn require(&mut self, holds: bool, at: Timestamp, invariant: impl FnOnce() -> String) {
        if !holds {
            self.violations.push(Violation { at, invariant: invariant() });
        }
    }

    /// The times since which data are valid: the end of the last change. For a stream also the start, because the autoscaler learns the end of
    /// its change only by a check, and Kinesis does not report the changes of other clients.
    fn since(&self, application: &ManagedApplication, settings: &Settings) -> [Timestamp; 2] {
        let now = application.now();
        let last = match settings.parsed.scaling.unit {
            Unit::Kpu => return [application.life.last_end(now).unwrap_or(application.clock.start); 2],
            Unit::Shard => self.begun.iter().filter_map(|index| application.life.operations.get(*index)),
        };
        let seen = last.map(|operation| operation.ends).filter(|end| *end <= now).max();
        [seen.unwrap_or(application.clock.start), application.clock.start]
    }

    /// Checks a call of `check` for a breaching alarm: fresh data must confirm it.
    pub(crate) fn breaching(
        &mut self,
        direction: Direction,
        application: &ManagedApplication,
        alarms: &[(Direction, Alarm)],
        settings: &Settings,
    ) {
        let now = application.now();
        // A retry has the time of the first attempt.
        let since = self.since(application, settings);
        let value = |alarm: &Alarm| fresh_value(application, alarm, since[0], RETRIES);
        let confirmed = |alarm: &Alarm| is_confirmed(alarm, since, application);
        let is_confirmed = match direction {
            Direction::Out => {
                let by_alarm = of(direction, alarms).any(confirmed);
                let by_lag = !by_alarm && lag_lasts(application, alarms, since[0], settings);
                if by_lag {
                    self.saw("action: call to scale out by a published lag");
                }
                by_alarm || by_lag
            }
            Direction::In => of(direction, alarms).all(confirmed),
        };
        self.require(is_confirmed, now, || format!("scaling {direction} only on fresh breaching data"));
        if direction == Direction::Out {
            return;
        }
        self.no_scale_out_alarm(since, application, alarms);
        let all_are_usable = alarms.iter().all(|(_, alarm)| alarm.unusable_at(now).is_none());
        self.require(all_are_usable, now, || "no scale-in while an alarm cannot be used".to_owned());
        if let Some((lag, objective)) = published_lag(application, alarms, since[0], settings) {
            self.saw("action: compare a published lag with its objective");
            self.require(lag <= objective, now, || {
                format!("no scale-in while the published lag is {lag} ms, above {objective} ms")
            });
        }
        let newest_out = alarms.first().and_then(|(_, out)| value(out));
        if let Some(limit) = settings.parsed.scale_in_max_lag {
            self.require(newest_out.is_some_and(|lag| lag <= limit), now, || {
                format!("scaling in only when the lag is known to be low, not {newest_out:?}")
            });
        }
    }

    /// Checks that no scale-out alarm is breaching during a scale-in.
    fn no_scale_out_alarm(
        &mut self,
        since: [Timestamp; 2],
        application: &ManagedApplication,
        alarms: &[(Direction, Alarm)],
    ) {
        let is_breaching =
            |out: &Alarm| out.state == AlarmState::Alarm && is_confirmed(out, since, application);
        let scales_out = of(Direction::Out, alarms).any(is_breaching);
        self.require(!scales_out, application.now(), || {
            "no scale-in while a scale-out alarm is breaching".to_owned()
        });
    }

    /// Checks a call of `check` for a capacity request: a recent request must lead in its direction.
    pub(crate) fn requested(
        &mut self,
        (direction, backlog): (Direction, bool),
        application: &ManagedApplication,
        alarms: &[(Direction, Alarm)],
        settings: &Settings,
    ) {
        let now = application.now();
        let kpus = application.current_kpus();
        if direction == Direction::In && !backlog {
            self.no_scale_out_alarm(self.since(application, settings), application, alarms);
        }
        let mut recent =
            settings.requests.iter().filter(|request| request.at <= now && now <= request.at + RETRIES);
        let is_requested = recent.any(|request| direction.leads(kpus, request.units));
        self.require(is_requested, now, || format!("a capacity request leads {direction} from {kpus} KPU"));
    }

    /// Checks a call of `check` for a size out of its bounds: it is, or was at the first attempt.
    pub(crate) fn out_of_bounds(
        &mut self,
        direction: Direction,
        application: &ManagedApplication,
        settings: &Settings,
    ) {
        let now = application.now();
        let kpus = Units::new(application.current_kpus());
        let direction_into_bounds =
            |at| kpus.and_then(|kpus| settings.bounds_at(at).direction_into_bounds(kpus));
        let is_out = [now, now - RETRIES].iter().any(|at| direction_into_bounds(*at) == Some(direction));
        self.require(is_out, now, || format!("{} KPU are out of bounds", application.current_kpus()));
    }

    /// Counts a fault or a failed execution that hindered an update.
    pub(crate) fn hinders(&mut self) {
        self.hindrances += 1;
    }

    /// Checks after each minute that an update follows a breach, with capacity left, within one heartbeat.
    pub(crate) fn minute(
        &mut self,
        application: &ManagedApplication,
        alarms: &[(Direction, Alarm)],
        settings: &Settings,
    ) {
        let now = application.now();
        let since = self.since(application, settings);
        let breach =
            of(Direction::Out, alarms).any(|out| is_called_for(application, out, since[0], settings));
        let is_outside = is_out_of_bounds(application, settings);
        self.breaching_since = self.breaching_since.or(Some(now)).filter(|_| breach);
        self.out_of_bounds_since = self.out_of_bounds_since.or(Some(now)).filter(|_| is_outside);
        if !breach && !is_outside {
            self.hindrances = 0;
            return;
        }
        // The autoscaler may learn the end of a change of a stream late, and its cooldown begins then.
        let learned_late = match settings.parsed.scaling.unit {
            Unit::Kpu => SignedDuration::ZERO,
            Unit::Shard => settings.parsed.scaling.grace_period.out,
        };
        // The next heartbeat follows an execution that fails or whose update is rejected.
        let longest = settings.heartbeat.saturating_mul(1 + self.hindrances)
            + RETRIES
            + learned_late
            + SignedDuration::from_mins(1);
        let age =
            |since: Option<Timestamp>| since.map_or(SignedDuration::ZERO, |since| now.duration_since(since));
        for (invariant, age) in [
            ("an update follows a breach", age(self.breaching_since)),
            ("an update follows a size out of its bounds", age(self.out_of_bounds_since)),
        ] {
            self.require(age <= longest, now, || format!("{invariant}, but not for {} s", age.as_secs()));
        }
    }
}

/// Whether fresh data since one of the times confirm an alarm.
fn is_confirmed(alarm: &Alarm, since: [Timestamp; 2], application: &ManagedApplication) -> bool {
    let values = since.iter().filter_map(|since| fresh_value(application, alarm, *since, RETRIES));
    values.into_iter().any(|value| breaches(alarm, value))
}
