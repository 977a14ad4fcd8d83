//! The alarms of the stack that do not scale and that the tasks read: for the load and for the budget.

use crate::model::alarm::{Alarm, AlarmSettings, MissingData};
use crate::{Metric, Statistic};
use jiff::SignedDuration;
use tasks::{Comparison, Query, Source};

/// The name of the alarm on the load of the stream that the simulated application reads.
pub(crate) const LOAD_ALARM: &str = "load";

/// The name of the alarm on the cost of a month.
pub(crate) const BUDGET_ALARM: &str = "budget";

/// The alarm whose metric is the load, or the throughput where no load is known. It is in ALARM while the source is silent, and scales
/// nothing.
pub(crate) fn load_alarm(metric: Metric) -> AlarmSettings {
    AlarmSettings {
        name: LOAD_ALARM.to_owned(),
        metric,
        statistic: metric.default_statistic(),
        period_minutes: 1,
        comparison: Comparison::LessThanOrEqualToThreshold,
        threshold: 0.0,
        evaluation_periods: 60,
        datapoints_to_alarm: 60,
        missing_data: MissingData::Breaching,
    }
}

/// The alarm whose metric is the cost of the month. In a stack it is in ALARM after a day above the budget. Here it never is.
#[must_use]
pub fn budget_alarm() -> AlarmSettings {
    AlarmSettings {
        name: BUDGET_ALARM.to_owned(),
        metric: Metric::Kpus,
        statistic: Statistic::Average,
        period_minutes: 60,
        comparison: Comparison::GreaterThanThreshold,
        threshold: f64::INFINITY,
        evaluation_periods: 24,
        datapoints_to_alarm: 24,
        missing_data: MissingData::NotBreaching,
    }
}

/// An alarm as `DescribeAlarms` returns it.
pub(crate) fn described(alarm: &Alarm) -> tasks::Alarm {
    let settings = &alarm.settings;
    let period = SignedDuration::from_mins(i64::try_from(settings.period_minutes).unwrap_or(1));
    tasks::Alarm {
        name: settings.name.clone(),
        state: alarm.state,
        state_updated: alarm.state_updated,
        comparison: settings.comparison,
        threshold: settings.threshold,
        period,
        evaluation_periods: u32::try_from(settings.evaluation_periods).unwrap_or(u32::MAX),
        queries: queries(settings, period),
    }
}

/// The queries of an alarm: a metric, or the expression for the used share of the write limits, here with the records alone.
fn queries(settings: &AlarmSettings, period: SignedDuration) -> Vec<Query> {
    let query =
        |id: &str, source, returns_data| Query { id: id.to_owned(), source, account: None, returns_data };
    let metric = |metric: Metric| Source::Metric {
        namespace: metric.namespace().to_owned(),
        name: metric.name().to_owned(),
        dimensions: Vec::new(),
        statistic: settings.statistic.name().to_owned(),
        period,
        unit: None,
    };
    if settings.metric != Metric::WriteUtilization {
        return vec![query("m1", metric(settings.metric), true)];
    }
    let text = "100 * records / 1000 / PERIOD(records) / shards".to_owned();
    let utilization =
        Source::Expression { text, label: Some("write utilization in percent".to_owned()), period: None };
    vec![query("utilization", utilization, true), query("records", metric(Metric::IncomingRecords), false)]
}
