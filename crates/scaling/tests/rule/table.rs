//! The rule as a table. Each row is the size of an application, a policy and the direction of a breaching alarm,
//! with the size or the reason to hold that the rule answers.

use crate::world::{self, NOW, alike, bounds, decide, kpus, limits, outcome, running};
use jiff::SignedDuration;
use scaling::{
    Activity, Adjustment, Call, Decision, Direction, Past, PerDirection, Policy, Reason, Resource, Signals,
};

fn adjustment(text: &str) -> Adjustment {
    match text.split_at(1) {
        ("x", factor) => Adjustment::Times(factor.parse().unwrap()),
        ("+", step) => Adjustment::By(kpus(step.parse().unwrap())),
        _ => panic!("'{text}' is neither x2 nor +2"),
    }
}

fn policy(step: &str, (minimum, maximum): (u32, u32), max_parallelism: Option<u32>) -> Policy {
    let grace = SignedDuration::from_secs(300);
    Policy {
        bounds: bounds(minimum, maximum),
        grace_period: PerDirection { out: grace, r#in: grace },
        failure_pause: SignedDuration::from_mins(30),
        limits: limits(max_parallelism),
        ..world::policy(alike(adjustment(step)))
    }
}

#[test]
fn one_subtask_per_kpu() {
    use Direction::{In, Out};
    use Reason::{AtMaximum, AtMinimum};
    #[rustfmt::skip]
    let rows = [
        // has  step    bounds   alarm  answer
        (4,  "x2",    (1, 10), Out, Ok(8)),
        (4,  "x2",    (1, 10), In,  Ok(2)),
        (6,  "x2",    (1, 10), Out, Ok(10)),             // clamped
        (3,  "x2",    (2, 10), In,  Ok(2)),              // ceil(1.5)
        (3,  "x2",    (1, 10), In,  Ok(2)),
        (5,  "x2",    (1, 10), In,  Ok(3)),              // ceil(2.5)
        (4,  "x1.5",  (1, 10), Out, Ok(6)),
        (5,  "x1.5",  (1, 10), Out, Ok(8)),              // ceil(7.5)
        (5,  "x1.5",  (1, 10), In,  Ok(4)),              // ceil(3.33)
        (10, "x1.1",  (1, 32), Out, Ok(11)),             // exact, no floating point twelve
        (11, "x1.1",  (1, 32), In,  Ok(10)),
        (2,  "x1.1",  (1, 10), Out, Ok(3)),              // at least one KPU
        (2,  "x1.1",  (1, 10), In,  Ok(1)),
        (1,  "x1.001",(1, 10), Out, Ok(2)),
        (4,  "+3",    (1, 10), Out, Ok(7)),
        (4,  "+3",    (1, 10), In,  Ok(1)),
        (9,  "+3",    (1, 10), Out, Ok(10)),
        (4,  "+9",    (2, 10), In,  Ok(2)),              // below zero, clamped
        (10, "x2",    (1, 10), Out, Err(AtMaximum)),
        (1,  "x2",    (1, 10), In,  Err(AtMinimum)),
        (5,  "x2",    (5, 5),  Out, Err(AtMaximum)),
        (5,  "x2",    (5, 5),  In,  Err(AtMinimum)),
        (12, "x2",    (1, 10), Out, Ok(10)),             // into the bounds, for either alarm
        (2,  "x2",    (4, 10), In,  Ok(4)),
        (12, "x2",    (1, 10), In,  Ok(6)),
        (40, "x2",    (1, 10), In,  Ok(10)),
        (2,  "x2",    (6, 10), Out, Ok(6)),
        (5,  "x3",    (6, 32), Out, Ok(15)),             // the size of the alarm's step, at once
    ];
    for (has, step, bounds, direction, expected) in rows {
        let decision = decide(
            &policy(step, bounds, None),
            Call::Alarm { direction },
            &running(has, 1),
            &Signals::default(),
            &Past::default(),
            NOW,
        );
        assert_eq!(outcome(decision), expected, "{has} KPU, {step} within {bounds:?}, alarm {direction:?}");
    }
}

#[test]
fn several_subtasks_per_kpu() {
    use Direction::{In, Out};
    use Reason::{AtMaximum, AtMaximumParallelism};
    #[rustfmt::skip]
    let rows = [
        // parallelism, per KPU, maximum parallelism, alarm, answer; x2 within 1..10
        (4,  2, None,      Out, Ok(8)),    //  2 ->  4 KPU
        (5,  2, None,      Out, Ok(12)),   //  3 ->  6 KPU: half a KPU counts as a whole one
        (5,  2, None,      In,  Ok(4)),    //  3 ->  2 KPU
        (8,  4, Some(12),  Out, Ok(12)),   //  2 ->  3 KPU, the maximum of the job
        (8,  4, Some(10),  Out, Ok(10)),
        (12, 4, Some(12),  Out, Err(AtMaximumParallelism)),
        (12, 4, Some(8),   Out, Err(AtMaximumParallelism)),
        (44, 4, None,      Out, Ok(40)),   // 11 -> 10 KPU: into the bounds
        (5,  4, Some(8),   Out, Err(AtMaximumParallelism)),  // three subtasks more, but no KPU more
        (16, 4, Some(6),   In,  Ok(6)),    //  4 ->  2 KPU, one of them half full
        (39, 4, None,      Out, Err(AtMaximum)),
    ];
    for (has, per_kpu, max_parallelism, direction, expected) in rows {
        let decision = decide(
            &policy("x2", (1, 10), max_parallelism),
            Call::Alarm { direction },
            &running(has, per_kpu),
            &Signals::default(),
            &Past::default(),
            NOW,
        );
        assert_eq!(
            outcome(decision),
            expected,
            "{has} at {per_kpu} per KPU, at most {max_parallelism:?}, {direction:?}"
        );
    }
}

#[test]
fn a_maximum_parallelism_below_the_bounds_holds() {
    for (has, direction) in [(18, Direction::In), (5, Direction::Out)] {
        let decision = decide(
            &policy("x2", (7, 20), Some(5)),
            Call::Alarm { direction },
            &running(has, 1),
            &Signals::default(),
            &Past::default(),
            NOW,
        );
        assert_eq!(outcome(decision), Err(Reason::AtMaximumParallelism), "{has} KPU, {direction:?}");
    }
}

#[test]
fn an_application_that_is_not_running_keeps_its_size() {
    for (activity, reason) in [(Activity::Stopped, Reason::NotRunning), (Activity::Busy, Reason::Busy)] {
        let resource = Resource { activity, ..running(4, 1) };
        assert_eq!(
            decide(
                &policy("x2", (1, 10), None),
                Call::Alarm { direction: Direction::Out },
                &resource,
                &Signals::default(),
                &Past::default(),
                NOW
            ),
            Decision::Hold(reason)
        );
    }
}

#[test]
fn the_cooldown_counts_from_the_end_of_the_last_change_of_any_kind() {
    for (seconds_ago, expected) in [
        (0, Err(Reason::CoolingDown)),
        (299, Err(Reason::CoolingDown)),
        (300, Ok(8)),
        (-5, Err(Reason::CoolingDown)),
    ] {
        let last_change = Some(NOW - SignedDuration::from_secs(seconds_ago));
        let resource = Resource { last_change, ..running(4, 1) };
        let decision = decide(
            &policy("x2", (1, 10), None),
            Call::Alarm { direction: Direction::Out },
            &resource,
            &Signals::default(),
            &Past::default(),
            NOW,
        );
        assert_eq!(outcome(decision), expected, "{seconds_ago} s after the last change");
    }
}

#[test]
fn a_lasting_reason_has_priority_over_the_cooldown() {
    let resource = Resource { last_change: Some(NOW), ..running(10, 1) };
    assert_eq!(
        decide(
            &policy("x2", (1, 10), None),
            Call::Alarm { direction: Direction::Out },
            &resource,
            &Signals::default(),
            &Past::default(),
            NOW
        ),
        Decision::Hold(Reason::AtMaximum)
    );
}

#[test]
fn factors_are_parsed_exactly_or_refused() {
    for (text, expected) in [("2", 2.0), ("1.5", 1.5), ("1.001", 1.001), ("1000", 1000.0), ("3.10", 3.1)] {
        let factor: scaling::Factor = text.parse().unwrap();
        assert!((factor.value() - expected).abs() < 1e-9, "{text}");
    }
    let refused = [
        "",
        "1",
        "1.000",
        "0.5",
        "0",
        "-2",
        "1.2345",
        "1e3",
        "NaN",
        "inf",
        "two",
        "2.",
        ".5",
        "1000.001",
        "1001",
        "+2",
        "2,5",
        " 2",
        "99999999999",
        "4294968",
        "4294967.296",
    ];
    for text in refused {
        let remedy = text.parse::<scaling::Factor>().unwrap_err();
        assert!(remedy.starts_with("set it to a number above 1 "), "'{text}': {remedy}");
    }
}
