//! The port to the alarms, and the values that the port returns.

use super::series::{DataPoint, Series};
use super::unusable::{UnusableAlarm, UnusableKind};
use crate::TaskError;
use jiff::{SignedDuration, Timestamp};
use std::fmt;

/// Reads alarms and the data behind them.
#[expect(
    async_fn_in_trait,
    reason = "the callers are generic and bring their own executor; no Send bound is needed"
)]
pub trait Alarms {
    /// Returns the alarms of these names. One that cannot be used does not keep the others from being returned.
    ///
    /// # Errors
    /// Returns an error if the alarms cannot be read.
    async fn describe(&self, names: &[&str]) -> Result<DescribedAlarms, TaskError>;

    /// Returns the series of the queries that [`Alarm::queries_to_read`] marks as returned. The period of each data point starts at `from`
    /// or later and before `to`.
    ///
    /// # Errors
    /// Returns an error if the data points cannot be read.
    async fn data_points(
        &self,
        alarm: &Alarm,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Series>, TaskError>;
}

/// The alarms of some names.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribedAlarms {
    /// The alarms that can be used.
    pub alarms: Vec<Alarm>,
    /// The alarms that exist and cannot be used.
    pub unusable: Vec<UnusableAlarm>,
}

impl DescribedAlarms {
    /// Returns the alarm of this name.
    ///
    /// # Errors
    /// The reason why the alarm cannot be used. An alarm that is absent from the answer was not found.
    pub fn find(&self, name: &str) -> Result<&Alarm, UnusableAlarm> {
        let usable = self.alarms.iter().find(|alarm| alarm.name == name);
        let unusable = || self.unusable.iter().find(|alarm| alarm.name == name).cloned();
        let missing = || UnusableAlarm { name: name.to_owned(), kind: UnusableKind::NotFound };
        usable.ok_or_else(|| unusable().unwrap_or_else(missing))
    }
}

impl From<Vec<Alarm>> for DescribedAlarms {
    fn from(alarms: Vec<Alarm>) -> Self {
        Self { alarms, unusable: Vec::new() }
    }
}

/// An alarm in its current state. The alarm's settings are read each time, so that a change that a user makes in the console takes
/// effect.
#[derive(Debug, Clone, PartialEq)]
pub struct Alarm {
    /// The alarm's name.
    pub name: String,
    /// The alarm's state.
    pub state: AlarmState,
    /// The time of the last update of the alarm's state.
    pub state_updated: Timestamp,
    /// The operator that compares a data point with the threshold.
    pub comparison: Comparison,
    /// The threshold, in the unit of the metric.
    pub threshold: f64,
    /// The length of one data point.
    pub period: SignedDuration,
    /// The number of periods that the alarm evaluates.
    pub evaluation_periods: u32,
    /// The metrics and expressions that the alarm watches. Exactly one of these queries returns data.
    pub queries: Vec<Query>,
}

/// The state of an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AlarmState {
    /// `OK`: the metric does not breach the threshold.
    Ok,
    /// `ALARM`: the metric breaches the threshold, by the alarm's own setting of M out of N data points.
    Alarm,
    /// `INSUFFICIENT_DATA`: the alarm does not have enough data to determine a state.
    InsufficientData,
}

impl AlarmState {
    /// Returns the name that CloudWatch gives to the state.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Alarm => "ALARM",
            Self::InsufficientData => "INSUFFICIENT_DATA",
        }
    }
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

/// An entry of an alarm's metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The query's name within the alarm.
    pub id: String,
    /// The source of the query's values.
    pub source: Source,
    /// The account that the query reads, if it is another account.
    pub account: Option<String>,
    /// Whether the alarm compares the values of this query with the threshold.
    pub returns_data: bool,
}

/// The source of a query's values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A statistic of a metric.
    Metric {
        /// The namespace, such as `AWS/KinesisAnalytics`.
        namespace: String,
        /// The metric's name, such as `containerCPUUtilization`.
        name: String,
        /// The name and the value of each dimension.
        dimensions: Vec<(String, String)>,
        /// The statistic, such as `Average`.
        statistic: String,
        /// The length of one data point.
        period: SignedDuration,
        /// The unit of the data. If it is given, the query reads only the data that was published with this unit.
        unit: Option<String>,
    },
    /// A metric math expression over the other queries, or a query of Metrics Insights.
    Expression {
        /// The expression, such as `m1/60/m2`.
        text: String,
        /// The label that a user gave to the expression, if there is one.
        label: Option<String>,
        /// The length of one data point, if it is stated. Metrics Insights needs this length.
        period: Option<SignedDuration>,
    },
}

impl Alarm {
    /// Returns queries in the form of an alarm. No such alarm exists: [`Alarms::data_points`] reads the queries of an alarm.
    #[must_use]
    pub fn of_queries(
        name: String,
        period: SignedDuration,
        evaluation_periods: u32,
        queries: Vec<Query>,
    ) -> Self {
        Self {
            name,
            state: AlarmState::Ok,
            state_updated: Timestamp::MIN,
            comparison: Comparison::GreaterThanThreshold,
            threshold: 0.0,
            period,
            evaluation_periods,
            queries,
        }
    }

    /// Returns whether `value` is beyond the threshold.
    #[must_use]
    pub fn breaches(&self, value: f64) -> bool {
        self.comparison.holds(value, self.threshold)
    }

    /// Returns the alarm's query for the number of shards as the query that returns data, or `None` if the alarm does not use this
    /// number.
    pub(crate) fn shards(&self) -> Option<Query> {
        let is_of_shards =
            |query: &&Query| matches!(&query.source, Source::Metric { name, .. } if name == "Shards");
        let query = self.queries.iter().find(is_of_shards)?;
        Some(Query { returns_data: true, ..query.clone() })
    }

    /// Returns the query whose values the alarm compares with the threshold.
    #[must_use]
    pub fn returned(&self) -> Option<&Query> {
        self.queries.iter().find(|query| query.returns_data).or(self.queries.first())
    }

    /// Returns these data points as the one series of the alarm's own query.
    #[must_use]
    pub fn series(&self, points: Vec<DataPoint>) -> Series {
        let query = self.returned().map(|query| query.id.clone()).unwrap_or_default();
        Series { query, label: String::new(), points }
    }

    /// Returns the name of the metric or expression that the alarm watches, as the console shows it.
    #[must_use]
    pub fn watches(&self) -> &str {
        match self.returned().map(|query| &query.source) {
            Some(Source::Metric { name, .. }) => name,
            Some(Source::Expression { text, label, .. }) => label.as_deref().unwrap_or(text),
            None => "its metric",
        }
    }

    /// Returns the only unit whose data points the alarm reads, or `None` if it reads the data points of every unit.
    #[must_use]
    pub fn unit(&self) -> Option<&str> {
        self.queries.iter().find_map(|query| match &query.source {
            Source::Metric { unit, .. } => unit.as_deref(),
            Source::Expression { .. } => None,
        })
    }
}

impl Comparison {
    /// Returns whether values above the threshold satisfy the comparison.
    #[must_use]
    pub fn is_above(self) -> bool {
        matches!(self, Self::GreaterThanThreshold | Self::GreaterThanOrEqualToThreshold)
    }

    /// Returns the value that is less far beyond a threshold.
    pub(crate) fn milder(self, one: f64, other: f64) -> f64 {
        if self.is_above() { one.min(other) } else { one.max(other) }
    }

    /// Returns whether `value` is beyond `threshold`.
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
