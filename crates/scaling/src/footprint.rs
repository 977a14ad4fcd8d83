//! The heap and the state of a job, and the smallest size that holds them.

use crate::Units;

/// The heap and the state of a job, as far as they are known. An unknown part limits nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Footprint {
    /// The used share of the heap at the present size, as a share of 1.
    pub heap: Option<f64>,
    /// Whether the heap is published, but not yet known since the last change.
    pub awaits_heap: bool,
    /// The state in gigabytes.
    pub state_gigabytes: Option<f64>,
}

/// The largest forecast share of the heap after a scale-in. It is a mean over the task managers, and AWS recommends an alarm on
/// `heapMemoryUtilization` above 90 %. Source: MSF developer guide, "Use CloudWatch alarms".
const HEAP_CEILING: f64 = 0.8;

/// The running storage of a KPU, in gigabytes. Source: MSF developer guide, "Review application resources".
const STORAGE_GIGABYTES_PER_KPU: f64 = 50.0;

/// The largest forecast share of the running storage after a scale-in. A compaction of the state backend writes its new files before it deletes the old ones.
const STORAGE_CEILING: f64 = 0.8;

/// The part of a footprint that a size does not hold, with the forecast for that size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shortage {
    /// The heap, as a share of 1.
    Heap {
        /// The used share at the present size.
        now: f64,
        /// The forecast share.
        then: f64,
        /// The largest allowed share.
        ceiling: f64,
    },
    /// The running storage, in gigabytes.
    Storage {
        /// The state.
        state: f64,
        /// The state that the size may hold.
        most: f64,
    },
}

impl Footprint {
    /// Returns the smallest size that holds the heap and the state, and at most the present size: a footprint calls for no scale-out.
    ///
    /// The forecast of the heap is `heap * units / size`. It is too high for objects that every task manager has, such as a cache, and never
    /// too low for objects that the task managers share evenly.
    #[must_use]
    pub fn smallest(&self, units: Units) -> Units {
        let by_heap = self.heap.map(|heap| heap * f64::from(units.count()) / HEAP_CEILING);
        let by_state =
            self.state_gigabytes.map(|state| state / (STORAGE_GIGABYTES_PER_KPU * STORAGE_CEILING));
        let sizes = [by_heap, by_state].into_iter().flatten().map(Units::saturating_ceil);
        sizes.max().unwrap_or(Units::ONE).min(units)
    }

    /// Returns the part that `size` does not hold, from the present size `units`. `None` if `size` holds both.
    #[must_use]
    pub fn shortage(&self, units: Units, size: Units) -> Option<Shortage> {
        let part = |heap, state_gigabytes| Self { heap, state_gigabytes, ..Self::default() };
        if part(self.heap, None).smallest(units) > size {
            let now = self.heap?;
            let then = now * f64::from(units.count()) / f64::from(size.count());
            return Some(Shortage::Heap { now, then, ceiling: HEAP_CEILING });
        }
        if part(None, self.state_gigabytes).smallest(units) > size {
            let most = f64::from(size.count()) * STORAGE_GIGABYTES_PER_KPU * STORAGE_CEILING;
            return Some(Shortage::Storage { state: self.state_gigabytes?, most });
        }
        None
    }
}
