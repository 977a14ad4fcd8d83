//! Selects the minutes of a history with a backlog throughout, and the minutes without a backlog.

use crate::figures::as_float;
use crate::{History, Recorded};
use simulator::{Metric, Trace};

/// The lag in seconds above which the job has a backlog and is saturated.
pub(crate) const BACKLOG_LAG_SECONDS: f64 = 15.0;

/// The lag in seconds below which the job has no backlog.
pub(crate) const NO_BACKLOG_LAG_SECONDS: f64 = 5.0;

/// The busy time in milliseconds per second from which on the busiest subtask is saturated.
const SATURATED_BUSY: f64 = 950.0;

/// The minutes after a change of size that are left out, because the job warms up.
const WARM_UP_MINUTES: usize = 3;

/// A minute with its size, and the minutes since the last change of size.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sized {
    pub(crate) recorded: Recorded,
    pub(crate) kpus: u32,
    pub(crate) age: usize,
}

/// Whether the job has a backlog, so that its throughput is its capacity.
pub(crate) fn has_backlog(minute: &Recorded) -> bool {
    minute.lag.or(minute.least_lag) > Some(BACKLOG_LAG_SECONDS) || minute.busy >= Some(SATURATED_BUSY)
}

/// Whether nothing shows a backlog, so that the throughput is the load.
pub(crate) fn keeps_up(minute: &Recorded) -> bool {
    let lag = minute.lag.or(minute.least_lag);
    lag.is_none_or(|lag| lag < NO_BACKLOG_LAG_SECONDS) && minute.busy.is_none_or(|busy| busy < SATURATED_BUSY)
}

/// Returns every minute with its size.
pub(crate) fn sized(history: &History) -> Result<Vec<Sized>, String> {
    let sizes = history.sizes().ok_or_else(|| {
        format!(
            "the history has no number of KPUs; import the metric Kpus of this autoscaler, or {} of {}, or state --records-per-kpu",
            Metric::Kpus.name(),
            Metric::Kpus.namespace()
        )
    })?;
    let mut age = 60;
    let mut before = sizes.first().copied();
    let minutes = history.minutes().iter().zip(sizes).map(|(recorded, kpus)| {
        let has_changed = before.replace(kpus) != Some(kpus) || recorded.update_seconds.is_some();
        age = if has_changed { 0 } else { age + 1 };
        Sized { recorded: *recorded, kpus, age }
    });
    Ok(minutes.collect())
}

/// Returns the KPUs and the throughput in records per second of every minute with a backlog throughout.
pub(crate) fn saturated(minutes: &[Sized], trace: &Trace) -> Vec<(u32, f64)> {
    let arrivals = Arrivals::new(trace);
    let records = records_of_throughput(minutes);
    let of = |index: usize| {
        let (before, minute) = (&minutes[index - 1], &minutes[index]);
        let settled =
            before.age >= WARM_UP_MINUTES && minute.age > WARM_UP_MINUTES && next_is_settled(minutes, index);
        if !settled || !has_backlog(&before.recorded) || !has_backlog(&minute.recorded) {
            return None;
        }
        if let (Some(throughput), Some(records)) = (minute.recorded.throughput, records) {
            return Some((minute.kpus, throughput * records));
        }
        let (lag_before, lag) = (before.recorded.lag?, minute.recorded.lag?);
        let middle = |index: usize| as_float(index) + 0.5;
        let until = arrivals.until(middle(index) - lag / 60.0);
        let from = arrivals.until(middle(index - 1) - lag_before / 60.0);
        Some((minute.kpus, (until - from) / 60.0))
    };
    (1..minutes.len()).filter_map(of).filter(|(_, rate)| *rate > 0.0).collect()
}

/// Returns the records of one unit of the throughput, which counts a record in each task. In the long run, a job processes the records that
/// arrive.
fn records_of_throughput(minutes: &[Sized]) -> Option<f64> {
    let both = |minute: &Sized| Some((minute.recorded.load?, minute.recorded.throughput?));
    let (load, throughput) = minutes
        .iter()
        .filter_map(both)
        .fold((0.0, 0.0), |sums, (load, throughput)| (sums.0 + load, sums.1 + throughput));
    Some(load / throughput).filter(|records| records.is_finite() && *records > 0.0)
}

/// Whether the size stays the same in the next minutes, so that no update is running.
fn next_is_settled(minutes: &[Sized], index: usize) -> bool {
    let soon = &minutes[index..minutes.len().min(index + WARM_UP_MINUTES + 1)];
    soon.iter().all(|minute| minute.age >= WARM_UP_MINUTES)
}

/// The cumulated arrivals. Times are in minutes since the start.
struct Arrivals {
    until: Vec<f64>,
}

impl Arrivals {
    fn new(trace: &Trace) -> Self {
        let mut total = 0.0;
        let mut until = vec![0.0];
        for rate in trace.records_per_second() {
            total += rate * 60.0;
            until.push(total);
        }
        Self { until }
    }

    fn until(&self, time: f64) -> f64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to an existing minute"
        )]
        let minute = time.clamp(0.0, as_float(self.until.len() - 1)).floor() as usize;
        let next = (minute + 1).min(self.until.len() - 1);
        self.until[minute]
            + (self.until[next] - self.until[minute]) * (time - as_float(minute)).clamp(0.0, 1.0)
    }
}

/// Returns the KPUs, the load and the CPU of every minute without a backlog.
pub(crate) fn without_backlog(minutes: &[Sized]) -> Vec<(u32, f64, f64)> {
    let of = |pair: &[Sized]| {
        let (before, minute) = (&pair[0], &pair[1]);
        let is_settled = |minute: &Sized| keeps_up(&minute.recorded) && minute.age > WARM_UP_MINUTES;
        (is_settled(before) && is_settled(minute)).then_some((
            minute.kpus,
            minute.recorded.load?,
            minute.recorded.cpu?,
        ))
    };
    minutes.windows(2).filter_map(of).collect()
}
