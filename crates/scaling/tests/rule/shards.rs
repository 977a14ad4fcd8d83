//! A stream: all combinations of a number of shards, a maximum and a number of changes within the day.

use crate::world::{NOW, alike, bounds, decide, kpus, policy, running};
use jiff::SignedDuration;
use scaling::{
    Adjustment, CHANGES_OF_A_DAY, Call, Decision, Direction, Past, Policy, Reason, Resource, Signals, Unit,
};
use std::collections::BTreeMap;

fn stream(shards: u32, changes: u32) -> Resource {
    Resource { changes_of_the_day: changes, ..running(shards, 1) }
}

fn of_shards(step: &str, minimum: u32, maximum: u32) -> Policy {
    let step = Adjustment::Times(step.parse().unwrap());
    Policy {
        unit: Unit::Shard,
        bounds: bounds(minimum, maximum),
        largest: kpus(maximum),
        ..policy(alike(step))
    }
}

fn answer(policy: &Policy, call: Call, stream: &Resource) -> Result<u32, Reason> {
    match decide(policy, call, stream, &Signals::default(), &Past::default(), NOW) {
        Decision::Scale { to, .. } => Ok(to.units.count()),
        Decision::Hold(reason) => Err(reason),
    }
}

/// Counts the doublings from a size to the maximum one by one.
fn doublings(mut from: u32, maximum: u32) -> u32 {
    let mut count = 0;
    while from < maximum {
        (from, count) = (from * 2, count + 1);
    }
    count
}

#[test]
fn kinesis_allows_every_change_and_a_scale_in_leaves_changes_to_scale_out_again() {
    let mut seen = BTreeMap::<String, u32>::new();
    let mut cases = 0;
    for step in ["1.25", "1.5", "2", "3", "10"] {
        for (minimum, maximum) in [(1, 1), (1, 4), (1, 40), (3, 16), (5, 9), (30, 40)] {
            let policy = of_shards(step, minimum, maximum);
            for (shards, changes) in
                (1..=48).flat_map(|shards| (0..=11).map(move |changes| (shards, changes)))
            {
                for direction in [Direction::Out, Direction::In] {
                    let found = answer(&policy, Call::Alarm { direction }, &stream(shards, changes));
                    cases += 1;
                    let case =
                        format!("{shards} shards, {changes} changes, {minimum}-{maximum}, {step}: {found:?}");
                    *seen
                        .entry(found.map_or_else(|reason| format!("{reason:?}"), |_| format!("{direction}")))
                        .or_default() += 1;
                    let Ok(to) = found else { continue };
                    assert!(to <= 2 * shards && 2 * to >= shards && to != shards, "{case}");
                    assert!(changes < CHANGES_OF_A_DAY, "{case}");
                    if to < shards {
                        assert!(changes + 1 + doublings(to, maximum) <= CHANGES_OF_A_DAY, "{case}");
                    }
                    // Within the bounds, or closer to them from far outside.
                    let is_back = shards < minimum || shards > maximum;
                    assert!((minimum..=maximum).contains(&to) || is_back, "{case}");
                    // Whole quarters, if such a size is allowed and close.
                    let is_quarter = |to: u32| (4 * to).is_multiple_of(shards);
                    let most = if to > shards { maximum.min(2 * shards) } else { maximum.min(shards - 1) };
                    assert!(is_quarter(to) || !(to..=most.min(to * 5 / 4)).any(is_quarter), "{case}");
                }
            }
        }
    }
    assert_eq!(cases, 5 * 6 * 48 * 12 * 2);
    for sometimes in ["out", "in", "DailyLimit", "AtMaximum", "AtMinimum"] {
        assert!(seen.contains_key(sometimes), "{sometimes} was never the answer: {seen:?}");
    }
}

