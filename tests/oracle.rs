//! The oracle, an optimal policy with perfect foresight: as good as the prototype's, and better than every policy without foresight.

use boundary::traces::{ORACLE, public};
use simulator::{ComparedPolicy, Model, Parameters, Scenario, Settings, Summary, Trace};
use std::fmt::Write as _;

fn run(trace: &Trace, policy: &ComparedPolicy) -> Summary {
    let scenario = Scenario {
        trace: trace.clone(),
        model: Model::default(),
        bounds: (1, 32),
        seed: 1,
        faults: Vec::new(),
    };
    scenario.run(policy, &mut |_| ()).unwrap().summary
}

fn agrees(trace: &Trace, kpu_hours: f64) {
    let best = run(trace, &ComparedPolicy::Oracle);
    assert!((best.kpu_hours / kpu_hours - 1.0).abs() <= 0.03, "{}: {best:?}", trace.name());
    assert!(best.missed_percent <= 1.0, "{}: {best:?}", trace.name());
}

#[test]
fn the_oracle_needs_the_kpu_hours_of_the_prototype() {
    let traces = public();
    // These two take two seconds each.
    for index in [1, 2] {
        agrees(&traces[index], ORACLE[index]);
    }
}

#[test]
#[ignore = "takes half a minute; run it after a change of the oracle: cargo test --test boundary oracle:: -- --ignored"]
fn the_oracle_agrees_on_every_public_trace() {
    let traces = public();
    for (trace, kpu_hours) in traces.iter().zip(ORACLE) {
        agrees(trace, kpu_hours);
    }
}

/// Six hours in which the load trebles for two.
fn step() -> Trace {
    let mut rows = String::from("seconds,records_per_second\n");
    for minute in 0..360 {
        let load = if (120..240).contains(&minute) { 9_000 } else { 3_000 };
        writeln!(rows, "{},{load}", minute * 60).unwrap();
    }
    Trace::parse("step", rows.as_bytes()).unwrap()
}

#[test]
fn no_policy_without_foresight_is_as_good_as_the_oracle() {
    let trace = step();
    let best = run(&trace, &ComparedPolicy::Oracle);
    assert!(best.missed_percent <= 1.0 && best.rescales >= 2, "{best:?}");
    let mut parameters = Parameters::default();
    for set in ["ScaleMetric=millisBehindLatest", "ScalingOperation=Demand"] {
        parameters.set(set).unwrap();
    }
    let by_demand = ComparedPolicy::Autoscaler(Box::new(Settings::new(&parameters).unwrap()));
    for policy in [ComparedPolicy::BuiltIn, by_demand].into_iter().chain((1..=32).map(ComparedPolicy::Fixed))
    {
        let other = run(&trace, &policy);
        let as_good = other.missed_percent <= 1.0 && other.kpu_hours <= best.kpu_hours;
        assert!(!as_good, "{policy:?}: {other:?} {best:?}");
    }
}
