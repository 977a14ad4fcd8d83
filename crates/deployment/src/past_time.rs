//! Past times, as a user writes them. Pure.

use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// Reads a time: an instant (`2026-11-28T01:00:00Z`), a local time (`2026-11-28 02:00`), the last local time of day (`02:00`), or a duration
/// before now (`12h`). `None` if it is none of these.
#[must_use]
pub fn past_time(text: &str, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let instant = |local: DateTime| Some(local.to_zoned(zone.clone()).ok()?.timestamp());
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant);
    }
    if let Ok(local) = text.parse::<DateTime>() {
        return instant(local);
    }
    // The hour of an ISO 8601 time has two digits.
    let padded = if text.find(':') == Some(1) { format!("0{text}") } else { text.to_owned() };
    if let Some(time) = padded.parse::<Time>().ok().filter(|_| text.contains(':')) {
        let today = now.to_zoned(zone.clone()).date();
        let days = [Some(today), today.yesterday().ok()];
        let mut instants = days.into_iter().flatten().filter_map(|day| instant(day.to_datetime(time)));
        return instants.find(|instant| *instant <= now);
    }
    let span = text.parse::<Span>().ok().filter(|span| span.is_positive())?;
    Some(now.to_zoned(zone.clone()).checked_sub(span).ok()?.timestamp())
}