/// A load that comes and goes all day uses up the changes, but the maximum stays reachable at any time.
#[test]
fn scale_ins_never_exhaust_a_day() {
    for (minimum, maximum) in [(1, 2), (1, 16), (2, 100), (1, 512)] {
        let policy = of_shards("2", minimum, maximum);
        let (mut shards, mut changes) = (maximum, 0);
        // As many scale-ins as allowed, one scale-out, and again as many scale-ins as allowed.
        for direction in [[Direction::In; 8].as_slice(), &[Direction::Out], &[Direction::In; 8]].concat() {
            if let Ok(to) = answer(&policy, Call::Alarm { direction }, &stream(shards, changes)) {
                (shards, changes) = (to, changes + 1);
            }
        }
        while shards < maximum {
            shards =
                answer(&policy, Call::Alarm { direction: Direction::Out }, &stream(shards, changes)).unwrap();
            changes += 1;
        }
        assert!(changes <= CHANGES_OF_A_DAY);
    }
}

#[test]
fn the_steps_of_a_stream_as_a_table() {
    #[rustfmt::skip]
    let rows = [
        // step, shards, changes, direction,      to
        ("2",    4,      0,       Direction::Out, Ok(8)),
        ("3",    4,      0,       Direction::Out, Ok(8)),                    // at most twice
        ("1.25", 10,     0,       Direction::Out, Ok(15)),                   // 13, by whole quarters
        ("1.5",  6,      0,       Direction::Out, Ok(9)),
        ("1.1",  10,     0,       Direction::Out, Ok(11)),                   // 15 would be more than a quarter larger
        ("2",    10,     0,       Direction::Out, Ok(16)),                   // 20, within the maximum
        ("2",    16,     0,       Direction::Out, Err(Reason::AtMaximum)),
        ("2",    4,      9,       Direction::Out, Ok(8)),
        ("2",    4,      10,      Direction::Out, Err(Reason::DailyLimit)),
        ("2",    16,     0,       Direction::In,  Ok(8)),
        ("4",    16,     0,       Direction::In,  Ok(8)),                    // at least half
        ("2",    5,      0,       Direction::In,  Ok(3)),
        ("1.25", 16,     0,       Direction::In,  Ok(13)),                   // 12 is whole quarters, but below the target
        ("1.5",  12,     0,       Direction::In,  Ok(9)),                    // 8, by whole quarters
        ("2",    16,     8,       Direction::In,  Ok(8)),                    // one is left to scale out again
        ("2",    16,     9,       Direction::In,  Err(Reason::DailyLimit)),
        ("2",    2,      6,       Direction::In,  Err(Reason::DailyLimit)),  // from 1 to 16 takes four
        ("2",    2,      5,       Direction::In,  Ok(1)),
        ("2",    1,      0,       Direction::In,  Err(Reason::AtMinimum)),
    ];
    for (step, shards, changes, direction, to) in rows {
        let policy = of_shards(step, 1, 16);
        assert_eq!(
            answer(&policy, Call::Alarm { direction }, &stream(shards, changes)),
            to,
            "{step} {shards} {changes} {direction}"
        );
    }
}

/// A stream far out of its bounds needs several changes to return.
#[test]
fn a_stream_far_out_of_bounds_returns_in_several_changes() {
    let policy = of_shards("2", 1, 10);
    let call = Call::Bounds { direction: Direction::In, backlog: false };
    assert_eq!(answer(&policy, call, &stream(64, 0)), Ok(32));
    assert_eq!(answer(&policy, call, &stream(16, 2)), Ok(10));
    let resting = Policy { grace_period: scaling::PerDirection { out: HOUR, r#in: HOUR }, ..policy };
    let moved = Resource { last_change: Some(NOW), ..stream(64, 0) };
    assert_eq!(answer(&resting, call, &moved), Err(Reason::CoolingDown));
}

const HOUR: SignedDuration = SignedDuration::from_hours(1);

#[test]
fn a_unit_has_the_parameters_of_its_bounds_and_a_count_names_its_unit() {
    assert_eq!(Unit::Kpu.parameters(), ("MinKpu", "MaxKpu"));
    assert_eq!(Unit::Shard.parameters(), ("MinShards", "MaxShards"));
    assert_eq!([1, 2].map(|count| Unit::Shard.words(kpus(count))), ["1 shard", "2 shards"]);
    assert_eq!([1, 2].map(|count| Unit::Kpu.words(kpus(count))), ["1 KPU", "2 KPU"]);
}
