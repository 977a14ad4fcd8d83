//! The load that is expected: by the past days, and by a fast growth.

use super::{History, decided, idle, overloaded, resource};
use scaling::{Direction, Minute, Reason};

impl History {
    /// Sets the newest five-minute buckets.
    fn today(mut self, buckets: usize, load: f64) -> Self {
        for bucket in self.days.iter_mut().rev().take(buckets) {
            *bucket = Some(load);
        }
        self
    }

    /// Sets the buckets of some past days and of the last hour.
    fn past_days(mut self, count: usize, load: f64) -> Self {
        self.days = vec![Some(load); count * 288 + 12];
        self
    }
}

/// 15,300 records per second are needed without a forecast, which is 16 KPUs of 994 records per second.
#[test]
fn a_scale_out_takes_the_change_of_the_past_days() {
    let at_eight = |before: f64, after: f64| {
        overloaded().week(8, move |hour| if hour == 8 { after } else { before }).today(12, 9_000.0)
    };
    for (before, after, kpus) in [
        (9_000.0, 9_000.0, 16),
        (9_000.0, 12_600.0, 17), // (9,000 + 3,600) / 0.75 / 994
        (4_500.0, 8_100.0, 17),  // the difference counts, and not the load
        (0.0, 3_600.0, 17),      // also after silence
        (9_000.0, 18_000.0, 25),
        (18_000.0, 9_000.0, 16), // a fall is no reason for less
    ] {
        let history = at_eight(before, after);
        assert_eq!(decided(Direction::Out, &resource(8, 600), &history), Ok(kpus), "{before} to {after}");
    }
}

/// Of seven past days the change that few exceed is expected: neither that of a single day nor that of the quietest ones.
#[test]
fn each_past_day_counts() {
    for (days_that_rise, kpus) in [(0, 16), (1, 16), (2, 22), (3, 25), (7, 25)] {
        let mut history = overloaded().week(8, |_| 9_000.0);
        history.days.splice(..0, [Some(9_000.0); 288]);
        let end = history.days.len();
        for day in 1..=days_that_rise {
            history.days[end - day * 288..end - day * 288 + 12].fill(Some(18_000.0));
        }
        assert_eq!(decided(Direction::Out, &resource(8, 600), &history), Ok(kpus), "{days_that_rise} days");
    }
}

/// Today 3,000 records per second arrive, twice as many as on the past days at this time. These rose to 6,000 or 7,500: 7,500 or 9,000 are
/// expected, for which ten of the twelve KPUs suffice, or none fewer.
#[test]
fn a_scale_in_takes_the_change_of_the_past_days() {
    let rises = |load: f64| {
        idle().week(8, move |hour| if (8..20).contains(&hour) { load } else { 1_500.0 }).today(12, 3_000.0)
    };
    let has = resource(12, 600);
    assert_eq!(decided(Direction::In, &has, &rises(7_500.0)), Err(Reason::NotCostEffective));
    assert_eq!(decided(Direction::In, &has, &rises(6_000.0)), Ok(10));
    assert_eq!(decided(Direction::In, &has, &rises(1_500.0)), Ok(4));
}

/// One past day may be an exception; the lowest load of two is a floor.
#[test]
fn two_past_days_are_a_floor_for_a_silent_source() {
    let silent = || idle().lately(60, |_, minute| (minute.load, minute.busy) = (Some(10.0), Some(0.06)));
    for (days, expected) in [(1, 1..=2), (2, 9..=12), (3, 9..=12)] {
        let history = silent().past_days(days, 9_000.0).today(12, 10.0);
        let kpus = decided(Direction::In, &resource(12, 600), &history).unwrap_or(12);
        assert!(expected.contains(&kpus), "{kpus} KPUs after {days} past days");
    }
}

/// Nothing arrives until 8:00, which is now, or until 20:00.
#[test]
fn a_load_that_follows_a_silence_on_each_day_is_expected() {
    let silent = || idle().lately(60, |_, minute| (minute.load, minute.busy) = (Some(0.0), Some(0.01)));
    let has = resource(12, 600);
    for (returns_at, expected) in [(8, Err(Reason::NotCostEffective)), (20, Ok(1))] {
        let history = silent().week(8, |hour| if hour >= returns_at { 9_000.0 } else { 0.0 }).today(12, 0.0);
        assert_eq!(decided(Direction::In, &has, &history), expected, "the load returns at {returns_at}:00");
    }
}

/// A saturated job without a measured load may have any load. One past day may be an exception; the load that two have reached is a floor.
#[test]
fn a_hidden_load_is_at_least_what_each_past_day_reached() {
    let saturated = |throughput| {
        overloaded().lately(60, move |_, minute| {
            minute.throughput = minute.load.filter(|_| throughput);
        })
    };
    for (throughput, days, kpus) in [(true, 1, 16), (true, 2, 26), (false, 2, 16)] {
        let history = saturated(throughput).past_days(days, 25_000.0).today(12, 9_000.0);
        assert_eq!(
            decided(Direction::Out, &resource(8, 3_600), &history),
            Ok(kpus),
            "{throughput}, {days} days"
        );
    }
    // The lowest of the days counts, although the other one reached more.
    let mut history = saturated(true).past_days(2, 25_000.0).today(12, 9_000.0);
    history.days[..288].fill(Some(9_000.0));
    assert_eq!(decided(Direction::Out, &resource(8, 3_600), &history), Ok(16));
}

