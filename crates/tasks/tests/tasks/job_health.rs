//! The health of the job: a loop of restarts holds both directions, and a lag that the job publishes allows no scale-in.

use crate::check::request;
use crate::world::{IN, NOW, OUT, World, ago, now, policy};
use scaling::{Direction, Reason};
use serde_json::{Value, json};
use tasks::{
    AlarmState, CheckAnswer, CheckVerdict, DataPoint, ScaleRequest, Series, Source, Task, check,
    job_query_id, measure, scale,
};

/// No data point in this minute.
pub(crate) const GAP: f64 = f64::NAN;

/// The values of a metric minute by minute, the newest of which began two minutes ago.
pub(crate) fn series(metric: &str, values: &[f64]) -> Series {
    let last = values.len();
    let point = |(index, value): (usize, &f64)| {
        let minutes = i64::try_from(last - index).unwrap() + 1;
        (!value.is_nan()).then(|| DataPoint { start: ago(60 * minutes), value: *value })
    };
    Series {
        query: job_query_id(metric),
        label: metric.to_owned(),
        points: values.iter().enumerate().filter_map(point).rev().collect(),
    }
}

/// An application whose alarm in this direction is in ALARM and breaching, with series about its job.
fn world(direction: Direction, series: Vec<Series>) -> World {
    let world = match direction {
        Direction::Out => World::new().breaching(OUT, 91.0),
        Direction::In => World::new().breaching(IN, 4.0).showing(OUT, 4.0),
    };
    world.with_job(series)
}

fn answer(world: &World) -> CheckAnswer {
    answer_to(world, json!({}))
}

fn answer_to(world: &World, run: Value) -> CheckAnswer {
    now(check(&request(run), world, world)).unwrap()
}

/// An uptime in minutes, as the milliseconds that Flink publishes.
fn uptime(minutes: &[f64]) -> Series {
    series("uptime", &minutes.iter().map(|minutes| minutes * 60_000.0).collect::<Vec<_>>())
}

#[rustfmt::skip]
#[test]
fn two_restarts_within_half_an_hour_hold_both_directions() {
    let steady: Vec<f64> = (100..130).map(f64::from).collect();
    let counted = |values: &[f64]| vec![series("fullRestarts", values)];
    let padded = |before: usize, newest: &[f64]| [vec![7.0; before].as_slice(), newest].concat();
    for (case, series, holds) in [
        ("no metric of the job", vec![], false),
        ("a counter that stands", counted(&[7.0; 30]), false),
        ("one restart", counted(&[7.0, 7.0, 8.0, 8.0, 8.0]), false),
        ("two restarts", counted(&[7.0, 8.0, 8.0, 9.0]), true),
        ("two restarts in one minute", counted(&[7.0, 9.0]), true),
        ("the counter of Flink 2", vec![series("numRestarts", &[0.0, 1.0, 2.0])], true),
        ("two restarts more than half an hour ago", counted(&[[5.0, 6.0].as_slice(), &[7.0; 31]].concat()), false),
        ("the last of them 29 minutes ago", counted(&padded(1, &[[9.0; 28].as_slice()].concat())), true),
        ("a loop of a minute that ended six minutes ago", counted(&[[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0].as_slice(), &[8.0; 6]].concat()), true),
        ("a loop of a minute that ended 12 minutes ago", counted(&[[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0].as_slice(), &[8.0; 12]].concat()), false),
        ("a loop of ten minutes", counted(&[[1.0; 10], [2.0; 10], [3.0; 10]].concat()), true),
        ("gaps while the job is down", counted(&[7.0, GAP, GAP, 8.0, GAP, 9.0]), true),
        ("a replaced job manager", counted(&[7.0, 7.0, 0.0, 0.0]), false),
        ("a replaced job manager, then a loop", counted(&[7.0, 0.0, 1.0, 2.0]), true),
        ("only one value", counted(&[40.0]), false),
        ("a value that cannot be", counted(&[-1.0, f64::INFINITY, 7.0, 7.0]), false),
        ("the uptime of a job that runs", vec![uptime(&steady)], false),
        ("an uptime that has fallen once", vec![uptime(&[60.0, 61.0, 0.5, 1.5, 2.5])], false),
        ("a long restart, with an uptime of zero", vec![uptime(&[60.0, 61.0, 0.0, 0.0, 0.0, 0.5, 1.5])], false),
        ("an uptime that has fallen twice", vec![uptime(&[60.0, 0.5, 1.5, 0.3, 1.3])], true),
        ("an uptime that never grows", vec![uptime(&[0.6, 0.6, 0.7, 0.6])], true),
        ("an uptime with a gap", vec![uptime(&[60.0, GAP, GAP, 63.0, 64.0])], false),
        ("an uptime that is read some seconds early or late", vec![uptime(&[60.0, 60.8, 62.2, 63.0])], false),
        ("a job that has ended", vec![series("uptime", &[-1.0, -1.0, -1.0])], false),
        ("one restart by both", vec![counted(&[7.0, 8.0]).remove(0), uptime(&[60.0, 0.5, 1.5])], false),
        ("the worse of two series", vec![counted(&[7.0, 7.0]).remove(0), counted(&[0.0, 3.0]).remove(0)], true),
    ] {
        for direction in [Direction::Out, Direction::In] {
            let answer = answer(&world(direction, series.clone()));
            let expected = if holds { (CheckVerdict::Quiet, Some(Reason::RestartLoop)) } else { (CheckVerdict::Breaching, None) };
            assert_eq!((answer.verdict, answer.reason), expected, "{case}, {direction}: {}", answer.why);
            assert_eq!(answer.call.is_none(), holds, "{case}");
        }
    }
}

