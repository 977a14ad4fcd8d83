//! The length of one step.

use crate::{Direction, Units};
use std::fmt;
use std::str::FromStr;

/// The change of a size by one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adjustment {
    /// Multiply to scale out, divide to scale in. A fraction of a unit rounds up in both directions,
    /// because one unit too many costs less than a job that falls behind.
    Times(Factor),
    /// Add to scale out, subtract to scale in.
    By(Units),
}

impl Adjustment {
    /// Returns the size one step from `units`. It is at least one unit away, because an alarm that breaches
    /// without a change would breach forever; but never below one unit. For a scale-out, rounding up ensures both.
    #[must_use]
    pub fn step(self, direction: Direction, units: Units) -> Units {
        let units = u64::from(units.count());
        let stepped = match (self, direction) {
            (Self::Times(factor), Direction::Out) => factor.multiply(units),
            (Self::Times(factor), Direction::In) => factor.divide(units).min(units - 1),
            (Self::By(step), Direction::Out) => units + u64::from(step.count()),
            (Self::By(step), Direction::In) => units.saturating_sub(u64::from(step.count())),
        };
        Units::saturating(stepped)
    }
}

/// A factor greater than one with up to three decimals, such as 2 or 1.25.
///
/// It is stored in thousandths, because in binary fractions ten times 1.1 is a little more than eleven,
/// which would round up to a twelfth unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Factor {
    thousandths: u32,
}

/// The largest factor. No resource grows from one unit to more than a thousand.
const LARGEST_FACTOR: u32 = 1_000;

impl Factor {
    /// `ceil(count * factor)`.
    fn multiply(self, count: u64) -> u64 {
        (count * u64::from(self.thousandths)).div_ceil(1_000)
    }

    /// `ceil(count / factor)`.
    fn divide(self, count: u64) -> u64 {
        (count * 1_000).div_ceil(u64::from(self.thousandths))
    }

    /// Returns the plain number, for comparing thresholds.
    #[must_use]
    pub fn value(self) -> f64 {
        f64::from(self.thousandths) / 1_000.0
    }
}

impl FromStr for Factor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refusal = || "set it to a number above 1 and at most 1000, with up to three decimals".to_owned();
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(decimals) || decimals.len() > 3 {
            return Err(refusal());
        }
        let whole: u32 = whole.parse().map_err(|_| refusal())?;
        let decimals: u32 = format!("{decimals:0<3}").parse().map_err(|_| refusal())?;
        if whole > LARGEST_FACTOR {
            return Err(refusal());
        }
        let thousandths = whole * 1_000 + decimals;
        if thousandths <= 1_000 || thousandths > LARGEST_FACTOR * 1_000 {
            return Err(refusal());
        }
        Ok(Self { thousandths })
    }
}

impl fmt::Display for Factor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value().fmt(formatter)
    }
}
