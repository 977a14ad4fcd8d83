//! The data behind an alarm: the classification of its queries, impossible values in each of its forms, and several contributors.

use crate::check::request;
use crate::world::{IN, OUT, World, ago, alarm, now};
use scaling::{Call, Direction};
use serde_json::json;
use tasks::{
    Alarm, AlarmState, CheckAnswer, CheckVerdict, Comparison, DataPoint, Query, Series, Source, check,
};

const MORE: &str = "orders-more";

fn metric(id: &str, namespace: &str, name: &str, returns_data: bool) -> Query {
    let source = Source::Metric {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        dimensions: vec![("Application".to_owned(), "orders".to_owned())],
        statistic: "Maximum".to_owned(),
        period: jiff::SignedDuration::from_mins(1),
        unit: None,
    };
    Query { id: id.to_owned(), source, account: None, returns_data }
}

fn expression(text: &str) -> Query {
    let source = Source::Expression { text: text.to_owned(), label: Some("calm".to_owned()), period: None };
    Query { id: "result".to_owned(), source, account: None, returns_data: true }
}

fn insights(function_and_metric: &str) -> Vec<Query> {
    vec![expression(&format!(
        "SELECT {function_and_metric} FROM SCHEMA(\"AWS/KinesisAnalytics\", Application)"
    ))]
}

/// Two lags behind an expression.
fn math(text: &str) -> Vec<Query> {
    let lag = |id| metric(id, "AWS/KinesisAnalytics", "millisBehindLatest", false);
    vec![lag("a"), lag("b"), expression(text)]
}

const APPLICATION: &str = "AWS/KinesisAnalytics";

fn lag_alarm(name: &str, queries: Vec<Query>) -> Alarm {
    Alarm { queries, ..alarm(name, Comparison::GreaterThanThreshold, 30_000.0) }
}

/// Each row has the queries of an alarm, and whether they watch a lag, and whether a negative value is impossible.
#[test]
fn queries_are_classified_by_the_metrics_behind_them() {
    let one = |namespace, name| vec![metric("m1", namespace, name, true)];
    for (queries, is_lag, is_never_negative) in [
        (one(APPLICATION, "millisBehindLatest"), true, true),
        (one(APPLICATION, "records_lag_max"), true, true),
        (one("AWS/Kafka", "EstimatedMaxTimeLag"), true, true),
        // The names that a job or a client library gives them.
        (one("Orders/Flink", "records-lag-max"), true, true),
        (one("Orders/KCL", "MillisBehindLatest"), true, true),
        (one("Orders", "ordersLag"), true, true),
        (one("Orders", "kafka_consumergroup_lag_seconds"), true, true),
        (one("Orders", "KAFKA_LAG"), true, true),
        (one("Orders", "burrow_totallag"), true, true),
        (one("Orders", "topic1Lag2"), true, true),
        (one("Orders", "backlog"), true, true),
        (one("Orders", "KafkaSource.pendingRecords"), true, true),
        (one(APPLICATION, "containerCPUUtilization"), false, true),
        (one(APPLICATION, "numRecordsInPerSecond"), false, true),
        (one("Orders", "temperature"), false, false),
        (one("Orders", "flagged"), false, false),
        (one("Orders", "featureFlag"), false, false),
        (one("Orders", "pendingOrders"), false, false),
        (math("MAX([a,b])"), true, true),
        (math("a / 1000 + 5"), true, true),
        (insights("MAX(millisBehindLatest)"), true, true),
        (insights("AVG(\"records-lag-max\")"), true, true),
        (insights("MAX(\"orders lag\")"), true, true),
        (insights("MAX(maxlag)"), true, true),
        (insights("AVG(containerCPUUtilization)"), false, true),
        (insights("AVG(temperature)"), false, false),
        (
            vec![expression("MAX(SEARCH('{AWS/Kafka,Topic} MetricName=\"SumOffsetLag\"', 'Maximum'))")],
            true,
            true,
        ),
        (
            vec![metric("m", APPLICATION, "containerCPUUtilization", false), expression("m - 50")],
            false,
            false,
        ),
    ] {
        let alarm = lag_alarm(OUT, queries);
        assert_eq!(
            (alarm.watches_lag(), alarm.is_never_negative()),
            (is_lag, is_never_negative),
            "{:?}",
            alarm.queries
        );
    }
}

