//! The second task on the simulator's own data: the same proposal and confirmation, without the ports.

use super::{Direct, Event};
use crate::deployed::job_series::footprint_series;
use crate::model::application::PlannedOutcome;
use crate::model::world::World;
use crate::policies::autoscaler::cloud::changes_of_the_day;
use jiff::{SignedDuration, Timestamp};
use scaling::{
    Activity, Breach, Call, Decision, Direction, Footprint, Parallelism, Past, PerDirection, Reason,
    Resource, Scaling, Sizing, Units, confirm, propose,
};
use tasks::{MOST_LOOKED_INTO, Mode, PastUpdate, UpdateTimes, footprint, newest_scale_out};

impl Direct<'_> {
    /// Decides on a step and begins its update. Returns the number of the operation and its expected duration.
    pub(super) fn scale(
        &mut self,
        call: Call,
        breaches: &[Breach],
        world: &mut World<Event>,
    ) -> Result<(usize, Option<SignedDuration>), Reason> {
        self.measured.measure(&world.application, breaches);
        let policy = &self.settings.parsed;
        let now = world.now();
        let resource = resource(world)?;
        let rule = policy.at(now, resource.size().units);
        let times = update_times(world);
        let by_demand = matches!(policy.scaling.sizing, Sizing::Demand(_));
        let mut signals = self.measured.signals(by_demand, now);
        (signals.breaches, signals.restart) = (breaches, times.map(|times| times.usual));
        let proposal = propose(&rule, call, &resource, &signals, now)?;

        let is_out = proposal.direction() == Direction::Out;
        let days = if by_demand { self.measured.days(now) } else { Vec::new() };
        let past = Past {
            paused: self.settings.pause(now).map_or(PerDirection::default(), |pause| pause.at(now)),
            scaled_out: self.scaled_out(world),
            takes_snapshot: false,
            days: &days,
            spent: if is_out { self.measured.spent(&world.application, now) } else { 0.0 },
            footprint: if is_out {
                Footprint::default()
            } else {
                footprint(&footprint_series(&world.application), policy, resource.last_change, now)
            },
            effect: if by_demand { signals } else { self.measured.effect(now) },
        };
        match confirm(&rule, proposal, &resource, &signals, &past, now) {
            Decision::Hold(reason) => Err(reason),
            Decision::Scale { .. } if policy.mode == Mode::Observe => Err(Reason::Observing),
            Decision::Scale { to, .. } => {
                let begun = world.application.update(to.parallelism.count(), PlannedOutcome::Succeeds);
                begun.map(|operation| (operation, times.map(|times| times.longest))).ok_or(Reason::Busy)
            }
        }
    }

    /// The newest scale-out within the ineffective pause.
    fn scaled_out(&self, world: &World<Event>) -> Option<Scaling> {
        let window = self.settings.parsed.scaling.ineffective_pause;
        let (now, application) = (world.now(), &world.application);
        let operations = application.life.operations.iter().rev();
        let recent = operations.filter(|operation| now.duration_since(operation.ends) < window);
        let units = |version| {
            let parallelism = application.life.version_parallelism(version)?;
            Units::new(parallelism.div_ceil(application.parallelism_per_kpu()))
        };
        let updates: Vec<PastUpdate> = recent
            .take(MOST_LOOKED_INTO)
            .filter_map(|operation| {
                let (from, to) = (units(operation.versions.0)?, units(operation.versions.1)?);
                Some(PastUpdate { began: operation.asked, ended: operation.ends, from, to })
            })
            .collect();
        newest_scale_out(&updates, || application.life.operations.iter().map(|operation| operation.ends))
    }
}

/// The application for the rule. No update fails here.
fn resource(world: &World<Event>) -> Result<Resource, Reason> {
    let (now, application) = (world.now(), &world.application);
    let size = |count: u32| Parallelism::new(count).ok_or(Reason::NotRunning);
    Ok(Resource {
        activity: if application.life.is_busy(now) { Activity::Busy } else { Activity::Running },
        parallelism: size(application.current_parallelism())?,
        parallelism_per_kpu: size(application.parallelism_per_kpu())?,
        last_change: application.life.last_end(now),
        failed: PerDirection::default(),
        changes_of_the_day: changes_of_the_day(application, now).try_into().unwrap_or(u32::MAX),
    })
}

/// The durations of the last few updates.
fn update_times(world: &World<Event>) -> Option<UpdateTimes> {
    let is_over = |ends: Timestamp| ends <= world.now();
    let operations = world.application.life.operations.iter().rev();
    let over = operations.filter(|operation| is_over(operation.ends));
    UpdateTimes::of_newest(over.map(|operation| Some(operation.ends.duration_since(operation.asked))))
}
