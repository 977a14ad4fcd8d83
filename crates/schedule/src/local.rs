//! From local time to moments.

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp};

/// The first moment at which the clocks of a zone show a time or a later one, `None` beyond the years that can be told.
///
/// A time that clocks show twice, in autumn, counts when it is shown first. One that they skip, in spring, counts when they skip it.
/// `EventBridge` Scheduler runs a repeated time once as well. A skipped one it leaves out, which for a window's end would leave it open.
pub(crate) fn first_moment(local: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(local).ok(),
        AmbiguousOffset::Fold { before, .. } => before.to_timestamp(local).ok(),
        AmbiguousOffset::Gap { before, .. } => {
            // By the clock as it was before, the time is the moment at which it was put forward, or lies after it.
            let after = before.to_timestamp(local).ok()?.checked_add(SignedDuration::from_secs(1)).ok()?;
            zone.preceding(after).next().map(|transition| transition.timestamp())
        }
    }
}