#[test]
fn only_restarts_since_the_last_operation_count() {
    for (ended, values, holds) in [
        // The update ended 660 s ago. The job has restarted before and during it, and its slots were found late.
        (660, [0.0, 3.0, 6.0, 6.0, 6.0, 6.0, 6.0, 6.0, 6.0, 6.0, 6.0, 6.0].as_slice(), false),
        (660, [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 2.0].as_slice(), true),
        // The new job counts from zero, and the values of the old one lie before the end of the update.
        (300, [8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 0.0, 0.0].as_slice(), false),
        (300, [8.0, 8.0, 8.0, 8.0, 1.0, 2.0, 3.0].as_slice(), true),
    ] {
        let world = world(Direction::In, vec![series("fullRestarts", values)]).restarted(ended);
        let reason = answer(&world).reason;
        assert_eq!(reason, holds.then_some(Reason::RestartLoop), "{ended} {values:?}");
    }
}

#[test]
fn a_loop_holds_requests_and_bounds_as_well_and_ends_every_run() {
    let looping = || vec![series("fullRestarts", &[0.0, 1.0, 2.0, 3.0])];
    for (units, run) in [
        (8, json!({"desiredCapacity": 4})),
        (8, json!({"desiredCapacity": 10})),
        (12, json!({})),
        (8, json!({"poll": {"verdict": "Settled"}})),
    ] {
        for (series, holds) in [(looping(), true), (Vec::new(), false)] {
            let world = world(Direction::In, series).runs_with(units);
            let answer = answer_to(&world, run.clone());
            assert_eq!(answer.verdict == CheckVerdict::Quiet, holds, "{units} {run}: {}", answer.why);
            assert_eq!(answer.reason, holds.then_some(Reason::RestartLoop), "{units} {run}");
        }
    }
    assert!(!Reason::RestartLoop.passes_by_itself(), "no run waits for the end of a loop");
}

/// No fresh data confirms the alarm while the job is down, and its restarts are the cause.
#[test]
fn a_loop_is_named_although_the_utilization_is_not_known() {
    let world = world(Direction::Out, vec![series("fullRestarts", &[0.0, 1.0, 5.0])]);
    let answer = answer(&world.without_data(OUT));
    assert_eq!(answer.reason, Some(Reason::RestartLoop));
    assert!(answer.why.ends_with("(5 restarts within 30 minutes)"), "{}", answer.why);
    assert!(answer.why.contains("look at the exception"), "{}", answer.why);
}

