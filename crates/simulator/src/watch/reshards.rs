//! What is promised of a stream beyond what is promised of everything that is scaled.

use super::Watch;
use crate::Rescale;
use crate::deployed::settings::Settings;
use crate::model::application::ManagedApplication;
use crate::policies::autoscaler::cloud::{doublings, is_of_the_day};
use scaling::{CHANGES_OF_A_DAY, Direction};

impl Watch {
    /// Of a stream: within one change of its shards, and of those that it may have in a day the last are kept for scaling out.
    pub(super) fn reshards(
        &mut self,
        Rescale { from, to, .. }: &Rescale,
        direction: Direction,
        stream: &ManagedApplication,
        settings: &Settings,
    ) {
        let now = stream.now();
        self.demand(*to <= from * 2 && to * 2 >= *from, now, || {
            format!("from {from} to {to} shards is one change")
        });
        // This one, and those of ours before it: of the others' Kinesis does not tell, but refuses what is too much.
        let all = stream.life.operations.iter().enumerate();
        let ours = all.filter(|(index, other)| self.ours.contains(index) && is_of_the_day(other.asked, now));
        let changes = ours.count() + 1;
        let maximum = settings.bounds().1;
        let needed = if direction == Direction::In { doublings(*to, maximum) } else { 0 };
        self.demand(changes + needed <= CHANGES_OF_A_DAY as usize, now, || {
            format!("the {changes}. change of the day leaves {needed} to scale out again")
        });
        if changes == CHANGES_OF_A_DAY as usize {
            self.saw("deed: the last change of a day");
        }
    }
}
