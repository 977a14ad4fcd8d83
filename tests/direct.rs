//! The rule called directly decides like the deployed state machine with the deployed tasks: the same scalings at the same
//! seconds. A result of the search therefore holds for the deployed state machine.

use simulator::{ComparedPolicy, Model, Parameters, Scenario, Settings, Storm, Trace};

/// Every way to find a size, with every guard.
const POLICIES: [&[&str]; 12] = [
    &[],
    &["ScaleMetric=millisBehindLatest", "ScaleInGracePeriodSeconds=1200"],
    &["ScaleMetric=EstimatedMaxTimeLag"],
    &["ScalingOperation=Steps"],
    &["ScalingOperation=Target", "LargestStepKpu=4", "SourcePartitions=24"],
    &["ScalingOperation=Demand", "ScaleMetric=millisBehindLatest"],
    &["ScalingOperation=Demand"],
    &["ScalingOperation=Demand", "ScaleMetric=busyTimeMsPerSecond", "Preset=latency"],
    &["ScalingOperation=Demand", "ScaleMetric=EstimatedMaxTimeLag", "Preset=cost"],
    &["PeriodSeconds=120", "Statistic=Maximum", "ScaleInDatapointsToAlarm=10", "HeartbeatMinutes=2"],
    &[
        "MoreScaleOutAlarms=millisBehindLatest > 30000 for 2 of 3",
        "MoreScaleInAlarms=millisBehindLatest <= 1000 for 5 of 5",
    ],
    &[
        "ScaleMetric=busyTimeMsPerSecond",
        "MonthlyBudgetDollars=600",
        "ParallelismPerKpu=2",
        "MaxParallelism=48",
    ],
];

fn settings(policy: &[&str]) -> Settings {
    let mut parameters = Parameters::default();
    for assignment in policy {
        parameters.set(assignment).unwrap();
    }
    Settings::new(&parameters).unwrap()
}

#[test]
fn the_direct_rule_scales_at_the_same_second_to_the_same_size() {
    let (mut scalings, mut held) = (0, 0);
    for (index, policy) in POLICIES.into_iter().enumerate() {
        let settings = settings(policy);
        // CloudWatch aligns periods with the clock, and not with the start of a trace.
        let start = (index % 2 == 1).then(|| "2026-11-18T13:37:00Z".parse().unwrap());
        // The guard against ineffective scale-outs needs a lag.
        let sinks: &[Option<f64>] = if index == 1 { &[None, Some(4_000.0)] } else { &[None] };
        for sink in sinks {
            let sink = *sink;
            let scenario = Scenario {
                trace: Trace::us_flights().unwrap().starting_at(start),
                model: Model { sink, ..Model::default() },
                bounds: settings.bounds(),
                seed: u64::try_from(index).unwrap(),
                faults: Vec::new(),
            };
            let run = |policy_to_run| scenario.run(&policy_to_run, &mut |_| ()).unwrap();
            let real = run(ComparedPolicy::Autoscaler(Box::new(settings.clone())));
            let direct = run(ComparedPolicy::Direct(Box::new(settings.clone())));
            assert_eq!(direct.rescales(), real.rescales(), "{policy:?}");
            assert_eq!(direct.summary, real.summary, "{policy:?}");
            scalings += real.rescales().len();
            held += real.seen.get("scale: reason Ineffective").copied().unwrap_or(0);
        }
    }
    assert!(scalings > 500 && held > 2, "{scalings} scalings, {held} held for a step that brought nothing");
}

/// Loads, applications and policies as the storms draw them, without their faults.
#[test]
fn the_direct_rule_agrees_in_storms_without_faults() {
    let mut scalings = 0;
    for seed in 1..=200 {
        let mut storm = Storm::of(seed).unwrap();
        storm.scenario.faults.clear();
        // The search has neither streams nor capacity requests.
        let settings = Box::new(storm.settings().clone().with_requests(Vec::new()));
        let run = |policy_to_run| storm.scenario.run(&policy_to_run, &mut |_| ()).unwrap();
        let (real, direct) = (
            run(ComparedPolicy::Autoscaler(settings.clone())),
            run(ComparedPolicy::Direct(settings.clone())),
        );
        assert_eq!(direct.rescales(), real.rescales(), "storm {seed}: {:?}", storm.set);
        scalings += real.rescales().len();
    }
    assert!(scalings > 200, "{scalings}");
}
