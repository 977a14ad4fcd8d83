//! A lag behind an alarm: values that are no lag, the lag that limits a scale-in, and alarms on a lag alone.

use crate::check::{answer, request, restarted};
use crate::world::{IN, OUT, World, alarm_on, now};
use scaling::Direction;
use serde_json::json;
use tasks::{AlarmState, CheckVerdict, Query, Source, check};

/// Kinesis and Kafka clients publish -1 until they have read the first record. The value is not a data point under any metric name.
#[test]
fn a_lag_of_minus_one_is_not_a_data_point() {
    for sources in [
        vec![metric("millisBehindLatest")],
        vec![metric("records_lag_max")],
        vec![metric("GetRecords.IteratorAgeMilliseconds")],
        vec![math("lag / 1000"), metric("millisBehindLatest")],
        vec![math("SELECT MAX(records_lag_max) FROM SCHEMA(\"AWS/KinesisAnalytics\", Application)")],
        vec![math(
            "SEARCH('{AWS/KinesisAnalytics,Application} MetricName=\"millisBehindLatest\"', 'Maximum')",
        )],
    ] {
        let mut world = restarted().breaching(IN, 10.0).showing(OUT, -1.0);
        world.alarm(OUT).queries = queries(&sources);
        assert_eq!(answer(&world, json!({})).0, CheckVerdict::Quiet, "unknown, so not low: {sources:?}");
        let world = world.without_data(OUT).showing(OUT, 1.0);
        assert_eq!(answer(&world, json!({})).0, CheckVerdict::Breaching, "{sources:?}");
    }
}

/// The offsets of Kafka are old in content until the first checkpoint after a restart, although their data points are new. The restart was
/// 300 s ago, and a minute later a checkpoint has committed.
#[test]
fn a_lag_from_committed_offsets_counts_from_the_first_checkpoint_after_a_restart() {
    for (name, age, counts) in [
        ("millisBehindLatest", 310, false),
        ("millisBehindLatest", 300, true),
        ("records_lag_max", 290, true),
        ("EstimatedMaxTimeLag", 290, false),
        ("EstimatedMaxTimeLag", 240, true),
        ("MaxOffsetLag", 250, false),
        ("SumOffsetLag", 180, true),
    ] {
        for sources in [vec![metric(name)], vec![math("lag * 2"), metric(name)]] {
            let mut world = World::new().restarted(300).in_alarm(OUT).measured(OUT, age, 95.0);
            world.alarm(OUT).queries = queries(&sources);
            let expected = if counts { CheckVerdict::Breaching } else { CheckVerdict::Quiet };
            assert_eq!(answer(&world, json!({})).0, expected, "{name} {age} s ago");
        }
    }
}

fn metric(name: &str) -> Source {
    alarm_on(OUT, name, 80.0).queries.remove(0).source
}

/// The queries of an alarm, the first of which is its own.
fn queries(sources: &[Source]) -> Vec<Query> {
    let query = |(index, source): (usize, &Source)| Query {
        id: format!("q{index}"),
        source: source.clone(),
        account: None,
        returns_data: index == 0,
    };
    sources.iter().enumerate().map(query).collect()
}

fn math(text: &str) -> Source {
    Source::Expression { text: text.to_owned(), label: None, period: None }
}

/// A lag is near zero while the job keeps up, so scale-in alarms on a lag alone would shrink a healthy job without end.
#[test]
fn a_lag_alone_does_not_scale_in() {
    let world = restarted().watching(IN, "records_lag_max").breaching(IN, 0.0).showing(OUT, 50.0);
    let found = now(check(&request(json!({})), &world, &world)).unwrap();
    assert_eq!(found.verdict, CheckVerdict::Quiet);
    assert!(found.why.contains("name an alarm on a utilization"), "{}", found.why);
    assert!(found.warning.is_some_and(|warning| warning.contains("watch nothing but a lag")));
    let world = world.without_data(OUT).breaching(OUT, 95.0);
    assert_eq!(answer(&world, json!({})).0, CheckVerdict::Breaching, "it still scales out");
}

/// The scale-in alarm breaches on a utilization. The metric of the scale-out alarm must be low as well.
#[test]
fn a_lag_limit_must_hold_in_addition_to_the_scale_in_alarm() {
    for (state_out, lag, expected) in [
        (AlarmState::Ok, Some((120, 5.0)), (CheckVerdict::Breaching, Some(Direction::In))),
        (AlarmState::Ok, Some((120, 10.0)), (CheckVerdict::Breaching, Some(Direction::In))),
        (AlarmState::Ok, Some((120, 10.1)), (CheckVerdict::Quiet, None)),
        (AlarmState::InsufficientData, Some((120, 5.0)), (CheckVerdict::Breaching, Some(Direction::In))),
        (AlarmState::Ok, None, (CheckVerdict::RecheckLater, None)), // unknown, so not low
        (AlarmState::Ok, Some((660, 5.0)), (CheckVerdict::RecheckLater, None)), // from before the restart
        (AlarmState::Alarm, Some((120, 90.0)), (CheckVerdict::Breaching, Some(Direction::Out))),
    ] {
        let world = restarted().with(OUT, state_out, lag).breaching(IN, 15.0);
        let mut request = request(json!({"poll": {"verdict": "Settled"}}));
        request.policy = request.policy.clone().with([("ScaleInMaxLag", "10")]);
        let answer = now(check(&request, &world, &world)).unwrap();
        request.policy = request.policy.clone().with([("ScaleInMaxLag", "80")]);
        let refusal = now(check(&request, &world, &world)).unwrap_err().to_string();
        assert!(refusal.contains("set ScaleInThreshold below ScaleOutThreshold"), "{refusal}");
        assert_eq!((answer.verdict, answer.direction()), expected, "{state_out:?} {lag:?}: {}", answer.why);
    }
}
