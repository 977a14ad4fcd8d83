//! The load and the lag of a job, from its throughput and its utilization alone.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use scaling::{Minute, Restart, derive_arrivals};

const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

/// Measured minutes, the newest last.
fn measured(parts: &[(usize, f64, f64)]) -> Vec<Minute> {
    let of = |(count, throughput, busy): &(usize, f64, f64)| {
        let minute = Minute { throughput: Some(*throughput), busy: Some(*busy), ..Minute::default() };
        vec![minute; *count]
    };
    parts.iter().flat_map(of).collect()
}

fn minutes_ago(minutes: i64) -> Timestamp {
    NOW - SignedDuration::from_mins(minutes)
}

/// A restart of two minutes that ended some minutes ago.
fn restart(ended: i64) -> Restart {
    Restart { began: minutes_ago(ended + 2), ended: minutes_ago(ended) }
}

fn derived(mut minutes: Vec<Minute>, restarts: &[Restart]) -> Vec<Minute> {
    derive_arrivals(&mut minutes, NOW, restarts, false);
    minutes
}

/// Load and lag of the newest minute, rounded.
fn newest(minutes: Vec<Minute>, restarts: &[Restart]) -> (Option<f64>, Option<f64>) {
    let minute = *derived(minutes, restarts).last().unwrap();
    (minute.load.map(f64::round), minute.lag.map(f64::round))
}

