//! The size of a scale-out by demand.

use super::{DEMAND, History, NOW, decided, overloaded, policy, resource};
use crate::world::decide;
use jiff::SignedDuration;
use scaling::{Breach, Call, Decision, Demand, Direction, Minute, Reason, Signals};

/// Source: the autoscaler of the Flink Kubernetes operator: a load of 10,000 records/s and a backlog of 1.8 million, a catch-up time
/// of half an hour, a restart of five minutes and a target utilization of 0.7. Eight subtasks process 12,000 records/s, so twelve are
/// needed.
#[test]
fn the_required_rate_agrees_with_the_flink_operator() {
    let demand = Demand { target_out: 0.7, catch_up: SignedDuration::from_mins(30), ..DEMAND };
    let needed = demand.needed(10_000.0, 1_800_000.0, SignedDuration::from_mins(5));
    assert!((needed - 16_952.4).abs() < 0.1, "{needed}");
    assert!((11.0..12.0).contains(&(8.0 * needed / 12_000.0)), "twelve subtasks are enough");
}

#[test]
fn a_scale_out_goes_to_the_size_that_the_load_needs() {
    let has = resource(8, 600);
    // A capacity of 9,000 * (1 - 7/60) / 8 = 994 per KPU; the required rate is 9,000 / 0.75 + 9,000 * (70 + 150) / 600.
    assert_eq!(decided(Direction::Out, &has, &overloaded()), Ok(16));
    let gaps = overloaded().lately(8, |index, minute| minute.load = minute.load.filter(|_| index > 6.0));
    assert_eq!(
        decided(Direction::Out, &resource(8, 9), &gaps),
        Ok(16),
        "a missing minute takes the last measured load"
    );
    let slower = History { restart: SignedDuration::from_secs(600), ..overloaded() };
    assert_eq!(decided(Direction::Out, &has, &slower), Ok(23), "the backlog of a long restart needs more");
    let week = overloaded().week(8, |hour| if hour == 8 { 18_000.0 } else { 9_000.0 });
    // 18,000 / 0.75 / 994.
    assert_eq!(decided(Direction::Out, &has, &week), Ok(25), "the load doubles at this time of the day");
}

#[test]
fn a_job_that_works_off_its_backlog_in_time_keeps_its_size() {
    let has = resource(16, 20);
    let catches_up = History::steady(9_000.0, 0.95).lately(15, |index, minute| {
        minute.lag = Some(200.0 - 10.0 * index);
    });
    assert_eq!(decided(Direction::Out, &has, &catches_up), Err(Reason::CatchingUp));
    let too_slowly = catches_up.lately(15, |index, minute| minute.lag = Some(4_000.0 - 2.0 * index));
    assert!(decided(Direction::Out, &has, &too_slowly).is_ok_and(|kpus| kpus > 16));
}

/// A derived load is a lower bound. If it saturates the job again soon after a change, the size at least triples.
#[test]
fn a_repeated_step_for_a_derived_load_triples_the_size() {
    let saturated = |throughput: Option<f64>| {
        History::steady(6_000.0, 0.715).lately(10, move |_, minute| {
            *minute = Minute { load: Some(8_300.0), lag: Some(25.0), busy: Some(0.95), throughput };
        })
    };
    let decided =
        |changed: i64, throughput| decided(Direction::Out, &resource(8, changed), &saturated(throughput));
    let once = decided(31, Some(8_000.0)).unwrap();
    assert!((9..16).contains(&once), "{once}");
    assert_eq!(decided(29, Some(8_000.0)), Ok(24));
    assert!(decided(29, None).is_ok_and(|kpus| kpus < 16), "a measured load is known");
}

/// An additional user alarm may scale out beyond the demand, to the size at its threshold. An additional alarm on a lag only starts the
/// sizing by demand, which also knows the backlog.
#[test]
fn an_additional_alarm_scales_out_as_well() {
    let has = resource(16, 20);
    let catches_up =
        History::steady(9_000.0, 0.95).lately(15, |index, minute| minute.lag = Some(200.0 - 10.0 * index));
    let decided = |is_lag| {
        let breaches = [Breach { value: 90.0, threshold: 60.0, is_additional: true, is_lag }];
        let signals = Signals { breaches: &breaches, ..catches_up.signals() };
        let call = Call::Alarm { direction: Direction::Out };
        decide(&policy(DEMAND), call, &has, &signals, &catches_up.past(), NOW)
    };
    assert!(matches!(decided(false), Decision::Scale { to, .. } if to.units.count() == 24), "16 * 90 / 60");
    assert_eq!(decided(true), Decision::Hold(Reason::CatchingUp));
}
