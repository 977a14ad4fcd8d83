//! What the application's own past says, as the second task reads it.

use super::{Direct, Event};
use crate::world::World;
use jiff::SignedDuration;
use scaling::{Direction, PerDirection, Scaling};

/// How many updates tell how long the next one will take, and how many are looked into. The tasks' own numbers.
const UPDATES_TO_LEARN_FROM: usize = 3;
const MOST_LOOKED_INTO: usize = 5;

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

/// How long the next update may well take: as long as the longest of the last few.
pub(super) fn expected(world: &World<Event>) -> Option<SignedDuration> {
    last_updates(world).last().copied()
}

/// How long one usually takes.
pub(super) fn usual(world: &World<Event>) -> Option<SignedDuration> {
    let durations = last_updates(world);
    durations.get(durations.len().checked_sub(1)? / 2).copied()
}

/// How long the last few took, the shortest first.
fn last_updates(world: &World<Event>) -> Vec<SignedDuration> {
    let operations = world.application.life.operations.iter().rev();
    let over = operations.filter(|operation| operation.ends <= world.now());
    let durations =
        over.take(UPDATES_TO_LEARN_FROM).map(|operation| operation.ends.duration_since(operation.asked));
    let mut durations: Vec<_> = durations.collect();
    durations.sort();
    durations
}
