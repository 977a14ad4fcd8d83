//! The heap and the state of a job: the readings, and the size of a scale-in.

use crate::job_health::{GAP, series};
use crate::world::{NOW, World, now, policy};
use scaling::Reason;
use serde_json::json;
use tasks::{HEAP_METRIC, OperationStatus, STATE_METRIC, ScaleAnswer, ScaleRequest, Series, scale};

/// The answer to an alarm of this direction. The application has eight KPUs, and a step halves or doubles them, to at most ten.
fn answer(world: &World, direction: &str, state_gigabytes: &str) -> ScaleAnswer {
    let policy = policy().with([("StateGigabytes", state_gigabytes)]);
    let run = json!({"check": {"verdict": "Breaching", "graceSeconds": 300, "call": {"kind": "Alarm", "direction": direction}, "why": "cpu is 20 <= 40", "policy": policy}});
    now(scale(
        &ScaleRequest { now: NOW, run: serde_json::from_value(run).unwrap() },
        world,
        world,
        world,
        world,
    ))
    .unwrap()
}

fn size(answer: &ScaleAnswer) -> Result<u32, Reason> {
    let to = answer.update.as_ref().and_then(|update| update.to);
    to.map(|to| to.units.count()).ok_or_else(|| answer.reason.unwrap())
}

/// A value for each of the last minutes, the newest of which began two minutes ago.
fn heap(values: &[f64]) -> Series {
    series(HEAP_METRIC, values)
}

fn state(gigabytes: &[f64]) -> Series {
    series(STATE_METRIC, &gigabytes.iter().map(|gigabytes| gigabytes * 1e9).collect::<Vec<_>>())
}

#[rustfmt::skip]
#[test]
fn the_lowest_heap_and_the_largest_checkpoint_limit_a_scale_in() {
    // The heap of an hour before the newest minute, and a later one.
    let hour_ago = |value: f64, later: f64| heap(&[[value].as_slice(), &[later; 60]].concat());
    for (case, job, stated, expected) in [
        ("no metric", vec![], "", Ok(4)),
        ("a heap that fits", vec![heap(&[40.0])], "", Ok(4)),
        ("a heap that fits in part", vec![heap(&[50.0])], "", Ok(5)),
        ("a heap that fits no smaller size", vec![heap(&[75.0])], "", Err(Reason::DoesNotFit)),
        ("garbage above the live objects", vec![heap(&[90.0, 60.0, 50.0, 95.0])], "", Ok(5)),
        ("a collection of an hour ago", vec![hour_ago(20.0, 50.0)], "", Ok(5)),
        ("a heap that is no value", vec![heap(&[-1.0, f64::INFINITY])], "", Ok(4)),
        ("a state that fits", vec![state(&[160.0])], "", Ok(4)),
        ("a complete checkpoint before incremental ones", vec![state(&[230.0, 3.0, 2.0])], "", Ok(6)),
        ("a state that fits no smaller size", vec![state(&[300.0])], "", Err(Reason::DoesNotFit)),
        ("a stated state", vec![], "230", Ok(6)),
        ("a stated state above the checkpoints", vec![state(&[3.0])], "230", Ok(6)),
        ("a checkpoint above the stated state", vec![state(&[270.0])], "230", Ok(7)),
        ("a stated state of zero", vec![], "0", Ok(4)),
        ("heap and state", vec![heap(&[50.0]), state(&[270.0])], "", Ok(7)),
    ] {
        let answer_in = answer(&World::new().with_job(job.clone()), "In", stated);
        assert_eq!(size(&answer_in), expected, "{case}: {}", answer_in.why);
        assert_eq!(answer_in.warning, None, "{case}");
        let out = answer(&World::new().with_job(job), "Out", stated);
        assert_eq!(size(&out), Ok(10), "{case}: a scale-out is not limited");
    }
}

/// A task manager starts with an empty heap, so that the heap of the first five minutes says nothing.
#[test]
fn the_heap_counts_from_five_minutes_after_the_last_change() {
    let before = [60.0; 9];
    for (case, ended, since, expected) in [
        ("20 minutes", 20 * 60, [[3.0; 5].as_slice(), &[50.0; 14]].concat(), Ok(5)),
        ("8 minutes", 8 * 60, [[3.0; 5].as_slice(), &[50.0; 2]].concat(), Ok(5)),
        ("6 minutes, no value yet", 6 * 60, vec![3.0; 5], Err(Reason::NoFreshData)),
        (
            "9 minutes, late values",
            9 * 60,
            [[3.0; 5].as_slice(), &[GAP; 3]].concat(),
            Err(Reason::NoFreshData),
        ),
        ("10 minutes, no values any more", 10 * 60, vec![GAP; 9], Ok(4)),
    ] {
        let updated = World::new().updated(OperationStatus::Successful, ended + 60, Some(ended));
        let job = vec![heap(&[before.as_slice(), &since].concat())];
        assert_eq!(size(&answer(&updated.with_job(job), "In", "")), expected, "{case}");
    }
    let silent = World::new().updated(OperationStatus::Successful, 420, Some(360));
    assert_eq!(size(&answer(&silent, "In", "")), Ok(4), "no heap was ever published");
}

#[test]
fn a_shorter_step_says_why_it_goes_no_further() {
    let limited = answer(&World::new().with_job(vec![heap(&[50.0])]), "In", "");
    assert_eq!(
        limited.why,
        "scaling in from 8 KPU to 5 KPU, because cpu is 20 <= 40, and no further, because heapMemoryUtilization is 50 at 8 KPU, \
         and 4 KPU would use 100 % of their heap, with at most 80 % allowed"
    );
    let free = answer(&World::new().with_job(vec![heap(&[30.0])]), "In", "");
    assert_eq!(free.why, "scaling in from 8 KPU to 4 KPU, because cpu is 20 <= 40");
}

/// A metric that cannot be read blocks nothing, and a stated state still counts.
#[test]
fn rejected_metrics_are_a_warning_and_no_obstacle() {
    let rejecting = || World::new().with_job(vec![heap(&[75.0])]).rejecting_job_queries();
    let scaled = answer(&rejecting(), "In", "");
    assert_eq!(size(&scaled), Ok(4));
    assert_eq!(
        scaled.warning.as_deref(),
        Some(
            "failed to read the metric: ValidationError; the smaller size may not hold its heap and its state, which are unknown"
        )
    );
    assert_eq!(size(&answer(&rejecting(), "In", "230")), Ok(6));
    assert_eq!(answer(&rejecting(), "Out", "").warning, None, "a scale-out reads none of them");
}
