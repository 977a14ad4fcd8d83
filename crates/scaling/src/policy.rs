//! What the user wants.

use crate::target::at_target;
use crate::{
    Adjustment, BreachSteps, Budget, Demand, Direction, Limits, PerDirection, Reason, Resource, Signals,
    Unit, Units, resharding,
};
use jiff::{SignedDuration, Timestamp};

/// How a resource is to be scaled.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// What its capacity is counted in.
    pub unit: Unit,
    /// The sizes it may have now.
    pub bounds: Bounds,
    /// The smallest size that it ever may have, for which a budget keeps money.
    pub smallest: Units,
    /// The largest size that it ever may have, to which changes of a stream are kept.
    pub largest: Units,
    /// Since when the maximum has been below the present size, if a moment is known at which it was not.
    pub too_large_since: Option<Timestamp>,
    /// Whether nothing is to be scaled now, whatever rings.
    pub blocked: bool,
    /// How long a resource that has become too large may work off a backlog first.
    pub backlog_wait: SignedDuration,
    /// How the size is found.
    pub sizing: Sizing,
    /// The most units that one step may add or remove, if there is a most.
    pub largest_step: Option<Units>,
    /// How long nothing is scaled this way after a change of the resource, counted from the change's end.
    pub grace_period: PerDirection<SignedDuration>,
    /// How long it is not scaled the other way after a scaling, unless the lag that is allowed is exceeded.
    pub reversal_window: SignedDuration,
    /// How long nothing is scaled in a direction after an update in that direction has failed. What has failed once
    /// will mostly fail again, and every failure may stop the job.
    pub failure_pause: SignedDuration,
    /// How long it is not scaled out after a step out that has brought nothing.
    pub ineffective_pause: SignedDuration,
    /// What a month may cost, if that is limited.
    pub budget: Option<Budget>,
    /// What limits the parallelism.
    pub limits: Limits,
}

impl Policy {
    /// The sizes that are allowed and can be paid for.
    pub(crate) fn affordable(&self, spent: f64, now: Timestamp) -> Bounds {
        let Bounds { minimum, maximum } = self.bounds;
        let most = self.budget.map(|budget| budget.affordable(self.smallest, spent, now));
        Bounds { minimum, maximum: most.map_or(maximum, |most| most.clamp(minimum, maximum)) }
    }

    /// A size, or as far towards it as one change of such a unit can go.
    pub(crate) fn within_one_change(&self, from: Units, size: Units) -> Units {
        match self.unit {
            Unit::Kpu => size,
            Unit::Shard => resharding::within_one_change(from, size),
        }
    }

    /// The target, or a size near it that such a unit is changed to more easily.
    pub(crate) fn preferred(&self, direction: Direction, from: Units, target: Units, most: Units) -> Units {
        match self.unit {
            Unit::Kpu => target,
            Unit::Shard => resharding::in_quarters(direction, from, target, most),
        }
    }

    /// Whether it may be changed once more today.
    pub(crate) fn has_a_change_left(&self, direction: Direction, resource: &Resource, to: Units) -> bool {
        match self.unit {
            Unit::Kpu => true,
            Unit::Shard => {
                let changes = resource.changes_of_the_day;
                resharding::is_affordable(direction, changes, to, self.largest)
            }
        }
    }

    /// The wish, or as far towards it as one step may go.
    pub(crate) fn within_largest_step(&self, from: Units, wish: Units) -> Units {
        let wish = self.within_one_change(from, wish);
        let Some(largest) = self.largest_step else { return wish };
        let (from, step) = (u64::from(from.count()), u64::from(largest.count()));
        wish.clamp(Units::saturating(from.saturating_sub(step)), Units::saturating(from + step))
    }
}

/// How the size is found.
#[derive(Debug, Clone, PartialEq)]
pub enum Sizing {
    /// By steps, each as far as the last.
    Factor {
        /// How far a step out goes.
        out: Adjustment,
        /// How far a step in goes.
        r#in: Adjustment,
    },
    /// By steps that grow with the breach.
    StepScaling {
        /// The steps out.
        out: BreachSteps,
        /// The steps in.
        r#in: BreachSteps,
    },
    /// To where the metric is at its target, in its own unit.
    Target(f64),
    /// By what the load needs.
    Demand(Demand),
}

impl Sizing {
    /// The size that a resource should have, or why it should keep the one it has.
    pub(crate) fn wish(
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
                // Whoever has asked before there were such steps is taken to be at the threshold.
                let sizes = signals.breaches.iter().map(|breach| step(breach.distance()));
                sizes.reduce(|one, other| largest(direction, one, other)).unwrap_or_else(|| step(0.0))
            }
            (Self::Target(target), _) => at_target(*target, direction, units, signals.breaches),
            (Self::Demand(demand), Direction::In) => demand.wish(direction, resource, signals, days),
            (Self::Demand(demand), Direction::Out) => {
                // An alarm that somebody has added is brought back to its threshold; of a lag, the demand knows more.
                let added = signals.breaches.iter().filter(|breach| breach.is_additional && !breach.is_lag);
                let added: Vec<_> = added.copied().collect();
                let by_demand = demand.wish(direction, resource, signals, days);
                if added.is_empty() {
                    return by_demand;
                }
                largest(direction, by_demand, at_target(f64::NAN, direction, units, &added))
            }
        }
    }
}

/// The larger of two sizes. On the way in, to keep the present size is larger than any step.
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

/// The smallest and the largest size, both allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    minimum: Units,
    maximum: Units,
}

impl Bounds {
    /// Bounds, or `None` if the minimum is above the maximum.
    #[must_use]
    pub fn new(minimum: Units, maximum: Units) -> Option<Self> {
        (minimum <= maximum).then_some(Self { minimum, maximum })
    }

    /// The smallest size.
    #[must_use]
    pub fn minimum(&self) -> Units {
        self.minimum
    }

    /// The largest size.
    #[must_use]
    pub fn maximum(&self) -> Units {
        self.maximum
    }

    /// The size within the bounds that is nearest to `units`.
    #[must_use]
    pub fn clamp(&self, units: Units) -> Units {
        units.clamp(self.minimum, self.maximum)
    }

    /// Which way they lie, seen from a size outside of them.
    #[must_use]
    pub fn direction_into_bounds(&self, units: Units) -> Option<Direction> {
        Direction::between(units, self.clamp(units))
    }
}
