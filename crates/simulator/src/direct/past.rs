//! What the application's own past says, as the second task reads it.

use super::{Direct, Event};
use crate::model::world::World;
use scaling::{Direction, PerDirection, Scaling};
use tasks::{MOST_LOOKED_INTO, UPDATES_TO_LEARN_FROM, UpdateTimes};

impl Direct<'_> {
    /// The newest scalings, as far as they matter.
    pub(super) fn scalings(&self, world: &World<Event>) -> PerDirection<Option<Scaling>> {
        let policy = &self.settings.parsed.scaling;
        let within = policy.reversal_window.max(policy.ineffective_pause);
        let (now, life) = (world.now(), &world.application.life);
        let mut scaled = PerDirection::<Option<Scaling>>::default();
        let lately =
            life.operations.iter().rev().filter(|operation| now.duration_since(operation.ends) < within);
        for operation in lately.take(MOST_LOOKED_INTO) {
            let kpus = |version| {
                let parallelism = life.version_parallelism(version)?;
                scaling::Units::new(parallelism.div_ceil(world.application.parallelism_per_kpu()))
            };
            let (Some(from), Some(to)) = (kpus(operation.versions.0), kpus(operation.versions.1)) else {
                continue;
            };
            let newest = match Direction::between(from, to) {
                Some(Direction::Out) => &mut scaled.out,
                Some(Direction::In) => &mut scaled.r#in,
                None => continue,
            };
            let ends = life.operations.iter().map(|other| other.ends);
            let since = ends.filter(|ended| *ended <= operation.asked).max();
            let found = Scaling { since, began: operation.asked, ended: operation.ends, from, to };
            if newest.is_none() {
                *newest = Some(found);
            }
        }
        scaled
    }
}

/// How long the last few updates took.
pub(super) fn update_times(world: &World<Event>) -> Option<UpdateTimes> {
    let operations = world.application.life.operations.iter().rev();
    let over = operations.filter(|operation| operation.ends <= world.now()).take(UPDATES_TO_LEARN_FROM);
    UpdateTimes::of(over.map(|operation| operation.ends.duration_since(operation.asked)))
}
