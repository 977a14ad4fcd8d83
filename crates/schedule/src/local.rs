//! Converts local times to timestamps.

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp};

/// Returns the first timestamp at which a zone's local time is `local` or later, or `None` beyond jiff's range of years.
///
/// At the end of daylight saving time a local time occurs twice: the first occurrence counts. At its start a local time
/// is skipped: the time of the transition counts. `EventBridge` Scheduler also runs a repeated time once, but it omits a
/// skipped time. Omitting the end of a window would leave the window open.
pub(crate) fn first_moment(local: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(local).ok(),
        AmbiguousOffset::Fold { before, .. } => before.to_timestamp(local).ok(),
        AmbiguousOffset::Gap { before, .. } => {
            // With the offset before the transition, the skipped time is at or after the transition.
            let after = before.to_timestamp(local).ok()?.checked_add(SignedDuration::from_secs(1)).ok()?;
            zone.preceding(after).next().map(|transition| transition.timestamp())
        }
    }
}
