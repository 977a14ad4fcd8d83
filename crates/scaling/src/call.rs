//! A call for another size.

use crate::{Direction, Units};
use serde::{Deserialize, Serialize};

/// A call for another size. Its direction is the one in which the size had to move when the call was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all_fields = "camelCase")]
pub enum Call {
    /// An alarm for this direction breaches.
    Alarm {
        /// The direction of the alarm.
        direction: Direction,
    },
    /// A caller requests a capacity: a person, or a policy of Application Auto Scaling.
    CapacityRequest {
        /// The direction of the requested size.
        direction: Direction,
        /// The requested size.
        units: Units,
        /// As of [`Call::Bounds`].
        backlog: bool,
    },
    /// The size is out of its bounds: a window has moved them, or a person has changed the size.
    Bounds {
        /// The direction into the bounds.
        direction: Direction,
        /// Whether records wait that the resource has not processed, or whether that is uncertain.
        backlog: bool,
    },
}

impl Call {
    /// The direction in which the size had to move when the call was found.
    #[must_use]
    pub fn found_direction(self) -> Direction {
        match self {
            Self::Alarm { direction }
            | Self::CapacityRequest { direction, .. }
            | Self::Bounds { direction, .. } => direction,
        }
    }

    /// The direction in which it asks to go from a size; `None` if it asks for no other size. Bounds ask for nothing beyond themselves.
    #[must_use]
    pub fn direction(self, from: Units) -> Option<Direction> {
        match self {
            Self::Alarm { direction } => Some(direction),
            Self::CapacityRequest { units, .. } => Direction::between(from, units),
            Self::Bounds { .. } => None,
        }
    }

    /// Whether the size was changed past the requested capacity since the call was found. The request asks for the other direction now,
    /// and `check` has not judged that direction.
    pub(crate) fn is_overtaken(self, from: Units) -> bool {
        matches!(self, Self::CapacityRequest { .. })
            && self.direction(from) == Some(self.found_direction().other())
    }

    /// Whether records wait that the resource has not processed, or whether that is uncertain.
    #[must_use]
    pub fn has_backlog(self) -> bool {
        match self {
            Self::Alarm { direction } => direction == Direction::Out,
            Self::CapacityRequest { backlog, .. } | Self::Bounds { backlog, .. } => backlog,
        }
    }
}
