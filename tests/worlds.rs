//! Restarts and loads for which the rule was not tuned: long restarts, reversed traces, noise, bursts, steps, growth.

use boundary::traces::{ORACLE, public};
use fastrand::Rng;
use simulator::{ComparedPolicy, Model, Parameters, Scenario, Settings, Trace};

const DAY: usize = 1_440;
const SEEDS: u64 = 3;

/// The means over some seeds on one trace.
#[derive(Debug, Clone, Copy)]
struct Figures {
    kpu_hours: f64,
    missed_percent: f64,
    rescales_a_day: f64,
}

fn settings(set: &[&str]) -> Settings {
    let mut parameters = Parameters::default();
    for set in set {
        parameters.set(set).unwrap();
    }
    Settings::new(&parameters).unwrap()
}

#[expect(clippy::cast_precision_loss, reason = "there are few seeds")]
fn measure(trace: &Trace, downtime_seconds: f64, settings: &Settings) -> Figures {
    let mut figures = Figures { kpu_hours: 0.0, missed_percent: 0.0, rescales_a_day: 0.0 };
    for seed in 1..=SEEDS {
        let scenario = Scenario {
            trace: trace.clone(),
            model: Model { downtime_seconds, ..Model::default() },
            bounds: settings.bounds(),
            seed,
            faults: Vec::new(),
        };
        let policy = ComparedPolicy::Direct(Box::new(settings.clone()));
        let summary = scenario.run(&policy, &mut |_| ()).unwrap().summary;
        figures.kpu_hours += summary.kpu_hours / SEEDS as f64;
        figures.missed_percent += summary.missed_percent / SEEDS as f64;
        figures.rescales_a_day += summary.rescales_per_day / SEEDS as f64;
    }
    figures
}

/// On the public traces: the median cost as a multiple of the oracle's, the mean percentage of the time out of the objective, and the mean
/// rescales a day.
fn on_the_public_traces(downtime_seconds: f64, settings: &Settings) -> (f64, f64, f64) {
    let figures = public().map(|trace| measure(&trace, downtime_seconds, settings));
    let mean = |of: fn(&Figures) -> f64| figures.iter().map(of).sum::<f64>() / 4.0;
    let mut costs: Vec<f64> =
        figures.iter().zip(ORACLE).map(|(figures, oracle)| figures.kpu_hours / oracle).collect();
    costs.sort_by(f64::total_cmp);
    (
        f64::midpoint(costs[1], costs[2]),
        mean(|figures| figures.missed_percent),
        mean(|figures| figures.rescales_a_day),
    )
}

/// Without a cooldown that follows the restart, the default parameters restart a job with restarts of ten minutes 23 times a day, and
/// violate its objective for 22 % of the time.
#[test]
fn the_default_parameters_hold_at_any_restart_length() {
    #[rustfmt::skip]
    let rows = [
        // downtime, at most: cost, percent out of the objective, rescales a day
        (10.0,    1.75, 0.1,  4.6),
        (75.0,    1.74, 0.35, 4.5),
        (180.0,   1.75, 1.3,  4.3),
        (300.0,   1.75, 2.3,  4.2),
        (600.0,   1.80, 4.5,  4.0),
        (1_200.0, 1.90, 8.0,  3.5),
    ];
    for (downtime, cost_limit, missed_limit, rescales_limit) in rows {
        let (cost, missed, rescales) = on_the_public_traces(downtime, &settings(&[]));
        assert!(cost <= cost_limit, "{downtime} s: KPU-hours are {cost:.3} times the oracle's");
        assert!(missed <= missed_limit, "{downtime} s: {missed:.2} % out of the objective");
        assert!(rescales <= rescales_limit, "{downtime} s: {rescales:.2} rescales a day");
    }
}

/// The other ways of sizing have the same cooldown.
#[test]
fn no_operation_flaps_at_long_restarts() {
    #[rustfmt::skip]
    let rows: [(&[&str], f64, f64); 4] = [
        // parameters, at most at a downtime of 600 seconds: percent out of the objective, rescales a day
        (&["ScalingOperation=Add/Subtract", "ScaleOutFactor=4", "ScaleInFactor=2"], 7.0, 5.0),
        (&["ScalingOperation=Target"],                                              7.0, 4.5),
        (&["ScaleMetric=millisBehindLatest"],                                       4.5, 3.5),
        (&["ScaleMetric=millisBehindLatest", "ScalingOperation=Demand"],            2.0, 1.6),
    ];
    for (set, missed_limit, rescales_limit) in rows {
        let (_, missed, rescales) = on_the_public_traces(600.0, &settings(set));
        assert!(missed <= missed_limit, "{set:?}: {missed:.2} % out of the objective");
        assert!(rescales <= rescales_limit, "{set:?}: {rescales:.2} rescales a day");
    }
}

fn reversed(trace: &Trace) -> Trace {
    let rates = trace.records_per_second().iter().rev().copied().collect();
    Trace::new(&format!("{}-reversed", trace.name()), rates)
}

