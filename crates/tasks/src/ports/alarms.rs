//! The port to the alarms, and what is seen through it.

use crate::TaskError;
use jiff::{SignedDuration, Timestamp};
use std::fmt;

/// Reads alarms and the data behind them.
#[expect(
    async_fn_in_trait,
    reason = "the callers are generic and bring their own executor; no Send bound is needed"
)]
pub trait Alarms {
    /// The alarms of these names. One that does not exist is absent from the answer.
    ///
    /// # Errors
    /// If they cannot be read.
    async fn describe(&self, names: &[&str]) -> Result<Vec<Alarm>, TaskError>;

    /// The data points of the alarm's own query whose period starts at `from` or later and before `to`, in any order.
    ///
    /// # Errors
    /// If they cannot be read.
    async fn data_points(
        &self,
        alarm: &Alarm,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<DataPoint>, TaskError>;
}

/// An alarm as it stands now. Its settings are read each time, so that a change a person makes in the console
/// is obeyed.
#[derive(Debug, Clone, PartialEq)]
pub struct Alarm {
    /// Its name.
    pub name: String,
    /// Its state.
    pub state: AlarmState,
    /// When its state was last updated.
    pub state_updated: Timestamp,
    /// How a data point is compared with the threshold.
    pub comparison: Comparison,
    /// The threshold, in the unit of the metric.
    pub threshold: f64,
    /// The length of one data point.
    pub period: SignedDuration,
    /// How many periods the alarm looks at.
    pub evaluation_periods: u32,
    /// What it watches. Exactly one of them returns data.
    pub queries: Vec<Query>,
}

/// The state of an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AlarmState {
    /// Not breaching.
    Ok,
    /// Breaching, by the alarm's own rule of how many data points of how many.
    Alarm,
    /// Not enough data to say.
    InsufficientData,
}

/// A comparison operator of CloudWatch for a fixed threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `>`
    GreaterThanThreshold,
    /// `>=`
    GreaterThanOrEqualToThreshold,
    /// `<`
    LessThanThreshold,
    /// `<=`
    LessThanOrEqualToThreshold,
}

/// One entry of an alarm's metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Its name within the alarm.
    pub id: String,
    /// What it yields.
    pub source: Source,
    /// The account that it asks, if that is another one.
    pub account: Option<String>,
    /// Whether it is this one that the alarm compares.
    pub returns_data: bool,
}

/// What a query yields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A statistic of a metric.
    Metric {
        /// Such as `AWS/KinesisAnalytics`.
        namespace: String,
        /// Such as `containerCPUUtilization`.
        name: String,
        /// Name and value of each dimension.
        dimensions: Vec<(String, String)>,
        /// Such as `Average`.
        statistic: String,
        /// The length of one data point.
        period: SignedDuration,
        /// If given, only the data that was published with this unit.
        unit: Option<String>,
    },
    /// A metric-math expression over the other queries, or a query of Metrics Insights.
    Expression {
        /// Such as `m1/60/m2`.
        text: String,
        /// What people call it, if they have given it a name.
        label: Option<String>,
        /// The length of one data point, if it is stated. Metrics Insights needs it.
        period: Option<SignedDuration>,
    },
}

/// One data point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DataPoint {
    /// When its period starts.
    pub start: Timestamp,
    /// Its value, in the unit of the metric.
    pub value: f64,
}

impl Alarm {
    /// Whether `value` is beyond the threshold.
    #[must_use]
    pub fn breaches(&self, value: f64) -> bool {
        self.comparison.holds(value, self.threshold)
    }

    /// The query for the number of shards with which it reckons, by itself, if it does.
    pub(crate) fn shards(&self) -> Option<Query> {
        let is_of_shards =
            |query: &&Query| matches!(&query.source, Source::Metric { name, .. } if name == "Shards");
        let query = self.queries.iter().find(is_of_shards)?;
        Some(Query { returns_data: true, ..query.clone() })
    }

    /// What it watches, in the words of the console.
    #[must_use]
    pub fn watches(&self) -> &str {
        let returned = self.queries.iter().find(|query| query.returns_data).or(self.queries.first());
        match returned.map(|query| &query.source) {
            Some(Source::Metric { name, .. }) => name,
            Some(Source::Expression { text, label, .. }) => label.as_deref().unwrap_or(text),
            None => "its metric",
        }
    }
}

impl Comparison {
    /// Whether it looks for values above the threshold.
    #[must_use]
    pub fn is_above(self) -> bool {
        matches!(self, Self::GreaterThanThreshold | Self::GreaterThanOrEqualToThreshold)
    }

    /// Whether a value is beyond a threshold.
    #[must_use]
    pub fn holds(self, value: f64, threshold: f64) -> bool {
        match self {
            Self::GreaterThanThreshold => value > threshold,
            Self::GreaterThanOrEqualToThreshold => value >= threshold,
            Self::LessThanThreshold => value < threshold,
            Self::LessThanOrEqualToThreshold => value <= threshold,
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::GreaterThanThreshold => ">",
            Self::GreaterThanOrEqualToThreshold => ">=",
            Self::LessThanThreshold => "<",
            Self::LessThanOrEqualToThreshold => "<=",
        })
    }
}
