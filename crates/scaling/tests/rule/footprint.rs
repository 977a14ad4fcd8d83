//! The heap and the state of a job limit a scale-in: a table, and the properties in every case of a small world.

use crate::guards::doubling;
use crate::world::{NOW, alike, bounds, decide, kpus, limits, outcome, parallelism, policy, running};
use scaling::{
    Adjustment, Call, Direction, Footprint, Limits, Past, Policy, Reason, Resource, Shortage, Signals,
    Sizing, Units,
};

const IN: Call = Call::Alarm { direction: Direction::In };
const OUT: Call = Call::Alarm { direction: Direction::Out };

fn answer(policy: &Policy, call: Call, resource: &Resource, footprint: Footprint) -> Result<u32, Reason> {
    let past = Past { footprint, ..Past::default() };
    outcome(decide(policy, call, resource, &Signals::default(), &past, NOW))
}

fn of(heap: Option<f64>, state_gigabytes: Option<f64>) -> Footprint {
    Footprint { heap, state_gigabytes, ..Footprint::default() }
}

/// Each row halves a size. At most 80 % of the heap and 40 GB of state per KPU are forecast after it.
#[test]
fn a_scale_in_goes_as_far_as_the_heap_and_the_state_fit() {
    #[rustfmt::skip]
    let rows = [
        // has, heap,      state,         answer
        (8,  None,         None,          Ok(4)),
        (8,  Some(0.40),   None,          Ok(4)),                     // 0.40 * 8 / 4 = 0.80
        (8,  Some(0.41),   None,          Ok(5)),                     // 0.82 with 4 KPU, 0.66 with 5
        (8,  Some(0.70),   None,          Ok(7)),                     // 0.80 with 7
        (8,  Some(0.71),   None,          Err(Reason::DoesNotFit)),   // 0.81 with 7
        (8,  Some(0.95),   None,          Err(Reason::DoesNotFit)),   // no scale-out
        (8,  Some(0.0),    None,          Ok(4)),
        (8,  None,         Some(160.0),   Ok(4)),
        (8,  None,         Some(160.1),   Ok(5)),
        (8,  None,         Some(280.0),   Ok(7)),
        (8,  None,         Some(281.0),   Err(Reason::DoesNotFit)),
        (8,  None,         Some(9_000.0), Err(Reason::DoesNotFit)),
        (8,  Some(0.41),   Some(230.0),   Ok(6)),                     // the larger of 5 and 6
        (8,  Some(0.60),   Some(1.0),     Ok(6)),
        (2,  Some(0.41),   None,          Err(Reason::DoesNotFit)),
        (1,  Some(0.90),   Some(90.0),    Err(Reason::AtMinimum)),    // the bound holds it in any case
    ];
    for (has, heap, state, expected) in rows {
        let footprint = of(heap, state);
        let resource = running(has, 1);
        assert_eq!(answer(&policy(doubling()), IN, &resource, footprint), expected, "{has} {footprint:?}");
        let out = answer(&policy(doubling()), OUT, &resource, footprint);
        assert_eq!(out, Ok(2 * has), "a scale-out is never limited: {has} {footprint:?}");
    }
}

