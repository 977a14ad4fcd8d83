//! The samples of a metric in a minute, and their statistics.

/// A statistic of a metric over a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Statistic {
    /// The mean of the samples.
    Average,
    /// The smallest sample.
    Minimum,
    /// The largest sample.
    Maximum,
    /// The sum of the samples.
    Sum,
}

/// A summary of the samples of a metric in one minute. CloudWatch keeps the same figures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Samples {
    count: f64,
    sum: f64,
    minimum: f64,
    maximum: f64,
}

impl Statistic {
    /// Every statistic an alarm may use.
    pub const ALL: [Self; 4] = [Self::Average, Self::Minimum, Self::Maximum, Self::Sum];

    /// Its name in CloudWatch.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Average => "Average",
            Self::Minimum => "Minimum",
            Self::Maximum => "Maximum",
            Self::Sum => "Sum",
        }
    }

    pub(crate) fn of(self, samples: &Samples) -> f64 {
        match self {
            Self::Average => samples.sum / samples.count,
            Self::Minimum => samples.minimum,
            Self::Maximum => samples.maximum,
            Self::Sum => samples.sum,
        }
    }
}

impl Samples {
    pub(crate) fn new(values: impl Iterator<Item = f64>) -> Option<Self> {
        values.map(|value| Self { count: 1.0, sum: value, minimum: value, maximum: value }).reduce(Self::and)
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            sum: self.sum + other.sum,
            minimum: self.minimum.min(other.minimum),
            maximum: self.maximum.max(other.maximum),
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
