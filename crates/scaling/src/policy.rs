//! What the user wants.

use crate::{Adjustment, Application, BreachSteps, Demand, Direction, Kpus, Parallelism, Reason, Signals};
use jiff::SignedDuration;

/// How an application is to be scaled.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// The sizes it may have.
    pub bounds: Bounds,
    /// How the size is found.
    pub sizing: Sizing,
    /// How long nothing is scaled after a change of the application, counted from the change's end.
    pub grace_period: SignedDuration,
    /// How long nothing is scaled in a direction after an update in that direction has failed. What has failed once
    /// will mostly fail again, and every failure may stop the job.
    pub failure_pause: SignedDuration,
    /// The job's own maximum parallelism (its number of key groups), if it is known.
    /// A job that is started above it fails.
    pub max_parallelism: Option<Parallelism>,
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
                // Whoever has asked before there were such steps is taken to be at the threshold.
                let distance = signals.breach.map_or(0.0, |breach| breach.distance());
                let steps = if direction == Direction::Out { out } else { r#in };
                steps.step(direction, kpus, distance, *least)
            }
            (Self::Demand(demand), _) => demand.wish(direction, application, signals),
        }
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
}
