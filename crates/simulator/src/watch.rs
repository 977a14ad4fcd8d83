//! Watches a run for the promises of the product, from outside: from what the simulated world knows to be true, not from
//! what the tasks have read.

mod reshards;

use crate::alarm::Alarm;
use crate::application::{ManagedApplication, START};
use crate::lifecycle::End;
use crate::settings::{Settings, of};
use crate::truth::{breaches, fresh_value, is_called_for, is_out_of_bounds};
use jiff::{SignedDuration, Timestamp};
use scaling::{Direction, Unit, Units};
use std::collections::{BTreeMap, BTreeSet};
use tasks::{AlarmState, Mode};

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
pub(crate) struct Deeds {
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
        let bears_out = |alarm: &Alarm| {
            let values = since.iter().filter_map(|since| fresh_value(application, alarm, *since, RETRIES));
            values.into_iter().any(|value| breaches(alarm, value))
        };
        let borne_out = match direction {
            Direction::Out => of(direction, alarms).any(bears_out),
            Direction::In => of(direction, alarms).all(bears_out),
        };
        self.demand(borne_out, now, || format!("scaling {direction} only on fresh data that breaches"));
        if direction == Direction::Out {
            return;
        }
        let out_rings =
            of(Direction::Out, alarms).any(|out| out.state == AlarmState::Alarm && bears_out(out));
        self.demand(!out_rings, now, || "nothing is moved against a ringing alarm".to_owned());
        let newest_out = alarms.first().and_then(|(_, out)| value(out));
        if let Some(limit) = settings.parsed.scale_in_max_lag {
            self.demand(newest_out.is_some_and(|lag| lag <= limit), now, || {
                format!("scaling in only when the lag is known to be low, not {newest_out:?}")
            });
        }
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
        let way_back = |at| kpus.and_then(|kpus| settings.bounds_at(at).way_back(kpus));
        let is_out = [now, now - RETRIES].iter().any(|at| way_back(*at) == Some(direction));
        self.demand(is_out, now, || format!("{} KPU are out of the bounds", application.current_kpus()));
    }

    /// `scale` has begun an update.
    pub(crate) fn updates(
        &mut self,
        operation: usize,
        deeds: &mut Deeds,
        application: &ManagedApplication,
        settings: &Settings,
    ) {
        let now = application.now();
        let Some((rang, direction)) = deeds.ringing.take() else {
            return self.demand(false, now, || "an update is never made twice".to_owned());
        };
        self.demand(now.duration_since(rang) <= RETRIES, now, || {
            "an update follows its alarm at once".to_owned()
        });
        let Some(rescale) = application.updates.last() else { return };
        let allows =
            |at, kpus| Units::new(kpus).is_some_and(|kpus| settings.bounds_at(at).way_back(kpus).is_none());
        let allowed = [now, now - RETRIES].iter().any(|at| allows(*at, rescale.to));
        let is_back = deeds.is_out_of_bounds || !allows(now, rescale.from);
        // One change of a stream may not lead all the way back.
        let is_on_its_way = settings.parsed.scaling.unit == Unit::Shard && is_back;
        self.demand((allowed && rescale.to <= settings.bounds().1) || is_on_its_way, now, || {
            format!("{} KPU are within the bounds", rescale.to)
        });
        let in_force = settings.parsed.schedule.at(now);
        self.demand(!in_force.blocked, now, || "nothing is scaled in a window that blocks".to_owned());
        // It may have been set after it was read.
        let paused = settings.pause(now - RETRIES).is_some_and(|pause| pause.at(now).of(direction));
        self.demand(!paused, now, || format!("scaling {direction} is paused"));
        self.demand(settings.parsed.mode == Mode::Active, now, || "who observes scales nothing".to_owned());
        self.demand(is_back || direction.leads(rescale.from, rescale.to), now, || {
            format!("from {} to {} leads {direction}", rescale.from, rescale.to)
        });
        let policy = &settings.parsed.scaling;
        for (index, other) in application.life.operations.iter().enumerate() {
            if index == operation || other.asked > now {
                continue;
            }
            self.demand(other.ends <= now, now, || "one update at a time".to_owned());
            // Of the changes of a stream its tag remembers the newest that is ours, and of others Kinesis does not tell.
            if policy.unit == Unit::Shard && self.ours.last() != Some(&index) {
                continue;
            }
            let age = now.duration_since(other.ends) + TOLERANCE;
            self.demand(age >= policy.grace_period.of(direction), now, || {
                format!("{} s are within the grace period", age.as_secs())
            });
            let parallelism = |version| application.life.version_parallelism(version);
            let (before, after) = (parallelism(other.versions.0), parallelism(other.versions.1));
            let same_way = direction.leads(before, after);
            let back = other.kind == "UpdateApplication"
                && other.end == End::Successful
                && direction.other().leads(before, after);
            let is_late = direction == Direction::Out && deeds.lag_rang;
            self.demand(!back || is_late || is_back || age >= policy.reversal_window, now, || {
                "it is not scaled back within the reversal window".to_owned()
            });
            let failed = other.kind == "UpdateApplication" && other.end != End::Successful && same_way;
            self.demand(!failed || age >= policy.failure_pause, now, || {
                "after a failure its direction waits".to_owned()
            });
        }
        if policy.unit == Unit::Shard {
            self.reshards(rescale, direction, application, settings);
        }
        deeds.operations.push(operation);
        self.ours.insert(operation);
        self.saw(format!("deed: scale {direction}"));
        if is_back {
            self.saw(format!("deed: back into the bounds {direction}"));
        }
        if self.displaced.take().is_some() {
            self.saw("deed: a size out of its bounds is led back");
        }
        if direction == Direction::Out && self.standing.take().is_some() {
            self.saw("deed: a breach that stands is acted upon");
        }
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

    /// An execution waits: only one that has scaled does so for longer than a retry, and none for an update that hangs.
    pub(crate) fn waits(
        &mut self,
        state: &str,
        deeds: &Deeds,
        application: &ManagedApplication,
        settings: &Settings,
    ) {
        let now = application.now();
        self.demand(state != "GracePeriod" || !deeds.operations.is_empty(), now, || {
            "only a run that has scaled stays".to_owned()
        });
        let operations = &application.life.operations;
        let Some(followed) = deeds.operations.last().and_then(|index| operations.get(*index)) else { return };
        let before = operations.iter().filter(|other| other.ends <= followed.asked);
        let longest = before.map(|other| other.ends.duration_since(other.asked)).max().unwrap_or_default();
        let patience = settings.parsed.update_timeout.max(longest.saturating_mul(3)) + SLOW_LOOKS;
        let lasted = now.min(followed.ends).duration_since(followed.asked);
        self.demand(lasted <= patience, now, || {
            format!("an update that hangs is told, not waited for over {} minutes", lasted.as_mins())
        });
    }

    /// An execution has succeeded, or failed with an error and its cause; a fault has struck since it began, or none.
    pub(crate) fn ends(
        &mut self,
        failed: Option<(&str, &str)>,
        met_a_fault: bool,
        deeds: &Deeds,
        application: &ManagedApplication,
        settings: &Settings,
    ) {
        let now = application.now();
        let last = deeds.operations.last().and_then(|index| application.life.operations.get(*index));
        // Each update that was followed is told once; twice only if a call was made twice.
        let (told, followed) = (deeds.told.len(), deeds.operations.len());
        let broken_off = failed.is_some_and(|(error, _)| error == "TaskFailed");
        self.demand(told >= followed || broken_off, now, || {
            format!("{followed} updates are told, not {told}")
        });
        self.demand(told <= followed || met_a_fault, now, || {
            format!("{followed} updates are told once, not {told}")
        });
        match failed {
            None => self.demand(
                last.is_none_or(|last| last.ends <= now && last.end == End::Successful),
                now,
                || "a run that succeeds knows that its last update did".to_owned(),
            ),
            Some((error, cause)) => {
                self.demand(!cause.is_empty(), now, || format!("{error} says why"));
                self.demand(!error.starts_with("States."), now, || {
                    format!("no run is ended by Step Functions: {error}: {cause}")
                });
                let told = deeds.told.iter().any(|kind| kind == "Scaling Failed");
                self.demand(error == "TaskFailed" || told, now, || format!("{error} is told to a person"));
            }
        }
        let policy = &settings.parsed;
        // At its deadline, a run still follows its update to the end, and that may be long.
        let longest =
            policy.run_deadline + policy.update_timeout.saturating_mul(2) + policy.scaling.grace_period.out;
        let lasted = now.duration_since(deeds.started);
        self.demand(lasted <= longest + SignedDuration::from_hours(1), now, || {
            format!("every run ends, and not after {} minutes", lasted.as_mins())
        });
    }
}
