//! Learns the duration of an update and the downtime of a restart from a history.

use crate::figures::median;
use crate::observed::{BACKLOG_LAG_SECONDS, NO_BACKLOG_LAG_SECONDS, Sized};
use simulator::Model;

/// A restart: the duration of the update and the downtime in seconds, each if known.
pub(crate) struct Restart {
    update: Option<f64>,
    down: Option<f64>,
}

/// Returns every change of size.
pub(crate) fn restarts(minutes: &[Sized]) -> Vec<Restart> {
    let changed = (1..minutes.len()).filter(|index| minutes[*index].age == 0);
    let mut restarts: Vec<(usize, Restart)> = Vec::new();
    for index in changed {
        let update = minutes[index].recorded.update_seconds;
        // The size changes when the job stops, and the update ends later. Both belong to one restart.
        if let Some((at, last)) = restarts.last_mut()
            && index - *at <= LONGEST_RESTART
            && update.is_some()
            && last.update.is_none()
        {
            last.update = update;
            continue;
        }
        restarts.push((index, Restart { update, down: down(minutes, index) }));
    }
    restarts.into_iter().map(|(_, restart)| restart).collect()
}

/// The longest time between the change of size and the end of its update, in minutes.
const LONGEST_RESTART: usize = 60;

/// Metrics are sampled every 15 seconds. On average, the first value after a restart is half of that late, and the lag has fallen by as
/// much.
const SAMPLING_DELAY_SECONDS: f64 = 7.5;

/// Returns the downtime around a change of size: the jump of the lag, because the oldest record has waited since the job stopped.
fn down(minutes: &[Sized], index: usize) -> Option<f64> {
    let worst = |minute: &Sized| minute.recorded.worst_lag.or(minute.recorded.lag);
    let before = minutes[..index].iter().rev().take(3).filter_map(worst).reduce(f64::min)?;
    // A minute with downtime throughout has no lag.
    let after = minutes[index..].iter().take(LONGEST_RESTART);
    let after: Vec<f64> = after.filter_map(worst).take(2).collect();
    let jump = after.into_iter().reduce(f64::max)? - before;
    (before < BACKLOG_LAG_SECONDS && jump > NO_BACKLOG_LAG_SECONDS).then_some(jump + SAMPLING_DELAY_SECONDS)
}

/// The least number of restarts with a known downtime from which the downtime is learned.
pub(crate) const LEAST_DOWNTIMES: usize = 3;

/// Learns the downtime of a restart, unless it is known, and the duration of an update. Returns the number of restarts with a known downtime.
pub(crate) fn learn_restart(
    model: &mut Model,
    restarts: &[Restart],
    known_downtime: Option<f64>,
    uncertain: &mut Vec<String>,
) -> usize {
    let down: Vec<f64> = restarts.iter().filter_map(|restart| restart.down).collect();
    let known_downtimes = down.len();
    let updates: Vec<f64> = restarts.iter().filter_map(|restart| restart.update).collect();
    if let Some(seconds) = known_downtime {
        model.downtime_seconds = seconds;
    } else if known_downtimes < LEAST_DOWNTIMES {
        uncertain.push(format!(
            "only {} restarts have a known downtime: {:.0} s are assumed",
            known_downtimes, model.downtime_seconds
        ));
    } else if let Some(seconds) = median(down) {
        model.downtime_seconds = seconds.max(10.0);
    }
    let around = model.savepoint_seconds + model.settling_seconds;
    if updates.is_empty() {
        let seconds = around + model.downtime_seconds;
        uncertain.push(format!(
            "the duration of an update could not be learned: {seconds:.0} s are assumed; import the operations as well"
        ));
    }
    if let Some(update) = median(updates) {
        // The rest of the update is divided into savepoint and settling in the proportion of the model.
        let rest = (update - model.downtime_seconds).max(20.0);
        model.savepoint_seconds *= rest / around;
        model.settling_seconds *= rest / around;
    }
    known_downtimes
}