/// A week by a function of the minute.
fn week(name: &str, rate: impl FnMut(usize) -> f64) -> Trace {
    Trace::new(name, (0..7 * DAY).map(rate).collect())
}

/// A daily wave from 0.5 to 1.5.
#[expect(clippy::cast_precision_loss, reason = "a week has few minutes")]
fn wave(minute: usize) -> f64 {
    1.0 + 0.5 * ((minute % DAY) as f64 / DAY as f64 * std::f64::consts::TAU).sin()
}

/// A daily wave whose minutes are lognormal.
fn noise(sigma: f64) -> Trace {
    let mut random = Rng::with_seed(11);
    // Twelve uniform numbers add up to a normal one, nearly.
    let mut normal = move || (0..12).map(|_| random.f64()).sum::<f64>() - 6.0;
    week(&format!("noise-{sigma}"), |minute| {
        5_000.0 * wave(minute) * (sigma * normal() - sigma * sigma / 2.0).exp()
    })
}

/// A daily wave with about four bursts a day of six times the usual load, each up to twenty minutes long.
fn bursts() -> Trace {
    let mut random = Rng::with_seed(5);
    let mut left = 0_usize;
    week("bursts", |minute| {
        if left == 0 && random.f64() < 1.0 / 400.0 {
            left = random.usize(3..20);
        }
        left = left.saturating_sub(1);
        2_000.0 * wave(minute) * if left > 0 { 6.0 } else { 1.0 }
    })
}

#[expect(clippy::cast_precision_loss, reason = "a week has few minutes")]
fn generated() -> Vec<Trace> {
    vec![
        noise(0.5),
        noise(0.8),
        bursts(),
        week("step-to-zero", |minute| if minute / 300 % 3 == 2 { 0.0 } else { 8_000.0 }),
        week("weekdays", |minute| {
            let share = match minute / DAY {
                5 | 6 => 0.3,
                2 => 1.5,
                _ => 1.0,
            };
            6_000.0 * share * wave(minute)
        }),
        week("growth", |minute| 2_000.0 * (minute as f64 / 4_000.0).exp() * wave(minute)),
        week("sawtooth", |minute| 2_000.0 + 10_000.0 * (minute % 40) as f64 / 40.0),
    ]
}

/// Loads that return again and again within an hour or two.
fn returning() -> [Trace; 4] {
    #[expect(clippy::cast_precision_loss, reason = "a week has few minutes")]
    let sawtooth = |minute: usize| 2_000.0 + 10_000.0 * (minute % 90) as f64 / 90.0;
    [
        week("every-second-hour", |minute| if minute / 60 % 2 == 1 { 0.0 } else { 6_000.0 }),
        week("twelve-minutes-an-hour", |minute| if minute % 60 < 12 { 12_000.0 } else { 0.0 }),
        week("hourly-job", |minute| if minute % 60 < 15 { 10_000.0 } else { 3_000.0 }),
        week("sawtooth-of-90-minutes", sawtooth),
    ]
}

/// Loads that jump once a day, at any time, and stay there for three hours. Some rise within minutes.
#[expect(clippy::cast_precision_loss, reason = "a week has few minutes")]
fn jumping() -> Vec<Trace> {
    let mut random = Rng::with_seed(9);
    let jumps: Vec<usize> = (0..7).map(|day| day * DAY + random.usize(0..1_000)).collect();
    let load = |base: f64, factor: f64, rise: usize| {
        week(&format!("{factor} times within {rise} minutes"), |minute| {
            let since = jumps.iter().rev().find(|jump| **jump <= minute).map(|jump| minute - jump);
            let risen =
                since.filter(|since| *since < 180).map_or(0.0, |since| (since + 1) as f64 / rise as f64);
            base * (1.0 + (factor - 1.0) * risen.min(1.0))
        })
    };
    vec![
        load(5_000.0, 3.0, 1),
        load(4_000.0, 5.0, 1),
        load(2_000.0, 10.0, 1),
        load(1_000.0, 20.0, 1),
        load(4_000.0, 5.0, 5),
        load(2_000.0, 10.0, 5),
        load(1_000.0, 20.0, 10),
        load(2_000.0, 10.0, 30),
        load(2_000.0, 10.0, 60),
        load(1_000.0, 20.0, 120),
    ]
}

/// Without the largest load after a jump, these loads are out of the objective for 5.1 % of the time by the name alone. A measured lag shows the
/// load.
#[test]
fn demand_follows_loads_that_jump() {
    for (set, missed_limit) in [(&[][..], 3.4), (&["ScaleMetric=millisBehindLatest"][..], 1.6)] {
        let settings = settings(&[&["ScalingOperation=Demand"], set].concat());
        let traces = jumping();
        let mut missed = 0.0;
        for trace in &traces {
            let figures = measure(trace, 75.0, &settings);
            assert!((1.0..=7.0).contains(&figures.rescales_a_day), "{set:?}, {}: {figures:?}", trace.name());
            missed += figures.missed_percent / 10.0;
        }
        assert!((1.0..=missed_limit).contains(&missed), "{set:?}: {missed:.2} % out of the objective");
    }
}