/// The alarm's own query comes first, and the inputs that can show an impossible value are returned with it.
#[test]
fn the_inputs_of_an_expression_are_read_with_it() {
    let read = |queries| {
        let read = lag_alarm(OUT, queries).queries_to_read();
        read.into_iter().map(|query| (query.id, query.returns_data)).collect::<Vec<_>>()
    };
    let with = |id: &str, returns_data| (id.to_owned(), returns_data);
    assert_eq!(read(math("MAX([a,b])")), [with("result", true), with("a", true), with("b", true)]);
    let unknown = vec![metric("t", "Orders", "temperature", false), expression("t * 2")];
    assert_eq!(read(unknown), [with("result", true), with("t", false)]);
    // A query beside a query of Metrics Insights goes into nothing.
    let beside = [insights("MAX(cpu)"), vec![metric("a", APPLICATION, "records_lag_max", false)]].concat();
    assert_eq!(read(beside), [with("result", true), with("a", false)]);
}

/// An application that restarted ten minutes ago, whose CPU calls for a scale-in.
fn calm() -> World {
    World::new().restarted(600).in_alarm(IN).measured_for(IN, 2..8, |_| 10.0)
}

fn points(value: f64) -> Vec<DataPoint> {
    (2..8).map(|minute| DataPoint { start: ago(60 * minute), value }).collect()
}

fn series(query: &str, label: &str, points: Vec<DataPoint>) -> Series {
    Series { query: query.to_owned(), label: label.to_owned(), points }
}

/// The ways in which a lag reaches a decision.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Door {
    /// The metric of the scale-out alarm guards the scale-in of another alarm.
    Alarm,
    /// The metric of an additional alarm for scaling out guards it as well.
    AdditionalAlarm,
    /// The metric of an additional alarm for scaling in calls for it.
    AdditionalAlarmIn,
    /// A capacity request for fewer KPUs.
    CapacityRequest,
    /// More KPUs than the maximum.
    Bounds,
}

const DOORS: [Door; 5] =
    [Door::Alarm, Door::AdditionalAlarm, Door::AdditionalAlarmIn, Door::CapacityRequest, Door::Bounds];

/// Returns whether the application may be scaled in, with an alarm on these queries and series at a door.
fn scales_in(door: Door, queries: &[Query], series: &[Series]) -> bool {
    let (name, world) = match door {
        Door::AdditionalAlarm | Door::AdditionalAlarmIn => (MORE, calm().measured_for(OUT, 2..8, |_| 50.0)),
        Door::Alarm | Door::CapacityRequest | Door::Bounds => (OUT, calm()),
    };
    let world = world.with_alarm(lag_alarm(name, queries.to_vec()));
    let mut world = series.iter().fold(world, |world, series| world.with_series(name, series.clone()));
    let mut request =
        request(if door == Door::CapacityRequest { json!({"desiredCapacity": 4}) } else { json!({}) });
    match door {
        Door::AdditionalAlarm => request.policy = request.policy.with([("MoreScaleOutAlarms", MORE)]),
        Door::AdditionalAlarmIn => {
            let alarm = world.alarm(MORE);
            (alarm.state, alarm.comparison, alarm.threshold) =
                (AlarmState::Alarm, Comparison::LessThanThreshold, 1_000.0);
            request.policy = request.policy.with([("MoreScaleInAlarms", MORE)]);
        }
        Door::Bounds => request.policy = request.policy.with([("MaxKpu", "4")]),
        Door::Alarm | Door::CapacityRequest => {}
    }
    let answer = now(check(&request, &world, &world)).unwrap();
    answer.direction() == Some(Direction::In) && !answer.call.is_some_and(Call::has_backlog)
}

