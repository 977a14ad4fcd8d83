//! The capacity of one KPU of an application, learned from measurements.

use crate::Resource;
use crate::signals::{Minute, Signals, quantile};

/// How far back the capacity is learned from, in minutes. The capacity of a job changes within hours, and a single minute is noisy.
const CAPACITY_WINDOW_MINUTES: usize = 15;

/// How far back the busy ceiling is learned from, in minutes: one day. Minutes with lag are rare.
const CEILING_WINDOW_MINUTES: usize = 1_440;

/// The assumed busy ceiling, as a share of 1, until enough minutes with lag were measured. A job without external calls saturates its
/// CPU almost completely.
pub(crate) const DEFAULT_BUSY_CEILING: f64 = 0.95;

/// How many minutes with lag determine the ceiling, and replace the minutes of an idle job. The median of three ignores one outlier.
const LEAST_LAGGING_MINUTES: usize = 3;

/// The share of its ceiling below which a job is idle. Most of the CPU time of an idle job is overhead and not load.
const IDLE_SHARE_OF_CEILING: f64 = 0.15;

/// The least share of its ceiling that a job is assumed to be busy. It bounds the capacity that an almost idle minute suggests.
const LEAST_BUSY_SHARE: f64 = 0.05;

/// Returns the records per second that one KPU can process, at the present size. `None` if no measurement since the last
/// change determines it. An idle job with a measured load has the capacity that it had before it became idle.
///
/// In minutes without lag, it is the load divided by the busy share of the application, where its ceiling counts as wholly busy:
/// the true processing rate of DS2 (Kalavri et al., OSDI 2018), which the Flink Kubernetes operator computes per vertex. In
/// minutes with lag, the processed records *are* the capacity. The smaller of the two counts, because a job that waits for input
/// and output never looks busy.
pub(crate) fn capacity(resource: &Resource, signals: &Signals) -> Option<f64> {
    let (minutes, after) = loaded(signals.since(resource.last_change, CEILING_WINDOW_MINUTES));
    let units = f64::from(resource.size().units.count());
    let ceiling = ceiling(signals);
    let low = signals.low_lag();
    let newest = 0..minutes.len().saturating_sub(1);
    let rates = newest
        .map(|newest| newest + after)
        .filter_map(|newest| processed(signals, newest))
        .map(|rate| rate / units);
    let mut by_lag: Vec<f64> = rates.filter(|rate| *rate > 0.0).collect();
    // An idle minute overstates the work of a record, so it counts only where minutes with lag are missing.
    let least_busy = if by_lag.len() < LEAST_LAGGING_MINUTES { 0.0 } else { IDLE_SHARE_OF_CEILING };
    let without_lag = |minute: &Minute| {
        let (load, lag, busy) = (minute.load?, minute.lag?, minute.busy? / ceiling);
        let counts = lag <= low && load > 0.0 && busy >= least_busy;
        counts.then(|| load / (units * busy.clamp(LEAST_BUSY_SHARE, 1.0)))
    };
    let mut by_busy: Vec<f64> = minutes.iter().filter_map(without_lag).collect();
    let (by_busy, by_lag) = (quantile(&mut by_busy, 0.5), quantile(&mut by_lag, 0.5));
    match (by_busy, by_lag) {
        (Some(by_busy), Some(by_lag)) => Some(by_busy.min(by_lag)),
        (by_busy, by_lag) => by_busy.or(by_lag),
    }
}

/// Returns the newest minutes that can show a capacity, and the number of minutes after them: the newest ones, or those before an idle time.
///
/// A job whose load is only derived keeps the size that it has when it becomes idle. Its load is hidden when it returns, and a small size
/// would be doubled until it suffices.
fn loaded(minutes: &[Minute]) -> (&[Minute], usize) {
    let newest = minutes.len().saturating_sub(CAPACITY_WINDOW_MINUTES);
    let is_idle = |minute: &Minute| minute.load == Some(0.0) && minute.throughput.is_none();
    if !minutes[newest..].iter().all(is_idle) {
        return (&minutes[newest..], 0);
    }
    let end = minutes.iter().rposition(|minute| !is_idle(minute)).map_or(0, |last| last + 1);
    (&minutes[end.saturating_sub(CAPACITY_WINDOW_MINUTES)..end], minutes.len() - end)
}

/// Returns the records per second that were processed in the minute `before_newest` minutes before the newest one. `None` unless
/// records waited during the whole minute.
///
/// A lag is the age of the record that is processed at that time. So the records that were processed between the middles of two minutes
/// are the records that arrived between these times minus the lags. That also holds where the load differs from minute to minute.
pub(crate) fn processed(signals: &Signals, before_newest: usize) -> Option<f64> {
    let last = signals.minutes.len().checked_sub(1 + before_newest)?;
    let (before, minute) = (signals.minutes.get(last.checked_sub(1)?)?, &signals.minutes[last]);
    let (lag_before, lag) = (before.lag?, minute.lag?);
    #[expect(clippy::cast_precision_loss, reason = "a day has few minutes")]
    let middle = last as f64 + 0.5;
    let waited = lag_before.min(lag) > signals.low_lag();
    waited.then(|| arrived(signals, middle - 1.0 - lag_before / 60.0, middle - lag / 60.0))?
}

/// Returns the busy share of the application at full capacity, which is its median in the minutes with lag. A job that waits for other
/// services reaches its capacity long before its CPU is saturated.
pub(crate) fn ceiling(signals: &Signals) -> f64 {
    let low = signals.low_lag();
    let lagging = |minute: &Minute| minute.busy.filter(|_| minute.lag.is_some_and(|lag| lag > low));
    let mut busy: Vec<f64> = signals.since(None, CEILING_WINDOW_MINUTES).iter().filter_map(lagging).collect();
    if busy.len() < LEAST_LAGGING_MINUTES {
        return DEFAULT_BUSY_CEILING;
    }
    quantile(&mut busy, 0.5).map_or(DEFAULT_BUSY_CEILING, |busy| busy.min(1.0))
}

/// Returns the sum of the load between two times, in the unit of the load times minutes. Times are in minutes since the oldest kept
/// minute. A minute without a measured load takes the last measured one. `None` if the times begin before the oldest kept
/// minute, or if no load was measured.
fn arrived(signals: &Signals, from: f64, until: f64) -> Option<f64> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is not negative, and saturates"
    )]
    let minutes = (from >= 0.0).then_some(from as usize..=until as usize)?;
    let share = |minute: usize| {
        #[expect(clippy::cast_precision_loss, reason = "a day has few minutes")]
        let start = minute as f64;
        (until.min(start + 1.0) - from.max(start)).max(0.0)
    };
    let load = |minute: usize| {
        let backwards = signals.minutes[..=minute].iter().rev();
        backwards.take(CAPACITY_WINDOW_MINUTES).find_map(|minute| minute.load)
    };
    minutes.map(|minute| Some(load(minute)? * share(minute))).sum()
}
