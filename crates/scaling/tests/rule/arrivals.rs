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
    let rows: [Row; 16] = [
        ("a job that keeps up",                measured(&[(30, 1_000.0, 0.7)]),                     vec![],           (Some(1_000.0), Some(0.0))),
        ("one saturated minute",               measured(&[(30, 1_000.0, 0.7), (1, 1_200.0, 0.95)]), vec![],           (Some(1_260.0), Some(3.0))),
        ("five saturated minutes",             measured(&[(30, 1_000.0, 0.7), (5, 1_200.0, 0.95)]), vec![],           (Some(1_260.0), Some(14.0))),
        ("it keeps up again",                  measured(&[(5, 1_200.0, 0.95), (1, 900.0, 0.7)]),    vec![],           (Some(900.0), Some(0.0))),
        // 1,000 * (120 + 60) - 700 * 60 = 138,000 wait after the first minute, and 500 a second are worked off.
        ("just after a restart",               after(0.95, 0),                                      vec![restart(1)], (Some(1_000.0), Some(138.0))),
        ("it works off the restart",           after(0.95, 2),                                      vec![restart(3)], (Some(1_000.0), Some(78.0))),
        ("that takes longer than it explains", after(0.95, 5),                                      vec![restart(6)], (Some(1_575.0), Some(3.0))),
        ("the restart is worked off sooner",   after(0.7, 2),                                       vec![restart(3)], (Some(1_500.0), Some(0.0))),
        ("a whole minute after a restart",     after(0.7, 1),                                       vec![restart(2)], (Some(1_500.0), Some(0.0))),
        // 120,000 wait, and 2,000 a second are worked off. The next minute needs another reason.
        ("the last record of the restart",     measured(&[(20, 1_000.0, 0.6), (2, 0.0, 0.0), (1, 1_000.0, 0.9), (1, 3_000.0, 0.95)]), vec![restart(2)], (Some(3_150.0), Some(3.0))),
        ("just at the margin of the ceiling",  measured(&[(30, 1_000.0, 0.7), (1, 1_200.0, 0.95 - 0.06)]), vec![],    (Some(1_260.0), Some(3.0))),
        ("a restart before the first minute",  measured(&[(1, 1_000.0, 0.95)]),                     vec![restart(1)], (Some(1_050.0), Some(3.0))),
        ("a short record of a saturated job",  measured(&[(9, 1_000.0, 0.7), (1, 1_200.0, 0.95)]),  vec![],           (Some(1_260.0), Some(3.0))),
        ("a busy job without records",         measured(&[(1, 0.0, 0.95)]),                         vec![],           (Some(0.0), Some(0.0))),
        ("no utilization",                     vec![Minute { throughput: Some(5.0), ..Minute::default() }], vec![],   (Some(5.0), None)),
        ("no measurement",                     vec![Minute::default()],                             vec![],           (None, None)),
    ];
    for (name, minutes, restarts, expected) in rows {
        assert_eq!(newest(minutes, &restarts), expected, "{name}");
    }
}

#[test]
fn a_trend_before_the_saturation_goes_on_at_most_to_three_times_the_throughput() {
    let rising = |by: f64, saturated: usize| {
        let mut minutes = measured(&[(12, 2_100.0, 0.7), (saturated, 3_000.0, 0.95)]);
        let mut rate = 2_100.0;
        for minute in &mut minutes[1..12] {
            rate += by;
            minute.throughput = Some(rate);
        }
        newest(minutes, &[]).0
    };
    for (by, saturated, load) in [
        (0.0, 2, 3_150.0),
        (10.0, 2, 3_150.0),
        (100.0, 1, 3_300.0),
        (100.0, 2, 3_400.0),
        (100.0, 3, 3_500.0),
        (5_000.0, 2, 9_000.0),
    ] {
        assert_eq!(rising(by, saturated), Some(load), "{by} a minute, saturated for {saturated} minutes");
    }
}

