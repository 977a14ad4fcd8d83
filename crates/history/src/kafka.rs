//! The lags that Kafka publishes, as lower bounds of the lag in seconds.
//!
//! A broker knows the offsets that the application commits, and Flink commits them with each checkpoint. A job that keeps up therefore shows
//! a lag between zero and the interval of the checkpoints plus the duration of one. A lag in records becomes a lag in seconds by the load. The
//! throughput of the job is an upper bound of the load, because it counts a record in each task, and the worst partition has only a part of
//! the records. So only a lower bound is certain.

use crate::Recorded;
use crate::figures::median;
use crate::sources::Quantity;
use crate::spans::Span;
use simulator::HEALTHY_COMMITTED_LAG_SECONDS;

/// The minutes around a minute whose largest throughput divides a lag in records. The throughput of a restart is too low.
const RATE_WINDOW_MINUTES: usize = 10;

/// The median of a sawtooth is half of its height.
const HEIGHT_OF_SAW: f64 = 2.0;

/// Sets the lower bound of the lag of each minute. `first` is the first minute since 1970.
pub(crate) fn least_lags(minutes: &mut [Recorded], first: i64, series: &[(Quantity, Vec<Span>)]) {
    for (quantity, spans) in series {
        let is_committed = matches!(quantity, Quantity::CommittedLag | Quantity::CommittedRecords);
        if !is_committed && *quantity != Quantity::UnreadRecords {
            continue;
        }
        let in_seconds = |span: &Span| {
            let index = usize::try_from(span.minute - first).ok().filter(|index| *index < minutes.len())?;
            let rate = if *quantity == Quantity::CommittedLag { 1.0 } else { rate(minutes, index)? };
            (!span.value.is_nan()).then(|| (index, span.value / rate))
        };
        let lags: Vec<(usize, f64)> = spans.iter().filter_map(in_seconds).collect();
        let healthy = if is_committed { height_of_saw(&lags) } else { 0.0 };
        for (index, lag) in lags {
            let least = (lag - healthy).max(0.0);
            let known = minutes[index].least_lag.unwrap_or(0.0);
            minutes[index].least_lag = Some(least.max(known));
        }
    }
}

/// Returns the load of a minute, or the largest throughput around it.
fn rate(minutes: &[Recorded], index: usize) -> Option<f64> {
    let around =
        index.saturating_sub(RATE_WINDOW_MINUTES)..minutes.len().min(index + RATE_WINDOW_MINUTES + 1);
    let throughput = || minutes[around].iter().filter_map(|minute| minute.throughput).reduce(f64::max);
    minutes[index].load.or_else(throughput).filter(|rate| *rate > 0.0)
}

/// Returns the lag up to which a job keeps up. Most minutes of a history show a job that keeps up.
fn height_of_saw(lags: &[(usize, f64)]) -> f64 {
    let middle = median(lags.iter().map(|(_, lag)| *lag).collect()).unwrap_or(0.0);
    HEALTHY_COMMITTED_LAG_SECONDS.max(HEIGHT_OF_SAW * middle)
}