/// The alarm on `Blocked` notifies once when the loop lasts, and once when it ends.
#[test]
fn a_loop_counts_as_blocked() {
    for (values, blocked) in [([0.0, 1.0, 2.0], true), ([0.0, 0.0, 0.0], false)] {
        let state = if blocked { AlarmState::Alarm } else { AlarmState::Ok };
        let world = world(Direction::In, vec![series("fullRestarts", &values)]).with_state(IN, state);
        let answer = serde_json::to_value(answer(&world)).unwrap();
        let payload = json!({"now": NOW, "policy": policy()});
        let measured = measure(Task::Check, &payload, &Ok(answer)).unwrap();
        let found = measured.values.iter().find(|(metric, _)| metric.name() == "Blocked").unwrap().1;
        assert_eq!(found > 0.5, blocked, "{values:?}");
        assert_eq!(measured.hold, blocked.then_some(Reason::RestartLoop));
    }
}

#[rustfmt::skip]
#[test]
fn a_published_lag_allows_no_scale_in_while_it_is_high_or_rises() {
    let millis = |values: &[f64]| vec![series("millisBehindLatest", values)];
    let records = |values: &[f64]| vec![series("records_lag_max", values)];
    let line = |from: f64, step: f64| (0..15).map(|minute| from + step * f64::from(minute)).collect::<Vec<_>>();
    // A sawtooth of this period, as committed offsets leave it, on a lag that grows.
    let saw = |period: u32, height: f64, growth: f64| (0..15).map(|minute| height * f64::from(minute % period) / f64::from(period) + growth * f64::from(minute)).collect::<Vec<_>>();
    // The same values in every run, without a trend.
    let noise = [310.0, 890.0, 120.0, 640.0, 505.0, 730.0, 95.0, 410.0, 980.0, 260.0, 555.0, 820.0, 170.0, 690.0, 340.0];
    let noise_and = |growth: f64| noise.iter().zip(line(0.0, growth)).map(|(noise, grown)| noise + grown).collect::<Vec<_>>();
    for (case, series, allowed) in [
        ("no lag is published", vec![], true),
        ("a lag of zero", millis(&[0.0; 15]), true),
        ("a lag of the objective", millis(&[60_000.0; 15]), true),
        ("a lag above the objective", millis(&[60_001.0]), false),
        ("a lag that was above it", millis(&[90_000.0, 40_000.0, 5_000.0]), true),
        ("a lag of -1 is no lag", millis(&[-1.0; 15]), true),
        ("a lag of -1 hides no high one", millis(&[90_000.0, -1.0]), false),
        ("an old high lag", millis(&[[90_000.0].as_slice(), &[GAP; 8]].concat()), true),
        ("the worse of two streams", vec![millis(&[0.0; 15]).remove(0), millis(&[70_000.0; 15]).remove(0)], false),
        ("a lag below the objective that rises", millis(&line(1_000.0, 2_000.0)), false),
        ("a lag that falls", millis(&line(40_000.0, -2_000.0)), true),
        ("records that rise", records(&line(0.0, 5_000.0)), false),
        ("records that rise after hours", records(&line(3_000_000.0, 5_000.0)), false),
        ("records that rise with noise", records(&noise_and(200.0)), false),
        ("records without a trend", records(&noise), true),
        ("records that rise for less than ten minutes", records(&line(0.0, 5_000.0)[..9]), true),
        ("a saw of a minute", records(&[30_000.0; 15]), true),
        ("a saw of two minutes", records(&saw(2, 60_000.0, 0.0)), true),
        ("a saw of five minutes", records(&saw(5, 60_000.0, 0.0)), true),
        ("a saw of two minutes that grows", records(&saw(2, 20_000.0, 4_000.0)), false),
        ("a lag that returns to zero", records(&[[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0].as_slice(), &[11.0, 0.0, 12.0, 13.0, 14.0]].concat()), true),
    ] {
        let answer_in = answer(&world(Direction::In, series.clone()));
        let expected = if allowed { CheckVerdict::Breaching } else { CheckVerdict::Quiet };
        assert_eq!(answer_in.verdict, expected, "{case}: {}", answer_in.why);
        assert_eq!(answer_in.why.contains("too much to scale in"), !allowed, "{case}: {}", answer_in.why);
        // A lag never speaks against more capacity.
        assert_eq!(answer(&world(Direction::Out, series.clone())).verdict, CheckVerdict::Breaching, "{case}");
        // A request for less, and a size above the bounds, wait for a backlog.
        let requested = answer_to(&world(Direction::In, series), json!({"desiredCapacity": 4}));
        assert_eq!(requested.call.unwrap().has_backlog(), !allowed, "{case}: {}", requested.why);
    }
}

