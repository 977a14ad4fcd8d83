//! The configuration of the rule.

use crate::target::at_target;
use crate::{
    Adjustment, BreachSteps, Budget, Demand, Direction, Limits, PerDirection, Reason, Resource, Signals,
    Unit, Units, resharding,
};
use jiff::{SignedDuration, Timestamp};

/// The configuration by which a resource is scaled.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// The unit of its capacity.
    pub unit: Unit,
    /// The bounds in force now.
    pub bounds: Bounds,
    /// The smallest minimum at any time, in or out of a window. The budget reserves money for it.
    pub smallest: Units,
    /// The largest maximum at any time, in or out of a window. The daily limit of a stream reserves the changes that lead to it.
    pub largest: Units,
    /// When the maximum fell below the present size, if that moment is known.
    pub too_large_since: Option<Timestamp>,
    /// Whether a window blocks all scaling now.
    pub blocked: bool,
    /// How long a resource above its maximum may work off a backlog before it is scaled in.
    pub backlog_wait: SignedDuration,
    /// The way of sizing.
    pub sizing: Sizing,
    /// The most units that one step may add or remove, if that is limited.
    pub largest_step: Option<Units>,
    /// The cooldown of each direction after a change of the resource, counted from the end of the change.
    pub grace_period: PerDirection<SignedDuration>,
    /// How long a direction is blocked after an update in that direction has failed. A failed update
    /// usually fails again, and every failure may stop the job.
    pub failure_pause: SignedDuration,
    /// How long scale-out is blocked after a scale-out that did not raise the throughput.
    pub ineffective_pause: SignedDuration,
    /// The budget of a month, if there is one.
    pub budget: Option<Budget>,
    /// The limits of the parallelism.
    pub limits: Limits,
}

impl Policy {
    /// Returns the bounds, with a maximum that the budget can pay.
    pub(crate) fn affordable(&self, spent: f64, now: Timestamp) -> Bounds {
        let Bounds { minimum, maximum } = self.bounds;
        let most = self.budget.map(|budget| budget.affordable(self.smallest, spent, now));
        Bounds { minimum, maximum: most.map_or(maximum, |most| most.clamp(minimum, maximum)) }
    }

    /// Returns a size, limited to one change of such a unit.
    pub(crate) fn within_one_change(&self, from: Units, size: Units) -> Units {
        match self.unit {
            Unit::Kpu => size,
            Unit::Shard => resharding::within_one_change(from, size),
        }
    }

    /// Returns the target, or a slightly larger size to which such a unit changes faster.
    pub(crate) fn preferred(&self, direction: Direction, from: Units, target: Units, most: Units) -> Units {
        match self.unit {
            Unit::Kpu => target,
            Unit::Shard => resharding::in_quarters(direction, from, target, most),
        }
    }

    /// Returns whether the daily limit leaves a change to the size `to`.
    pub(crate) fn has_a_change_left(&self, direction: Direction, resource: &Resource, to: Units) -> bool {
        match self.unit {
            Unit::Kpu => true,
            Unit::Shard => {
                let changes = resource.changes_of_the_day;
                resharding::is_affordable(direction, changes, to, self.largest)
            }
        }
    }

    /// Returns a size, limited to the largest step.
    pub(crate) fn within_largest_step(&self, from: Units, size: Units) -> Units {
        let size = self.within_one_change(from, size);
        let Some(largest) = self.largest_step else { return size };
        let (from, step) = (u64::from(from.count()), u64::from(largest.count()));
        size.clamp(Units::saturating(from.saturating_sub(step)), Units::saturating(from + step))
    }
}

/// The way of sizing.
#[derive(Debug, Clone, PartialEq)]
pub enum Sizing {
    /// By a factor or a number of units, the same for every step.
    Factor {
        /// The adjustment of a scale-out.
        out: Adjustment,
        /// The adjustment of a scale-in.
        r#in: Adjustment,
    },
    /// By steps that depend on the size of the breach.
    StepScaling {
        /// The steps of a scale-out.
        out: BreachSteps,
        /// The steps of a scale-in.
        r#in: BreachSteps,
    },
    /// To the size at which the metric is at its target, in the unit of the metric.
    Target(f64),
    /// By the demand of the load.
    Demand(Demand),
}

impl Sizing {
    /// Returns the size that a resource should have, or the reason to keep the present one.
    pub(crate) fn required_size(
        &self,
        direction: Direction,
        resource: &Resource,
        signals: &Signals,
        days: &[Option<f64>],
    ) -> Result<Units, Reason> {
        let units = resource.size().units;
        match (self, direction) {
            (Self::Factor { out, .. }, Direction::Out) => Ok(out.step(direction, units)),
            (Self::Factor { r#in, .. }, Direction::In) => Ok(r#in.step(direction, units)),
            (Self::StepScaling { out, r#in }, _) => {
                let steps = if direction == Direction::Out { out } else { r#in };
                let step = |distance| steps.step(direction, units, distance);
                // Without a breach the distance is unknown, and the step at the threshold applies.
                let sizes = signals.breaches.iter().map(|breach| step(breach.distance()));
                sizes.reduce(|one, other| largest(direction, one, other)).unwrap_or_else(|| step(0.0))
            }
            (Self::Target(target), _) => at_target(*target, direction, units, signals.breaches),
            (Self::Demand(demand), Direction::In) => demand.required_size(direction, resource, signals, days),
            (Self::Demand(demand), Direction::Out) => {
                // The metric of an additional alarm is brought back to its threshold. A lag is left to the demand, which also knows the backlog.
                let added = signals.breaches.iter().filter(|breach| breach.is_additional && !breach.is_lag);
                let added: Vec<_> = added.copied().collect();
                let by_demand = demand.required_size(direction, resource, signals, days);
                if added.is_empty() {
                    return by_demand;
                }
                largest(direction, by_demand, at_target(f64::NAN, direction, units, &added))
            }
        }
    }
}

/// Returns the larger of two sizes. For a scale-in, the present size is larger than any step.
fn largest(
    direction: Direction,
    one: Result<Units, Reason>,
    other: Result<Units, Reason>,
) -> Result<Units, Reason> {
    match (one, other, direction) {
        (Ok(one), Ok(other), _) => Ok(one.max(other)),
        (one, other, Direction::Out) => one.or(other),
        (one, other, Direction::In) => one.and(other),
    }
}

/// The smallest and the largest size, both inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    minimum: Units,
    maximum: Units,
}

impl Bounds {
    /// Returns bounds, or `None` if the minimum is above the maximum.
    #[must_use]
    pub fn new(minimum: Units, maximum: Units) -> Option<Self> {
        (minimum <= maximum).then_some(Self { minimum, maximum })
    }

    /// Returns the smallest size.
    #[must_use]
    pub fn minimum(&self) -> Units {
        self.minimum
    }

    /// Returns the largest size.
    #[must_use]
    pub fn maximum(&self) -> Units {
        self.maximum
    }

    /// Returns the size within the bounds that is closest to `units`.
    #[must_use]
    pub fn clamp(&self, units: Units) -> Units {
        units.clamp(self.minimum, self.maximum)
    }

    /// Returns the direction from a size out of bounds into them; `None` from a size within them.
    #[must_use]
    pub fn direction_into_bounds(&self, units: Units) -> Option<Direction> {
        Direction::between(units, self.clamp(units))
    }
}