/// 300, 600, 900 and 1,200 records per second: 3,600 in eight minutes, for which 3,600 / 0.75 + 3,600 * 150 / 600 are needed.
#[test]
fn a_growth_is_extrapolated_by_its_rise_a_minute() {
    let growing = |loads: [f64; 3]| {
        History::steady(300.0, 0.285).lately(3, |index, minute| {
            let load = if index < 1.0 {
                loads[0]
            } else if index < 2.0 {
                loads[1]
            } else {
                loads[2]
            };
            (minute.load, minute.busy) = (Some(load), Some(0.95 * load / 1_000.0));
        })
    };
    let one = resource(1, 600);
    assert_eq!(decided(Direction::Out, &one, &growing([600.0, 900.0, 1_200.0])), Ok(6));
    // A pause of a minute is not growth: the mean of the last two minutes counts, 1,050.
    assert_eq!(decided(Direction::Out, &one, &growing([900.0, 900.0, 1_200.0])), Ok(2));
}

/// 600, 2,400, 4,200 and 6,000 records per second arrive in the last minutes, and one KPU can process 1,000. If the growth continues, the
/// load is 20,400 in eight minutes.
#[test]
fn a_fast_growing_load_is_extrapolated() {
    let growing = |rise: f64| {
        History::steady(600.0, 0.57).lately(3, |index, minute| {
            let load = 600.0 + rise * (index + 1.0);
            *minute = Minute {
                load: Some(load),
                lag: Some(20.0 * (index + 1.0)),
                busy: Some(0.95),
                ..Minute::default()
            };
        })
    };
    let one = resource(1, 600);
    let fast = decided(Direction::Out, &one, &growing(1_800.0)).unwrap();
    assert!((27..=32).contains(&fast), "{fast}");
    // With a fall in between it is not growth, and the mean of two minutes counts.
    let wavering = growing(1_800.0).lately(1, |_, minute| minute.load = Some(4_000.0));
    let sized = decided(Direction::Out, &one, &wavering).unwrap();
    assert!((5..=12).contains(&sized), "{sized}");
    let slow = decided(Direction::Out, &one, &growing(90.0)).unwrap_or(1);
    assert!(slow <= 4, "a growth below one half is not extrapolated: {slow}");
}

/// A scale-in saves only until the forecast load needs the KPUs again.
#[test]
fn a_scale_in_considers_the_load_of_the_past_days() {
    let has = resource(12, 600);
    let rises_at =
        |rise: usize| idle().week(8, move |hour| if (rise..20).contains(&hour) { 12_000.0 } else { 3_000.0 });
    assert_eq!(
        decided(Direction::In, &has, &rises_at(14)),
        Ok(4),
        "four hours of eight KPUs pay for the restart"
    );
    assert_eq!(
        decided(Direction::In, &has, &rises_at(8)),
        Err(Reason::NotCostEffective),
        "the load rises at once"
    );
    let falls = idle().week(8, |hour| if (8..20).contains(&hour) { 1_000.0 } else { 3_000.0 });
    assert_eq!(decided(Direction::In, &has, &falls), Ok(4), "never below the size for the present load");
}

/// For an hour almost nothing has arrived. The load is expected to stay that low only without past days.
#[test]
fn a_silent_source_is_expected_to_return() {
    let has = resource(12, 600);
    let silent = || idle().lately(60, |_, minute| (minute.load, minute.busy) = (Some(10.0), Some(0.06)));
    let usual = silent().week(8, |_| 9_000.0);
    let silent_now = |mut history: History| {
        for bucket in history.days.iter_mut().rev().take(12) {
            *bucket = Some(10.0);
        }
        history
    };
    let kept = decided(Direction::In, &has, &silent_now(usual));
    assert!(kept.map_or(true, |kpus| kpus >= 9), "{kept:?}: nine KPUs carry the usual load");
    assert!(
        decided(Direction::In, &has, &silent()).is_ok_and(|kpus| kpus <= 2),
        "without past days, the load is expected to stay low"
    );
}

/// A bucket without data on every past day does not hide the buckets after it.
#[test]
fn a_gap_in_the_past_days_does_not_hide_the_rise_after_it() {
    let mut history = idle().week(8, |hour| if (9..20).contains(&hour) { 12_000.0 } else { 3_000.0 });
    let end = history.days.len();
    for day in 1..=6 {
        history.days[end - day * 288] = None;
    }
    assert_eq!(
        decided(Direction::In, &resource(12, 600), &history),
        Err(Reason::NotCostEffective),
        "the load rises in an hour"
    );
}
