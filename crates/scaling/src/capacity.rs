//! How much one KPU of an application can process, learned from what was measured.

use crate::Resource;
use crate::demand::LOW;
use crate::signals::{Minute, Signals, quantile};

/// How far back the capacity is learned from, in minutes. A job changes within hours, a minute says little.
const WINDOW: usize = 15;

/// How far back the ceiling is learned from, in minutes.
const DAY: usize = 1_440;

/// How busy a job is taken to be able to become, unless it was seen otherwise.
const CEILING: f64 = 0.95;

/// How far below its ceiling a job counts as saturated: the noise of the measurement.
const NEAR: f64 = 0.06;

/// How many minutes of saturation tell the ceiling, and the capacity.
const ENOUGH: usize = 3;

/// The share of its ceiling below which a job is idle.
const IDLE: f64 = 0.15;

/// The records per second that one KPU can process, at the present size. `None` if nothing measured since the last
/// change says so.
///
/// While nothing waits, it is the load divided by how busy the application is, where its ceiling counts as wholly busy:
/// the true processing rate of DS2 (Kalavri et al., OSDI 2018), which the Flink Kubernetes operator computes per vertex. While
/// lag stands, what is processed *is* the capacity, and the smaller of the two counts: a job that waits for input and
/// output never looks busy.
pub(crate) fn capacity(resource: &Resource, signals: &Signals) -> Option<f64> {
    let minutes = signals.since(resource.last_change, WINDOW);
    let units = f64::from(resource.size().units.count());
    let ceiling = ceiling(signals);
    let low = LOW * signals.lag_threshold;
    let saturated = |newest: &usize| {
        let busy = minutes[minutes.len() - 1 - newest].busy;
        busy.is_some_and(|busy| busy >= ceiling - NEAR)
    };
    let newest = (0..minutes.len().saturating_sub(1)).filter(saturated);
    let rates = newest.filter_map(|newest| processed(signals, newest)).map(|rate| rate / units);
    let mut by_lag: Vec<f64> = rates.filter(|rate| *rate > 0.0).collect();
    // Most of what an idle job is busy with is not its load.
    let least_busy = if by_lag.len() < ENOUGH { 0.0 } else { IDLE };
    let calm = |minute: &Minute| {
        let (load, lag, busy) = (minute.load?, minute.lag?, minute.busy? / ceiling);
        let counts = lag <= low && load > 0.0 && busy >= least_busy;
        counts.then(|| load / (units * busy.clamp(0.05, 1.0)))
    };
    let mut by_busy: Vec<f64> = minutes.iter().filter_map(calm).collect();
    let (by_busy, by_lag) = (quantile(&mut by_busy, 0.5), quantile(&mut by_lag, 0.5));
    match (by_busy, by_lag) {
        (Some(by_busy), Some(by_lag)) => Some(by_busy.min(by_lag)),
        (by_busy, by_lag) => by_busy.or(by_lag),
    }
    .filter(|rate| *rate > 0.0)
}

/// The records per second that were processed so many minutes before the newest, if records waited all the while.
///
/// A lag is the age of the record that is processed now. So between the middles of two minutes just that was processed which
/// arrived between those times less the lags, however unlike its minutes are.
pub(crate) fn processed(signals: &Signals, before_newest: usize) -> Option<f64> {
    let last = signals.minutes.len().checked_sub(1 + before_newest)?;
    let (before, minute) = (signals.minutes.get(last.checked_sub(1)?)?, &signals.minutes[last]);
    let (lag_before, lag) = (before.lag?, minute.lag?);
    #[expect(clippy::cast_precision_loss, reason = "a day has few minutes")]
    let middle = last as f64 + 0.5;
    let waited = lag_before.min(lag) > LOW * signals.lag_threshold;
    waited.then(|| arrived(signals, middle - 1.0 - lag_before / 60.0, middle - lag / 60.0))?
}

/// How busy the application is when it can do no more: what it was while lag stood. A job that waits for other services is
/// saturated long before its CPU is.
fn ceiling(signals: &Signals) -> f64 {
    let low = LOW * signals.lag_threshold;
    let saturated = |minute: &Minute| minute.busy.filter(|_| minute.lag.is_some_and(|lag| lag > low));
    let mut busy: Vec<f64> = signals.since(None, DAY).iter().filter_map(saturated).collect();
    if busy.len() < ENOUGH {
        return CEILING;
    }
    quantile(&mut busy, 0.5).map_or(CEILING, |busy| busy.clamp(0.2, 1.0))
}

/// What arrived from one time until another, in minutes since the oldest that is kept, and in the load of one minute. Where it was
/// not measured, it is the last one that was; where none is kept, it is not known.
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
    let load =
        |minute: usize| signals.minutes[..=minute].iter().rev().take(WINDOW).find_map(|minute| minute.load);
    minutes.map(|minute| Some(load(minute)? * share(minute))).sum()
}
