//! What is promised of every update: why it is made, and when not.

use super::{ExecutionLog, RETRIES, TOLERANCE, Watch};
use crate::deployed::settings::Settings;
use crate::model::application::ManagedApplication;
use crate::model::lifecycle::End;
use scaling::{Direction, Unit, Units};
use tasks::Mode;

impl Watch {
    /// `scale` has begun an update.
    pub(crate) fn updates(
        &mut self,
        operation: usize,
        execution_log: &mut ExecutionLog,
        application: &ManagedApplication,
        settings: &Settings,
    ) {
        let now = application.now();
        let Some((rang, direction)) = execution_log.ringing.take() else {
            return self.demand(false, now, || "an update is never made twice".to_owned());
        };
        self.demand(now.duration_since(rang) <= RETRIES, now, || {
            "an update follows its alarm at once".to_owned()
        });
        let Some(rescale) = application.updates.last() else { return };
        let allows = |at, kpus| {
            Units::new(kpus).is_some_and(|kpus| settings.bounds_at(at).direction_into_bounds(kpus).is_none())
        };
        let allowed = [now, now - RETRIES].iter().any(|at| allows(*at, rescale.to));
        let is_back = execution_log.is_out_of_bounds || !allows(now, rescale.from);
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
            let is_late = direction == Direction::Out && execution_log.lag_rang;
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
        execution_log.operations.push(operation);
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
}
