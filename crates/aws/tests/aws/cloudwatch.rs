//! CloudWatch port: the fields of each request, and every supported and unsupported kind of alarm.

use crate::{Answer, aws};
use aws_smithy_http_client::test_util::StaticReplayClient;
use ciborium::{Value, cbor};
use jiff::{SignedDuration, Timestamp};
use tasks::{AlarmState, Alarms, Comparison, Query, Source, TaskError, UnusableAlarm, UnusableKind};

fn ok(body: &Value) -> Answer {
    let mut bytes = Vec::new();
    ciborium::into_writer(body, &mut bytes).unwrap();
    let headers =
        vec![("smithy-protocol", "rpc-v2-cbor".to_owned()), ("content-type", "application/cbor".to_owned())];
    (200, headers, bytes)
}

/// A timestamp as CloudWatch encodes it in CBOR: tag 1, seconds since 1970.
fn time(seconds: f64) -> Value {
    Value::Tag(1, Box::new(Value::Float(seconds)))
}

/// The recorded requests: operation name and body. The order of the body's maps is arbitrary.
fn seen(replay: &StaticReplayClient) -> Vec<(String, Value)> {
    let request = |request: &aws_sdk_cloudwatch::config::http::HttpRequest| {
        let operation = request.uri().rsplit('/').next().unwrap().to_owned();
        (operation, ciborium::from_reader(request.body().bytes().unwrap()).unwrap())
    };
    replay.actual_requests().map(request).collect()
}

fn field<'a>(value: &'a Value, name: &str) -> &'a Value {
    let fields = value.as_map().unwrap();
    &fields
        .iter()
        .find(|(key, _)| key.as_text() == Some(name))
        .unwrap_or_else(|| panic!("no {name} in {value:?}"))
        .1
}

/// Replaces a field of a map, or removes it.
fn with(mut value: Value, name: &str, new: Option<Value>) -> Value {
    let Value::Map(fields) = &mut value else { panic!("no map") };
    fields.retain(|(key, _)| key.as_text() != Some(name));
    fields.extend(new.map(|new| (Value::Text(name.to_owned()), new)));
    value
}

fn metric_alarm() -> Value {
    let alarm = cbor!({
        "AlarmName" => "orders-out", "StateValue" => "ALARM", "SomethingNew" => 5,
        "MetricName" => "containerCPUUtilization", "Namespace" => "AWS/KinesisAnalytics", "Statistic" => "Average",
        "Dimensions" => [{"Name" => "Application", "Value" => "orders"}],
        "Period" => 60, "EvaluationPeriods" => 3, "DatapointsToAlarm" => 3,
        "Threshold" => 85.0, "ComparisonOperator" => "GreaterThanThreshold", "TreatMissingData" => "notBreaching",
    });
    with(alarm.unwrap(), "StateUpdatedTimestamp", Some(time(1_800_000_000.25)))
}

fn math_alarm() -> Value {
    let metrics = cbor!([
        {"Id" => "e1", "Expression" => "m1/60/m2", "ReturnData" => true},
        {"Id" => "m1", "ReturnData" => false, "MetricStat" => {
            "Metric" => {"Namespace" => "AWS/Kafka", "MetricName" => "SumOffsetLag", "Dimensions" => [
                {"Name" => "Cluster Name", "Value" => "events"}, {"Name" => "Topic", "Value" => "orders"}]},
            "Period" => 300, "Stat" => "Maximum"}},
    ]);
    let mut alarm = metric_alarm();
    for absent in ["MetricName", "Namespace", "Statistic", "Dimensions", "Period"] {
        alarm = with(alarm, absent, None);
    }
    with(alarm, "Metrics", Some(metrics.unwrap()))
}

fn alarms(alarms: Vec<Value>) -> Answer {
    ok(&Value::Map(vec![(Value::Text("MetricAlarms".to_owned()), Value::Array(alarms))]))
}

#[tokio::test]
async fn describe_reads_state_comparison_threshold_and_periods() {
    let (aws, replay) = aws(vec![alarms(vec![metric_alarm()])]);
    let described = aws.alarms.describe(&["orders-out", "orders-in"]).await.unwrap();
    let (operation, body) = &seen(&replay)[0];
    assert_eq!(operation, "DescribeAlarms");
    assert_eq!(field(body, "AlarmNames"), &cbor!(["orders-out", "orders-in"]).unwrap());
    let types = cbor!(["MetricAlarm", "CompositeAlarm"]).unwrap();
    assert_eq!(field(body, "AlarmTypes"), &types);

    let [alarm] = described.alarms.as_slice() else { panic!("{described:?}") };
    assert_eq!((alarm.name.as_str(), alarm.state, alarm.threshold), ("orders-out", AlarmState::Alarm, 85.0));
    assert_eq!(alarm.comparison, Comparison::GreaterThanThreshold);
    assert_eq!((alarm.period, alarm.evaluation_periods), (SignedDuration::from_secs(60), 3));
    assert_eq!(alarm.state_updated, "2027-01-15T08:00:00.25Z".parse::<Timestamp>().unwrap());
    assert_eq!(alarm.watches(), "containerCPUUtilization");
}

