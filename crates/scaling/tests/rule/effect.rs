//! The effect of the last scale-out on the throughput.

use crate::guards::doubling;
use crate::world::{NOW, decide, kpus, parallelism, policy, running};
use jiff::SignedDuration;
use scaling::{Call, Decision, Direction, Minute, Past, Policy, Reason, Resource, Scaling, Signals};

/// The minutes of a lagging job. Each part has a number of minutes, the load, and the change of the lag per minute in seconds. NaN is an
/// unmeasured lag.
fn behind(parts: &[(usize, f64, f64)]) -> Vec<Minute> {
    let mut lag = 600.0;
    let mut minutes = Vec::new();
    for (count, load, change) in parts {
        for _ in 0..*count {
            lag += change;
            minutes.push(Minute {
                load: Some(*load),
                lag: Some(lag).filter(|lag| lag.is_finite()),
                busy: Some(0.3),
                throughput: None,
            });
        }
    }
    minutes
}

/// A scale-out from 4 to 8 KPU took two minutes. Before it, half of 1,000 records per second were processed. The change of the lag after it
/// determines the throughput since.
#[test]
fn an_ineffective_scale_out_pauses_the_next_one() {
    let minutes = SignedDuration::from_mins;
    let policy = Policy { ineffective_pause: minutes(30), ..policy(doubling()) };
    let now = |change: f64, (from, to): (u32, u32), after: usize, ended: i64| {
        let minutes_seen = behind(&[(60, 1_000.0, 30.0), (2, 1_000.0, 60.0), (after, 1_000.0, change)]);
        let ended = NOW - minutes(ended);
        let out = Scaling { since: None, began: ended - minutes(2), ended, from: kpus(from), to: kpus(to) };
        let resource = Resource { last_change: Some(ended), ..running(to, 1) };
        let effect =
            Signals { until: NOW, minutes: &minutes_seen, lag_threshold: 30.0, ..Signals::default() };
        let past = Past { scaled_out: Some(out), effect, ..Past::default() };
        let call = Call::Alarm { direction: Direction::Out };
        match decide(&policy, call, &resource, &Signals::default(), &past, NOW) {
            Decision::Scale { to, .. } => Ok(to.units.count()),
            Decision::Hold(reason) => Err(reason),
        }
    };
    for (case, change, step, after, ended, expected) in [
        ("as much as before", 30.0, (4, 8), 10, 10, Err(Reason::Ineffective)),
        ("less than before", 45.0, (4, 8), 10, 10, Err(Reason::Ineffective)),
        ("9 % more for twice the KPUs", 27.3, (4, 8), 10, 10, Err(Reason::Ineffective)),
        ("11 % more", 26.7, (4, 8), 10, 10, Ok(16)),
        ("10 % more for three times the KPUs", 27.0, (4, 12), 10, 10, Err(Reason::Ineffective)),
        ("exactly a tenth of the growth", 0.0, (1, 11), 10, 10, Ok(22)),
        ("the smallest growth to judge", 30.0, (4, 5), 10, 10, Err(Reason::Ineffective)),
        ("twice as much", 0.0, (4, 8), 10, 10, Ok(16)),
        ("a growth too small to judge", 30.0, (8, 9), 10, 10, Ok(18)),
        ("too early to judge", 30.0, (4, 8), 2, 2, Err(Reason::NoFreshData)),
        ("two minutes after it", 30.0, (4, 8), 3, 3, Err(Reason::Ineffective)),
        ("no data", f64::NAN, (4, 8), 9, 9, Err(Reason::NoFreshData)),
        ("no data for ten minutes", f64::NAN, (4, 8), 10, 10, Ok(16)),
        ("the pause is over", 30.0, (4, 8), 30, 30, Ok(16)),
    ] {
        assert_eq!(now(change, step, after, ended), expected, "{case}");
    }
}

