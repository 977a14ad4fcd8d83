//! What the last step out has brought.

use crate::capacity::processed;
use crate::signals::{Signals, quantile};
use crate::{Past, Resource, Units};
use jiff::{SignedDuration, Timestamp};

/// A scaling that was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scaling {
    /// When the size before it was reached, if that is known.
    pub since: Option<Timestamp>,
    /// When it began.
    pub began: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// The KPUs before it.
    pub from: Units,
    /// The KPUs after it.
    pub to: Units,
}

/// How many minutes before it are compared, how many after it, and how many after each restart are left out, in which it warms up.
const COMPARED: usize = 10;
const WARM_UP: SignedDuration = SignedDuration::from_mins(1);

/// How many minutes must say what was processed while records waited.
const ENOUGH: usize = 2;

/// For how long after a step it is waited for that. A metric that stays silent must not hold a job for ever.
const PATIENCE: SignedDuration = SignedDuration::from_mins(10);

/// By how much a step must add to the KPUs to be judged. A smaller one is lost in the noise.
const JUDGED: f64 = 1.25;

/// Which share of what it should have brought a step must have brought. Source: the effectiveness threshold of the Flink
/// Kubernetes operator, which leaves it off because it judges too soon.
const LEAST: f64 = 0.1;

/// How far the end of an operation and the last update of its application may be apart.
const AT_ONCE: SignedDuration = SignedDuration::from_mins(1);

/// What is known of the last step out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It has brought something, or nothing speaks against it.
    Something,
    /// It has brought nothing.
    Nothing,
    /// It is too early to say.
    NotYetKnown,
}

/// What the last step out has brought, if records waited before it and wait since. If it has brought nothing, another one would
/// probably bring nothing either: what holds such a job is a sink, a skew, a service that it calls.
///
/// What was processed while records waited is what could be processed, whatever arrived. Where the load is not known, this is
/// not known either, and nothing speaks against a step.
pub(crate) fn effect(resource: &Resource, past: &Past, now: Timestamp) -> Effect {
    let signals = &past.effect;
    let Some(step) = past.scaled.out else { return Effect::Something };
    let factor = f64::from(step.to.count()) / f64::from(step.from.count());
    // Whoever has changed it since has made this a question of the past.
    let changed = resource.last_change.is_some_and(|change| change.duration_since(step.ended) > AT_ONCE);
    if factor < JUDGED || changed || resource.size().units != step.to {
        return Effect::Something;
    }
    let had_its_size =
        step.since.map_or(COMPARED, |since| whole_minutes(step.began.duration_since(since + WARM_UP)));
    let mut before = could_process(signals, step.began, had_its_size.min(COMPARED));
    let (true, Some(before)) = (before.len() >= ENOUGH, quantile(&mut before, 0.5)) else {
        return Effect::Something;
    };
    let since = minutes_since(signals, step.ended + WARM_UP);
    let after = could_process(signals, signals.until, since.min(COMPARED));
    // The best of them: the first one may still have warmed up.
    match after.iter().copied().reduce(f64::max).filter(|_| after.len() >= ENOUGH) {
        Some(after) if after < before * (1.0 + LEAST * (factor - 1.0)) => Effect::Nothing,
        None if now.duration_since(step.ended) < PATIENCE => Effect::NotYetKnown,
        _ => Effect::Something,
    }
}

/// The records per second that were processed while records waited, in each of the last minutes before a time.
fn could_process(signals: &Signals, until: Timestamp, minutes: usize) -> Vec<f64> {
    let last = minutes_since(signals, until);
    (last..last + minutes).filter_map(|newest| processed(signals, newest)).collect()
}

/// The whole minutes since a time.
fn minutes_since(signals: &Signals, time: Timestamp) -> usize {
    whole_minutes(signals.until.duration_since(time))
}

fn whole_minutes(duration: SignedDuration) -> usize {
    usize::try_from(duration.as_mins()).unwrap_or(0)
}
