//! The effect of the last scale-out on the throughput.

use crate::capacity::processed;
use crate::signals::{Signals, quantile};
use crate::{Past, Resource};
use jiff::{SignedDuration, Timestamp};

/// How long a job warms up after a restart. Its throughput in that time is not compared.
const WARM_UP_DURATION: SignedDuration = SignedDuration::from_mins(1);

/// How many minutes with waiting records each side of the comparison needs. A single minute may be an outlier.
const LEAST_COMPARED_MINUTES: usize = 2;

/// How long after a scale-out the rule waits for these minutes. A metric without data must not block a job forever.
const LONGEST_DATA_WAIT: SignedDuration = SignedDuration::from_mins(10);

/// The smallest growth of a scale-out that is judged, as a factor. The effect of a smaller one is within the noise.
const SMALLEST_JUDGED_GROWTH: f64 = 1.25;

/// The share of the expected throughput growth that a scale-out must have reached. Source: the effectiveness threshold of the Flink
/// Kubernetes operator, which is off by default there because it judges too soon.
const EFFECTIVENESS_THRESHOLD: f64 = 0.1;

/// The largest difference between the end of an operation and the last update of its application. The two
/// times are read from different answers of MSF.
const SAME_UPDATE_TOLERANCE: SignedDuration = SignedDuration::from_mins(1);

/// The judgment of the last scale-out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It raised the throughput, or there is no evidence against it.
    Something,
    /// It did not raise the throughput.
    Nothing,
    /// Too few minutes were measured since.
    NotYetKnown,
}

/// Judges the last scale-out, if records waited before it and still wait. If it did not raise the throughput, another one
/// would probably not raise it either: the bottleneck of the job is a sink, a skew or a service that it calls.
///
/// The throughput while records wait is the capacity at any load. Without a measured load there is no throughput, and no evidence
/// against a scale-out.
pub(crate) fn effect(resource: &Resource, past: &Past, now: Timestamp) -> Effect {
    let signals = &past.effect;
    let Some(step) = past.scaled_out else { return Effect::Something };
    let growth = f64::from(step.to.count()) / f64::from(step.from.count());
    // After another change, the minutes since say nothing about this scale-out.
    let changed =
        resource.last_change.is_some_and(|change| change.duration_since(step.ended) > SAME_UPDATE_TOLERANCE);
    if growth < SMALLEST_JUDGED_GROWTH || changed || resource.size().units != step.to {
        return Effect::Something;
    }
    let had_its_size = step.since.map_or(signals.minutes.len(), |since| {
        whole_minutes(step.began.duration_since(since + WARM_UP_DURATION))
    });
    let mut before = throughput(signals, step.began, had_its_size);
    let enough_before = before.len() >= LEAST_COMPARED_MINUTES;
    let (true, Some(before)) = (enough_before, quantile(&mut before, 0.5)) else {
        return Effect::Something;
    };
    let since = minutes_since(signals, step.ended + WARM_UP_DURATION);
    let after = throughput(signals, signals.until, since);
    // The highest of them, because the first one may still belong to the warm-up.
    let highest = after.iter().copied().reduce(f64::max);
    match highest.filter(|_| after.len() >= LEAST_COMPARED_MINUTES) {
        Some(after) if after < before * (1.0 + EFFECTIVENESS_THRESHOLD * (growth - 1.0)) => Effect::Nothing,
        None if now.duration_since(step.ended) < LONGEST_DATA_WAIT => Effect::NotYetKnown,
        _ => Effect::Something,
    }
}

/// Returns the records per second that were processed in each of the last minutes before a time, where records waited.
fn throughput(signals: &Signals, until: Timestamp, minutes: usize) -> Vec<f64> {
    let last = minutes_since(signals, until);
    (last..last + minutes).filter_map(|newest| processed(signals, newest)).collect()
}

/// Returns the whole minutes since a time.
fn minutes_since(signals: &Signals, time: Timestamp) -> usize {
    whole_minutes(signals.until.duration_since(time))
}

fn whole_minutes(duration: SignedDuration) -> usize {
    usize::try_from(duration.as_mins()).unwrap_or(0)
}
