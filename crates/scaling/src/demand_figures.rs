//! The measurements behind a size by demand, for users.

use crate::capacity::capacity;
use crate::demand::load_to_carry;
use crate::forecast::Forecast;
use crate::{Direction, Policy, Resource, Signals, Sizing};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The measurements from which sizing by demand finds a size. A measurement that was not available is absent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DemandFigures {
    /// The load that the size must carry, in the unit of the load alarm. For a scale-out it is the present load, or the load at the time of
    /// the next step if it grows fast; for a scale-in it is the highest load of the last half hour.
    pub load: f64,
    /// The load that one KPU can process, in the same unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity_per_kpu: Option<f64>,
    /// The lag of the newest minute, in seconds. The backlog is the load of this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lag_seconds: Option<f64>,
    /// The highest load that is expected from the past days, in the same unit, if they were read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forecast: Option<f64>,
}

impl Policy {
    /// Returns the figures of sizing by demand. `None` if the policy sizes in another way, or no load was measured.
    #[must_use]
    pub fn demand_figures(
        &self,
        direction: Direction,
        resource: &Resource,
        signals: &Signals,
        days: &[Option<f64>],
    ) -> Option<DemandFigures> {
        let Sizing::Demand(_) = self.sizing else { return None };
        let (load, buckets) = load_to_carry(direction, signals);
        Some(DemandFigures {
            load: load?,
            capacity_per_kpu: capacity(resource, signals),
            lag_seconds: signals.minutes.iter().rev().find_map(|minute| minute.lag),
            forecast: Forecast::new(days, buckets).peak(),
        })
    }
}

impl fmt::Display for DemandFigures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "load {}", Rounded(self.load))?;
        if let Some(capacity) = self.capacity_per_kpu {
            write!(formatter, ", capacity {} per KPU", Rounded(capacity))?;
        }
        if let Some(lag) = self.lag_seconds {
            write!(formatter, ", backlog of {} s", Rounded(lag))?;
        }
        if let Some(forecast) = self.forecast {
            write!(formatter, ", forecast {}", Rounded(forecast))?;
        }
        Ok(())
    }
}

/// A number in whole units, or with two decimals if it is below ten.
struct Rounded(f64);

impl fmt::Display for Rounded {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let steps = if self.0 < 10.0 { 100.0 } else { 1.0 };
        write!(formatter, "{}", (self.0 * steps).round() / steps)
    }
}
