//! What a month may cost.

use crate::Units;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// What a month may cost, in dollars, by the calendar in UTC.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Budget {
    /// The dollars of a month.
    pub dollars: f64,
    /// The price of a KPU for an hour.
    pub dollars_per_kpu_hour: f64,
}

/// The KPU that orchestrates, which is billed beside those that work. Source: MSF pricing.
const ORCHESTRATION: f64 = 1.0;

/// For how many hours a size must be affordable. Longer than the ten minutes that MSF bills at least, and so long that a peak
/// of a day is met.
const HOURS: f64 = 24.0;

impl Budget {
    /// The largest size that can be paid for a day, or to the end of the month, so that the smallest size can still be paid for the
    /// rest of it. It is never below the smallest, which the budget does not veto.
    #[must_use]
    pub fn affordable(&self, smallest: Units, spent: f64, now: Timestamp) -> Units {
        let left = hours_left(now);
        let hours = left.min(HOURS);
        let kpu_hours = (self.dollars - spent) / self.dollars_per_kpu_hour;
        let reserved = (f64::from(smallest.count()) + ORCHESTRATION) * (left - hours);
        Units::saturating_floor((kpu_hours - reserved) / hours - ORCHESTRATION).max(smallest)
    }
}

/// The hours of a mean month, by which what a month costs is stated.
pub const HOURS_OF_A_MONTH: f64 = 730.0;

/// When the month of a time began, by the calendar in UTC.
#[must_use]
pub fn start_of_month(now: Timestamp) -> Timestamp {
    let first = now.to_zoned(TimeZone::UTC).first_of_month().and_then(|first| first.start_of_day());
    first.map_or(now, |first| first.timestamp())
}

/// The hours until the month ends, at least a minute.
fn hours_left(now: Timestamp) -> f64 {
    let end = start_of_month(now).to_zoned(TimeZone::UTC).checked_add(1.month());
    let left = end.map_or(HOURS, |end| end.timestamp().duration_since(now).as_secs_f64() / 3_600.0);
    left.max(1.0 / 60.0)
}