/// After another change, or without a measured load, there is no evidence against the scale-out.
#[test]
fn a_scale_out_is_not_judged_after_another_change() {
    let minutes = SignedDuration::from_mins;
    let policy = Policy { ineffective_pause: minutes(30), ..policy(doubling()) };
    let seen = behind(&[(60, 1_000.0, 30.0), (2, 1_000.0, 60.0), (10, 1_000.0, 30.0)]);
    let ended = NOW - minutes(10);
    let out = Scaling { since: None, began: ended - minutes(2), ended, from: kpus(4), to: kpus(8) };
    let judged = Resource { last_change: Some(ended), ..running(8, 1) };
    let answer_after = |scaled: Scaling, resource: &Resource, seen: &[Minute]| {
        let effect = Signals { until: NOW, minutes: seen, lag_threshold: 30.0, ..Signals::default() };
        let past = Past { scaled_out: Some(scaled), effect, ..Past::default() };
        let call = Call::Alarm { direction: Direction::Out };
        decide(&policy, call, resource, &Signals::default(), &past, NOW)
    };
    let answer = |resource: &Resource, seen: &[Minute]| answer_after(out, resource, seen);
    let ineffective = Decision::Hold(Reason::Ineffective);
    assert_eq!(answer(&judged, &seen), ineffective);
    // The description of the application states its last update a little after the end of the operation.
    let described =
        |after| Resource { last_change: Some(ended + SignedDuration::from_secs(after)), ..judged };
    assert_eq!([50, 60].map(|after| answer(&described(after), &seen)), [ineffective; 2]);
    assert_ne!(answer(&described(61), &seen), ineffective);
    assert_ne!(answer(&Resource { last_change: Some(NOW - minutes(5)), ..judged }, &seen), ineffective);
    assert_ne!(answer(&Resource { parallelism: parallelism(6), ..judged }, &seen), ineffective);
    assert_ne!(answer(&judged, &[]), ineffective);
    // The size changed a minute before the scale-out, so the minutes before do not belong to four KPUs.
    let after_another = Scaling { since: Some(out.began - minutes(1)), ..out };
    assert_ne!(answer_after(after_another, &judged, &seen), ineffective);
    let caught_up: Vec<_> = seen.iter().map(|minute| Minute { lag: Some(0.0), ..*minute }).collect();
    assert_ne!(answer(&judged, &caught_up), ineffective);
}

/// Only minutes at the size before the scale-out are compared, from a minute after that size was reached. Two of them are enough.
#[test]
fn the_minutes_at_the_size_before_a_scale_out_are_compared() {
    let minutes = SignedDuration::from_mins;
    let policy = Policy { ineffective_pause: minutes(30), ..policy(doubling()) };
    // A quarter of 1,000 records per second was processed at an earlier size, then a half, and a half after the scale-out.
    let before = [(100, 1_000.0, 0.0), (60, 1_000.0, 45.0), (20, 1_000.0, 30.0)];
    let seen = behind(&[before.as_slice(), &[(2, 1_000.0, 60.0), (10, 1_000.0, 30.0)]].concat());
    let (began, ended) = (NOW - minutes(12), NOW - minutes(10));
    let effect = Signals { until: NOW, minutes: &seen, lag_threshold: 30.0, ..Signals::default() };
    for (at_that_size, expected) in [
        (80, None),
        (18, Some(Reason::Ineffective)),
        (3, Some(Reason::Ineffective)),
        (2, None), // A single minute is not compared.
    ] {
        let since = Some(began - minutes(at_that_size));
        let scaled_out = Some(Scaling { since, began, ended, from: kpus(4), to: kpus(8) });
        let past = Past { scaled_out, effect, ..Past::default() };
        let resource = Resource { last_change: Some(ended), ..running(8, 1) };
        let call = Call::Alarm { direction: Direction::Out };
        let held = match decide(&policy, call, &resource, &Signals::default(), &past, NOW) {
            Decision::Scale { .. } => None,
            Decision::Hold(reason) => Some(reason),
        };
        assert_eq!(held, expected, "{at_that_size} minutes");
    }
}
