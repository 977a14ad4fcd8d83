//! The limits of Kinesis on a change of a stream's number of shards. Source of the limits and of the preference: the API reference of
//! `UpdateShardCount`.

use crate::{Direction, Units};

/// The number of changes of a stream's shards that Kinesis allows in a rolling day.
pub const CHANGES_OF_A_DAY: u32 = 10;

/// Returns the size, limited to one change: at most twice the shards, and at least half of them.
pub(crate) fn within_one_change(from: Units, size: Units) -> Units {
    let shards = u64::from(from.count());
    size.clamp(Units::saturating(shards.div_ceil(2)), Units::saturating(shards * 2))
}

/// The most additional shards for a size in whole quarters, in percent. It bounds the cost of the preference.
const WHOLE_QUARTERS_SURPLUS_PERCENT: u64 = 25;

/// Returns the target, or a slightly larger size that is a whole number of quarters of the present one. A change to any other size takes
/// Kinesis longer, and creates temporary shards that count against the account's limit.
pub(crate) fn in_quarters(direction: Direction, from: Units, target: Units, most: Units) -> Units {
    let quarters = |units: &Units| (u64::from(units.count()) * 4).is_multiple_of(from.count().into());
    let largest = u64::from(target.count()) * (100 + WHOLE_QUARTERS_SURPLUS_PERCENT) / 100;
    let sizes = (u64::from(target.count())..=largest.min(most.count().into())).map(Units::saturating);
    let mut leading = sizes.take_while(|units| direction == Direction::Out || *units < from);
    leading.find(quarters).unwrap_or(target)
}

/// Returns whether another change is allowed after `changes` in a rolling day. A scale-in must leave the changes that lead from its
/// size back to the maximum, so that a returning load can always scale out.
pub(crate) fn is_affordable(direction: Direction, changes: u32, to: Units, maximum: Units) -> bool {
    let needed = match direction {
        Direction::Out => 0,
        Direction::In => doublings(to, maximum),
    };
    changes + 1 + needed <= CHANGES_OF_A_DAY
}

/// Returns the number of changes from a size to a larger one.
fn doublings(from: Units, to: Units) -> u32 {
    to.count().div_ceil(from.count()).next_power_of_two().ilog2()
}
