//! The invariants of a change of shards, in addition to the invariants of every update.

use super::Watch;
use crate::Rescale;
use crate::deployed::settings::Settings;
use crate::model::application::ManagedApplication;
use crate::policies::autoscaler::cloud::{doublings, is_of_the_day};
use scaling::{CHANGES_OF_A_DAY, Direction};

impl Watch {
    /// Checks that an update is one valid change of shards, and that scale-in leaves enough of the daily changes for scaling out.
    pub(super) fn reshards(
        &mut self,
        Rescale { from, to, .. }: &Rescale,
        direction: Direction,
        stream: &ManagedApplication,
        settings: &Settings,
    ) {
        let now = stream.now();
        self.require(*to <= from * 2 && to * 2 >= *from, now, || {
            format!("from {from} to {to} shards is one change")
        });
        // Kinesis does not report the changes of other clients, and rejects a change above the limit.
        let all = stream.life.operations.iter().enumerate();
        let begun =
            all.filter(|(index, other)| self.begun.contains(index) && is_of_the_day(other.asked, now));
        let changes = begun.count() + 1;
        let maximum = settings.bounds().1;
        let needed = if direction == Direction::In { doublings(*to, maximum) } else { 0 };
        self.require(changes + needed <= CHANGES_OF_A_DAY as usize, now, || {
            format!("{needed} changes remain for scaling out after {changes} of the day")
        });
        if changes == CHANGES_OF_A_DAY as usize {
            self.saw("action: make the last change of a day");
        }
    }
}
