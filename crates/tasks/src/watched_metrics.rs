//! The classification of the data behind an alarm, by the table of known metrics.

use crate::metrics::{APPLICATION, KnownMetric, MetricKind, STREAM, known_metric};
use crate::{Alarm, Query, Source, is_job_query};

impl Alarm {
    /// Returns the quantities behind the alarm: of all of its queries.
    pub fn kinds(&self) -> impl Iterator<Item = MetricKind> {
        self.queries.iter().flat_map(Query::kinds)
    }

    /// Returns whether the alarm watches a lag, directly or through an expression. A lag is near zero at any size while the job keeps up.
    #[must_use]
    pub fn watches_lag(&self) -> bool {
        self.kinds().any(MetricKind::is_lag)
    }

    /// Returns whether the alarm watches a utilization, and no metric of another kind.
    #[must_use]
    pub fn watches_utilization(&self) -> bool {
        let mut kinds = self.kinds().peekable();
        kinds.peek().is_some() && kinds.all(|kind| matches!(kind, MetricKind::Utilization { .. }))
    }

    /// Returns whether the alarm's value is zero while the application has no records to process. Each of its metrics is a lag, or is published
    /// by Kinesis for the calls that it gets, or by Kafka, a client or the job itself. MSF publishes none of them for every running application.
    /// An expression has factors only, so that it keeps the zero.
    #[must_use]
    pub fn is_zero_without_records(&self) -> bool {
        self.queries.iter().all(|query| {
            let is_lag = || query.kinds().any(MetricKind::is_lag);
            match &query.source {
                Source::Metric { namespace: text, .. } => is_lag() || !text.contains(APPLICATION),
                Source::Expression { text, .. } if query.is_of_a_metric() => {
                    is_lag() || !text.contains(APPLICATION)
                }
                Source::Expression { text, .. } => {
                    !text.contains(['+', '-', '<', '>', '=']) && !text.contains("FILL")
                }
            }
        })
    }

    /// Returns whether a negative value of the alarm is impossible, and therefore no data point. No known metric can be negative, and neither
    /// can a lag: Kinesis and Kafka clients publish -1 until they have read the first record. The result of an expression over other queries
    /// can be negative, unless a lag goes into it.
    #[must_use]
    pub fn is_never_negative(&self) -> bool {
        self.returned().is_some_and(Query::is_never_negative) || self.watches_lag()
    }

    /// Returns whether one of the alarm's queries is a query of Metrics Insights.
    pub(crate) fn queries_metrics_insights(&self) -> bool {
        let is_insights = |query: &Query| match &query.source {
            Source::Metric { .. } => false,
            Source::Expression { text, .. } => insights_metric(text).is_some(),
        };
        self.queries.iter().any(is_insights)
    }

    /// Returns the queries that go into the alarm's expression. A metric or a query of Metrics Insights has none.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = &Query> {
        let own = self.returned().filter(|query| !query.is_of_a_metric());
        let is_input = move |query: &&Query| own.is_some_and(|own| own.id != query.id);
        self.queries.iter().filter(is_input)
    }

    /// Returns the queries to read, the alarm's own query first. The metrics that go into its expression are returned as well, if they are
    /// known: their values show whether the result means anything. CloudWatch charges for each metric of a request, returned or not.
    #[must_use]
    pub fn queries_to_read(&self) -> Vec<Query> {
        let own = self.returned().map(|query| query.id.as_str());
        let returned = |query: &Query| {
            let is_input = self.inputs().any(|input| input.id == query.id);
            Some(query.id.as_str()) == own
                || (is_input && query.is_never_negative())
                || is_job_query(&query.id)
        };
        let read = |query: &Query| Query { returns_data: returned(query), ..query.clone() };
        let mut queries: Vec<Query> = self.queries.iter().map(read).collect();
        queries.sort_by_key(|query| Some(query.id.as_str()) != own);
        queries
    }

    /// Returns whether the alarm watches a lag that a broker computes from committed offsets, directly or through an expression. After a
    /// restart, such a lag is old in content until the first checkpoint commits.
    #[must_use]
    pub fn watches_committed_offsets(&self) -> bool {
        let named = |query: &Query| match &query.source {
            Source::Metric { name, .. } => {
                known_metric(name).is_some_and(KnownMetric::is_of_committed_offsets)
            }
            Source::Expression { text, .. } => named_in(text).any(KnownMetric::is_of_committed_offsets),
        };
        self.queries.iter().any(named)
    }

    /// Returns whether the alarm watches the writes to a Kinesis stream, and apart from the writes at most the stream's number of shards.
    /// A stream without writers may publish no data points for the writes. Missing data points then mean zero.
    #[must_use]
    pub fn watches_writes(&self) -> bool {
        let metrics = || {
            self.queries.iter().filter_map(|query| match &query.source {
                Source::Metric { namespace, name, .. } => Some((namespace.as_str(), name.as_str())),
                Source::Expression { .. } => None,
            })
        };
        let is_write = |(namespace, name): (&str, &str)| {
            namespace == STREAM && known_metric(name).is_some_and(|metric| metric.kind == MetricKind::Writes)
        };
        metrics().any(is_write) && metrics().all(|metric| is_write(metric) || metric.1 == "Shards")
    }
}

