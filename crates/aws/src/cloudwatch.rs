//! Implements the alarm port with the CloudWatch API.

use crate::errors::classify;
use crate::time::{from_sdk, to_sdk};
use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::types as sdk;
use jiff::{SignedDuration, Timestamp};
use tasks::{
    Alarm, AlarmState, Alarms, Attempt, Comparison, DataPoint, DescribedAlarms, Query, Series, Source,
    TaskError, UnusableAlarm, UnusableKind, is_job_query,
};

/// Client of CloudWatch for alarms and their data points.
///
/// Calls `DescribeAlarms` and `GetMetricData`.
#[derive(Debug, Clone)]
pub struct CloudWatch {
    client: Client,
}

/// Maximum number of `GetMetricData` pages per query. One page holds more than a day of one-minute data points.
const MAX_PAGES: usize = 10;

/// Query id for an alarm on a single metric, which has no id of its own.
const SINGLE_QUERY_ID: &str = "m1";

impl CloudWatch {
    /// Creates the port from an SDK client.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { client }
    }
}

impl Alarms for CloudWatch {
    async fn describe(&self, names: &[&str]) -> Result<DescribedAlarms, TaskError> {
        let attempt = Attempt::DescribeAlarms { alarms: names };
        // Without types CloudWatch returns metric alarms only.
        let types = [sdk::AlarmType::MetricAlarm, sdk::AlarmType::CompositeAlarm];
        let request = self.client.describe_alarms().set_alarm_types(Some(types.to_vec()));
        let request = request.set_alarm_names(Some(names.iter().map(|name| (*name).to_owned()).collect()));
        let answer = request.send().await.map_err(|error| classify(attempt, &error))?;
        let mut alarms = DescribedAlarms::default();
        for alarm in answer.metric_alarms() {
            match described(alarm) {
                Ok(alarm) => alarms.alarms.push(alarm),
                Err(kind) => alarms.unusable.extend(unusable(alarm.alarm_name(), kind)),
            }
        }
        let composite =
            answer.composite_alarms().iter().map(|alarm| (alarm.alarm_name(), UnusableKind::Composite));
        alarms.unusable.extend(composite.filter_map(|(name, kind)| unusable(name, kind)));
        Ok(alarms)
    }

