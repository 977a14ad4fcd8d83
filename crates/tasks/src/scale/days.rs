//! The load of the past days, in buckets of five minutes.

use crate::DataPoint;
use jiff::Timestamp;
use scaling::Minute;

/// The minutes of data from which sizing by demand learns the capacity: one day.
pub const DEMAND_WINDOW_MINUTES: usize = 1_440;

/// The days of load that sizing by demand reads. Seven past days then have this time and the minutes before it. CloudWatch keeps data points of
/// one minute for 15 days.
pub const FORECAST_DAYS: usize = 8;

/// The minutes of a bucket of the load of the past days.
pub const BUCKET_MINUTES: usize = 5;

/// The mean load of each five-minute bucket of the past days. The last bucket ends at `until`.
pub(super) fn buckets(loads: &[DataPoint], until: Timestamp) -> Vec<Option<f64>> {
    let mut sums = vec![(0.0, 0.0); FORECAST_DAYS * DEMAND_WINDOW_MINUTES / BUCKET_MINUTES];
    for point in loads {
        let slot =
            minutes_before(until, point).and_then(|ago| sums.len().checked_sub(ago.div_ceil(BUCKET_MINUTES)));
        if let Some((sum, count)) = slot.and_then(|slot| sums.get_mut(slot)) {
            *sum += point.value;
            *count += 1.0;
        }
    }
    sums.into_iter().map(|(sum, count)| (count > 0.0).then(|| sum / count)).collect()
}

/// The number of whole minutes from the start of a data point to `until`.
pub(super) fn minutes_before(until: Timestamp, point: &DataPoint) -> Option<usize> {
    usize::try_from((until.as_second() - point.start.as_second()) / 60).ok()
}

/// Replaces the newest buckets of the past days by the derived load, if the load was derived. The throughput differs from the load around
/// a restart and while the application is saturated. The oldest bucket of the minutes may be incomplete, and keeps the throughput.
pub fn overlay_derived(days: &mut [Option<f64>], minutes: &[Minute]) {
    if minutes.iter().all(|minute| minute.throughput.is_none()) {
        return;
    }
    let newest = minutes.rchunks_exact(BUCKET_MINUTES).take(DEMAND_WINDOW_MINUTES / BUCKET_MINUTES - 1);
    for (day, bucket) in days.iter_mut().rev().zip(newest) {
        let (sum, count) = bucket
            .iter()
            .filter_map(|minute| minute.load)
            .fold((0.0, 0.0), |(sum, count), load| (sum + load, count + 1.0));
        *day = (count > 0.0).then(|| sum / count);
    }
}
