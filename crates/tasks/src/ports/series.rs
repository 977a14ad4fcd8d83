//! The time series behind an alarm, as CloudWatch returns them.

use jiff::Timestamp;

/// A data point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DataPoint {
    /// The start of the data point's period.
    pub start: Timestamp,
    /// The data point's value, in the unit of the metric.
    pub value: f64,
}

/// One time series of one query. A query of Metrics Insights with `GROUP BY` returns several series, one for each contributor.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// The id of the query.
    pub query: String,
    /// The label, which distinguishes the series of a query in CloudWatch.
    pub label: String,
    /// The data points, in any order.
    pub points: Vec<DataPoint>,
}

impl Series {
    /// Adds a page of an answer to the earlier pages. CloudWatch may continue a series on the next page, under the same query and label. The
    /// series of one page are different series, even if a user has given all of them the same label.
    pub fn add_page(all: &mut Vec<Self>, page: Vec<Self>) {
        let mut open: Vec<usize> = (0..all.len()).collect();
        for series in page {
            let is_same = |index: &usize| {
                all.get(*index).is_some_and(|one| (&one.query, &one.label) == (&series.query, &series.label))
            };
            let earlier = open.iter().position(is_same).map(|position| open.remove(position));
            match earlier.and_then(|index| all.get_mut(index)) {
                Some(earlier) => earlier.points.extend(series.points),
                None => all.push(series),
            }
        }
    }
}

/// The start of the ids of the queries for the health of a job. No alarm uses it.
const JOB_QUERY_PREFIX: &str = "job_";

/// Returns the id of the query for a metric of the job.
#[must_use]
pub fn job_query_id(metric: &str) -> String {
    format!("{JOB_QUERY_PREFIX}{metric}")
}

/// Returns the metric of the job that a query is for, by its id. `None` for a query of an alarm.
pub(crate) fn job_metric(id: &str) -> Option<&str> {
    id.strip_prefix(JOB_QUERY_PREFIX)
}

/// Returns whether a query, by its id, is one for the health of a job. Such a query may fail, or find nothing or several series.
#[must_use]
pub fn is_job_query(id: &str) -> bool {
    job_metric(id).is_some()
}
