//! The overload of a job that is saturated below the threshold of its scale-out alarm.

use crate::{Call, Direction, Policy, Resource, Signals, Sizing, Units};

/// Returns the size that a call to scale in leads to if the job needs more units instead. `None` if the call is another one, or the job
/// does not need more.
///
/// A job that waits for other services reaches its capacity at a low utilization, at which its scale-out alarm is silent and its scale-in
/// alarm calls. The restarts of the job show the utilization at its capacity. So where the load is derived from the throughput, the
/// rule decides on the direction.
pub(crate) fn overload(
    policy: &Policy,
    call: Call,
    resource: &Resource,
    signals: &Signals,
    days: &[Option<f64>],
) -> Option<Units> {
    let (Sizing::Demand(demand), Call::Alarm { direction: Direction::In }) = (&policy.sizing, call) else {
        return None;
    };
    let is_derived = signals.minutes.iter().any(|minute| minute.throughput.is_some());
    let required = || demand.required_size(Direction::Out, resource, signals, days).ok();
    is_derived.then(required)?
}
