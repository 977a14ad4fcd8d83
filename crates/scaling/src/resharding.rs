//! What Kinesis allows of a change of a stream's number of shards. Source of the limits and of the preference: the reference of the call
//! `UpdateShardCount`.

use crate::{Direction, Units};

/// How often a stream's number of shards may be changed in a rolling day.
pub const CHANGES_OF_A_DAY: u32 = 10;

/// The wish, or as far towards it as one change may go: to twice the shards at most, and to half of them at least.
pub(crate) fn within_one_change(from: Units, wish: Units) -> Units {
    let shards = u64::from(from.count());
    wish.clamp(Units::saturating(shards.div_ceil(2)), Units::saturating(shards * 2))
}

/// How many percent more shards a size by whole quarters may take.
const MOST_FOR_QUARTERS: u64 = 25;

/// The target, or a size a little larger that is a whole number of quarters of what there is: to any other, Kinesis takes longer, by way
/// of short-lived shards that count against the account's limit.
pub(crate) fn in_quarters(direction: Direction, from: Units, target: Units, most: Units) -> Units {
    let quarters = |units: &Units| (u64::from(units.count()) * 4).is_multiple_of(from.count().into());
    let largest = u64::from(target.count()) * (100 + MOST_FOR_QUARTERS) / 100;
    let sizes = (u64::from(target.count())..=largest.min(most.count().into())).map(Units::saturating);
    let mut leading = sizes.take_while(|units| direction == Direction::Out || *units < from);
    leading.find(quarters).unwrap_or(target)
}

/// Whether another change may be made after so many in a rolling day. Whoever scales in must leave as many as lead back from there to
/// the maximum: so the changes are spent on scaling out first, and no load that comes back finds none left.
pub(crate) fn is_affordable(direction: Direction, changes: u32, to: Units, maximum: Units) -> bool {
    let needed = match direction {
        Direction::Out => 0,
        Direction::In => doublings(to, maximum),
    };
    changes + 1 + needed <= CHANGES_OF_A_DAY
}

/// How many changes lead from one size to another that is larger.
fn doublings(from: Units, to: Units) -> u32 {
    to.count().div_ceil(from.count()).next_power_of_two().ilog2()
}
