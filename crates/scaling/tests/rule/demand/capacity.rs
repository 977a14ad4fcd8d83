//! The capacity of a KPU: by the busy share without a lag, and by the processed records with one.

use super::{DEMAND, History, decided, policy, resource};
use jiff::SignedDuration;
use scaling::{Direction, Minute, Reason};

/// The load in records a second, the lag in seconds, and the busy share of some minutes.
type Part<'a> = (&'a [f64], f64, f64);

fn minutes(parts: &[Part]) -> Vec<Minute> {
    let of = |(loads, lag, busy): &Part| -> Vec<Minute> {
        let minute =
            |load: &f64| Minute { load: Some(*load), lag: Some(*lag), busy: Some(*busy), throughput: None };
        loads.iter().map(minute).collect()
    };
    parts.iter().flat_map(of).collect()
}

/// The capacity of one of four KPUs in tenths of a record per second, if the application was changed some minutes ago.
fn capacity_after(changed: i64, minutes: Vec<Minute>) -> Option<f64> {
    let history = History { minutes, ..History::steady(0.0, 0.0) };
    let figures = policy(DEMAND).demand_figures(
        Direction::In,
        &resource(4, changed),
        &history.signals(),
        &history.days,
    );
    figures.unwrap().capacity_per_kpu.map(|capacity| (capacity * 10.0).round() / 10.0)
}

fn capacity(parts: &[Part]) -> Option<f64> {
    capacity_after(1_000, minutes(parts))
}

/// The default ceiling is a busy share of 95 %. A lag of more than 15 s shows records that wait.
#[test]
fn a_capacity_follows_from_the_busy_share_or_from_the_processed_records() {
    let wavering = [8_000.0, 2_000.0, 4_000.0, 1_000.0, 3_000.0, 7_000.0];
    let rising: Vec<f64> = (1..=20).map(|minute| f64::from(minute) * 100.0).collect();
    #[rustfmt::skip]
    let rows: [(&str, &[Part], Option<f64>); 14] = [
        ("half of the ceiling",         &[(&[3_000.0; 20], 0.0, 0.475)], Some(1_500.0)),
        ("a lag that is still low",     &[(&[3_000.0; 20], 15.0, 0.475)], Some(1_500.0)),
        ("the median of 15 minutes",    &[(&rising, 0.0, 0.475)], Some(650.0)),
        // In a minute half a minute's load of each of the two minutes before is processed: 2,000, 2,500, 3,000 and 5,000.
        ("a lag of a minute",           &[(&[8_000.0; 9], 0.0, 0.1), (&wavering[..1], 0.0, 0.1), (&wavering[1..], 60.0, 0.95)], Some(687.5)),
        // The lag begins in the first of two minutes at 30 s, which is the arrival at the start of the record.
        ("the oldest minutes",          &[(&[4_000.0; 2], 30.0, 0.95)], Some(1_000.0)),
        ("before the oldest minute",    &[(&[4_000.0; 2], 31.0, 0.95)], None),
        ("minutes without arrivals",    &[(&[4_000.0; 9], 0.0, 0.19), (&[4_000.0, 4_000.0, 0.0, 0.0, 0.0, 4_000.0, 4_000.0], 90.0, 0.95)], Some(1_000.0)),
        ("silent minutes",              &[(&[3_000.0; 7], 0.0, 0.475), (&[0.0; 8], 0.0, 0.02)], Some(1_500.0)),
        ("two processed minutes, idle", &[(&[100.0; 12], 0.0, 0.05), (&[4_000.0; 3], 30.0, 0.95)], Some(475.0)),
        ("three processed minutes",     &[(&[100.0; 11], 0.0, 0.05), (&[4_000.0; 4], 30.0, 0.95)], Some(1_000.0)),
        ("just not idle",               &[(&[300.0; 10], 0.0, 0.15), (&[4_000.0; 5], 30.0, 1.0)], Some(500.0)),
        ("before an idle time",         &[(&rising, 0.0, 0.475), (&[0.0; 30], 0.0, 0.02)], Some(650.0)),
        // The loads of 500 to 1,800 two minutes before each of these minutes are processed.
        ("a lag before an idle time",   &[(&rising, 90.0, 0.95), (&[0.0; 30], 0.0, 0.02)], Some(287.5)),
        ("an idle time alone",          &[(&[0.0; 30], 0.0, 0.02)], None),
    ];
    for (case, parts, expected) in rows {
        assert_eq!(capacity(parts), expected, "{case}");
    }
}

