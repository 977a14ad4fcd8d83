//! An idle source: a metric that is published only while records arrive counts as zero where the application proves that none do.

use crate::check::request;
use crate::job_health::series;
use crate::world::{IN, NOW, OUT, World, alarm, now, policy};
use scaling::{Call, Direction, Reason};
use serde_json::json;
use tasks::{Alarm, CheckAnswer, CheckVerdict, Comparison, Metric, Source, Task, check, measure};

/// The name by which the port is asked for the records of the application.
const RECORDS: &str = "orders, its records";

/// The records that the application has processed.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Records {
    Zero,
    /// Zero by now, and some a few minutes ago.
    Few,
    Many,
    /// The newest data point is too old.
    Stale,
    Unknown,
}

fn topic(name: &str, namespace: &str, metric: &str, comparison: Comparison, threshold: f64) -> Alarm {
    let mut alarm = alarm(name, comparison, threshold);
    let Source::Metric { namespace: of, name, .. } = &mut alarm.queries[0].source else { unreachable!() };
    (*of, *name) = (namespace.to_owned(), metric.to_owned());
    alarm
}

/// An application that restarted an hour ago, whose CPU is low, with a scale-out alarm on a silent metric.
fn silent(namespace: &str, metric: &str, records: Records) -> World {
    let world = World::new()
        .restarted(3_600)
        .with_alarm(topic(OUT, namespace, metric, Comparison::GreaterThanThreshold, 80.0))
        .in_alarm(IN)
        .measured_for(IN, 2..8, |_| 10.0);
    with_records(world, records)
}

fn with_records(world: World, records: Records) -> World {
    match records {
        Records::Zero => world.measured_for(RECORDS, 2..12, |_| 0.0),
        Records::Few => world.measured_for(RECORDS, 2..12, |minute| if minute > 8 { 0.2 } else { 0.0 }),
        Records::Many => world.measured_for(RECORDS, 2..12, |_| 900.0),
        Records::Stale => world.measured_for(RECORDS, 10..14, |_| 0.0),
        Records::Unknown => world,
    }
}

fn answer(world: &World, parameters: &[(&str, &str)]) -> CheckAnswer {
    let mut request = request(json!({}));
    request.policy = request.policy.with(parameters.iter().copied());
    now(check(&request, world, world)).unwrap()
}

#[test]
fn a_silent_topic_is_idle_where_the_records_or_else_the_cpu_prove_it() {
    for (namespace, metric) in [
        ("AWS/Kafka", "MaxOffsetLag"),
        ("AWS/Kafka", "MessagesInPerSec"),
        ("AWS/KinesisAnalytics", "records_lag_max"),
        ("Orders", "waiting"),
    ] {
        for (records, is_idle) in [
            (Records::Zero, true),
            (Records::Few, false),
            (Records::Many, false),
            // Without fresh data on the records, the low CPU decides, which the scale-in alarm confirms.
            (Records::Stale, true),
            (Records::Unknown, true),
        ] {
            let found = answer(&silent(namespace, metric, records), &[]);
            let expected = is_idle.then_some(Direction::In);
            assert_eq!(found.direction(), expected, "{metric} {records:?}: {}", found.why);
            assert_eq!(found.reason, (!is_idle).then_some(Reason::NoFreshData));
        }
    }
}

/// MSF publishes these metrics for every running application. Their silence means that something else is wrong.
#[test]
fn a_metric_that_msf_always_publishes_is_never_idle() {
    for metric in ["busyTimeMsPerSecond", "containerMemoryUtilization", "lastCheckpointDuration"] {
        for records in [Records::Zero, Records::Unknown] {
            let found = answer(&silent("AWS/KinesisAnalytics", metric, records), &[]);
            assert_eq!(
                (found.verdict, found.reason),
                (CheckVerdict::Quiet, Some(Reason::NoFreshData)),
                "{metric}"
            );
        }
    }
}

/// A lag of -1 is published. A topic of which a part of the data points is missing is not idle. Soon after a restart nothing is known.
#[test]
fn only_the_silence_of_the_whole_window_counts() {
    let world = || silent("AWS/Kafka", "MaxOffsetLag", Records::Zero);
    for (age, value) in [(120, -1.0), (600, 5.0), (600, -1.0)] {
        assert_eq!(
            answer(&world().measured(OUT, age, value), &[]).reason,
            Some(Reason::NoFreshData),
            "{age} {value}"
        );
    }
    assert_eq!(answer(&world().restarted(300), &[]).reason, Some(Reason::NoFreshData));
}

