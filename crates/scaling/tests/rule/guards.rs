//! Target tracking, several alarms, the limits of the job and the guards, as tables.

use crate::world::{NOW, alike, decide, kpus, outcome, parallelism, policy, running};
use jiff::{SignedDuration, Timestamp};
use scaling::{
    Adjustment, Bounds, Breach, Budget, Call, Decision, Direction, Limits, Parallelism, Past, PerDirection,
    Policy, Reason, Resource, Signals, Sizing, Units, snapshot_dollars,
};

pub(crate) fn doubling() -> Sizing {
    alike(Adjustment::Times("2".parse().unwrap()))
}

fn breach(value: f64, threshold: f64) -> Breach {
    Breach { value, threshold, is_additional: false, is_lag: false }
}

fn answer(
    policy: &Policy,
    direction: Direction,
    resource: &Resource,
    breaches: &[Breach],
) -> Result<u32, Reason> {
    answer_after(policy, direction, resource, breaches, &Past::default())
}

fn answer_after(
    policy: &Policy,
    direction: Direction,
    resource: &Resource,
    breaches: &[Breach],
    past: &Past,
) -> Result<u32, Reason> {
    let signals = Signals { breaches, ..Signals::default() };
    outcome(decide(policy, Call::Alarm { direction }, resource, &signals, past, NOW))
}

#[test]
fn a_target_is_tracked_in_proportion() {
    use Direction::{In, Out};
    #[rustfmt::skip]
    let rows = [
        // has  value   alarm  answer, for a target of 60
        (4,     90.0,   Out,   Ok(6)),
        (3,     80.0,   Out,   Ok(4)),
        (3,     81.0,   Out,   Ok(5)),                      // ceil(4.05)
        (10,    95.0,   Out,   Ok(16)),                     // ceil(15.8)
        (30,    90.0,   Out,   Ok(32)),                     // the maximum
        (10,    60.0,   Out,   Err(Reason::AtDesiredCapacity)),
        (10,    59.0,   Out,   Err(Reason::AtDesiredCapacity)),  // the alarm is on scale-out, the size is smaller
        (10,    30.0,   In,    Ok(5)),
        (10,    31.0,   In,    Ok(6)),                      // ceil(5.2)
        (10,    58.0,   In,    Err(Reason::AtDesiredCapacity)),  // ceil(9.7)
        (10,    0.0,    In,    Ok(1)),
        (1,     10.0,   In,    Err(Reason::AtDesiredCapacity)),
    ];
    for (has, value, direction, expected) in rows {
        let answer =
            answer(&policy(Sizing::Target(60.0)), direction, &running(has, 1), &[breach(value, 80.0)]);
        assert_eq!(answer, expected, "{has} KPU at {value}, alarm {direction}");
    }
    // In binary fractions, 2.1 is a little more than three times 0.7.
    assert_eq!(answer(&policy(Sizing::Target(0.7)), Out, &running(1, 1), &[breach(2.1, 1.0)]), Ok(3));
    let unknown = answer(&policy(Sizing::Target(60.0)), Out, &running(4, 1), &[]);
    assert_eq!(unknown, Err(Reason::NoFreshData));
}

