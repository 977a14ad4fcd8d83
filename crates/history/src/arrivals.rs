//! The load of a history that has only the throughput of the job.
//!
//! While a job keeps up, its throughput is the load. While it restarts or has a backlog, it processes records that arrived before. No record is
//! lost, so that as many records arrive in such a stretch as the job processes until the backlog is gone.

use crate::Recorded;
use crate::figures::as_float;
use crate::observed::keeps_up;
use std::ops::Range;

/// The minutes after a restart in which the throughput is not the load: the metric is too low for a minute, and a backlog is processed.
const RESTART_MINUTES: usize = 4;

/// The longest gap in the data that belongs to a restart, in minutes.
const LONGEST_GAP_MINUTES: usize = 10;

/// The minutes before and after a stretch that show its load.
const NEIGHBOR_MINUTES: usize = 3;

/// Sets the load of each minute from the throughput, and returns whether there is any. The load has the unit of the throughput.
pub(crate) fn load_from_throughput(minutes: &mut [Recorded]) -> bool {
    if minutes.iter().all(|minute| minute.throughput.is_none()) {
        return false;
    }
    let hidden = hidden(minutes);
    for minute in minutes.iter_mut() {
        minute.load = minute.throughput;
    }
    let mut from = 0;
    for run in hidden.chunk_by(|one, other| one == other) {
        let stretch = from..from + run.len();
        from = stretch.end;
        if run[0] {
            fill(minutes, stretch);
        }
    }
    true
}

/// Returns for each minute whether its throughput is not its load.
fn hidden(minutes: &[Recorded]) -> Vec<bool> {
    let mut hidden: Vec<bool> = minutes.iter().map(|minute| !keeps_up(minute)).collect();
    let mut hide = |range: Range<usize>| hidden[range.start..range.end.min(minutes.len())].fill(true);
    let mut size = None;
    let mut last = None;
    for (index, minute) in minutes.iter().enumerate() {
        let has_changed = minute.kpus.is_some() && size.is_some() && minute.kpus != size;
        size = minute.kpus.or(size);
        if let Some(seconds) = minute.update_seconds {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "the minutes of an update"
            )]
            let length = (seconds / 60.0).ceil() as usize;
            hide(index.saturating_sub(length)..index + RESTART_MINUTES);
        } else if has_changed {
            hide(index.saturating_sub(1)..index + RESTART_MINUTES);
        }
        if minute.throughput.is_some() {
            if let Some(last) = last.filter(|last| index - last <= LONGEST_GAP_MINUTES) {
                hide(last + 1..index);
            }
            last = Some(index);
        }
    }
    hidden
}

/// Spreads the records that were processed in a stretch over its minutes, in the proportion of a line from the load before to the load after.
fn fill(minutes: &mut [Recorded], stretch: Range<usize>) {
    let mean = |range: Range<usize>| {
        let known: Vec<f64> = minutes[range].iter().filter_map(|minute| minute.load).collect();
        (!known.is_empty()).then(|| known.iter().sum::<f64>() / as_float(known.len()))
    };
    let before = mean(stretch.start.saturating_sub(NEIGHBOR_MINUTES)..stretch.start);
    let after = mean(stretch.end..minutes.len().min(stretch.end + NEIGHBOR_MINUTES));
    let (Some(before), Some(after)) = (before.or(after), after.or(before)) else { return };
    let processed: f64 = minutes[stretch.clone()].iter().filter_map(|minute| minute.throughput).sum();
    let length = as_float(stretch.len());
    let line = |at: usize| before + (after - before) * (as_float(at) + 0.5) / length;
    let total: f64 = (0..stretch.len()).map(line).sum();
    let factor = if total > 0.0 { processed / total } else { 1.0 };
    for (at, minute) in minutes[stretch].iter_mut().enumerate() {
        minute.load = Some(line(at) * factor);
    }
}