/// Silence opens each of the doors to a scale-in, and never calls for a scale-out.
#[test]
fn an_idle_topic_counts_at_every_door() {
    let world = || silent("AWS/Kafka", "MaxOffsetLag", Records::Zero);
    let bounds = answer(&world(), &[("MaxKpu", "4")]);
    assert_eq!(bounds.call, Some(Call::Bounds { direction: Direction::In, backlog: false }));
    let unproven = silent("AWS/Kafka", "MaxOffsetLag", Records::Unknown);
    assert!(answer(&unproven, &[("MaxKpu", "4")]).call.unwrap().has_backlog(), "no alarm confirms the CPU");

    // An alarm that stays in ALARM on data from before the silence no longer blocks the scale-in.
    assert_eq!(answer(&world().in_alarm(OUT), &[]).direction(), Some(Direction::In));

    // An alarm below a threshold would breach at zero.
    let mut below = world().in_alarm(OUT);
    below.alarm(OUT).comparison = Comparison::LessThanThreshold;
    assert_eq!(answer(&below, &[]).reason, Some(Reason::NoFreshData));

    // A user alarm for scaling in that treats missing data as breaching.
    let low = topic("waiting-low", "Orders", "waiting", Comparison::LessThanOrEqualToThreshold, 10.0);
    let more = world().with_alarm(low).in_alarm("waiting-low");
    let found = answer(&more, &[("MoreScaleInAlarms", "waiting-low")]);
    assert_eq!((found.direction(), found.breaches.len()), (Some(Direction::In), 2));
    assert!(found.breaches[1].value.abs() < 1e-9);
}

const CPU: &str = "cpu-low";

/// An application that reads a stream, with both alarms of the stack on the writes to it, of which there are none.
fn stream(metric: &str, records: Records) -> World {
    let of = |name, comparison, threshold| topic(name, "AWS/Kinesis", metric, comparison, threshold);
    let world = World::new()
        .restarted(3_600)
        .with_alarm(of(OUT, Comparison::GreaterThanThreshold, 90.0))
        .with_alarm(of(IN, Comparison::LessThanOrEqualToThreshold, 10.0))
        .with_alarm(alarm(CPU, Comparison::LessThanOrEqualToThreshold, 40.0))
        .in_alarm(IN)
        .in_alarm(CPU)
        .measured_for(CPU, 2..8, |_| 10.0);
    with_records(world, records)
}

/// The writes to an idle stream: Kinesis publishes no data points, and both alarms of the stack watch the writes. Missing data puts the
/// scale-in alarm in ALARM, and a gap of CloudWatch looks the same. So the application must prove that it processes nothing.
#[test]
fn a_silent_stream_is_idle_where_the_application_proves_it() {
    for metric in ["IncomingRecords", "IncomingBytes", "PutRecords.TotalRecords"] {
        for (records, more, is_idle) in [
            (Records::Zero, "", true),
            (Records::Few, "", false),
            (Records::Many, "", false),
            // A gap of CloudWatch: neither the records nor another metric of the application is fresh.
            (Records::Stale, "", false),
            (Records::Unknown, "", false),
            // Where the records are unknown, a further alarm on the CPU proves it.
            (Records::Unknown, CPU, true),
            (Records::Many, CPU, false),
        ] {
            let case = format!("{metric} {records:?} {more}");
            let found = answer(&stream(metric, records), &[("MoreScaleInAlarms", more)]);
            assert_eq!(found.direction(), is_idle.then_some(Direction::In), "{case}: {}", found.why);
            assert_eq!(found.reason, (!is_idle).then_some(Reason::NoFreshData), "{case}");
        }
        // A part of the window has writes.
        let partly = stream(metric, Records::Zero).measured(IN, 560, 50.0);
        assert_eq!(answer(&partly, &[]).reason, Some(Reason::NoFreshData), "{metric}");
        // A job that has just started may not yet read the stream.
        let started = stream(metric, Records::Zero).restarted(600);
        assert_eq!(answer(&started, &[]).reason, Some(Reason::NoFreshData), "{metric}");
    }
}

/// Nothing is written to the stream, and the application works off the records that were written before. The alarm on `Blocked` notifies
/// users of every other silence that lasts.
#[test]
fn a_silent_stream_is_not_blocked_while_the_lag_falls() {
    let falling: Vec<f64> = (0..15).map(|minute| 9e6 - 2e5 * f64::from(minute)).collect();
    let to_zero = [&falling, [0.0].as_slice()].concat();
    for (lag, records, reason, is_blocked) in [
        (falling.as_slice(), Records::Many, Some(Reason::CatchingUp), false),
        (&falling, Records::Few, Some(Reason::CatchingUp), false),
        // The records prove more than the lag.
        (&falling, Records::Zero, None, false),
        (&[9e6; 15], Records::Many, Some(Reason::NoFreshData), true),
        (&to_zero, Records::Many, Some(Reason::NoFreshData), true),
        (&falling[..9], Records::Many, Some(Reason::NoFreshData), true),
        (&[], Records::Many, Some(Reason::NoFreshData), true),
    ] {
        for metric in ["millisBehindLatest", "records_lag_max"] {
            let world = stream("IncomingRecords", records).with_job(vec![series(metric, lag)]);
            let found = answer(&world, &[]);
            assert_eq!(found.reason, reason, "{metric} {lag:?} {records:?}: {}", found.why);
            let payload = json!({"now": NOW, "policy": policy()});
            let measured =
                measure(Task::Check, &payload, &Ok(serde_json::to_value(&found).unwrap())).unwrap();
            let blocked = measured.values.contains(&(Metric::Blocked, 1.0));
            assert_eq!(blocked, is_blocked, "{metric} {lag:?} {records:?}");
        }
    }

    let restarts: Vec<f64> = (0..15).map(f64::from).collect();
    let in_a_loop = vec![series("millisBehindLatest", &falling), series("fullRestarts", &restarts)];
    let world = stream("IncomingRecords", Records::Many).with_job(in_a_loop);
    assert_eq!(answer(&world, &[]).reason, Some(Reason::RestartLoop));
}
