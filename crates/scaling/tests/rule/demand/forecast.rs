//! The load that is expected: by the past days, and by a fast growth.

use super::{History, decided, idle, overloaded, resource};
use scaling::{Direction, Reason};

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
fn a_scale_out_takes_the_growth_of_the_past_days() {
    let at_eight = |before: f64, after: f64| {
        overloaded().week(8, move |hour| if hour == 8 { after } else { before }).today(12, 9_000.0)
    };
    for (before, after, kpus) in [
        (9_000.0, 9_000.0, 16),
        (9_000.0, 12_600.0, 17), // 9,000 * 1.4 / 0.75 / 994
        (4_500.0, 6_300.0, 17),  // the growth counts, and not the load
        (0.0, 9_000.0, 16),      // a growth from nothing has no factor
    ] {
        let history = at_eight(before, after);
        assert_eq!(decided(Direction::Out, &resource(8, 600), &history), Ok(kpus), "{before} to {after}");
    }
}

/// Of seven past days the growth that few exceed is expected, so that a quiet yesterday does not hide the growth of the days before it.
#[test]
fn each_past_day_counts() {
    let mut history = overloaded().week(8, |hour| if hour == 8 { 18_000.0 } else { 9_000.0 });
    let yesterday = history.days.len() - 288 - 24;
    history.days[yesterday..yesterday + 48].fill(Some(9_000.0));
    assert_eq!(decided(Direction::Out, &resource(8, 600), &history), Ok(20));
}

/// Twice the load of the past days arrives, so that twice their load is expected after the rise: 12,000 for 12 KPUs, which hold 9,000.
#[test]
fn a_scale_in_takes_the_growth_of_the_past_days() {
    let rises = |load: f64| {
        idle().week(8, move |hour| if (8..20).contains(&hour) { load } else { 1_500.0 }).today(12, 3_000.0)
    };
    let has = resource(12, 600);
    assert_eq!(decided(Direction::In, &has, &rises(6_000.0)), Err(Reason::NotCostEffective));
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

/// Nothing arrives until 8:00, which is now, or until 20:00. A day that was silent at this time has no growth, and shows the load that
/// followed.
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