#[test]
fn the_largest_size_of_several_alarms_counts() {
    let added = |value, threshold| Breach { is_additional: true, ..breach(value, threshold) };
    let target = policy(Sizing::Target(60.0));
    let eight = running(8, 1);
    // 8 * 90 / 60 = 12, and for the additional alarm 8 * 1000 / 500 = 16.
    assert_eq!(answer(&target, Direction::Out, &eight, &[breach(90.0, 80.0), added(1_000.0, 500.0)]), Ok(16));
    assert_eq!(answer(&target, Direction::Out, &eight, &[breach(90.0, 80.0), added(600.0, 500.0)]), Ok(12));
    assert_eq!(answer(&target, Direction::In, &eight, &[breach(15.0, 40.0), added(30.0, 40.0)]), Ok(6));

    let steps = |text: &str| text.parse().unwrap();
    let by_breach = policy(Sizing::StepScaling { out: steps("0:1, 10:4"), r#in: steps("0:1, 10:=4") });
    assert_eq!(answer(&by_breach, Direction::Out, &eight, &[breach(85.0, 80.0), breach(95.0, 80.0)]), Ok(12));
    assert_eq!(answer(&by_breach, Direction::In, &eight, &[breach(35.0, 40.0), breach(20.0, 40.0)]), Ok(7));
    assert_eq!(answer(&by_breach, Direction::In, &eight, &[breach(20.0, 40.0)]), Ok(4));
    // With an alarm at its desired capacity, the larger size of another is followed out, but a smaller one not in.
    let four = running(4, 1);
    assert_eq!(
        answer(&by_breach, Direction::In, &four, &[breach(35.0, 40.0), breach(20.0, 40.0)]),
        Err(Reason::AtDesiredCapacity)
    );
    let sizes = policy(Sizing::StepScaling { out: steps("0:2, 10:=4"), r#in: steps("0:1") });
    assert_eq!(answer(&sizes, Direction::Out, &four, &[breach(95.0, 80.0), breach(85.0, 80.0)]), Ok(6));
    assert_eq!(answer(&sizes, Direction::Out, &four, &[breach(95.0, 80.0)]), Err(Reason::AtDesiredCapacity));
}

#[test]
fn a_step_is_at_most_the_largest() {
    let largest = |count| Policy { largest_step: Units::new(count), ..policy(doubling()) };
    for (has, most, out, r#in) in
        [(8, 3, 11, 5), (8, 8, 16, 4), (8, 100, 16, 4), (30, 1, 31, 29), (2, 5, 4, 1)]
    {
        assert_eq!(answer(&largest(most), Direction::Out, &running(has, 1), &[]), Ok(out), "{has} by {most}");
        assert_eq!(answer(&largest(most), Direction::In, &running(has, 1), &[]), Ok(r#in), "{has} by {most}");
    }
}

/// Each row is a parallelism, the parallelism per KPU, the key groups and the partitions of a job that is doubled or halved.
#[test]
fn a_size_that_shares_the_work_evenly_is_preferred_within_the_limits() {
    use Direction::{In, Out};
    #[rustfmt::skip]
    let rows = [
        // has, per KPU, key groups, partitions, alarm, answer
        (5,  1, None,      None,      Out, Ok(10)),
        (5,  1, None,      Some(12),  Out, Ok(12)),  // 12 / 12 = 1, a fifth more than 10
        (7,  1, None,      Some(16),  Out, Ok(16)),
        (4,  1, Some(128), None,      Out, Ok(8)),   // even as it is
        (15, 1, Some(128), None,      Out, Ok(32)),  // 128 / 32 = 4
        (10, 1, Some(128), None,      Out, Ok(20)),  // 32 would be more than a quarter larger
        (5,  2, None,      Some(12),  Out, Ok(12)),  // 3 KPU are doubled to 6
        (9,  1, Some(128), Some(10),  Out, Ok(10)),  // no more subtasks than partitions
        (10, 1, None,      Some(10),  Out, Err(Reason::AtMaximumParallelism)),
        (12, 1, None,      Some(10),  Out, Err(Reason::AtMaximumParallelism)),
        (20, 1, None,      Some(12),  In,  Ok(12)),  // ten, or evenly twelve
        (11, 1, None,      Some(12),  In,  Ok(6)),
        (13, 1, None,      Some(8),   In,  Ok(8)),
        (2,  1, None,      Some(2),   In,  Ok(1)),
        (9,  1, None,      Some(9),   In,  Ok(5)),   // nine is the present size
        (6,  1, Some(24),  Some(12),  Out, Ok(12)),  // divides both
        (5,  1, Some(20),  Some(11),  Out, Ok(10)),  // no size divides both
        (4,  1, None,      Some(9),   Out, Ok(9)),   // a quarter of 8 is 2
    ];
    for (has, per_kpu, key_groups, partitions, direction, expected) in rows {
        let limits = Limits {
            max_parallelism: key_groups.map(parallelism),
            partitions: partitions.map(parallelism),
            quota: None,
        };
        let policy = Policy { limits, ..policy(doubling()) };
        let answer = answer(&policy, direction, &running(has, per_kpu), &[]);
        assert_eq!(
            answer, expected,
            "{has} at {per_kpu} per KPU, {key_groups:?}, {partitions:?}, {direction}"
        );
    }
}

/// The minimum has priority over the partitions, but not over the job's maximum parallelism.
#[test]
fn the_minimum_has_priority_over_the_partitions() {
    let bounds = Bounds::new(kpus(16), kpus(32)).unwrap();
    let limited = |limits| Policy { bounds, limits, ..policy(doubling()) };
    let twelve = parallelism(12);
    let partitions = limited(Limits { partitions: Some(twelve), max_parallelism: None, quota: None });
    assert_eq!(answer(&partitions, Direction::Out, &running(8, 1), &[]), Ok(16));
    assert_eq!(answer(&partitions, Direction::In, &running(20, 1), &[]), Ok(16));
    let eleven = Limits { partitions: Some(parallelism(11)), max_parallelism: None, quota: None };
    let six = Policy { bounds: Bounds::new(kpus(6), kpus(32)).unwrap(), ..limited(eleven) };
    assert_eq!(
        answer(&six, Direction::Out, &running(6, 2), &[]),
        Ok(11),
        "six KPUs hold a subtask for each partition"
    );
    let job = limited(Limits { partitions: None, max_parallelism: Some(twelve), quota: None });
    assert_eq!(answer(&job, Direction::Out, &running(8, 1), &[]), Ok(12), "the job's maximum parallelism");
    assert_eq!(answer(&job, Direction::Out, &running(12, 1), &[]), Err(Reason::AtMaximumParallelism));
}

/// MSF would reject an update above the quota, and the same update again after each failure pause.
#[test]
fn the_quota_of_parallelism_limits_a_step_and_asks_for_no_even_share() {
    let bounds = Bounds::new(kpus(1), kpus(200)).unwrap();
    let limits = Limits { quota: Some(Parallelism::DEFAULT_QUOTA), ..Limits::default() };
    let policy = Policy { bounds, limits, ..policy(doubling()) };
    for (has, per_kpu, direction, expected) in [
        (100, 1, Direction::Out, Ok(200)),
        (100, 4, Direction::Out, Ok(200)),
        (200, 4, Direction::Out, Ok(256)), // 50 KPU doubled would be a parallelism of 400
        (256, 4, Direction::Out, Err(Reason::AtMaximumParallelism)),
        (300, 4, Direction::Out, Err(Reason::AtMaximumParallelism)),
        (400, 4, Direction::In, Ok(200)),
        (12, 1, Direction::In, Ok(6)), // and not 8, although 8 divides 256
    ] {
        let answer = answer(&policy, direction, &running(has, per_kpu), &[]);
        assert_eq!(answer, expected, "{has} at {per_kpu} per KPU, {direction}");
    }
}

/// An even share never exceeds the bounds, nor the largest step.
#[test]
fn an_even_share_stays_within_the_bounds_and_the_largest_step() {
    let limits = Limits { max_parallelism: None, partitions: Parallelism::new(12), quota: None };
    let even = Policy { limits, ..policy(doubling()) };
    let bounded = Policy { bounds: Bounds::new(kpus(1), kpus(11)).unwrap(), ..even.clone() };
    assert_eq!(answer(&bounded, Direction::Out, &running(5, 1), &[]), Ok(10));
    let short = Policy { largest_step: Units::new(6), ..even };
    assert_eq!(answer(&short, Direction::Out, &running(5, 1), &[]), Ok(10));
}

#[test]
fn each_direction_has_its_own_cooldown() {
    let minutes = SignedDuration::from_mins;
    let grace_period = PerDirection { out: minutes(5), r#in: minutes(20) };
    let policy = Policy { grace_period, ..policy(doubling()) };
    for (minutes_ago, out, r#in) in [
        (4, Err(Reason::CoolingDown), Err(Reason::CoolingDown)),
        (5, Ok(8), Err(Reason::CoolingDown)), // the scale-out does not wait for the longer cooldown
        (19, Ok(8), Err(Reason::CoolingDown)),
        (20, Ok(8), Ok(2)),
    ] {
        let resource = Resource { last_change: Some(NOW - minutes(minutes_ago)), ..running(4, 1) };
        assert_eq!(answer(&policy, Direction::Out, &resource, &[]), out, "{minutes_ago}");
        assert_eq!(answer(&policy, Direction::In, &resource, &[]), r#in, "{minutes_ago}");
    }
}

#[test]
fn a_snapshot_blocks_the_scale_out_unless_a_lag_breaches() {
    use Direction::{In, Out};
    let lag = [Breach { is_lag: true, ..breach(60.0, 30.0) }];
    let busy = [breach(95.0, 80.0)];
    for (takes_snapshot, direction, breaches, expected) in [
        (true, Out, &busy, Err(Reason::TakingSnapshot)),
        (true, Out, &lag, Ok(8)),
        (true, In, &busy, Ok(2)),
        (false, Out, &busy, Ok(8)),
    ] {
        let past = Past { takes_snapshot, ..Past::default() };
        let found = answer_after(&policy(doubling()), direction, &running(4, 1), breaches, &past);
        assert_eq!(found, expected);
    }
}

/// At 0.11 dollars, 1,000 dollars are 9,090.9 KPU-hours. January has 744 hours, each with the orchestration KPU.
#[test]
fn a_size_is_affordable_for_a_day_and_leaves_money_for_the_smallest_size() {
    let budget = Budget { dollars: 1_000.0, dollars_per_kpu_hour: 0.11, state_gigabytes: 0.0 };
    #[rustfmt::skip]
    let rows = [
        // now                      spent  affordable, of at least 2 KPU
        ("2026-01-01T00:00:00Z",      0.0, 287), // (9090.9 - 3 * 720) / 24 - 1
        ("2026-01-11T00:00:00Z",    500.0, 128), // (4545.5 - 3 * 480) / 24 - 1
        ("2026-01-11T00:00:00Z",    800.0,  14), // (1818.2 - 1440) / 24 - 1
        ("2026-01-11T00:00:00Z",    900.0,   2), // the budget does not veto the smallest size
        ("2026-01-11T00:00:00Z",  2_000.0,   2),
        ("2026-01-31T12:00:00Z",    990.0,   6), // 90.9 KPU-hours for half a day
        ("2026-02-28T23:00:00Z",    999.0,   8), // 9.09 for the last hour of a short month
        ("2028-02-28T23:00:00Z",    999.0,   2), // not the last day of a leap year
        ("2026-01-31T23:59:30Z",    999.9,  53), // 0.91 KPU-hours for the last minute
    ];
    for (now, spent, expected) in rows {
        let affordable = budget.affordable(kpus(2), spent, now.parse().unwrap());
        assert_eq!(affordable.count(), expected, "{now} after {spent} dollars");
    }
}

/// Of 100 GB, a month of a snapshot costs 2.30 dollars: 20.9 KPU-hours, or less than one KPU for a day.
#[test]
fn a_step_pays_for_the_snapshot_that_it_leaves() {
    let of = |state_gigabytes| Budget { dollars: 1_000.0, dollars_per_kpu_hour: 0.11, state_gigabytes };
    let now = "2026-01-11T00:00:00Z".parse().unwrap();
    let affordable = |state, spent| of(state).affordable(kpus(2), spent, now).count();
    assert_eq!((affordable(0.0, 800.0), affordable(100.0, 800.0)), (14, 13)); // (1818.2 - 20.9 - 1440) / 24 - 1
    assert_eq!(affordable(10_000.0, 0.0), 230); // (9090.9 - 2090.9 - 1440) / 24 - 1
    assert_eq!(affordable(1e6, 0.0), 2, "the budget does not veto the smallest size");
    assert!((snapshot_dollars(100.0, 14 * 30) - 966.0).abs() < 1e-9);
}

#[test]
fn a_scale_out_is_limited_to_the_budget() {
    let budget = Some(Budget { dollars: 1_000.0, dollars_per_kpu_hour: 0.11, state_gigabytes: 0.0 });
    let policy = Policy { budget, ..policy(doubling()) };
    let now: Timestamp = "2026-01-11T00:00:00Z".parse().unwrap();
    let answer = |has, direction, spent| {
        let past = Past { spent, ..Past::default() };
        let call = Call::Alarm { direction };
        match decide(&policy, call, &running(has, 1), &Signals::default(), &past, now) {
            Decision::Scale { to, .. } => Ok(to.units.count()),
            Decision::Hold(reason) => Err(reason),
        }
    };
    assert_eq!(answer(8, Direction::Out, 0.0), Ok(16));
    assert_eq!(answer(8, Direction::Out, 840.0), Ok(16));
    assert_eq!(answer(8, Direction::Out, 850.0), Ok(15), "limited, not vetoed");
    assert_eq!(answer(16, Direction::Out, 850.0), Err(Reason::OverBudget));
    assert_eq!(answer(32, Direction::Out, 0.0), Err(Reason::AtMaximum));
    assert_eq!(answer(8, Direction::In, 5_000.0), Ok(4), "an exceeded budget does not enlarge a scale-in");
}
