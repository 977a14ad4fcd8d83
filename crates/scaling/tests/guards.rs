//! What sizes and holds beside the steps: target tracking, several alarms, the limits of the job, the guards. As tables.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use jiff::{SignedDuration, Timestamp};
use scaling::{
    Activity, Adjustment, Application, Bounds, Breach, Decision, Direction, Kpus, Limits, Parallelism,
    PerDirection, Policy, Reason, Signals, Sizing, decide,
};

const NOW: Timestamp = Timestamp::constant(1_000_000, 0);

fn kpus(count: u32) -> Kpus {
    Kpus::new(count).unwrap()
}

fn parallelism(count: u32) -> Parallelism {
    Parallelism::new(count).unwrap()
}

/// One to 32 KPU, nothing that holds.
fn policy(sizing: Sizing) -> Policy {
    Policy {
        bounds: Bounds::new(kpus(1), kpus(32)).unwrap(),
        sizing,
        largest_step: None,
        grace_period: PerDirection { out: SignedDuration::ZERO, r#in: SignedDuration::ZERO },
        reversal_window: SignedDuration::ZERO,
        failure_pause: SignedDuration::ZERO,
        limits: Limits::default(),
    }
}

fn doubling() -> Sizing {
    let double = Adjustment::Times("2".parse().unwrap());
    Sizing::Steps { out: double, r#in: double }
}

fn running(count: u32, per_kpu: u32) -> Application {
    Application {
        activity: Activity::Running,
        parallelism: parallelism(count),
        parallelism_per_kpu: parallelism(per_kpu),
        last_change: None,
        failed: PerDirection::default(),
        scaled: PerDirection::default(),
    }
}

fn breach(value: f64, threshold: f64) -> Breach {
    Breach { value, threshold, is_additional: false, is_lag: false }
}

fn answer(
    policy: &Policy,
    rings: Direction,
    application: &Application,
    breaches: &[Breach],
) -> Result<u32, Reason> {
    let signals = Signals { breaches, ..Signals::default() };
    match decide(policy, rings, application, &signals, NOW) {
        Decision::Scale { to, .. } => Ok(to.parallelism.count()),
        Decision::Hold(reason) => Err(reason),
    }
}

#[test]
fn a_target_is_tracked_in_proportion() {
    use Direction::{In, Out};
    #[rustfmt::skip]
    let rows = [
        // has  value   rings  answer, for a target of 60
        (4,     90.0,   Out,   Ok(6)),
        (3,     80.0,   Out,   Ok(4)),
        (3,     81.0,   Out,   Ok(5)),                      // ceil(4.05)
        (10,    95.0,   Out,   Ok(16)),                     // ceil(15.8)
        (30,    90.0,   Out,   Ok(32)),                     // the maximum
        (10,    60.0,   Out,   Err(Reason::SizedAlready)),
        (10,    59.0,   Out,   Err(Reason::SizedAlready)),  // it rings, and asks for less
        (10,    30.0,   In,    Ok(5)),
        (10,    31.0,   In,    Ok(6)),                      // ceil(5.2)
        (10,    58.0,   In,    Err(Reason::SizedAlready)),  // ceil(9.7)
        (10,    0.0,    In,    Ok(1)),
        (1,     10.0,   In,    Err(Reason::SizedAlready)),
    ];
    for (has, value, rings, expected) in rows {
        let answer = answer(&policy(Sizing::Target(60.0)), rings, &running(has, 1), &[breach(value, 80.0)]);
        assert_eq!(answer, expected, "{has} KPU at {value}, rings {rings}");
    }
    // In binary fractions, 2.1 is a little more than three times 0.7.
    assert_eq!(answer(&policy(Sizing::Target(0.7)), Out, &running(1, 1), &[breach(2.1, 1.0)]), Ok(3));
    let unknown = answer(&policy(Sizing::Target(60.0)), Out, &running(4, 1), &[]);
    assert_eq!(unknown, Err(Reason::NoFreshData));
}

#[test]
fn of_several_alarms_the_largest_size_counts() {
    let added = |value, threshold| Breach { is_additional: true, ..breach(value, threshold) };
    let target = policy(Sizing::Target(60.0));
    let eight = running(8, 1);
    // 8 * 90 / 60 = 12, and brought back to its own threshold 8 * 1000 / 500 = 16.
    assert_eq!(answer(&target, Direction::Out, &eight, &[breach(90.0, 80.0), added(1_000.0, 500.0)]), Ok(16));
    assert_eq!(answer(&target, Direction::Out, &eight, &[breach(90.0, 80.0), added(600.0, 500.0)]), Ok(12));
    assert_eq!(answer(&target, Direction::In, &eight, &[breach(15.0, 40.0), added(30.0, 40.0)]), Ok(6));

    let steps = |text: &str| text.parse().unwrap();
    let by_breach =
        policy(Sizing::Breach { out: steps("0:1, 10:4"), r#in: steps("0:1, 10:=4"), least: kpus(1) });
    assert_eq!(answer(&by_breach, Direction::Out, &eight, &[breach(85.0, 80.0), breach(95.0, 80.0)]), Ok(12));
    assert_eq!(answer(&by_breach, Direction::In, &eight, &[breach(35.0, 40.0), breach(20.0, 40.0)]), Ok(7));
    assert_eq!(answer(&by_breach, Direction::In, &eight, &[breach(20.0, 40.0)]), Ok(4));
    // One that is as it should be already: more is followed on the way out, and less not on the way in.
    let four = running(4, 1);
    assert_eq!(
        answer(&by_breach, Direction::In, &four, &[breach(35.0, 40.0), breach(20.0, 40.0)]),
        Err(Reason::SizedAlready)
    );
    let sizes = policy(Sizing::Breach { out: steps("0:2, 10:=4"), r#in: steps("0:1"), least: kpus(1) });
    assert_eq!(answer(&sizes, Direction::Out, &four, &[breach(95.0, 80.0), breach(85.0, 80.0)]), Ok(6));
    assert_eq!(answer(&sizes, Direction::Out, &four, &[breach(95.0, 80.0)]), Err(Reason::SizedAlready));
}

#[test]
fn a_step_is_at_most_the_largest() {
    let largest = |count| Policy { largest_step: Kpus::new(count), ..policy(doubling()) };
    for (has, most, out, r#in) in
        [(8, 3, 11, 5), (8, 8, 16, 4), (8, 100, 16, 4), (30, 1, 31, 29), (2, 5, 4, 1)]
    {
        assert_eq!(answer(&largest(most), Direction::Out, &running(has, 1), &[]), Ok(out), "{has} by {most}");
        assert_eq!(answer(&largest(most), Direction::In, &running(has, 1), &[]), Ok(r#in), "{has} by {most}");
    }
}

/// Each row: so many subtasks, so many of them per KPU; of so many key groups and partitions; doubled or halved.
#[test]
fn a_size_that_shares_the_work_evenly_is_preferred_and_the_limits_are_kept() {
    use Direction::{In, Out};
    #[rustfmt::skip]
    let rows = [
        // has, per KPU, key groups, partitions, rings, answer
        (5,  1, None,      None,      Out, Ok(10)),
        (5,  1, None,      Some(12),  Out, Ok(12)),  // two are more than a quarter too few of ten
        (7,  1, None,      Some(16),  Out, Ok(16)),
        (4,  1, Some(128), None,      Out, Ok(8)),   // even as it is
        (15, 1, Some(128), None,      Out, Ok(32)),  // 128 / 32 = 4
        (10, 1, Some(128), None,      Out, Ok(20)),  // 32 would be half as much again
        (5,  2, None,      Some(12),  Out, Ok(12)),  // 3 KPU are doubled to 6
        (9,  1, Some(128), Some(10),  Out, Ok(10)),  // no more subtasks than partitions
        (10, 1, None,      Some(10),  Out, Err(Reason::AtMaximumParallelism)),
        (12, 1, None,      Some(10),  Out, Err(Reason::AtMaximumParallelism)),
        (20, 1, None,      Some(12),  In,  Ok(12)),  // ten, or evenly twelve
        (11, 1, None,      Some(12),  In,  Ok(6)),
        (13, 1, None,      Some(8),   In,  Ok(8)),
        (2,  1, None,      Some(2),   In,  Ok(1)),
        (9,  1, None,      Some(9),   In,  Ok(5)),   // nine would lead nowhere
        (6,  1, Some(24),  Some(12),  Out, Ok(12)),  // both
        (5,  1, Some(20),  Some(11),  Out, Ok(10)),  // never both: as it is
    ];
    for (has, per_kpu, key_groups, partitions, rings, expected) in rows {
        let limits =
            Limits { max_parallelism: key_groups.map(parallelism), partitions: partitions.map(parallelism) };
        let policy = Policy { limits, ..policy(doubling()) };
        let answer = answer(&policy, rings, &running(has, per_kpu), &[]);
        assert_eq!(answer, expected, "{has} at {per_kpu} per KPU, {key_groups:?}, {partitions:?}, {rings}");
    }
}

/// An even share never exceeds the bounds, nor the largest step.
#[test]
fn an_even_share_stays_within_the_bounds_and_the_largest_step() {
    let limits = Limits { max_parallelism: None, partitions: Parallelism::new(12) };
    let even = Policy { limits, ..policy(doubling()) };
    let bounded = Policy { bounds: Bounds::new(kpus(1), kpus(11)).unwrap(), ..even.clone() };
    assert_eq!(answer(&bounded, Direction::Out, &running(5, 1), &[]), Ok(10));
    let short = Policy { largest_step: Kpus::new(6), ..even };
    assert_eq!(answer(&short, Direction::Out, &running(5, 1), &[]), Ok(10));
}

#[test]
fn each_direction_has_its_own_grace_period() {
    let minutes = SignedDuration::from_mins;
    let grace_period = PerDirection { out: minutes(5), r#in: minutes(20) };
    let policy = Policy { grace_period, ..policy(doubling()) };
    for (minutes_ago, out, r#in) in [
        (4, Err(Reason::CoolingDown), Err(Reason::CoolingDown)),
        (5, Ok(8), Err(Reason::CoolingDown)), // more KPUs need not wait until fewer may
        (19, Ok(8), Err(Reason::CoolingDown)),
        (20, Ok(8), Ok(2)),
    ] {
        let application = Application { last_change: Some(NOW - minutes(minutes_ago)), ..running(4, 1) };
        assert_eq!(answer(&policy, Direction::Out, &application, &[]), out, "{minutes_ago}");
        assert_eq!(answer(&policy, Direction::In, &application, &[]), r#in, "{minutes_ago}");
    }
}

#[test]
fn nothing_moves_back_within_the_reversal_window_unless_a_lag_rings() {
    use Direction::{In, Out};
    let minutes = SignedDuration::from_mins;
    let policy = Policy { reversal_window: minutes(30), ..policy(doubling()) };
    let ago = |count: Option<i64>| count.map(|count| NOW - minutes(count));
    let lag = [Breach { is_lag: true, ..breach(60.0, 30.0) }];
    #[rustfmt::skip]
    let rows = [
        // last out, last in, rings, a lag?, answer
        (Some(29), None,     In,  false, Err(Reason::Reversal)),
        (Some(29), None,     In,  true,  Err(Reason::Reversal)),
        (Some(30), None,     In,  false, Ok(2)),
        (None,     Some(29), Out, false, Err(Reason::Reversal)),
        (None,     Some(29), Out, true,  Ok(8)),
        (None,     Some(30), Out, false, Ok(8)),
        (Some(1),  None,     Out, false, Ok(8)),  // on and on
        (None,     Some(1),  In,  false, Ok(2)),
    ];
    for (out, before_in, rings, is_late, expected) in rows {
        let scaled = PerDirection { out: ago(out), r#in: ago(before_in) };
        let application = Application { scaled, ..running(4, 1) };
        let breaches = if is_late { &lag[..] } else { &[] };
        assert_eq!(answer(&policy, rings, &application, breaches), expected, "{out:?} {before_in:?} {rings}");
    }
}