/// Without the longer waits after many updates, bursts restart the job 24 times a day, and steps to zero 20 times. With a wait in proportion to
/// the updates instead of their square, each of the loads that return restarts it more than ten times.
#[test]
fn no_load_restarts_a_job_with_the_default_parameters_more_than_ten_times_a_day() {
    let settings = settings(&[]);
    let mut missed = 0.0;
    let reversed = public().map(|trace| reversed(&trace));
    let traces: Vec<Trace> = reversed.into_iter().chain(generated()).chain(returning()).collect();
    for trace in &traces {
        let figures = measure(trace, 75.0, &settings);
        assert!((0.5..=10.0).contains(&figures.rescales_a_day), "{}: {figures:?}", trace.name());
        missed += figures.missed_percent;
    }
    #[expect(clippy::cast_precision_loss, reason = "there are few traces")]
    let mean = missed / traces.len() as f64;
    assert!((0.2..=0.8).contains(&mean), "{mean:.2} % out of the objective");
}

/// Sizing by demand. Without a lag of a stream, the load is derived from the throughput and the CPU, and the name of the application suffices.
#[test]
fn demand_holds_with_every_metric_at_any_restart_length() {
    let rows = [
        // ScaleMetric, then for a downtime of 75, 300 and 600 seconds at most: cost, percent out of the objective, rescales a day
        ("containerCPUUtilization", [(1.33, 0.8, 4.3), (1.6, 1.9, 2.6), (1.82, 2.1, 1.6)]),
        ("records-lag-max", [(1.33, 0.85, 4.1), (1.6, 1.9, 2.6), (1.8, 2.1, 1.7)]),
        // An alarm on committed offsets breaches late.
        ("EstimatedMaxTimeLag", [(1.33, 1.4, 4.2), (1.58, 2.1, 2.6), (1.73, 2.1, 1.7)]),
        ("millisBehindLatest", [(1.28, 0.8, 3.7), (1.53, 1.75, 2.4), (1.72, 2.0, 1.6)]),
    ];
    for (metric, limits) in rows {
        let scale_metric = format!("ScaleMetric={metric}");
        let mut set = vec!["ScalingOperation=Demand", &scale_metric];
        if metric == "records-lag-max" {
            set.push("ScaleOutThreshold=50000");
        }
        for (downtime, limits) in [75.0, 300.0, 600.0].into_iter().zip(limits) {
            let (cost, missed, rescales) = on_the_public_traces(downtime, &settings(&set));
            assert!(cost <= limits.0, "{metric}, {downtime} s: KPU-hours are {cost:.3} times the oracle's");
            assert!(missed <= limits.1, "{metric}, {downtime} s: {missed:.2} % out of the objective");
            assert!(rescales <= limits.2, "{metric}, {downtime} s: {rescales:.2} rescales a day");
        }
    }
}

/// A load that rises twentyfold within two hours each morning, and generated ones.
#[test]
fn demand_by_name_alone_holds_on_loads_without_tuning() {
    let settings = settings(&["ScalingOperation=Demand"]);
    let others = [Trace::us_flights().unwrap()];
    let traces: Vec<Trace> =
        others.into_iter().chain(public().iter().map(reversed)).chain(generated()).collect();
    let mut missed = 0.0;
    for trace in &traces {
        let figures = measure(trace, 75.0, &settings);
        assert!(figures.missed_percent <= 4.5, "{}: {figures:?}", trace.name());
        assert!(figures.rescales_a_day <= 10.0, "{}: {figures:?}", trace.name());
        missed += figures.missed_percent;
    }
    #[expect(clippy::cast_precision_loss, reason = "there are few traces")]
    let mean = missed / traces.len() as f64;
    assert!((0.1..=1.2).contains(&mean), "{mean:.2} % out of the objective");
}

/// Without the past days that were silent at this time, every second hour without a record restarts the job 15 times a day, and 12 minutes of each
/// hour with records 31 times.
#[test]
fn demand_with_a_measured_lag_holds_on_a_load_that_stops_again_and_again() {
    let settings = settings(&["ScaleMetric=millisBehindLatest", "ScalingOperation=Demand"]);
    #[rustfmt::skip]
    let limits = [
        // at most: percent out of the objective, rescales a day
        (1.5, 4.0), // every second hour
        (3.0, 9.0), // 12 minutes of each hour
        (1.4, 4.5), // a job in each hour
        (1.0, 3.5), // a sawtooth of 90 minutes
    ];
    for (trace, (missed_limit, rescales_limit)) in returning().into_iter().zip(limits) {
        let figures = measure(&trace, 75.0, &settings);
        assert!(figures.missed_percent <= missed_limit, "{}: {figures:?}", trace.name());
        assert!((1.0..=rescales_limit).contains(&figures.rescales_a_day), "{}: {figures:?}", trace.name());
    }
}
