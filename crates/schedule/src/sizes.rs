//! The sizes that a window allows.

use scaling::{Bounds, Units};
use std::fmt;

/// The range of sizes that a window allows. `None` leaves that bound unchanged. `least` is at most `most`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sizes {
    pub(crate) least: Option<Units>,
    pub(crate) most: Option<Units>,
}

impl Sizes {
    /// Returns whether the two ranges have no common size.
    pub(crate) fn contradict(self, other: Self) -> bool {
        let above = |least: Option<Units>, most: Option<Units>| {
            least.is_some_and(|least| most.is_some_and(|most| least > most))
        };
        above(self.least, other.most) || above(other.least, self.most)
    }

    /// Returns the bounds, narrowed by this range.
    pub(crate) fn narrow(self, bounds: Bounds) -> Bounds {
        let minimum = self.least.map_or(bounds.minimum(), |least| least.max(bounds.minimum()));
        let maximum = self.most.map_or(bounds.maximum(), |most| most.min(bounds.maximum()));
        Bounds::new(minimum, maximum.max(minimum)).unwrap_or(bounds)
    }
}

impl fmt::Display for Sizes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.least.map(Units::count), self.most.map(Units::count)) {
            (Some(least), Some(most)) if least == most => write!(formatter, "{least}"),
            (Some(least), Some(most)) => write!(formatter, "{least}-{most}"),
            (Some(least), None) => write!(formatter, ">={least}"),
            (None, Some(most)) => write!(formatter, "<={most}"),
            (None, None) => formatter.write_str("any size"),
        }
    }
}
