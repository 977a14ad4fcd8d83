//! Units of capacity. A number of KPUs and a parallelism are both small whole numbers, and confusing them
//! scales a resource by its parallelism per KPU. So they are types.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::num::NonZeroU32;

/// The unit in which capacity is counted and paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// A Kinesis Processing Unit of a Flink application: 1 vCPU with 4 GB of memory. The orchestration KPU that MSF bills in
    /// addition is not counted.
    Kpu,
    /// A shard of a Kinesis data stream.
    Shard,
}

/// A number of units of capacity, at least one: the KPUs of an application, or the shards of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Units(NonZeroU32);

/// The number of parallel subtasks of a Flink job, or of the subtasks that share one KPU; at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Parallelism(NonZeroU32);

/// The error of binary fractions in a number of units: 2.1 / 0.7 is a little more than 3, and must not need a fourth unit.
const ROUNDING_TOLERANCE: f64 = 1e-9;

impl Unit {
    /// Returns the names of the parameters for the smallest and the largest size.
    #[must_use]
    pub fn parameters(self) -> (&'static str, &'static str) {
        match self {
            Self::Kpu => ("MinKpu", "MaxKpu"),
            Self::Shard => ("MinShards", "MaxShards"),
        }
    }

    /// Returns a count with the name of the unit.
    #[must_use]
    pub fn words(self, count: Units) -> String {
        match (self, count.count()) {
            (Self::Kpu, count) => format!("{count} KPU"),
            (Self::Shard, 1) => "1 shard".to_owned(),
            (Self::Shard, count) => format!("{count} shards"),
        }
    }
}

impl Units {
    /// One unit.
    pub const ONE: Self = Self(NonZeroU32::MIN);

    /// Returns `count` units, or `None` for zero.
    #[must_use]
    pub const fn new(count: u32) -> Option<Self> {
        match NonZeroU32::new(count) {
            Some(count) => Some(Self(count)),
            None => None,
        }
    }

    /// Returns `count` units, at least one and at most `u32::MAX`.
    pub(crate) fn saturating(count: u64) -> Self {
        Self(saturating(count))
    }

    /// Returns `count` rounded down to whole units, at least one.
    pub(crate) fn saturating_floor(count: f64) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the cast saturates, and zero becomes one"
        )]
        Self::saturating(count.floor() as u64)
    }

    /// Returns `count` rounded up to whole units, at least one. An excess within `ROUNDING_TOLERANCE` does not need another unit.
    pub(crate) fn saturating_ceil(count: f64) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the cast saturates, and zero becomes one"
        )]
        Self::saturating((count - ROUNDING_TOLERANCE).ceil() as u64)
    }

    /// Returns the KPUs that a parallelism occupies: `ceil(parallelism / parallelism per KPU)`.
    ///
    /// Source: MSF developer guide, "Implement resource scaling", which writes the plain division;
    /// a remaining subtask still needs a KPU.
    #[must_use]
    pub fn holding(parallelism: Parallelism, per_kpu: Parallelism) -> Self {
        Self::saturating(u64::from(parallelism.count()).div_ceil(u64::from(per_kpu.count())))
    }

    /// Returns the plain number.
    #[must_use]
    pub const fn count(self) -> u32 {
        self.0.get()
    }
}

impl Parallelism {
    /// One subtask.
    pub const ONE: Self = Self(NonZeroU32::MIN);

    /// The default quota of an application's parallelism. AWS can raise it. Source: MSF developer guide, "Implement application scaling".
    pub const DEFAULT_QUOTA: Self = Self(NonZeroU32::new(256).unwrap());

    /// Returns a parallelism of `count`, or `None` for zero.
    #[must_use]
    pub const fn new(count: u32) -> Option<Self> {
        match NonZeroU32::new(count) {
            Some(count) => Some(Self(count)),
            None => None,
        }
    }

    /// Returns the parallelism that fills `units` completely.
    #[must_use]
    pub fn filling(units: Units, per_kpu: Self) -> Self {
        Self(saturating(u64::from(units.count()) * u64::from(per_kpu.count())))
    }

    /// Returns the plain number.
    #[must_use]
    pub const fn count(self) -> u32 {
        self.0.get()
    }
}

fn saturating(count: u64) -> NonZeroU32 {
    u32::try_from(count).map_or(NonZeroU32::MAX, |count| NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN))
}

impl fmt::Display for Parallelism {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}