/// A user whose own alarm allows a lag of five minutes has that objective.
#[test]
fn an_alarm_on_a_lag_raises_the_objective_and_never_lowers_it() {
    for (metric, threshold, lag, allowed) in [
        ("millisBehindLatest", 300_000.0, 290_000.0, true),
        ("millisBehindLatest", 300_000.0, 310_000.0, false),
        ("EstimatedMaxTimeLag", 300.0, 290_000.0, true),
        ("EstimatedMaxTimeLag", 10.0, 50_000.0, true),
        ("containerCPUUtilization", 85.0, 70_000.0, false),
    ] {
        let world = world(Direction::In, vec![series("millisBehindLatest", &[lag])])
            .watching(OUT, metric)
            .with_threshold(OUT, threshold);
        let answer = answer(&world);
        assert_eq!(
            answer.verdict == CheckVerdict::Breaching,
            allowed,
            "{metric} {threshold}: {}",
            answer.why
        );
    }
}

/// The health comes with the first reading of an alarm, so that a round of `check` and `scale` has at most nine calls.
#[test]
fn a_scaling_round_makes_at_most_nine_calls() {
    for (direction, expected) in [(Direction::Out, 9), (Direction::In, 9)] {
        let world = world(direction, vec![series("millisBehindLatest", &[0.0; 15])]);
        let checked = answer(&world);
        assert_eq!(checked.verdict, CheckVerdict::Breaching);
        let run = serde_json::from_value(json!({"check": checked})).unwrap();
        let scaled = now(scale(&ScaleRequest { now: NOW, run }, &world, &world, &world, &world)).unwrap();
        assert!(scaled.update.is_some(), "{}", scaled.why);
        assert_eq!(world.calls.get(), expected, "{direction}");
    }
    // Nothing calls for another size: the alarms and the application are read, and nothing else.
    let quiet = World::new();
    answer(&quiet);
    assert_eq!(quiet.calls.get(), 2);
}

/// A request with a query of Metrics Insights has no other query.
#[test]
fn an_alarm_on_metrics_insights_is_read_apart_from_the_health() {
    let mut world = world(Direction::In, vec![series("fullRestarts", &[0.0, 1.0, 2.0])]);
    world.alarm(IN).queries[0].source = Source::Expression {
        text: "SELECT AVG(containerCPUUtilization) FROM SCHEMA(\"AWS/KinesisAnalytics\", Application)"
            .to_owned(),
        label: None,
        period: Some(jiff::SignedDuration::from_mins(1)),
    };
    assert_eq!(answer(&world).reason, Some(Reason::RestartLoop));
    assert_eq!(
        world.calls.get(),
        6,
        "the alarms, the application, its operations, the health, and two metrics"
    );
}

/// A search that CloudWatch rejects must not stop the scaling: the alarm is read without it, and a warning says so.
#[test]
fn a_rejected_search_is_a_warning_and_no_obstacle() {
    for direction in [Direction::Out, Direction::In] {
        let restarting = || vec![series("fullRestarts", &[0.0, 1.0, 5.0])];
        let world = world(direction, restarting());
        assert_eq!(answer(&world).reason, Some(Reason::RestartLoop));
        let answer = answer(&world.rejecting_job_queries());
        assert_eq!((answer.verdict, answer.direction()), (CheckVerdict::Breaching, Some(direction)));
        assert_eq!(
            answer.warning.as_deref(),
            Some(
                "failed to read the metric: ValidationError; it was decided without the restarts and the lag of the job"
            )
        );
    }
}