/// Returns the quantities of the metrics that an expression selects by name: the known metrics whose names it contains as whole words, and
/// the metric of a query of Metrics Insights.
fn selected_by(expression: &str) -> impl Iterator<Item = MetricKind> {
    let named = named_in(expression).map(|metric| metric.kind);
    named.chain(insights_metric(expression).and_then(kind_of))
}

/// Returns the known metrics whose names an expression contains as whole words.
fn named_in(expression: &str) -> impl Iterator<Item = &'static KnownMetric> {
    let is_part = |character: char| character.is_ascii_alphanumeric() || "._-".contains(character);
    expression.split(move |character| !is_part(character)).filter_map(known_metric)
}

/// Returns the metric of a query of Metrics Insights: the argument of its function, as in `SELECT MAX(lag) FROM ...`.
fn insights_metric(expression: &str) -> Option<&str> {
    let (select, rest) = expression.trim_start().split_at_checked("SELECT".len())?;
    let (metric, _) = rest.split_once('(')?.1.split_once(')')?;
    select.eq_ignore_ascii_case("SELECT").then(|| metric.trim().trim_matches('"'))
}

impl Query {
    /// Returns the quantities behind the query: of its metric, or of the metrics that its expression selects by name, as in a query of
    /// Metrics Insights or in a `SEARCH`. An expression over other queries has none of its own.
    pub fn kinds(&self) -> impl Iterator<Item = MetricKind> {
        let (metric, text) = match &self.source {
            Source::Metric { name, .. } => (kind_of(name), None),
            Source::Expression { text, .. } => (None, Some(text.as_str())),
        };
        metric.into_iter().chain(text.into_iter().flat_map(selected_by))
    }

    /// Returns whether the values of the query are values of a metric, and not the result of an expression over other queries.
    fn is_of_a_metric(&self) -> bool {
        match &self.source {
            Source::Metric { .. } => true,
            Source::Expression { text, .. } => insights_metric(text).is_some(),
        }
    }

    /// Returns whether the query reads a known metric or a lag. A negative value of it is impossible.
    pub(crate) fn is_never_negative(&self) -> bool {
        self.is_of_a_metric() && self.kinds().next().is_some()
    }
}

/// Returns the quantity of the metric with this name: by the table, or a lag if a word of the name says so, as in `maxConsumerLag`,
/// `totallag` or Flink's `pendingRecords`.
fn kind_of(name: &str) -> Option<MetricKind> {
    let says_lag = |word: &str| {
        let word = word.trim_end_matches(|character: char| character.is_ascii_digit());
        word.ends_with("behind") || word == "backlog" || (word.ends_with("lag") && !word.ends_with("flag"))
    };
    let is_lag = || {
        let words = words(name);
        words.contains("pending records") || words.split(' ').any(says_lag)
    };
    known_metric(name).map(|metric| metric.kind).or_else(|| is_lag().then_some(MetricKind::OtherLag))
}

/// The words of a name in lower case, with spaces between them.
fn words(name: &str) -> String {
    let mut words = String::new();
    let mut was_lowercase = false;
    for character in name.chars() {
        if !character.is_alphanumeric() || (character.is_uppercase() && was_lowercase) {
            words.push(' ');
        }
        words.extend(character.to_lowercase().filter(|character| character.is_alphanumeric()));
        was_lowercase = character.is_lowercase();
    }
    words
}
