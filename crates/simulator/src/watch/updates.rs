//! The invariants of every update: its cause, and the states that forbid it.

use super::truth::{derives_load, readable_loop_minutes};
use super::{ExecutionLog, RETRIES, TOLERANCE, Watch};
use crate::deployed::settings::Settings;
use crate::model::application::ManagedApplication;
use crate::model::lifecycle::End;
use crate::model::time::START;
use scaling::{Direction, Unit, Units};
use tasks::Mode;

impl Watch {
    /// Checks an update that `scale` has begun.
    pub(crate) fn updates(
        &mut self,
        operation: usize,
        execution_log: &mut ExecutionLog,
        application: &ManagedApplication,
        settings: &Settings,
    ) {
        let now = application.now();
        let Some((called, direction)) = execution_log.breaching.take() else {
            return self.require(false, now, || "no update is repeated".to_owned());
        };
        self.require(now.duration_since(called) <= RETRIES, now, || {
            "an update follows its call at once".to_owned()
        });
        let Some(rescale) = application.updates.last() else { return };
        let allows = |at, kpus| {
            Units::new(kpus).is_some_and(|kpus| settings.bounds_at(at).direction_into_bounds(kpus).is_none())
        };
        let allowed = [now, now - RETRIES].iter().any(|at| allows(*at, rescale.to));
        let is_back = execution_log.is_out_of_bounds || !allows(now, rescale.from);
        // A single change of a stream may not reach the bounds.
        let is_on_its_way = settings.parsed.scaling.unit == Unit::Shard && is_back;
        self.require((allowed && rescale.to <= settings.bounds().1) || is_on_its_way, now, || {
            format!("{} KPU are within the bounds", rescale.to)
        });
        let in_force = settings.parsed.schedule.at(now);
        self.require(!in_force.blocked, now, || "no scaling in a window that blocks".to_owned());
        // The user may have set the tag after the task read it.
        let paused = settings.pause(now - RETRIES).is_some_and(|pause| pause.at(now).of(direction));
        self.require(!paused, now, || format!("no scaling {direction} during a pause"));
        self.require(settings.parsed.mode == Mode::Active, now, || {
            "no scaling in the mode observe".to_owned()
        });
        self.require(is_back || direction.leads(rescale.from, rescale.to), now, || {
            format!("from {} to {} leads {direction}", rescale.from, rescale.to)
        });
        let policy = &settings.parsed.scaling;
        let earlier = application.life.operations.iter().take(operation).map(|other| other.ends);
        let since = earlier.filter(|end| *end <= now).max().unwrap_or(START);
        // The first value of the counter is its base, and two restarts make a loop.
        let loop_minutes = readable_loop_minutes(application, since);
        self.require(policy.unit == Unit::Shard || loop_minutes < 3, now, || {
            format!("no scaling {direction} while the job restarts in a loop, for {loop_minutes} minutes since the last operation")
        });
        for (index, other) in application.life.operations.iter().enumerate() {
            if index == operation || other.asked > now {
                continue;
            }
            self.require(other.ends <= now, now, || "one update at a time".to_owned());
            // The tag of a stream names the newest change of the autoscaler, and Kinesis does not report the changes of other clients.
            if policy.unit == Unit::Shard && self.begun.last() != Some(&index) {
                continue;
            }
            let age = now.duration_since(other.ends) + TOLERANCE;
            self.require(age >= policy.grace_period.of(direction), now, || {
                format!("no update {} s after another one, within the cooldown", age.as_secs())
            });
            let parallelism = |version| application.life.version_parallelism(version);
            let (before, after) = (parallelism(other.versions.0), parallelism(other.versions.1));
            let same_way = direction.leads(before, after);
            let failed = other.kind == "UpdateApplication" && other.end != End::Successful && same_way;
            self.require(!failed || age >= policy.failure_pause, now, || {
                "no scaling in the direction of a failed update within its pause".to_owned()
            });
        }
        if policy.unit == Unit::Shard {
            self.reshards(rescale, direction, application, settings);
        }
        execution_log.operations.push(operation);
        self.begun.insert(operation);
        self.saw(format!("action: scale {direction}"));
        if is_back {
            self.saw(format!("action: scale {direction} into the bounds"));
        }
        if self.out_of_bounds_since.take().is_some() {
            self.saw("action: correct a size out of its bounds");
        }
        if direction == Direction::Out && self.breaching_since.take().is_some() {
            self.saw("action: follow a breach");
            if derives_load(settings) {
                self.saw("action: follow a breach of a derived load");
            }
        }
    }
}
