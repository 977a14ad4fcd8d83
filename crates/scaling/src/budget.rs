//! The budget of a month.

use crate::Units;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// The budget of a calendar month in UTC.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Budget {
    /// The budget of a month, in dollars.
    pub dollars: f64,
    /// The price of a KPU for an hour, in dollars.
    pub dollars_per_kpu_hour: f64,
    /// The state of the application in gigabytes, or 0 if it is not known. Every rescale leaves a snapshot of it.
    pub state_gigabytes: f64,
}

/// The price of a gigabyte of snapshots for a month, in dollars. Source: MSF pricing, us-east-1.
pub const SNAPSHOT_DOLLARS_PER_GIGABYTE_MONTH: f64 = 0.023;

/// Returns the price of storing snapshots of this state for a month, in dollars. MSF never deletes the snapshot that a rescale leaves, so that
/// the same is due in each month after it, too.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a quota allows a thousand snapshots")]
pub fn snapshot_dollars(state_gigabytes: f64, snapshots: usize) -> f64 {
    snapshots as f64 * state_gigabytes * SNAPSHOT_DOLLARS_PER_GIGABYTE_MONTH
}

/// The orchestration KPU, which MSF bills in addition to the KPUs of the job. Source: MSF pricing.
const ORCHESTRATION_KPUS: f64 = 1.0;

/// How long a size must be affordable, in hours. One day contains the daily peak, and is longer than the ten minutes that MSF bills at
/// least.
const AFFORDABLE_HOURS: f64 = 24.0;

impl Budget {
    /// Returns the largest size that is affordable for a day, or until the end of the month, and leaves enough to pay the smallest size
    /// for the rest of the month, after a month of storage of the snapshot that the step leaves. It is never below the smallest size, which the
    /// budget does not veto.
    #[must_use]
    pub fn affordable(&self, smallest: Units, spent: f64, now: Timestamp) -> Units {
        let left = hours_left(now);
        let hours = left.min(AFFORDABLE_HOURS);
        let snapshot = snapshot_dollars(self.state_gigabytes, 1);
        let kpu_hours = (self.dollars - spent - snapshot) / self.dollars_per_kpu_hour;
        let reserved = (f64::from(smallest.count()) + ORCHESTRATION_KPUS) * (left - hours);
        Units::saturating_floor((kpu_hours - reserved) / hours - ORCHESTRATION_KPUS).max(smallest)
    }
}

/// The hours of an average month: 365 / 12 days. A price per month is stated for these.
pub const HOURS_OF_A_MONTH: f64 = 730.0;

/// Returns the start of the calendar month of a time, in UTC.
#[must_use]
pub fn start_of_month(now: Timestamp) -> Timestamp {
    let first = now.to_zoned(TimeZone::UTC).first_of_month().and_then(|first| first.start_of_day());
    first.map_or(now, |first| first.timestamp())
}

/// Returns the hours until the month ends, at least a minute.
fn hours_left(now: Timestamp) -> f64 {
    let end = start_of_month(now).to_zoned(TimeZone::UTC).checked_add(1.month());
    let left =
        end.map_or(AFFORDABLE_HOURS, |end| end.timestamp().duration_since(now).as_secs_f64() / 3_600.0);
    left.max(1.0 / 60.0)
}