/// The lag grows by a quarter of a minute each minute, so that three quarters of the arrivals are processed.
#[test]
fn a_growing_lag_shows_the_processed_share_of_the_arrivals() {
    let mut growing = minutes(&[(&[4_000.0; 20], 0.0, 0.95)]);
    let mut lag = 0.0;
    for minute in &mut growing[14..] {
        lag += 15.0;
        minute.lag = Some(lag + 5.0);
    }
    assert_eq!(capacity_after(5, growing), Some(750.0));
}

/// A job that waits for other services reaches its capacity at 55 % of its CPU. Its CPU in the minutes with lag is its ceiling.
#[test]
fn the_ceiling_of_a_job_that_waits_for_other_services_is_learned() {
    let seen = |count: usize| {
        let mut history = History::steady(4_000.0, 0.44);
        for minute in &mut history.minutes[100..100 + count] {
            *minute = Minute { load: Some(5_000.0), lag: Some(90.0), busy: Some(0.55), ..Minute::default() };
        }
        history
    };
    let has = resource(10, 1_000);
    // At 0.44 of 0.55 it is 80 % busy, and 4,000 records/s need all ten KPUs at 75 %; at 0.44 of 0.95 they seem to need seven.
    assert_eq!(decided(Direction::In, &has, &seen(3)), Err(Reason::NotCostEffective));
    assert_eq!(decided(Direction::In, &has, &seen(2)), Ok(7));
}

/// The load may differ from minute to minute by a factor of eight. The throughput while records wait is still known.
#[test]
fn the_capacity_of_a_lagging_job_is_learned_from_a_noisy_load() {
    let (low, high, capacity) = (2_000.0, 16_000.0, 8_000.0);
    let arrived = |minute: f64| {
        let (pairs, rest) = ((minute / 2.0).floor(), minute % 2.0);
        pairs * (low + high) + rest.min(1.0) * low + (rest - 1.0).max(0.0) * high
    };
    // It keeps up until the last twelve minutes, and the backlog begins with the first of them.
    let lag = |middle: f64| {
        let processed = capacity * (middle - 1.0);
        let arrival = (0..1_200).map(|step| f64::from(step) / 100.0).find(|time| arrived(*time) >= processed);
        (middle - arrival.unwrap()) * 60.0
    };
    let noisy = History::steady(6_000.0, 0.715).lately(12, |index, minute| {
        let load = if index % 2.0 == 0.0 { low } else { high };
        *minute = Minute {
            load: Some(load),
            lag: Some(lag(index + 0.5).max(0.0)),
            busy: Some(0.95),
            ..Minute::default()
        };
    });
    let needed = decided(Direction::Out, &resource(8, 600), &noisy);
    // 1,000 records/s per KPU at a load of 9,000, plus the backlog of the last minute.
    let (load, last) = (9_000.0, lag(11.5));
    let expected = DEMAND.needed(load, load * last, SignedDuration::from_secs(150)) / 1_000.0;
    assert!(
        needed.is_ok_and(|kpus| (f64::from(kpus) - expected).abs() <= 1.0),
        "{needed:?} for {expected}, after a lag of {last}"
    );
}

/// The CPU time of an idle job is overhead. Its capacity is its throughput while records wait.
#[test]
fn the_minutes_of_an_idle_job_do_not_determine_its_capacity() {
    let wakes = |idle_load: f64| {
        History::steady(idle_load, 0.06).lately(6, |index, minute| {
            *minute = Minute {
                load: Some(9_000.0),
                lag: Some(7.0 * (index + 1.0)),
                busy: Some(0.95),
                ..Minute::default()
            };
        })
    };
    for idle_load in [0.0, 20.0] {
        let wakes = wakes(idle_load);
        // 994 records/s for each of eight KPUs, as in `overloaded`: 9,000 / 0.75 + 9,000 * (42 + 150) / 600.
        assert_eq!(
            decided(Direction::Out, &resource(8, 600), &wakes),
            Ok(15),
            "{idle_load} records/s before"
        );
    }
}

/// The busy time of an almost idle job is below the resolution of its metric. Its capacity is not taken to be unlimited.
#[test]
fn a_busy_share_of_zero_does_not_suggest_an_unlimited_capacity() {
    // 30 KPUs at an assumed 5 % of the default ceiling, for a target of 75 %.
    assert_eq!(decided(Direction::In, &resource(30, 600), &History::steady(3_000.0, 0.0)), Ok(2));
}
