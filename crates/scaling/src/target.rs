//! Target tracking: the units that bring a metric to its target.

use crate::{Breach, Direction, Reason, Units};

/// Returns the size at which each breaching metric would be at its target, if the metric is inversely proportional to the size.
///
/// For each metric it is `ceil(units * value / target)`, and the largest counts. Source: the algorithm of the horizontal autoscaler
/// of Kubernetes. The tolerance around the target is the distance between the thresholds of the two alarms. `target` belongs to the
/// metric of the policy; the metric of an additional user alarm is brought back to the alarm's threshold.
///
/// # Errors
/// [`Reason::AtDesiredCapacity`] if that size is the present one, or lies in the other direction; [`Reason::NoFreshData`] without a
/// breach.
pub(crate) fn at_target(
    target: f64,
    direction: Direction,
    units: Units,
    breaches: &[Breach],
) -> Result<Units, Reason> {
    let size = |breach: &Breach| {
        let target = if breach.is_additional { breach.threshold } else { target };
        Units::saturating_ceil(f64::from(units.count()) * breach.value / target)
    };
    let largest = breaches.iter().map(size).max().ok_or(Reason::NoFreshData)?;
    if direction.leads(units, largest) { Ok(largest) } else { Err(Reason::AtDesiredCapacity) }
}
