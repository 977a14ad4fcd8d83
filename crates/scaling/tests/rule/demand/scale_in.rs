//! The conditions and the size of a scale-in by demand.

use super::{DEMAND, History, NOW, decided, idle, overloaded, policy, resource};
use crate::world::decide;
use jiff::SignedDuration;
use scaling::{Call, Decision, Direction, Minute, Reason, Signals};

#[test]
fn a_scale_in_waits_until_the_waste_equals_the_restart_price() {
    for (minutes_ago, expected) in [
        (9, Err(Reason::NoFreshData)),
        (30, Err(Reason::NotCostEffective)),
        (58, Err(Reason::NotCostEffective)),
        (65, Ok(4)),
        (600, Ok(4)),
    ] {
        // Eight KPUs are not needed. After an hour they have cost eight KPU-hours, which is the price of a restart.
        assert_eq!(
            decided(Direction::In, &resource(12, minutes_ago), &idle()),
            expected,
            "{minutes_ago} min"
        );
    }
    assert_eq!(
        decided(Direction::In, &resource(4, 600), &History::steady(3_000.0, 0.7)),
        Err(Reason::NotCostEffective)
    );
    let two = History::steady(500.0, 0.25 * 0.95);
    assert_eq!(
        decided(Direction::In, &resource(2, 600), &two),
        Ok(1),
        "for a small job, one KPU pays for the restart"
    );
}

/// The cost of a restart includes the minutes out of the lag objective until the smaller size has caught up.
#[test]
fn a_scale_in_pays_for_the_lag_that_its_restart_causes() {
    let has = resource(12, 600);
    let with = |seconds: i64| History { restart: SignedDuration::from_secs(seconds), ..idle() };
    // The objective is 80 s. The saving of four hours minus 8 * (0.5 + 0.19 per minute): with five KPUs 28 - 17.9, with four 32 - 26.3.
    assert_eq!(
        decided(Direction::In, &has, &with(300)),
        Ok(5),
        "the larger size works off the backlog sooner"
    );
    assert_eq!(
        decided(Direction::In, &has, &with(600)),
        Err(Reason::NotCostEffective),
        "no size pays for the restart"
    );
    let tolerant = with(600);
    let signals = Signals { lag_threshold: 150.0, ..tolerant.signals() };
    let call = Call::Alarm { direction: Direction::In };
    let decision = decide(&policy(DEMAND), call, &has, &signals, &tolerant.past(), NOW);
    assert!(
        matches!(decision, Decision::Scale { to, .. } if to.units.count() == 4),
        "an objective of ten minutes is not violated"
    );
}

#[test]
fn a_backlog_or_missing_data_blocks_the_scale_in() {
    let has = resource(12, 600);
    let lag = |seconds: f64| idle().lately(5, move |_, minute| minute.lag = Some(seconds));
    assert_eq!(decided(Direction::In, &has, &lag(15.0)), Ok(4));
    assert_eq!(decided(Direction::In, &has, &lag(16.0)), Err(Reason::CatchingUp));
    for missing in [
        idle().lately(1, |_, minute| minute.lag = None),
        idle().lately(10, |_, minute| minute.lag = None),
        idle().lately(30, |_, minute| minute.load = None),
        idle().lately(15, |_, minute| minute.busy = None),
        History { minutes: Vec::new(), ..idle() },
    ] {
        assert_eq!(decided(Direction::In, &has, &missing), Err(Reason::NoFreshData));
    }
    for missing in [
        overloaded().lately(2, |_, minute| minute.lag = None),
        overloaded().lately(3, |_, minute| minute.load = None),
        History { minutes: Vec::new(), ..overloaded() },
    ] {
        assert_eq!(decided(Direction::Out, &resource(8, 600), &missing), Err(Reason::NoFreshData));
    }
    assert_eq!(decided(Direction::Out, &resource(8, 1), &overloaded()), Err(Reason::NoFreshData));
}

/// A steady load that needs five of ten KPUs, and a restart that violates the lag objective for several minutes.
#[test]
fn waste_that_lasted_for_most_of_a_day_is_expected_to_continue() {
    let steady = History { restart: SignedDuration::from_secs(330), ..History::steady(3_700.0, 0.37 * 0.95) };
    assert_eq!(decided(Direction::In, &resource(10, 700), &steady), Err(Reason::NotCostEffective));
    assert!(decided(Direction::In, &resource(10, 1_400), &steady).is_ok_and(|kpus| kpus < 10));
}

/// The minutes before a source fell silent show the capacity. A job with a derived load keeps its size, because its load is hidden when it returns.
#[test]
fn an_idle_job_is_scaled_in_by_the_capacity_that_it_had() {
    let silent = |lag, throughput| {
        let idle = Minute { load: Some(0.0), lag: Some(0.0), busy: Some(0.02), throughput };
        let before = History::steady(8_000.0, 0.7).lately(300, move |_, minute| minute.lag = Some(lag));
        before.lately(120, move |_, minute| *minute = idle)
    };
    let rows = [
        // minutes since the last change, the lag before, the throughput of a derived load
        (1_000, 0.0, None, Ok(1)),
        (125, 0.0, None, Ok(1)),
        // With a lag, the processed records show the capacity.
        (1_000, 100.0, None, Ok(1)),
        (100, 0.0, None, Err(Reason::NoFreshData)),
        (1_000, 0.0, Some(0.0), Err(Reason::NoFreshData)),
    ];
    for (changed, lag, throughput, expected) in rows {
        let found = decided(Direction::In, &resource(12, changed), &silent(lag, throughput));
        assert_eq!(found, expected, "changed {changed} minutes ago, lag {lag}, {throughput:?}");
    }
}