/// A job that keeps up is saturated within a minute. The more its throughput exceeds the highest load of two hours, the less is known about the
/// load. A throughput of one and a half times that load counts as the largest load, three times the throughput.
#[test]
fn after_a_jump_the_load_is_the_largest() {
    let (jumped, surcharge) = ((Some(4_500.0), Some(40.0)), (Some(1_575.0), Some(3.0)));
    let jumps = |before: &[(usize, f64, f64)], throughput: f64| {
        measured(&[before, &[(1, throughput, 0.95)]].concat())
    };
    let usual = [(30, 1_000.0, 0.7)];
    let restarted = [(30, 1_000.0, 0.7), (2, 0.0, 0.0), (1, 1_000.0, 0.7)];
    #[rustfmt::skip]
    let rows: [Row; 8] = [
        ("half more than before",        jumps(&usual, 1_500.0),                                       vec![],           jumped),
        ("a little less",                jumps(&usual, 1_499.0),                                       vec![],           (Some(1_574.0), Some(3.0))),
        ("as high two hours ago",        jumps(&[(1, 1_400.0, 0.7), (119, 1_000.0, 0.7)], 1_500.0),    vec![],           surcharge),
        ("as high more than that ago",   jumps(&[(1, 1_400.0, 0.7), (120, 1_000.0, 0.7)], 1_500.0),    vec![],           jumped),
        ("the load before is unknown",   jumps(&[], 1_500.0),                                          vec![],           surcharge),
        ("the third minute of a jump",   measured(&[(30, 1_000.0, 0.7), (3, 1_500.0, 0.95)]),          vec![],           (Some(4_500.0), Some(120.0))),
        // Until the job keeps up, its throughput may be the backlog of the restart.
        ("it keeps up after a restart",  jumps(&[&restarted[..], &[(1, 1_000.0, 0.7)]].concat(), 1_500.0), vec![restart(3)], jumped),
        ("it does not yet",              measured(&[(30, 1_000.0, 0.7), (2, 0.0, 0.0), (1, 1_000.0, 0.9), (4, 1_600.0, 0.95)]), vec![restart(5)], (Some(1_680.0), Some(3.0))),
    ];
    for (name, minutes, restarts, expected) in rows {
        assert_eq!(newest(minutes, &restarts), expected, "{name}");
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
        (0.95, 12.0, 6, (Some(1_250.0), Some(72.0))), // a fifth of a second in each second proves it
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

/// After a restart with a backlog that is gone within the first minute, the job is as busy as before, and not saturated.
#[test]
fn a_restart_shows_no_ceiling_without_a_backlog_or_after_half_an_hour() {
    let after = |down: usize, throughput: f64| {
        let minutes = measured(&[
            (20, 1_000.0, 0.45),
            (down, 0.0, 0.0),
            (3, throughput, 0.55),
            (9, 1_000.0, 0.45),
            (5, throughput, 0.55),
        ]);
        let began = minutes_ago(i64::try_from(down).unwrap() + 17);
        newest(minutes, &[Restart { began, ended: minutes_ago(17) }]).1
    };
    #[rustfmt::skip]
    let rows = [
        // minutes of the restart, throughput after it: derived lag
        (2,  1_000.0, 0.0),
        (2,  1_100.0, 0.0),
        (2,  1_101.0, 14.0),
        (30, 1_101.0, 14.0),
        (31, 1_101.0, 0.0),
    ];
    for (down, throughput, lag) in rows {
        assert_eq!(after(down, throughput), Some(lag), "{down} min, {throughput} a second");
    }
}

#[test]
fn the_load_before_a_restart_is_carried_through_it() {
    let minutes = derived(measured(&[(20, 1_000.0, 0.6), (2, 0.0, 0.0), (1, 500.0, 0.9)]), &[restart(1)]);
    let loads: Vec<_> = minutes.iter().map(|minute| minute.load).collect();
    assert_eq!(loads, vec![Some(1_000.0); 23]);
    let lags: Vec<_> = minutes[20..].iter().map(|minute| minute.lag.map(f64::round)).collect();
    assert_eq!(lags, [None, None, Some(150.0)], "no lag is known while the job is down");
}

/// The load rises before the restart. The mean of the three minutes before it is carried, whether it begins with a minute or within one.
#[test]
fn the_load_before_a_restart_is_the_mean_of_three_minutes() {
    let rising = [(10, 1_000.0, 0.6), (1, 1_300.0, 0.6), (1, 1_600.0, 0.6), (1, 1_900.0, 0.6)];
    let minutes = measured(&[rising.as_slice(), &[(2, 0.0, 0.0), (1, 500.0, 0.9)]].concat());
    let before = [vec![1_000.0; 10], vec![1_300.0, 1_600.0, 1_900.0]].concat();
    for late in [0, 30] {
        let began = minutes_ago(3) + SignedDuration::from_secs(late);
        let derived = derived(minutes.clone(), &[Restart { began, ended: minutes_ago(1) }]);
        let loads: Vec<_> = derived.iter().filter_map(|minute| minute.load).collect();
        assert_eq!(loads, [before.clone(), vec![1_600.0; 3]].concat(), "{late} s after the minute began");
    }
}

/// In minute 20, a job with 1,000 records a second restarts. The busy share of the next two whole minutes is the ceiling, if their throughput
/// is less than arrived since half of the downtime. A last minute of 55 % is saturated then, and waits for 3 s.
#[test]
fn a_restart_shows_the_ceiling_only_while_records_certainly_wait() {
    let newest_after = |ended: i64, throughput: f64, busies: [f64; 2]| {
        let after = busies.map(|busy| (1, throughput, busy));
        // The minute in which the restart ends, and the two whole minutes after it.
        let whole = usize::try_from((ended + 59) / 60 - 20).unwrap();
        let parts = [
            &[(20, 1_000.0, 0.45), (whole, 500.0, 0.45)],
            after.as_slice(),
            &[(20, 1_000.0, 0.45), (1, 1_200.0, 0.55)],
        ];
        let minutes = measured(&parts.concat());
        let first = NOW - SignedDuration::from_mins(i64::try_from(minutes.len()).unwrap());
        let at = |seconds| first + SignedDuration::from_secs(seconds);
        newest(minutes, &[Restart { began: at(1_200), ended: at(ended) }])
    };
    let (shown, hidden) = ((Some(1_260.0), Some(3.0)), (Some(1_200.0), Some(0.0)));
    #[rustfmt::skip]
    let rows = [
        // end of the restart, throughput after it, busy shares, load and lag
        (1_320, 1_499.0, [0.55, 0.55], shown),  // 1,000 * (60 + 120) arrived, and 120 s of it were processed
        (1_320, 1_500.0, [0.55, 0.55], hidden),
        (1_350, 1_499.0, [0.55, 0.55], shown),  // 1,000 * (75 + 150) arrived, within 150 s
        (1_350, 1_500.0, [0.55, 0.55], hidden),
        (1_350, 1_499.0, [0.50, 0.59], shown),
        (1_350, 1_499.0, [0.60, 0.50], shown),
        (1_350, 1_499.0, [0.61, 0.50], hidden), // not steady
        (1_320, 1_499.0, [0.20, 0.10], hidden), // a tenth is the limit
    ];
    for (ended, throughput, busies, expected) in rows {
        assert_eq!(newest_after(ended, throughput, busies), expected, "{ended} {throughput} {busies:?}");
    }
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
