//! Watches a run for the promises of the product, from outside: from what the simulated world knows to be true, not from
//! what the tasks have read.

mod reshards;
mod runs;
mod truth;
mod updates;

use crate::deployed::settings::{Settings, of};
use crate::model::alarm::Alarm;
use crate::model::application::ManagedApplication;
use crate::model::time::START;
use crate::watch::truth::{breaches, fresh_value, is_called_for, is_out_of_bounds};
use jiff::{SignedDuration, Timestamp};
use scaling::{Direction, Unit, Units};
use std::collections::{BTreeMap, BTreeSet};
use tasks::AlarmState;

/// A promise that was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// When.
    pub at: Timestamp,
    /// Which one, and how.
    pub promise: String,
}

/// What one execution has done so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct ExecutionLog {
    pub(crate) started: Timestamp,
    /// When `check` last said that an alarm rings, and which; until that is acted upon.
    pub(crate) ringing: Option<(Timestamp, Direction)>,
    /// Whether it was not an alarm that called, but bounds that do not hold the size.
    pub(crate) is_out_of_bounds: bool,
    /// Whether what rang was a lag.
    pub(crate) lag_rang: bool,
    /// The operations that it began, or took for its own.
    pub(crate) operations: Vec<usize>,
    /// The kinds of events that it sent.
    pub(crate) told: Vec<String>,
}

/// What is watched, and what was seen.
#[derive(Debug, Clone, Default)]
pub(crate) struct Watch {
    pub(crate) violations: Vec<Violation>,
    /// How often something happened, so that a promise that always held is known to have been tested.
    pub(crate) seen: BTreeMap<String, u64>,
    /// Since when a breach stands, with capacity left, that nothing was done about.
    standing: Option<Timestamp>,
    /// Since when the size is out of its bounds, and nothing was done about it.
    displaced: Option<Timestamp>,
    /// How often something hindered acting on it.
    hindrances: i32,
    /// The operations that were begun by whoever is watched.
    ours: BTreeSet<usize>,
}

/// How far the clocks of two services may be apart for the tasks; the simulated one is wrong by less.
pub(crate) const TOLERANCE: SignedDuration = SignedDuration::from_secs(5);

/// How far apart looks at a long update can be, and how long their retries can take.
const SLOW_LOOKS: SignedDuration = SignedDuration::from_mins(20);

/// How long the retries of a task can take: 2, 4, 8, 16, 32 and 60 seconds.
const RETRIES: SignedDuration = SignedDuration::from_secs(122);

impl Watch {
    pub(crate) fn saw(&mut self, what: impl Into<String>) {
        *self.seen.entry(what.into()).or_default() += 1;
    }

    fn demand(&mut self, holds: bool, at: Timestamp, promise: impl FnOnce() -> String) {
        if !holds {
            self.violations.push(Violation { at, promise: promise() });
        }
    }

    /// Since when what is measured says something: since the last change. When a change of a stream has ended is known once somebody has
    /// seen it, so that what was before may count as well; and that somebody else has changed it, Kinesis does not tell.
    fn since(&self, application: &ManagedApplication, settings: &Settings) -> [Timestamp; 2] {
        let now = application.now();
        let last = match settings.parsed.scaling.unit {
            Unit::Kpu => return [application.life.last_end(now).unwrap_or(START); 2],
            Unit::Shard => self.ours.iter().filter_map(|index| application.life.operations.get(*index)),
        };
        let seen = last.map(|operation| operation.ends).filter(|end| *end <= now).max();
        [seen.unwrap_or(START), START]
    }