/// A situation, its measured minutes, its restarts, and the expected load and lag.
type Row = (&'static str, Vec<Minute>, Vec<Restart>, (Option<f64>, Option<f64>));

#[test]
fn the_load_and_the_lag_follow_from_throughput_and_utilization() {
    // Eight minutes ago, a job that had 1,000 records a second began to restart. It processes 1,500.
    let after = |busy: f64, minutes: usize| {
        measured(&[(20, 1_000.0, 0.6), (2, 0.0, 0.0), (1, 700.0, 0.9), (minutes, 1_500.0, busy)])
    };
    #[rustfmt::skip]
    let rows: [Row; 10] = [
        ("a job that keeps up",                measured(&[(30, 1_000.0, 0.7)]),                     vec![],           (Some(1_000.0), Some(0.0))),
        ("one saturated minute",               measured(&[(30, 1_000.0, 0.7), (1, 1_200.0, 0.95)]), vec![],           (Some(1_260.0), Some(3.0))),
        ("five saturated minutes",             measured(&[(30, 1_000.0, 0.7), (5, 1_200.0, 0.95)]), vec![],           (Some(1_260.0), Some(14.0))),
        ("it keeps up again",                  measured(&[(5, 1_200.0, 0.95), (1, 900.0, 0.7)]),    vec![],           (Some(900.0), Some(0.0))),
        // 1,000 * (120 + 60) - 700 * 60 = 138,000 wait after the first minute, and 500 a second are worked off.
        ("just after a restart",               after(0.95, 0),                                      vec![restart(1)], (Some(1_000.0), Some(138.0))),
        ("it works off the restart",           after(0.95, 2),                                      vec![restart(3)], (Some(1_000.0), Some(78.0))),
        ("that takes longer than it explains", after(0.95, 5),                                      vec![restart(6)], (Some(1_575.0), Some(3.0))),
        ("the restart is worked off sooner",   after(0.7, 2),                                       vec![restart(3)], (Some(1_500.0), Some(0.0))),
        ("no utilization",                     vec![Minute { throughput: Some(5.0), ..Minute::default() }], vec![],   (Some(5.0), None)),
        ("no measurement",                     vec![Minute::default()],                             vec![],           (None, None)),
    ];
    for (name, minutes, restarts, expected) in rows {
        assert_eq!(newest(minutes, &restarts), expected, "{name}");
    }
}

#[test]
fn a_trend_before_the_saturation_goes_on_at_most_to_three_times_the_throughput() {
    let rising = |by: f64| {
        let mut minutes = measured(&[(12, 1_000.0, 0.7), (2, 3_000.0, 0.95)]);
        let mut rate = 1_000.0;
        for minute in &mut minutes[1..12] {
            rate += by;
            minute.throughput = Some(rate);
        }
        newest(minutes, &[]).0
    };
    for (by, load) in [(0.0, 3_150.0), (10.0, 3_150.0), (100.0, 3_400.0), (5_000.0, 9_000.0)] {
        assert_eq!(rising(by), Some(load), "{by} a minute");
    }
}

/// The throughput is 1,000 records a second. A lag that grows by 20 s a minute is a third of a second in each second.
#[test]
fn a_growing_measured_lag_shows_the_load() {
    let with_lag = |busy: f64, growth: f64, measured: usize| {
        let mut minutes = measured_lag(busy, growth);
        let first = minutes.len() - measured;
        minutes[..first].iter_mut().for_each(|minute| minute.lag = None);
        newest(minutes, &[])
    };
    #[rustfmt::skip]
    let rows = [
        // busy share, growth of the lag a minute, minutes with a lag: load, lag
        (0.95, 20.0, 6, (Some(1_500.0), Some(120.0))),
        (0.55, 20.0, 6, (Some(1_500.0), Some(120.0))),
        (0.95, 60.0, 6, (Some(3_000.0), Some(360.0))),
        (0.95, 5.0,  6, (Some(1_050.0), Some(30.0))),
        (0.55, 5.0,  6, (Some(1_000.0), Some(30.0))),
        (0.95, 20.0, 1, (Some(1_050.0), Some(120.0))),
    ];
    for (busy, growth, measured, expected) in rows {
        assert_eq!(
            with_lag(busy, growth, measured),
            expected,
            "busy {busy}, {growth} s a minute, {measured} minutes"
        );
    }
}

/// The job has kept up at 55 % for a day. A lag proves that it is saturated in the last 15 minutes and not before, so that a twentieth of the
/// throughput of these minutes waits.
#[test]
fn a_lag_proves_a_low_ceiling_in_the_newest_minutes() {
    let at = |parts: &[(usize, f64, f64)]| {
        let mut minutes = measured(parts);
        derive_arrivals(&mut minutes, NOW, &[], true);
        let minute = minutes.last().unwrap();
        (minute.load.map(f64::round), minute.lag.map(f64::round))
    };
    #[rustfmt::skip]
    let rows = [
        ("a day at one utilization",       vec![(1_440, 1_000.0, 0.55)],                                   (1_050.0, 43.0)),
        ("five minutes at it",             vec![(30, 700.0, 0.4), (5, 1_000.0, 0.55)],                     (1_050.0, 14.0)),
        ("a utilization within the error", vec![(30, 1_000.0, 0.5), (3, 1_000.0, 0.55)],                   (1_050.0, 43.0)),
        ("the newest minute is an outlier", vec![(30, 1_000.0, 0.55), (1, 1_000.0, 0.9)],                  (1_050.0, 43.0)),
        ("an ordinary ceiling",            vec![(30, 1_000.0, 0.7), (5, 1_200.0, 0.95)],                   (1_260.0, 14.0)),
    ];
    for (case, parts, (load, lag)) in rows {
        assert_eq!(at(&parts), (Some(load), Some(lag)), "{case}");
    }
    assert_eq!(newest(measured(&[(1_440, 1_000.0, 0.55)]), &[]), (Some(1_000.0), Some(0.0)), "without a lag");
    let mut shown = measured(&[
        (20, 1_000.0, 0.6),
        (2, 0.0, 0.0),
        (1, 700.0, 0.9),
        (5, 1_400.0, 0.95),
        (9, 1_000.0, 0.6),
    ]);
    derive_arrivals(&mut shown, NOW, &[restart(15)], true);
    assert_eq!(shown.last().unwrap().lag, Some(0.0), "a restart has shown a ceiling of 95 %");
    derive_arrivals(&mut [], NOW, &[], true);
}

/// Thirty minutes with a throughput of 1,000, and a growing lag in the last six.
fn measured_lag(busy: f64, growth: f64) -> Vec<Minute> {
    let mut minutes = measured(&[(24, 1_000.0, 0.5), (6, 1_000.0, busy)]);
    let mut lag = 0.0;
    for minute in &mut minutes[24..] {
        lag += growth;
        minute.lag = Some(lag);
    }
    minutes
}

/// A job that waits for other services is saturated at 55 % of its CPU, and every restart shows it.
#[test]
fn a_restart_shows_the_busy_ceiling() {
    let io_bound = |restarts: &[Restart]| {
        let before = [(20, 1_000.0, 0.45), (2, 0.0, 0.0), (1, 700.0, 0.5), (3, 1_200.0, 0.55)];
        let later = [(20, 1_000.0, 0.45), (5, 1_200.0, 0.55)];
        newest(measured(&[before.as_slice(), &later].concat()), restarts)
    };
    assert_eq!(io_bound(&[]), (Some(1_200.0), Some(0.0)), "nothing has shown the ceiling");
    assert_eq!(io_bound(&[restart(29)]), (Some(1_260.0), Some(14.0)));
}

#[test]
fn the_load_before_a_restart_is_carried_through_it() {
    let minutes = derived(measured(&[(20, 1_000.0, 0.6), (2, 0.0, 0.0), (1, 500.0, 0.9)]), &[restart(1)]);
    let loads: Vec<_> = minutes.iter().map(|minute| minute.load).collect();
    assert_eq!(loads, vec![Some(1_000.0); 23]);
    let lags: Vec<_> = minutes[20..].iter().map(|minute| minute.lag.map(f64::round)).collect();
    assert_eq!(lags, [None, None, Some(150.0)], "no lag is known while the job is down");
}

fn minute() -> impl Strategy<Value = Minute> {
    let value = |most: f64| proptest::option::weighted(0.9, 0.0..most);
    (value(1e5), value(1.0)).prop_map(|(throughput, busy)| Minute { throughput, busy, ..Minute::default() })
}

fn restarts() -> impl Strategy<Value = Vec<Restart>> {
    let one = (0..200_i64, 0..20_i64)
        .prop_map(|(ended, took)| Restart { began: minutes_ago(ended + took), ended: minutes_ago(ended) });
    proptest::collection::vec(one, 0..6)
}

proptest! {
    #[test]
    fn derived_values_are_sane_and_measured_ones_stay(
        minutes in proptest::collection::vec(minute(), 0..200),
        restarts in restarts(),
    ) {
        let after = derived(minutes.clone(), &restarts);
        prop_assert_eq!(after.len(), minutes.len());
        for (before, after) in minutes.iter().zip(&after) {
            prop_assert_eq!((before.throughput, before.busy), (after.throughput, after.busy));
            for value in [after.load, after.lag].into_iter().flatten() {
                prop_assert!(value.is_finite() && value >= 0.0);
            }
        }
    }

    /// The unit of the throughput does not matter.
    #[test]
    fn loads_scale_with_the_throughput(
        minutes in proptest::collection::vec(minute(), 0..200),
        restarts in restarts(),
    ) {
        let scaled = minutes.iter().map(|minute| Minute { throughput: minute.throughput.map(|rate| rate * 4.0), ..*minute });
        let (one, four) = (derived(minutes.clone(), &restarts), derived(scaled.collect(), &restarts));
        for (one, four) in one.iter().zip(&four) {
            prop_assert_eq!(one.load.map(|load| load * 4.0), four.load);
            prop_assert_eq!(one.lag, four.lag);
        }
    }
}