/// Requests and each way of sizing have the same limit, and the other limits stay in force. The maximum has priority: a user has set it.
#[test]
fn every_call_and_every_way_of_sizing_is_limited() {
    let full = of(Some(0.5), None); // 8 KPU need 5.
    let request = Call::CapacityRequest { direction: Direction::In, units: kpus(2), backlog: false };
    let into_bounds = Call::Bounds { direction: Direction::In, backlog: false };
    let smaller = Policy { bounds: bounds(1, 3), ..policy(doubling()) };
    let subtract = policy(alike(Adjustment::By(kpus(7))));
    let steps = || "0:=1".parse().unwrap();
    let step_scaling = policy(Sizing::StepScaling { out: steps(), r#in: steps() });
    let one_by_one = Policy { largest_step: Units::new(1), ..policy(doubling()) };
    let minimum = Policy { bounds: bounds(6, 32), ..policy(doubling()) };
    let partitions = |count| Policy {
        limits: Limits { partitions: Some(parallelism(count)), ..Limits::default() },
        ..policy(doubling())
    };
    let key_groups = Policy { limits: limits(Some(4)), ..policy(doubling()) };
    for (case, policy, call, expected) in [
        ("a request", &policy(doubling()), request, Ok(5)),
        ("a smaller maximum", &smaller, into_bounds, Ok(3)),
        ("an alarm above the maximum", &smaller, IN, Ok(3)),
        ("a number of KPUs", &subtract, IN, Ok(5)),
        ("steps", &step_scaling, IN, Ok(5)),
        ("the largest step", &one_by_one, IN, Ok(7)),
        ("the minimum", &minimum, IN, Ok(6)),
        ("an even share of 12 partitions", &partitions(12), IN, Ok(6)),
        ("fewer partitions than KPUs", &partitions(4), IN, Ok(5)),
        ("fewer key groups than KPUs", &key_groups, IN, Err(Reason::DoesNotFit)),
    ] {
        assert_eq!(answer(policy, call, &running(8, 1), full), expected, "{case}");
    }
    let eight_of_two = running(16, 2);
    assert_eq!(answer(&policy(doubling()), IN, &eight_of_two, full), Ok(10), "5 KPU of two subtasks");
}

/// A task manager starts with an empty heap. Without the wait, a second scale-in soon after the first would know no heap.
#[test]
fn a_scale_in_waits_for_the_heap_since_the_last_change() {
    let awaiting = Footprint { awaits_heap: true, ..of(None, Some(230.0)) };
    let policy = policy(doubling());
    assert_eq!(answer(&policy, IN, &running(8, 1), awaiting), Err(Reason::NoFreshData));
    assert_eq!(answer(&policy, OUT, &running(8, 1), awaiting), Ok(16));
    assert_eq!(
        answer(&policy, IN, &running(1, 1), awaiting),
        Err(Reason::AtMinimum),
        "a lasting reason first"
    );
}

#[test]
fn a_shortage_states_its_forecast() {
    let heap = Shortage::Heap { now: 0.5, then: 1.0, ceiling: 0.8 };
    assert_eq!(of(Some(0.5), Some(90.0)).shortage(kpus(8), kpus(4)), Some(heap));
    let storage = Shortage::Storage { state: 90.0, most: 80.0 };
    assert_eq!(of(Some(0.1), Some(90.0)).shortage(kpus(8), kpus(2)), Some(storage));
    assert_eq!(of(Some(0.5), Some(90.0)).shortage(kpus(8), kpus(5)), None);
    assert_eq!(of(None, None).shortage(kpus(8), kpus(1)), None);
    // The present size counts as sufficient.
    assert_eq!(of(Some(0.95), Some(900.0)).smallest(kpus(8)), kpus(8));
    assert_eq!(of(Some(0.95), Some(900.0)).shortage(kpus(8), kpus(8)), None);
}

/// The limit only ever makes a scale-in shorter. It makes none longer, and none a scale-out; it leaves a smaller step where one fits, and it
/// does nothing to a scale-out or without a metric.
#[test]
fn a_footprint_only_shortens_a_scale_in() {
    let heaps =
        [None, Some(0.0), Some(0.3), Some(0.45), Some(0.6), Some(0.79), Some(1.0), Some(f64::INFINITY)];
    let states = [None, Some(0.0), Some(50.0), Some(150.0), Some(400.0), Some(f64::NAN)];
    let adjustments = [Adjustment::Times("1.5".parse().unwrap()), Adjustment::Times("3".parse().unwrap())]
        .into_iter()
        .chain([1, 5].map(|step| Adjustment::By(kpus(step))));
    let (mut same, mut shorter, mut held) = (0, 0, 0);
    for adjustment in adjustments {
        for (minimum, maximum) in [(1, 12), (4, 9)] {
            let policy = Policy { bounds: bounds(minimum, maximum), ..policy(alike(adjustment)) };
            for (count, per_kpu) in (1..=12).flat_map(|count| [(count, 1), (count * 2, 2)]) {
                let resource = running(count, per_kpu);
                for (heap, state) in heaps.iter().flat_map(|heap| states.map(|state| (*heap, state))) {
                    let footprint = of(heap, state);
                    let free = |call| answer(&policy, call, &resource, Footprint::default());
                    let limited = |call| answer(&policy, call, &resource, footprint);
                    let case =
                        format!("{adjustment:?} {minimum}-{maximum} {count} of {per_kpu} {footprint:?}");
                    if count <= maximum {
                        assert_eq!(limited(OUT), free(OUT), "{case}: a scale-out");
                    }
                    let Ok(to) = free(IN) else {
                        assert_eq!(limited(IN), free(IN), "{case}: no scale-in to limit");
                        continue;
                    };
                    let (from, to) = (resource.size().units, to / per_kpu);
                    if to > from.count() {
                        continue; // Out of its bounds, it goes out at any alarm.
                    }
                    let is_above = from.count() > maximum;
                    let fits = |units: u32| {
                        (is_above && units >= maximum) || footprint.shortage(from, kpus(units)).is_none()
                    };
                    match limited(IN) {
                        Ok(limited) => {
                            let limited = limited / per_kpu;
                            assert!(
                                (to..from.count()).contains(&limited) && fits(limited),
                                "{case}: {limited}"
                            );
                            assert!(
                                (to..limited).all(|units| !fits(units)),
                                "{case}: {limited} is too large"
                            );
                            if limited == to { same += 1 } else { shorter += 1 }
                        }
                        Err(reason) => {
                            assert_eq!(reason, Reason::DoesNotFit, "{case}");
                            assert!((to..from.count()).all(|units| !fits(units)), "{case}: a step is vetoed");
                            held += 1;
                        }
                    }
                }
            }
        }
    }
    assert!(same > 100 && shorter > 100 && held > 100, "{same} {shorter} {held}");
}