#[tokio::test]
async fn describe_reads_every_state_and_comparison_and_maps_unknown_states_to_insufficient_data() {
    for (name, expected) in [
        ("OK", AlarmState::Ok),
        ("ALARM", AlarmState::Alarm),
        ("INSUFFICIENT_DATA", AlarmState::InsufficientData),
        ("NEW_STATE", AlarmState::InsufficientData),
    ] {
        let alarm = with(metric_alarm(), "StateValue", Some(Value::Text(name.to_owned())));
        let (aws, _) = aws(vec![alarms(vec![alarm])]);
        assert_eq!(aws.alarms.describe(&["orders-out"]).await.unwrap().alarms[0].state, expected, "{name}");
    }
    for comparison in [
        Comparison::GreaterThanThreshold,
        Comparison::GreaterThanOrEqualToThreshold,
        Comparison::LessThanThreshold,
        Comparison::LessThanOrEqualToThreshold,
    ] {
        let alarm = with(metric_alarm(), "ComparisonOperator", Some(Value::Text(format!("{comparison:?}"))));
        let (aws, _) = aws(vec![alarms(vec![alarm])]);
        assert_eq!(aws.alarms.describe(&["orders-out"]).await.unwrap().alarms[0].comparison, comparison);
    }
}

#[tokio::test]
async fn metric_math_alarm_queries_its_expression() {
    let (aws, replay) = aws(vec![alarms(vec![math_alarm()]), ok(&cbor!({}).unwrap())]);
    let alarm = &aws.alarms.describe(&["orders-out"]).await.unwrap().alarms[0];
    assert_eq!((alarm.watches(), alarm.period), ("m1/60/m2", SignedDuration::from_secs(300)));
    assert!(matches!(alarm.queries[1].source, Source::Metric { .. }));

    aws.alarms.data_points(alarm, Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH).await.unwrap();
    let queries = field(&seen(&replay)[1].1, "MetricDataQueries").as_array().unwrap().clone();
    assert_eq!(field(&queries[0], "Expression"), &Value::Text("m1/60/m2".to_owned()));
    assert_eq!(field(&queries[0], "ReturnData"), &Value::Bool(true));
    let stat = field(&queries[1], "MetricStat");
    assert_eq!(
        (field(stat, "Stat"), field(stat, "Period")),
        (&Value::Text("Maximum".to_owned()), &Value::from(300))
    );
    // A lag of -1 in an input makes the result uncertain, so the input is returned as well.
    assert_eq!(field(&queries[1], "ReturnData"), &Value::Bool(true));
}

/// The query has the alarm's account, unit and period, and no field that the alarm omits.
#[tokio::test]
async fn query_equals_the_alarm_definition() {
    let insights = cbor!([
        {"Id" => "q1", "Expression" => "SELECT AVG(lag) FROM Orders", "Period" => 60, "ReturnData" => true},
    ]);
    let elsewhere = cbor!([{"Id" => "m1", "AccountId" => "444455556666", "ReturnData" => true, "MetricStat" => {
        "Metric" => {"Namespace" => "Orders", "MetricName" => "delay", "Dimensions" => []},
        "Period" => 60, "Stat" => "Maximum", "Unit" => "Seconds"}}]);
    for metrics in [insights.unwrap(), elsewhere.unwrap()] {
        let (aws, replay) = aws(vec![
            alarms(vec![with(math_alarm(), "Metrics", Some(metrics.clone()))]),
            ok(&cbor!({}).unwrap()),
        ]);
        let alarm = &aws.alarms.describe(&["orders-out"]).await.unwrap().alarms[0];
        assert_eq!(alarm.period, SignedDuration::from_secs(60));
        aws.alarms.data_points(alarm, Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH).await.unwrap();
        let requests = seen(&replay);
        let asked = &field(&requests[1].1, "MetricDataQueries").as_array().unwrap()[0];
        same(&metrics.as_array().unwrap()[0], asked);
    }

    let alarm = with(metric_alarm(), "Unit", Some(Value::Text("Percent".to_owned())));
    let (aws, replay) = aws(vec![alarms(vec![alarm]), ok(&cbor!({}).unwrap())]);
    let alarm = &aws.alarms.describe(&["orders-out"]).await.unwrap().alarms[0];
    aws.alarms.data_points(alarm, Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH).await.unwrap();
    let requests = seen(&replay);
    let asked = &field(&requests[1].1, "MetricDataQueries").as_array().unwrap()[0];
    assert_eq!(field(field(asked, "MetricStat"), "Unit"), &Value::Text("Percent".to_owned()));
}

