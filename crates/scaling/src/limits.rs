//! The limits of a job's parallelism, and the sizes that share its work evenly.

use crate::{Direction, Parallelism, Size, Units};

/// The limits of a job's parallelism. They adjust a size, and never veto it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// The job's own maximum parallelism (its number of key groups), if it is known. A job fails when it starts above it.
    pub max_parallelism: Option<Parallelism>,
    /// The partitions or shards of its source, if the parallelism should not exceed them: further subtasks would have no input.
    pub partitions: Option<Parallelism>,
    /// The quota of an application's parallelism, unless `max_parallelism` is known. MSF rejects an update above it.
    pub quota: Option<Parallelism>,
}

/// The most additional units for an even share of the work, in percent. It bounds the cost of the preference.
const EVEN_SHARE_SURPLUS_PERCENT: u64 = 25;

impl Limits {
    /// Returns the size of `target` units, or of a few more that share key groups and partitions evenly, limited to the parallelism that
    /// the job can use.
    ///
    /// With 12 partitions, 5 subtasks have up to 3 of them each, and 6 have 2: the sixth makes the slowest faster by a
    /// third. So a size that divides the key groups and partitions is preferred, if it is at most a quarter larger, within `most`, and
    /// still leads in the direction. Source of the preference: the autoscaler of the Flink Kubernetes operator.
    pub(crate) fn size(
        self,
        direction: Direction,
        from: Units,
        target: Units,
        most: Units,
        per_kpu: Parallelism,
    ) -> Size {
        let count = u64::from(target.count());
        let largest = (count * (100 + EVEN_SHARE_SURPLUS_PERCENT) / 100).min(u64::from(most.count()));
        let sizes = || (count..=largest).map(Units::saturating);
        let even = |units: &Units| direction.leads(from, *units) && self.shares_evenly(*units, per_kpu);
        let shared = self.max_parallelism.is_some() || self.partitions.is_some();
        let units = if shared { sizes().find(even).unwrap_or(target) } else { target };
        let filled = Parallelism::filling(units, per_kpu);
        let parallelism = self.most().map_or(filled, |most| filled.min(most));
        Size { units: Units::holding(parallelism, per_kpu), parallelism }
    }

    /// Returns the largest parallelism that the job can use.
    #[must_use]
    pub fn most(self) -> Option<Parallelism> {
        let limits = [self.max_parallelism, self.partitions, self.quota];
        limits.into_iter().flatten().min()
    }

    fn shares_evenly(self, units: Units, per_kpu: Parallelism) -> bool {
        let parallelism = Parallelism::filling(units, per_kpu).count();
        let shared = [self.max_parallelism, self.partitions];
        shared.into_iter().flatten().all(|shared| shared.count().is_multiple_of(parallelism))
    }
}
