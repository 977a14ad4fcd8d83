//! The samples of a metric in a minute, and their statistics.

use tasks::Statistic;

/// A summary of the samples of a metric in one minute. CloudWatch keeps the same figures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Samples {
    count: f64,
    sum: f64,
    minimum: f64,
    maximum: f64,
}

impl Samples {
    pub(crate) fn new(values: impl Iterator<Item = f64>) -> Option<Self> {
        values.map(Self::one).reduce(Self::and)
    }

    /// A single sample.
    pub(crate) fn one(value: f64) -> Self {
        Self { count: 1.0, sum: value, minimum: value, maximum: value }
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            sum: self.sum + other.sum,
            minimum: self.minimum.min(other.minimum),
            maximum: self.maximum.max(other.maximum),
        }
    }

    /// A statistic of the samples.
    pub(crate) fn statistic(self, statistic: Statistic) -> f64 {
        match statistic {
            Statistic::Average => self.sum / self.count,
            Statistic::Minimum => self.minimum,
            Statistic::Maximum => self.maximum,
            Statistic::Sum => self.sum,
        }
    }

    /// The same samples in a unit that is `factor` times smaller.
    pub(crate) fn scaled(self, factor: f64) -> Self {
        Self {
            count: self.count,
            sum: self.sum * factor,
            minimum: self.minimum * factor,
            maximum: self.maximum * factor,
        }
    }

    /// The samples as a measurement reports them: `zero` for 0, `full` for 1, with an `error`, and clamped to the range 0 to `end`.
    pub(crate) fn measured(self, zero: f64, full: f64, error: f64, end: f64) -> Self {
        let shown = |value: f64, error: f64| (zero + (full - zero) * value + error).clamp(0.0, end);
        Self {
            count: self.count,
            sum: shown(self.sum / self.count, error) * self.count,
            minimum: shown(self.minimum, -error.abs()),
            maximum: shown(self.maximum, error.abs()),
        }
    }
}