/// Asserts that two values are equal, independent of the order in maps.
fn same(stated: &Value, asked: &Value) {
    let Some(fields) = stated.as_map() else {
        assert_eq!(stated, asked);
        return;
    };
    assert_eq!(fields.len(), asked.as_map().unwrap().len(), "{stated:?} {asked:?}");
    for (name, value) in fields {
        same(value, field(asked, name.as_text().unwrap()));
    }
}

/// An alarm that cannot be used is returned with its kind, and the others are returned beside it.
#[tokio::test]
async fn every_unusable_alarm_is_returned_with_its_kind() {
    let band = || Some(Value::Text("LessThanLowerOrGreaterThanUpperThreshold".to_owned()));
    let promql = cbor!({"PromQLCriteria" => {"Query" => "up < 1"}}).unwrap();
    let metric = |name, new| with(metric_alarm(), name, new);
    for (kind, list, alarm) in [
        (UnusableKind::AnomalyDetection, "MetricAlarms", metric("ComparisonOperator", band())),
        (
            UnusableKind::AnomalyDetection,
            "MetricAlarms",
            metric("ThresholdMetricId", Some(Value::from("ad1"))),
        ),
        (UnusableKind::NoThreshold, "MetricAlarms", metric("ComparisonOperator", None)),
        (UnusableKind::NoThreshold, "MetricAlarms", metric("Threshold", None)),
        (UnusableKind::NoPeriod, "MetricAlarms", metric("EvaluationPeriods", None)),
        (UnusableKind::NoPeriod, "MetricAlarms", metric("Period", None)),
        (
            UnusableKind::PromQl,
            "MetricAlarms",
            with(metric("Threshold", None), "EvaluationCriteria", Some(promql)),
        ),
        (UnusableKind::Composite, "CompositeAlarms", cbor!({"AlarmRule" => "ALARM(a)"}).unwrap()),
    ] {
        let alarm = with(alarm, "AlarmName", Some(Value::from("orders-more")));
        let body = match list {
            "MetricAlarms" => vec![("MetricAlarms", vec![alarm, metric_alarm()])],
            _ => vec![("MetricAlarms", vec![metric_alarm()]), (list, vec![alarm])],
        };
        let fields = body.into_iter().map(|(name, alarms)| (Value::from(name), Value::Array(alarms)));
        let (aws, _) = aws(vec![ok(&Value::Map(fields.collect()))]);
        let described = aws.alarms.describe(&["orders-out", "orders-more"]).await.unwrap();
        assert_eq!(described.unusable, [UnusableAlarm { name: "orders-more".to_owned(), kind }], "{list}");
        assert_eq!(described.alarms.len(), 1, "{kind:?}");
    }
}

