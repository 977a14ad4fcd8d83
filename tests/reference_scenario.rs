//! The simulator against the figures that were measured with an independent prototype of the same model,
//! on four public traces with five seeds: the references must behave here as they did there.

use boundary::traces::public;
use simulator::{
    ComparedPolicy, Metric, Model, SampleLoop, SampleOperation, Scenario, StepSample, Summary, Trace,
};

const BOUNDS: (u32, u32) = (1, 32);
const SEEDS: u64 = 5;

fn mean(trace: &Trace, policy: &ComparedPolicy) -> (f64, f64, f64) {
    let summaries: Vec<Summary> = (1..=SEEDS)
        .map(|seed| {
            let scenario = Scenario {
                trace: trace.clone(),
                model: Model::default(),
                bounds: BOUNDS,
                seed,
                faults: Vec::new(),
            };
            scenario.run(policy, &mut |_| ()).unwrap().summary
        })
        .collect();
    #[expect(clippy::cast_precision_loss, reason = "five seeds")]
    let mean = |figure: fn(&Summary) -> f64| summaries.iter().map(figure).sum::<f64>() / SEEDS as f64;
    (mean(|run| run.kpu_hours), mean(|run| run.missed_percent), mean(|run| run.rescales_per_day))
}

/// The cheapest KPU-hours with which the oracle met the objective for 99 % of the time, on each public trace.
const ORACLE: [f64; 4] = [3874.0, 3717.0, 4769.0, 3099.0];

fn within(measured: f64, expected: f64, share: f64, or_by: f64) -> bool {
    (measured - expected).abs() <= (share * expected).max(or_by)
}

/// KPU-hours within 3 %, missed time within 15 % or 0.3 points, rescales within 15 %, or within three in a fortnight.
fn agrees(measured: (f64, f64, f64), expected: (f64, f64, f64)) -> bool {
    within(measured.0, expected.0, 0.03, 0.0)
        && within(measured.1, expected.1, 0.15, 0.3)
        && within(measured.2, expected.2, 0.15, 0.25)
}

/// The mean over the traces; for the KPU-hours as multiples of the oracle's, and their median as well.
fn over_traces(figures: &[(f64, f64, f64)]) -> [f64; 4] {
    let mut costs: Vec<f64> = figures.iter().zip(ORACLE).map(|(figure, oracle)| figure.0 / oracle).collect();
    costs.sort_by(f64::total_cmp);
    let median = f64::midpoint(costs[1], costs[2]);
    let mean = |values: &mut dyn Iterator<Item = f64>| values.sum::<f64>() / 4.0;
    [
        median,
        mean(&mut costs.into_iter()),
        mean(&mut figures.iter().map(|figure| figure.1)),
        mean(&mut figures.iter().map(|figure| figure.2)),
    ]
}

#[test]
fn the_references_behave_as_they_were_measured() {
    let traces = public();
    let sample = |metric, out, r#in, operation| {
        ComparedPolicy::Sample(Box::new(SampleLoop::new(metric, out, r#in, operation, BOUNDS)))
    };
    let cpu = |r#in| sample(Metric::ContainerCpuUtilization, 80.0, r#in, SampleOperation::Double);
    // For each trace, by the prototype with thirty seeds: KPU-hours, missed percent, rescales a day.
    // Then over the traces, by its published table: median and mean of the cost, missed percent, rescales a day.
    #[rustfmt::skip]
    let rows = [
        ("always 32 KPU", ComparedPolicy::Fixed(32),
            [(10752.0, 0.000, 0.000), (10752.0, 0.000, 0.000), (8448.0, 0.000, 0.000), (10752.0, 0.000, 0.000)],
            [2.83, 2.73, 0.00, 0.0]),
        ("MSF's built-in rule", ComparedPolicy::BuiltIn,
            [(9942.8, 0.041, 0.214), (10644.5, 0.086, 0.214), (8430.4, 0.009, 0.091), (10523.3, 0.017, 0.143)],
            [2.71, 2.64, 0.04, 0.2]),
        ("sample, CPU 80/20", cpu(20.0),
            [(7476.8, 0.258, 3.962), (8835.2, 0.073, 0.831), (8220.8, 0.385, 1.364), (7443.6, 0.113, 1.383)],
            [2.14, 2.10, 0.19, 1.9]),
        ("sample, CPU 80/35", cpu(35.0),
            [(6585.0, 0.743, 7.367), (6763.5, 0.558, 4.919), (8103.1, 0.426, 1.770), (5430.1, 1.210, 10.569)],
            [1.72, 1.74, 0.73, 6.2]),
        ("sample, CPU 80/45", cpu(45.0),
            [(6057.1, 3.367, 26.390), (5507.0, 3.537, 27.229), (7758.1, 2.626, 15.645), (4978.4, 7.003, 46.345)],
            [1.58, 1.57, 4.03, 27.9]),
        ("sample, CPU 80/35, add 2", sample(Metric::ContainerCpuUtilization, 80.0, 35.0, SampleOperation::AddTwo),
            [(5848.1, 2.365, 19.538), (7217.6, 2.190, 14.507), (7583.9, 0.533, 4.333), (5290.0, 1.559, 11.702)],
            [1.64, 1.69, 1.66, 12.6]),
        ("sample, lag 30 s/1 s", sample(Metric::MillisBehindLatest, 30_000.0, 1_000.0, SampleOperation::Double),
            [(5983.5, 42.477, 142.450), (5748.5, 42.262, 143.329), (6600.2, 49.931, 124.503), (5186.9, 39.634, 145.850)],
            [1.55, 1.54, 43.68, 139.0]),
        ("older sample, steps on incoming records",
            ComparedPolicy::StepSample(StepSample { records_per_kpu: 800.0, bounds: BOUNDS }),
            [(3975.1, 30.208, 84.288), (3775.7, 35.029, 97.914), (4991.1, 64.979, 101.897), (3283.3, 33.618, 93.633)],
            [1.04, 1.04, 42.59, 94.3]),
    ];
    let mut disagreements = Vec::new();
    for (name, policy, by_trace, table) in rows {
        let measured: Vec<_> = traces.iter().map(|trace| mean(trace, &policy)).collect();
        for ((trace, measured), expected) in traces.iter().zip(&measured).zip(by_trace) {
            if !agrees(*measured, expected) {
                disagreements
                    .push(format!("{name} on {}: {measured:.3?}, expected {expected:.3?}", trace.name()));
            }
        }
        let measured = over_traces(&measured);
        let [median, average, missed, rescales] = measured;
        if !(agrees((median, missed, rescales), (table[0], table[2], table[3]))
            && within(average, table[1], 0.03, 0.0))
        {
            disagreements.push(format!("{name} over all: {measured:.3?}, expected {table:.3?}"));
        }
    }
    assert!(disagreements.is_empty(), "\n{}", disagreements.join("\n"));
}