    async fn data_points(
        &self,
        alarm: &Alarm,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Series>, TaskError> {
        let attempt = Attempt::GetMetricData { alarm: &alarm.name };
        let queries: Vec<sdk::MetricDataQuery> = alarm.queries_to_read().iter().map(query).collect();
        let mut all = Vec::new();
        let mut token = None;
        for _ in 0..MAX_PAGES {
            let request = self.client.get_metric_data().start_time(to_sdk(from)).end_time(to_sdk(to));
            let request = request.set_metric_data_queries(Some(queries.clone()));
            let answer =
                request.set_next_token(token).send().await.map_err(|error| classify(attempt, &error))?;
            let results = answer.metric_data_results();
            // A search for the health of the job that fails finds nothing.
            let is_optional = |result: &sdk::MetricDataResult| result.id().is_some_and(is_job_query);
            let has_failed = |result: &sdk::MetricDataResult| {
                result.status_code() == Some(&sdk::StatusCode::InternalError) && !is_optional(result)
            };
            if results.iter().any(has_failed) {
                return Err(TaskError::Retryable(format!(
                    "failed to {attempt}: CloudWatch reported an internal error"
                )));
            }
            Series::add_page(&mut all, results.iter().map(series).collect());
            token = answer.next_token().map(str::to_owned);
            if token.is_none() {
                break;
            }
        }
        Ok(all)
    }
}

fn series(result: &sdk::MetricDataResult) -> Series {
    let pairs = result.timestamps().iter().zip(result.values());
    Series {
        query: result.id().unwrap_or_default().to_owned(),
        label: result.label().unwrap_or_default().to_owned(),
        points: pairs.map(|(time, value)| DataPoint { start: from_sdk(time), value: *value }).collect(),
    }
}

fn unusable(name: Option<&str>, kind: UnusableKind) -> Option<UnusableAlarm> {
    Some(UnusableAlarm { name: name?.to_owned(), kind })
}

/// Returns the state of an alarm.
#[must_use]
pub fn alarm_state(alarm: &sdk::MetricAlarm) -> AlarmState {
    match alarm.state_value() {
        Some(sdk::StateValue::Ok) => AlarmState::Ok,
        Some(sdk::StateValue::Alarm) => AlarmState::Alarm,
        _ => AlarmState::InsufficientData,
    }
}

/// Converts a metric alarm, or returns the reason why it cannot be used.
fn described(alarm: &sdk::MetricAlarm) -> Result<Alarm, UnusableKind> {
    if alarm.evaluation_criteria().is_some() {
        return Err(UnusableKind::PromQl);
    }
    let comparison = match alarm.comparison_operator() {
        Some(sdk::ComparisonOperator::GreaterThanThreshold) => Comparison::GreaterThanThreshold,
        Some(sdk::ComparisonOperator::GreaterThanOrEqualToThreshold) => {
            Comparison::GreaterThanOrEqualToThreshold
        }
        Some(sdk::ComparisonOperator::LessThanThreshold) => Comparison::LessThanThreshold,
        Some(sdk::ComparisonOperator::LessThanOrEqualToThreshold) => Comparison::LessThanOrEqualToThreshold,
        None => return Err(UnusableKind::NoThreshold),
        Some(_) => return Err(UnusableKind::AnomalyDetection),
    };
    if alarm.threshold_metric_id().is_some() {
        return Err(UnusableKind::AnomalyDetection);
    }
    let queries = queries(alarm);
    let period = alarm.period().map(seconds).or_else(|| {
        let period = |query: &Query| match &query.source {
            Source::Metric { period, .. } => Some(*period),
            Source::Expression { period, .. } => *period,
        };
        queries.iter().find_map(period)
    });
    Ok(Alarm {
        name: alarm.alarm_name().unwrap_or_default().to_owned(),
        state: alarm_state(alarm),
        state_updated: alarm.state_updated_timestamp().map_or(Timestamp::MIN, from_sdk),
        comparison,
        threshold: alarm.threshold().ok_or(UnusableKind::NoThreshold)?,
        period: period.ok_or(UnusableKind::NoPeriod)?,
        evaluation_periods: alarm
            .evaluation_periods()
            .and_then(|periods| u32::try_from(periods).ok())
            .ok_or(UnusableKind::NoPeriod)?,
        queries,
    })
}

fn seconds(count: i32) -> SignedDuration {
    SignedDuration::from_secs(count.into())
}

fn whole_seconds(period: SignedDuration) -> i32 {
    i32::try_from(period.as_secs()).unwrap_or(i32::MAX)
}

/// Returns the alarm's queries: one for a single-metric alarm, or the list of a metric math or Metrics Insights alarm.
fn queries(alarm: &sdk::MetricAlarm) -> Vec<Query> {
    let statistic = alarm.statistic().map(sdk::Statistic::as_str).or(alarm.extended_statistic());
    match (alarm.metric_name(), alarm.period(), statistic) {
        (Some(name), Some(period), Some(statistic)) => vec![Query {
            id: SINGLE_QUERY_ID.to_owned(),
            source: Source::Metric {
                namespace: alarm.namespace().unwrap_or_default().to_owned(),
                name: name.to_owned(),
                dimensions: dimensions(alarm.dimensions()),
                statistic: statistic.to_owned(),
                period: seconds(period),
                unit: alarm.unit().map(|unit| unit.as_str().to_owned()),
            },
            account: None,
            returns_data: true,
        }],
        _ => alarm.metrics().iter().filter_map(listed).collect(),
    }
}

fn listed(query: &sdk::MetricDataQuery) -> Option<Query> {
    let source = match (query.metric_stat(), query.expression()) {
        (Some(stat), _) => {
            let metric = stat.metric()?;
            Source::Metric {
                namespace: metric.namespace().unwrap_or_default().to_owned(),
                name: metric.metric_name().unwrap_or_default().to_owned(),
                dimensions: dimensions(metric.dimensions()),
                statistic: stat.stat().unwrap_or_default().to_owned(),
                period: seconds(stat.period()?),
                unit: stat.unit().map(|unit| unit.as_str().to_owned()),
            }
        }
        (None, Some(expression)) => Source::Expression {
            text: expression.to_owned(),
            label: query.label().map(str::to_owned),
            period: query.period().map(seconds),
        },
        (None, None) => return None,
    };
    // Source: CloudWatch API reference, MetricDataQuery: `ReturnData` defaults to true.
    Some(Query {
        id: query.id().unwrap_or_default().to_owned(),
        source,
        account: query.account_id().map(str::to_owned),
        returns_data: query.return_data().unwrap_or(true),
    })
}

fn dimensions(dimensions: &[sdk::Dimension]) -> Vec<(String, String)> {
    let pair = |dimension: &sdk::Dimension| {
        Some((dimension.name()?.to_owned(), dimension.value().unwrap_or_default().to_owned()))
    };
    dimensions.iter().filter_map(pair).collect()
}

fn query(query: &Query) -> sdk::MetricDataQuery {
    let request = sdk::MetricDataQuery::builder().id(&query.id).return_data(query.returns_data);
    let request = request.set_account_id(query.account.clone());
    match &query.source {
        Source::Expression { text, label, period } => {
            request.set_label(label.clone()).expression(text).set_period(period.map(whole_seconds)).build()
        }
        Source::Metric { namespace, name, dimensions, statistic, period, unit } => {
            let dimensions = dimensions
                .iter()
                .map(|(name, value)| sdk::Dimension::builder().name(name).value(value).build());
            let metric = sdk::Metric::builder().namespace(namespace).metric_name(name);
            let metric = metric.set_dimensions(Some(dimensions.collect())).build();
            let unit = unit.as_deref().map(sdk::StandardUnit::from);
            let stat = sdk::MetricStat::builder().metric(metric).stat(statistic).set_unit(unit);
            request.metric_stat(stat.period(whole_seconds(*period)).build()).build()
        }
    }
}
