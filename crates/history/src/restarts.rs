//! The restarts of a history: how long an update takes, and how long nothing is processed.

use crate::figures::median;
use crate::observed::{CALM, Sized, WAITING};
use simulator::Model;

/// A restart: how long the update took, if that is known, and how long nothing was processed.
pub(crate) struct Restart {
    update: Option<f64>,
    down: Option<f64>,
}

/// Every change of size.
pub(crate) fn restarts(minutes: &[Sized]) -> Vec<Restart> {
    let changed = (1..minutes.len()).filter(|index| minutes[*index].age == 0);
    let mut restarts: Vec<(usize, Restart)> = Vec::new();
    for index in changed {
        let update = minutes[index].recorded.update_seconds;
        // The size changes when the job stops, the update ends later: one restart, seen twice.
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

/// The longest restart that is recognised as one, in minutes.
const LONGEST_RESTART: usize = 60;

/// Metrics are sampled four times a minute, so that the first value after a restart is half as old as that on the average, and
/// some of the jump is made up for already. In seconds.
const UNSEEN: f64 = 7.5;

/// How long nothing was processed around a change of size: the jump of the lag, whose oldest record has waited since then.
fn down(minutes: &[Sized], index: usize) -> Option<f64> {
    let worst = |minute: &Sized| minute.recorded.worst_lag.or(minute.recorded.lag);
    let before = minutes[..index].iter().rev().take(3).filter_map(worst).reduce(f64::min)?;
    // While it is down for a whole minute, there is no lag.
    let after = minutes[index..].iter().take(LONGEST_RESTART);
    let after: Vec<f64> = after.filter_map(worst).take(2).collect();
    let jump = after.into_iter().reduce(f64::max)? - before + UNSEEN;
    (before < WAITING && jump > CALM).then_some(jump)
}

pub(crate) fn learn_restart(model: &mut Model, restarts: &[Restart], doubts: &mut Vec<String>) {
    let down: Vec<f64> = restarts.iter().filter_map(|restart| restart.down).collect();
    let updates: Vec<f64> = restarts.iter().filter_map(|restart| restart.update).collect();
    if down.len() < 3 {
        doubts.push(format!(
            "only {} restarts show how long it is down: {:.0} s are assumed",
            down.len(),
            model.downtime_seconds
        ));
    } else if let Some(seconds) = median(down) {
        model.downtime_seconds = seconds.max(10.0);
    }
    let around = model.savepoint_seconds + model.settling_seconds;
    if updates.is_empty() {
        let seconds = around + model.downtime_seconds;
        doubts.push(format!(
            "how long an update takes is not known: {seconds:.0} s are assumed; import the operations as well"
        ));
    }
    if let Some(update) = median(updates) {
        // What an update takes besides, in the proportion of the model.
        let besides = (update - model.downtime_seconds).max(20.0);
        model.savepoint_seconds *= besides / around;
        model.settling_seconds *= besides / around;
    }
}