/// A lag of -1 means that the lag is unknown. Each row has a form of the lag, and the series that CloudWatch returns for a lag of `value`.
#[test]
fn an_impossible_lag_scales_in_at_no_door_and_in_no_form() {
    type Returned = fn(f64) -> Vec<Series>;
    let one = |namespace, name| vec![metric("m1", namespace, name, true)];
    let own: Returned = |value| vec![series("m1", "", points(value))];
    let result: Returned = |value| vec![series("result", "", points(value))];
    let forms: [(Vec<Query>, Returned); 9] = [
        (one(APPLICATION, "millisBehindLatest"), own),
        (one(APPLICATION, "records_lag_max"), own),
        (one("Orders", "ordersLag"), own),
        (insights("MAX(millisBehindLatest)"), result),
        (vec![expression("MAX(SEARCH('MetricName=\"SumOffsetLag\"', 'Maximum'))")], result),
        (math("MAX([a,b])"), result),
        // The result is possible. An input is not.
        (math("a / 1000 + 5"), |value| {
            vec![series("result", "", points(value / 1_000.0 + 5.0)), series("a", "", points(value))]
        }),
        (math("MAX([a,b])"), |value| {
            let (a, b) = (series("a", "", points(7.0)), series("b", "", points(value)));
            vec![a, series("result", "", points(f64::max(value, 7.0))), b]
        }),
        // One contributor has not reported its lag yet.
        (insights("MAX(millisBehindLatest) GROUP BY Task"), |value| {
            vec![series("result", "one", points(7.0)), series("result", "two", points(value))]
        }),
    ];
    for (queries, returned) in &forms {
        for door in DOORS {
            for impossible in [-1.0, -0.5, f64::NAN, f64::INFINITY] {
                let is_in = scales_in(door, queries, &returned(impossible));
                assert!(!is_in, "{door:?}: {impossible} through {queries:?}");
            }
            assert!(scales_in(door, queries, &returned(3.0)), "{door:?}: a lag of 3 through {queries:?}");
            let high = scales_in(door, queries, &returned(60_000_000.0));
            assert!(!high, "{door:?}: a high lag through {queries:?}");
        }
    }
}

/// A lag that is unknown in one period does not hide the other periods.
#[test]
fn a_known_period_beside_an_unknown_one_counts() {
    let mut lag = points(3.0);
    lag[0].value = -1.0;
    assert!(scales_in(
        Door::Alarm,
        &[metric("m1", APPLICATION, "millisBehindLatest", true)],
        &[series("m1", "", lag)]
    ));
}

/// Kinesis and Kafka clients publish -1 until they have read the first record.
#[test]
fn a_negative_lag_is_told_as_what_it_is() {
    let why = |points: Vec<DataPoint>| {
        let lag = || metric("m1", APPLICATION, "millisBehindLatest", true);
        let world = World::new()
            .with_alarm(lag_alarm(OUT, vec![lag()]))
            .in_alarm(OUT)
            .with_series(OUT, series("m1", "", points));
        now(check(&request(json!({})), &world, &world)).unwrap().why
    };
    let negative = "orders-out is in ALARM, but its value is -1, and a negative value means unknown; check that the job reads its source";
    let missing = "orders-out is in ALARM, but nothing fresh has been measured since its last change";
    assert_eq!(why(points(-1.0)), negative);
    assert_eq!(why(Vec::new()), missing);
    assert_eq!(why(points(f64::NAN)), missing);
}

/// An uncertain result beyond the threshold still scales out: a lag that has been measured is not hidden by one that has not.
#[test]
fn an_uncertain_result_scales_out_and_never_in() {
    let world = World::new()
        .with_alarm(lag_alarm(OUT, math("MAX([a,b])")))
        .in_alarm(OUT)
        .with_series(OUT, series("a", "", points(60_000.0)))
        .with_series(OUT, series("b", "", points(-1.0)))
        .with_series(OUT, series("result", "", points(60_000.0)));
    let answer = now(check(&request(json!({})), &world, &world)).unwrap();
    assert_eq!((answer.verdict, answer.direction()), (CheckVerdict::Breaching, Some(Direction::Out)));
}

