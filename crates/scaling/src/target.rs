//! Target tracking: as many units as bring a metric to its target.

use crate::{Breach, Direction, Reason, Units};

/// The size at which every metric that rings would be at its target, if it falls as the size grows.
///
/// For each it is `ceil(units * value / target)`, and the largest counts. Source: the algorithm of the horizontal autoscaler
/// of Kubernetes. The tolerance around the target is what lies between the thresholds of the two alarms. `target` is that of the
/// metric of the policy; a metric that somebody has added is brought back to its threshold.
///
/// # Errors
/// [`Reason::AtDesiredCapacity`] if that leads nowhere, or the other way; [`Reason::NoFreshData`] if nothing was measured.
pub(crate) fn at_target(
    target: f64,
    direction: Direction,
    units: Units,
    breaches: &[Breach],
) -> Result<Units, Reason> {
    let size = |breach: &Breach| {
        let target = if breach.is_additional { breach.threshold } else { target };
        Units::saturating_ceil(f64::from(units.count()) * breach.value / target - ROUNDING)
    };
    let largest = breaches.iter().map(size).max().ok_or(Reason::NoFreshData)?;
    if direction.leads(units, largest) { Ok(largest) } else { Err(Reason::AtDesiredCapacity) }
}

/// What binary fractions are off by: 2.1 is three times 0.7, and not a little more.
const ROUNDING: f64 = 1e-9;
