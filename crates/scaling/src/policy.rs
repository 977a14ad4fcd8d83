//! What the user wants.

use crate::target::at_target;
use crate::{
    Adjustment, Application, BreachSteps, Budget, Demand, Direction, Kpus, Limits, PerDirection, Reason,
    Signals,
};
use jiff::{SignedDuration, Timestamp};

/// How an application is to be scaled.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// The sizes it may have now.
    pub bounds: Bounds,
    /// The smallest size that it ever may have, for which a budget keeps money.
    pub smallest: Kpus,
    /// Since when the maximum has been below the present size, if a moment is known at which it was not.
    pub too_large_since: Option<Timestamp>,
    /// Whether nothing is to be scaled now, whatever rings.
    pub blocked: bool,
    /// How long an application that has become too large may work off a backlog first.
    pub backlog_wait: SignedDuration,
    /// How the size is found.
    pub sizing: Sizing,
    /// The most KPUs that one step may add or remove, if there is a most.
    pub largest_step: Option<Kpus>,
    /// How long nothing is scaled this way after a change of the application, counted from the change's end.
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

    /// The wish, or as far towards it as one step may go.
    pub(crate) fn within_largest_step(&self, from: Kpus, wish: Kpus) -> Kpus {
        let Some(largest) = self.largest_step else { return wish };
        let (from, step) = (u64::from(from.count()), u64::from(largest.count()));
        wish.clamp(Kpus::saturating(from.saturating_sub(step)), Kpus::saturating(from + step))
    }
}

/// How the size is found.
#[derive(Debug, Clone, PartialEq)]
pub enum Sizing {
    /// By steps, each as far as the last.
    Steps {
        /// How far a step out goes.
        out: Adjustment,
        /// How far a step in goes.
        r#in: Adjustment,
    },
    /// By steps that grow with the breach.
    Breach {
        /// The steps out.
        out: BreachSteps,
        /// The steps in.
        r#in: BreachSteps,
        /// The KPUs by which a step by percent changes it at least.
        least: Kpus,
    },
    /// To where the metric is at its target, in its own unit.
    Target(f64),
    /// By what the load needs.
    Demand(Demand),
}

impl Sizing {
    /// The size that an application should have, or why it should keep the one it has.
    pub(crate) fn wish(
        &self,
        direction: Direction,
        application: &Application,
        signals: &Signals,
    ) -> Result<Kpus, Reason> {
        let kpus = application.size().kpus;
        match (self, direction) {
            (Self::Steps { out, .. }, Direction::Out) => Ok(out.step(direction, kpus)),
            (Self::Steps { r#in, .. }, Direction::In) => Ok(r#in.step(direction, kpus)),
            (Self::Breach { out, r#in, least }, _) => {
                let steps = if direction == Direction::Out { out } else { r#in };
                let step = |distance| steps.step(direction, kpus, distance, *least);
                // Whoever has asked before there were such steps is taken to be at the threshold.
                let sizes = signals.breaches.iter().map(|breach| step(breach.distance()));
                sizes.reduce(|one, other| largest(direction, one, other)).unwrap_or_else(|| step(0.0))
            }
            (Self::Target(target), _) => at_target(*target, direction, kpus, signals.breaches),
            (Self::Demand(demand), Direction::In) => demand.wish(direction, application, signals),
            (Self::Demand(demand), Direction::Out) => {
                // An alarm that somebody has added is brought back to its threshold; of a lag, the demand knows more.
                let added = signals.breaches.iter().filter(|breach| breach.is_additional && !breach.is_lag);
                let added: Vec<_> = added.copied().collect();
                let by_demand = demand.wish(direction, application, signals);
                if added.is_empty() {
                    return by_demand;
                }
                largest(direction, by_demand, at_target(f64::NAN, direction, kpus, &added))
            }
        }
    }
}

/// The larger of two sizes. On the way in, to keep the present size is larger than any step.
fn largest(
    direction: Direction,
    one: Result<Kpus, Reason>,
    other: Result<Kpus, Reason>,
) -> Result<Kpus, Reason> {
    match (one, other, direction) {
        (Ok(one), Ok(other), _) => Ok(one.max(other)),
        (one, other, Direction::Out) => one.or(other),
        (one, other, Direction::In) => one.and(other),
    }
}

/// The smallest and the largest size, both allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    minimum: Kpus,
    maximum: Kpus,
}

impl Bounds {
    /// Bounds, or `None` if the minimum is above the maximum.
    #[must_use]
    pub fn new(minimum: Kpus, maximum: Kpus) -> Option<Self> {
        (minimum <= maximum).then_some(Self { minimum, maximum })
    }

    /// The smallest size.
    #[must_use]
    pub fn minimum(&self) -> Kpus {
        self.minimum
    }

    /// The largest size.
    #[must_use]
    pub fn maximum(&self) -> Kpus {
        self.maximum
    }

    /// The size within the bounds that is nearest to `kpus`.
    #[must_use]
    pub fn clamp(&self, kpus: Kpus) -> Kpus {
        kpus.clamp(self.minimum, self.maximum)
    }

    /// Which way they lie, seen from a size outside of them.
    #[must_use]
    pub fn way_back(&self, kpus: Kpus) -> Option<Direction> {
        Direction::between(kpus, self.clamp(kpus))
    }
}