/// The answer with these contributors behind the scale-out alarm (above 80) and the scale-in alarm (at or below 20), both in ALARM.
fn with_contributors(out: &[Vec<DataPoint>], r#in: &[Vec<DataPoint>]) -> CheckAnswer {
    let mut world = World::new().restarted(1_200).in_alarm(OUT).in_alarm(IN);
    for (name, contributors) in [(OUT, out), (IN, r#in)] {
        world.alarm(name).queries = insights("MAX(cpu) GROUP BY Task");
        for (index, points) in contributors.iter().enumerate() {
            world = world.with_series(name, series("result", &index.to_string(), points.clone()));
        }
    }
    now(check(&request(json!({})), &world, &world)).unwrap()
}

/// CloudWatch puts the alarm in ALARM if any contributor breaches, whatever the order in which it lists them.
#[test]
fn the_worst_contributor_decides() {
    let late = |value: f64| -> Vec<DataPoint> { points(value).split_off(1) };
    let silent = |value: f64| vec![DataPoint { start: ago(590), value }];
    let low = || vec![points(10.0)];
    for (out, r#in, expected) in [
        (vec![points(20.0), points(97.0)], low(), Some((Direction::Out, 97.0))),
        (vec![points(97.0), points(20.0)], low(), Some((Direction::Out, 97.0))),
        // The newest data point of one contributor is missing, or the contributor is silent.
        (vec![points(20.0), late(97.0)], low(), Some((Direction::Out, 97.0))),
        (vec![points(97.0), silent(20.0)], low(), Some((Direction::Out, 97.0))),
        (vec![points(20.0), silent(97.0)], low(), None),
        (vec![points(20.0), silent(30.0)], low(), None),
        (vec![points(20.0), points(60.0)], low(), Some((Direction::In, 10.0))),
        (vec![points(20.0), Vec::new()], low(), Some((Direction::In, 10.0))),
        // All contributors must be low to scale in, and the largest of them counts.
        (vec![points(50.0)], vec![points(5.0), points(15.0)], Some((Direction::In, 15.0))),
        (vec![points(50.0)], vec![points(15.0), points(5.0)], Some((Direction::In, 15.0))),
        (vec![points(50.0)], vec![points(5.0), points(30.0)], None),
        (vec![points(50.0)], vec![points(30.0), points(5.0)], None),
        (vec![points(50.0)], vec![points(5.0), late(30.0)], None),
        (vec![points(50.0)], vec![points(5.0), silent(5.0)], None),
        (vec![points(50.0)], vec![Vec::new()], None),
    ] {
        let answer = with_contributors(&out, &r#in);
        let found = answer.direction().map(|direction| (direction, answer.breaches[0].value));
        assert_eq!(found, expected, "{out:?} {in:?}: {}", answer.why, in = r#in);
    }
}

/// CloudWatch may continue a series on the next page. Two series of one page are two contributors, even under the same label.
#[test]
fn pages_are_joined_by_query_and_label() {
    let of = |label: &str, values: &[f64]| {
        series("q1", label, values.iter().map(|value| DataPoint { start: ago(60), value: *value }).collect())
    };
    let mut all = Vec::new();
    for page in [
        vec![of("one", &[1.0]), of("same", &[2.0]), of("same", &[3.0])],
        vec![of("same", &[4.0]), of("same", &[5.0]), of("two", &[6.0])],
        vec![of("one", &[7.0]), series("q2", "one", Vec::new())],
    ] {
        Series::add_page(&mut all, page);
    }
    let values = |series: &Series| series.points.iter().map(|point| point.value).collect::<Vec<_>>();
    assert_eq!(
        all.iter().map(values).collect::<Vec<_>>(),
        [vec![1.0, 7.0], vec![2.0, 4.0], vec![3.0, 5.0], vec![6.0], vec![]]
    );
}
