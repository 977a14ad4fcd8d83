//! Step scaling: steps by the size of the breach, as in Application Auto Scaling.

use crate::{Direction, Reason, Units};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// The metric of a breaching alarm, and the alarm's threshold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Breach {
    /// The newest usable value; for a scale-in, the value of the alarm's window that is closest to the threshold.
    pub value: f64,
    /// The alarm's threshold.
    pub threshold: f64,
    /// Whether it is an additional user alarm, beside the alarm on the policy's metric.
    #[serde(default)]
    pub is_additional: bool,
    /// Whether its metric is a lag. If so, the lag exceeds the threshold that the user set.
    #[serde(default)]
    pub is_lag: bool,
}

impl Breach {
    /// Returns the distance from the threshold, in the unit of the metric.
    #[must_use]
    pub fn distance(&self) -> f64 {
        (self.value - self.threshold).abs()
    }
}

/// Whether one of the breaches is a lag. It proves that the job is saturated, and that records are already processed too late.
#[must_use]
pub fn includes_lag(breaches: &[Breach]) -> bool {
    breaches.iter().any(|breach| breach.is_lag)
}

/// Steps with the distance from the threshold at which each begins, the nearest first. The first begins at the threshold itself.
///
/// Written as `0:10%, 20:30%`: by 10 percent from the threshold on, by 30 percent from 20 beyond it on. A change is a number of units
/// (`2`), a percentage of the present units (`50%`), or a size (`=8`).
#[derive(Debug, Clone, PartialEq)]
pub struct BreachSteps {
    steps: Vec<(f64, Change)>,
}

/// The change by one step. Its direction comes from the alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// By a number of units.
    By(u32),
    /// By a percentage of the present units.
    Percent(u32),
    /// To this size.
    To(Units),
}

impl BreachSteps {
    /// Returns the size after the step for a distance from the threshold.
    ///
    /// A step applies from its distance until just before the distance of the next one: above a threshold the lower bound is inclusive
    /// and the upper one exclusive, below it the reverse. A percentage that yields a fraction of a unit is rounded towards zero, but
    /// to at least one unit. Source: "Step scaling policies for Application Auto Scaling".
    ///
    /// # Errors
    /// [`Reason::AtDesiredCapacity`] if the step names a size, and the resource has it or would have to move in the other direction.
    pub fn step(&self, direction: Direction, units: Units, distance: f64) -> Result<Units, Reason> {
        let reached = self.steps.iter().rev().find(|(from, _)| *from <= distance).or(self.steps.first());
        let count = u64::from(units.count());
        let by = match reached.map(|(_, change)| *change) {
            Some(Change::To(size)) if direction.leads(units, size) => return Ok(size),
            Some(Change::To(_)) | None => return Err(Reason::AtDesiredCapacity),
            Some(Change::By(step)) => u64::from(step),
            Some(Change::Percent(percent)) => (count * u64::from(percent) / 100).max(1),
        };
        Ok(Units::saturating(match direction {
            Direction::Out => count + by,
            Direction::In => count.saturating_sub(by),
        }))
    }
}

impl FromStr for BreachSteps {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let steps: Result<Vec<_>, String> = text.split(',').map(|step| parse(step.trim())).collect();
        let steps = steps?;
        if steps.first().is_none_or(|(from, _)| *from != 0.0) {
            return Err("begin the first step at the threshold, as in 0:10%".to_owned());
        }
        if steps.windows(2).any(|pair| pair[0].0 >= pair[1].0) {
            return Err("begin each step farther from the threshold than the one before".to_owned());
        }
        Ok(Self { steps })
    }
}

/// The largest number in a change, in units or percent. No value of `MaxKpu` or
/// `MaxShards` is larger, so a larger number is a typing error.
const LARGEST_CHANGE: u32 = 10_000;

/// Parses a step such as `20:30%`.
fn parse(step: &str) -> Result<(f64, Change), String> {
    let refusal = || {
        format!(
            "write the step '{step}' as a distance from the threshold and a change of at least 1, such as 20:30%, 20:4 or 20:=8"
        )
    };
    let (from, change) = step.split_once(':').ok_or_else(refusal)?;
    let from: f64 = from.trim().parse().map_err(|_| refusal())?;
    let whole = |text: &str| text.parse().ok().filter(|count: &u32| (1..=LARGEST_CHANGE).contains(count));
    let change = change.trim();
    let change = if let Some(size) = change.strip_prefix('=') {
        whole(size).and_then(Units::new).map(Change::To)
    } else if let Some(percent) = change.strip_suffix('%') {
        whole(percent).map(Change::Percent)
    } else {
        whole(change).map(Change::By)
    };
    match change {
        Some(change) if from.is_finite() && from >= 0.0 => Ok((from, change)),
        _ => Err(refusal()),
    }
}