#[tokio::test]
#[expect(clippy::cast_possible_truncation, reason = "whole seconds")]
async fn data_points_come_from_all_pages_as_series() {
    let page = |times: Vec<f64>, values: Vec<f64>, token: Option<&str>| {
        let results =
            cbor!([{"Id" => "m1", "StatusCode" => "Complete"}, {"Id" => "other", "Values" => [1.0]}])
                .unwrap();
        let mut results = results.as_array().unwrap().clone();
        results[0] =
            with(results[0].clone(), "Timestamps", Some(Value::Array(times.into_iter().map(time).collect())));
        results[0] = with(
            results[0].clone(),
            "Values",
            Some(Value::Array(values.into_iter().map(Value::Float).collect())),
        );
        let body = Value::Map(vec![(Value::Text("MetricDataResults".to_owned()), Value::Array(results))]);
        ok(&with(body, "NextToken", token.map(|token| Value::Text(token.to_owned()))))
    };
    let (aws, replay) = aws(vec![
        alarms(vec![metric_alarm()]),
        page(vec![1_800_000_060.0, 1_800_000_000.0], vec![91.5, 88.0], Some("more")),
        page(vec![1_799_999_940.0], vec![79.0], None),
    ]);
    let alarm = &aws.alarms.describe(&["orders-out"]).await.unwrap().alarms[0];
    let (from, to) = ("2027-01-15T07:55:00Z".parse().unwrap(), "2027-01-15T08:02:30.5Z".parse().unwrap());
    let series = aws.alarms.data_points(alarm, from, to).await.unwrap();
    assert_eq!(series.iter().map(|series| series.query.as_str()).collect::<Vec<_>>(), ["m1", "other"]);
    let values: Vec<(i64, f64)> =
        series[0].points.iter().map(|point| (point.start.as_second(), point.value)).collect();
    assert_eq!(values, [(1_800_000_060, 91.5), (1_800_000_000, 88.0), (1_799_999_940, 79.0)]);

    let requests = seen(&replay);
    let (operation, body) = &requests[1];
    assert_eq!(operation, "GetMetricData");
    let stat = field(&field(body, "MetricDataQueries").as_array().unwrap()[0], "MetricStat");
    assert_eq!(field(stat, "Stat"), &Value::Text("Average".to_owned()));
    assert_eq!(field(stat, "Period"), &Value::from(60));
    let metric = field(stat, "Metric");
    assert_eq!(field(metric, "Namespace"), &Value::Text("AWS/KinesisAnalytics".to_owned()));
    assert_eq!(field(metric, "MetricName"), &Value::Text("containerCPUUtilization".to_owned()));
    let dimension = &field(metric, "Dimensions").as_array().unwrap()[0];
    assert_eq!(field(dimension, "Name"), &Value::Text("Application".to_owned()));
    assert_eq!(field(dimension, "Value"), &Value::Text("orders".to_owned()));
    let Value::Tag(1, from) = field(body, "StartTime") else { panic!("{body:?}") };
    let seconds = from.as_integer().or_else(|| from.as_float().map(|seconds| (seconds as i64).into()));
    assert_eq!(seconds, Some(1_799_999_700.into()));
    assert_eq!(field(&requests[2].1, "NextToken"), &Value::Text("more".to_owned()));
}

#[tokio::test]
async fn internal_error_of_a_query_is_retryable_and_not_missing_data() {
    let failed = cbor!({"MetricDataResults" => [{"Id" => "m1", "StatusCode" => "InternalError"}]}).unwrap();
    let (aws, _) = aws(vec![alarms(vec![metric_alarm()]), ok(&failed)]);
    let alarm = &aws.alarms.describe(&["orders-out"]).await.unwrap().alarms[0];
    let points = aws.alarms.data_points(alarm, Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH).await;
    assert!(matches!(points, Err(TaskError::Retryable(_))), "{points:?}");
}

/// A search for the health of a job may find several series, and a search that fails finds none.
#[tokio::test]
async fn further_queries_for_the_job_share_the_call_and_may_fail() {
    let answered = cbor!({"MetricDataResults" => [
        {"Id" => "m1", "Label" => "cpu", "StatusCode" => "Complete"},
        {"Id" => "job_millisBehindLatest", "Label" => "orders", "StatusCode" => "Complete"},
        {"Id" => "job_millisBehindLatest", "Label" => "refunds", "StatusCode" => "Complete"},
        {"Id" => "job_uptime", "Label" => "uptime", "StatusCode" => "InternalError"},
    ]});
    let (aws, replay) = aws(vec![alarms(vec![metric_alarm()]), ok(&answered.unwrap())]);
    let described = aws.alarms.describe(&["orders-out"]).await.unwrap();
    let mut alarm = described.find("orders-out").unwrap().clone();
    let text = "SEARCH('MetricName=\"millisBehindLatest\"', 'Maximum', 60)";
    for id in ["job_millisBehindLatest", "job_uptime"] {
        let source = Source::Expression { text: text.to_owned(), label: None, period: None };
        alarm.queries.push(Query { id: id.to_owned(), source, account: None, returns_data: true });
    }
    let found = aws.alarms.data_points(&alarm, Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH).await.unwrap();
    let labels: Vec<&str> = found.iter().map(|series| series.label.as_str()).collect();
    assert_eq!(labels, ["cpu", "orders", "refunds", "uptime"]);

    let requests = seen(&replay);
    assert_eq!(requests.len(), 2, "one call for all of them");
    let queries = field(&requests[1].1, "MetricDataQueries").as_array().unwrap();
    assert_eq!(field(&queries[1], "Expression"), &Value::Text(text.to_owned()));
    assert_eq!(field(&queries[1], "ReturnData"), &Value::Bool(true));
}