    /// `check` has said that an alarm rings: fresh data must bear it out.
    pub(crate) fn rings(
        &mut self,
        direction: Direction,
        application: &ManagedApplication,
        alarms: &[(Direction, Alarm)],
        settings: &Settings,
    ) {
        let now = application.now();
        // An attempt that comes late is told the time of the first one.
        let since = self.since(application, settings);
        let value = |alarm: &Alarm| fresh_value(application, alarm, since[0], RETRIES);
        let bears_out = |alarm: &Alarm| bears_out(alarm, since, application);
        let borne_out = match direction {
            Direction::Out => of(direction, alarms).any(bears_out),
            Direction::In => of(direction, alarms).all(bears_out),
        };
        self.demand(borne_out, now, || format!("scaling {direction} only on fresh data that breaches"));
        if direction == Direction::Out {
            return;
        }
        self.nothing_asks_for_more(since, application, alarms);
        let newest_out = alarms.first().and_then(|(_, out)| value(out));
        if let Some(limit) = settings.parsed.scale_in_max_lag {
            self.demand(newest_out.is_some_and(|lag| lag <= limit), now, || {
                format!("scaling in only when the lag is known to be low, not {newest_out:?}")
            });
        }
    }

    /// What is moved in is not moved against an alarm that rings for more.
    fn nothing_asks_for_more(
        &mut self,
        since: [Timestamp; 2],
        application: &ManagedApplication,
        alarms: &[(Direction, Alarm)],
    ) {
        let rings = |out: &Alarm| out.state == AlarmState::Alarm && bears_out(out, since, application);
        let out_rings = of(Direction::Out, alarms).any(rings);
        self.demand(!out_rings, application.now(), || "nothing is moved against a ringing alarm".to_owned());
    }

    /// `check` has said that a size is wished for: somebody has wished for one that way a moment ago.
    pub(crate) fn wished(
        &mut self,
        (direction, backlog): (Direction, bool),
        application: &ManagedApplication,
        alarms: &[(Direction, Alarm)],
        settings: &Settings,
    ) {
        let now = application.now();
        let kpus = application.current_kpus();
        if direction == Direction::In && !backlog {
            self.nothing_asks_for_more(self.since(application, settings), application, alarms);
        }
        let mut lately = settings.wishes.iter().filter(|wish| wish.at <= now && now <= wish.at + RETRIES);
        let is_requested = lately.any(|wish| direction.leads(kpus, wish.units));
        self.demand(is_requested, now, || {
            format!("somebody wishes for another size than {kpus} KPU, {direction}")
        });
    }

    /// `check` has said that the size is out of its bounds: it is, or was when the first of its attempts was made.
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
        self.demand(is_out, now, || format!("{} KPU are out of the bounds", application.current_kpus()));
    }

    /// Something kept a run from acting on a breach.
    pub(crate) fn hinders(&mut self) {
        self.hindrances += 1;
    }

    /// A minute has passed: a breach that stands, with capacity left, is acted upon within one heartbeat.
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
        let displaced = is_out_of_bounds(application, settings);
        self.standing = self.standing.or(Some(now)).filter(|_| breach);
        self.displaced = self.displaced.or(Some(now)).filter(|_| displaced);
        if !breach && !displaced {
            self.hindrances = 0;
            return;
        }
        // When a change of a stream has ended may be seen late, and its grace period begins then.
        let seen_late = match settings.parsed.scaling.unit {
            Unit::Kpu => SignedDuration::ZERO,
            Unit::Shard => settings.parsed.scaling.grace_period.out,
        };
        // A run that fails or is refused is made good by the next heartbeat.
        let patience = settings.heartbeat.saturating_mul(1 + self.hindrances)
            + RETRIES
            + seen_late
            + SignedDuration::from_mins(1);
        let stood =
            |since: Option<Timestamp>| since.map_or(SignedDuration::ZERO, |since| now.duration_since(since));
        for (what, stood) in [
            ("a standing breach is acted upon", stood(self.standing)),
            ("a size out of its bounds is led back", stood(self.displaced)),
        ] {
            self.demand(stood <= patience, now, || format!("{what}, not left for {} s", stood.as_secs()));
        }
    }
}

/// Whether fresh data since a time says that an alarm is right.
fn bears_out(alarm: &Alarm, since: [Timestamp; 2], application: &ManagedApplication) -> bool {
    let values = since.iter().filter_map(|since| fresh_value(application, alarm, *since, RETRIES));
    values.into_iter().any(|value| breaches(alarm, value))
}
