//! Thirty hidden applications run under the loop of the sample. From what CloudWatch kept of each, and the length of its updates, it
//! is foretold what five policies would have done; then they are really tried.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use fastrand::Rng;
use history::{History, Recorded, calibrate};
use simulator::{
    ComparedPolicy, Metric, Model, Parameters, SampleLoop, SampleOperation, Scenario, Settings, Summary,
    Trace,
};

const BOUNDS: (u32, u32) = (1, 32);

fn settings(set: &[&str]) -> Box<Settings> {
    let mut parameters = Parameters::default();
    for assignment in set {
        parameters.set(assignment).unwrap();
    }
    Box::new(Settings::new(&parameters).unwrap())
}

fn sample() -> ComparedPolicy {
    ComparedPolicy::Sample(SampleLoop::new(
        Metric::ContainerCpuUtilization,
        80.0,
        20.0,
        SampleOperation::Double,
        BOUNDS,
    ))
}

fn policies() -> Vec<(&'static str, ComparedPolicy)> {
    let demand = ["ScalingOperation=Demand", "ScaleMetric=millisBehindLatest"];
    vec![
        ("defaults", ComparedPolicy::Direct(settings(&[]))),
        ("steps", ComparedPolicy::Direct(settings(&["ScalingOperation=Steps"]))),
        ("demand", ComparedPolicy::Direct(settings(&demand))),
        ("sample", sample()),
        ("built-in", ComparedPolicy::BuiltIn),
    ]
}

/// An application that nobody knows: its numbers drawn by a seed.
fn hidden(seed: u64) -> Scenario {
    let mut rng = Rng::with_seed(seed);
    let mut between = |least: f64, most: f64| least * (most / least).powf(rng.f64());
    let records_per_kpu = between(200.0, 4_000.0);
    let contention = between(0.001, 0.015);
    let downtime_seconds = between(30.0, 200.0);
    let model = Model {
        records_per_kpu,
        contention,
        downtime_seconds,
        savepoint_seconds: between(10.0, 60.0),
        settling_seconds: between(10.0, 60.0),
        warm_up_seconds: between(30.0, 120.0),
        warm_up_capacity: between(0.3, 0.8),
        idle_cpu: between(3.0, 10.0),
        saturated_cpu: if seed.is_multiple_of(5) { between(55.0, 85.0) } else { 95.0 },
        ..Model::default()
    };
    // A week of the shipped trace from some minute on, stretched to some share of what the application can do at most.
    let flights = Trace::us_flights().unwrap();
    let from = rng.usize(0..flights.minutes() - 10_080);
    let week = &flights.records_per_second()[from..from + 10_080];
    let peak = week.iter().copied().fold(0.0, f64::max);
    let share = 0.4 + 0.5 * rng.f64();
    let floor = 0.3 * rng.f64();
    let rates =
        week.iter().map(|rate| (rate / peak + floor) / (1.0 + floor) * share * model.capacity(32)).collect();
    Scenario { trace: Trace::new("hidden", rates), model, bounds: BOUNDS, seed, faults: Vec::new() }
}

fn run(scenario: &Scenario, contender: &ComparedPolicy) -> Summary {
    scenario.run(contender, &mut |_| ()).unwrap().summary
}

/// A declared measure of what is good: KPU-hours in proportion, a tenth for each point of time out of the objective above one, and two
/// hundredths for each restart a day above six.
fn score(summary: &Summary, kpu_hours: f64) -> f64 {
    summary.kpu_hours / kpu_hours
        + 0.1 * (summary.missed_percent - 1.0).max(0.0)
        + 0.02 * (summary.rescales_per_day - 6.0).max(0.0)
}

fn quantile(mut values: Vec<f64>, share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "small"
    )]
    let index = (share * (values.len() - 1) as f64).round() as usize;
    values[index]
}

#[test]
fn what_is_foretold_from_a_history_comes_true() {
    let (mut hours, mut missed, mut picked) = (Vec::new(), Vec::new(), 0);
    for seed in 1..=30 {
        let real = hidden(seed);
        let history = History::of(&real.run(&sample(), &mut |_| ()).unwrap());
        let calibration = calibrate(&history).unwrap();
        let foretold = Scenario {
            trace: calibration.trace.clone(),
            model: calibration.model.clone(),
            seed: 1_000 + seed,
            ..real.clone()
        };
        let outcomes: Vec<(Summary, Summary)> =
            policies().iter().map(|(_, policy)| (run(&foretold, policy), run(&real, policy))).collect();
        for (foretold, real) in &outcomes {
            hours.push(100.0 * (foretold.kpu_hours / real.kpu_hours - 1.0).abs());
            missed.push((foretold.missed_percent - real.missed_percent).abs());
        }
        let best = |of: fn(&(Summary, Summary)) -> &Summary| {
            let least = outcomes.iter().map(|pair| of(pair).kpu_hours).fold(f64::INFINITY, f64::min);
            let scored = outcomes.iter().map(|pair| score(of(pair), least)).enumerate();
            scored.min_by(|one, other| one.1.total_cmp(&other.1)).unwrap().0
        };
        picked += u32::from(best(|(foretold, _)| foretold) == best(|(_, real)| real));
    }
    let figures = format!(
        "KPU-hours off by {:.1} % and {:.1} % at the 90th percentile, time by {:.2} and {:.2} points, the best picked in {picked} of 30",
        quantile(hours.clone(), 0.5),
        quantile(hours.clone(), 0.9),
        quantile(missed.clone(), 0.5),
        quantile(missed.clone(), 0.9)
    );
    assert!(quantile(hours.clone(), 0.5) <= 5.0 && quantile(hours, 0.9) <= 15.0, "{figures}");
    assert!(quantile(missed.clone(), 0.5) <= 0.3 && quantile(missed, 0.9) <= 2.0, "{figures}");
    assert!(picked >= 25, "{figures}");
}

/// What could not be learned is said, and what was assumed instead.
#[test]
fn a_history_that_does_not_tell_says_so() {
    let real = hidden(1);
    let history = History::of(&real.run(&sample(), &mut |_| ()).unwrap());
    assert_eq!(calibrate(&history).unwrap().doubts, [""; 0]);
    let without = |forget: fn(&mut Recorded)| {
        let mut minutes = history.minutes().to_vec();
        minutes.iter_mut().for_each(forget);
        calibrate(&History::new("forgetful", minutes))
    };
    let no_lag = without(|minute| (minute.lag, minute.worst_lag) = (None, None)).unwrap();
    assert!(
        no_lag.doubts.iter().any(|doubt| doubt.contains("extrapolated from the CPU")),
        "{:?}",
        no_lag.doubts
    );
    assert!(no_lag.doubts.iter().any(|doubt| doubt.contains("75 s are assumed")), "{:?}", no_lag.doubts);
    let no_load = without(|minute| minute.load = None).unwrap();
    assert!(no_load.doubts[0].contains("rebuilt from CPU and KPUs"), "{:?}", no_load.doubts);
    let nothing = without(|minute| (minute.load, minute.cpu) = (None, None)).unwrap_err();
    assert!(nothing.contains("import IncomingRecords"), "{nothing}");
    let no_size = without(|minute| minute.kpus = None).unwrap_err();
    assert!(no_size.contains("no number of KPUs"), "{no_size}");
}

/// A load that was rebuilt from the CPU, in its own unit, still tells what a policy would cost.
#[test]
fn a_load_rebuilt_from_the_cpu_is_the_load_in_another_unit() {
    let real = hidden(1);
    let history = History::of(&real.run(&sample(), &mut |_| ()).unwrap());
    let blind = history.minutes().iter().map(|minute| Recorded { load: None, ..*minute }).collect();
    let rebuilt = calibrate(&History::new("blind", blind)).unwrap();
    let foretold = Scenario { trace: rebuilt.trace, model: rebuilt.model, ..real.clone() };
    let policy = ComparedPolicy::Direct(settings(&[]));
    let (foretold, real) = (run(&foretold, &policy).kpu_hours, run(&real, &policy).kpu_hours);
    assert!((foretold / real - 1.0).abs() < 0.25, "{foretold} and {real}");
}

#[test]
fn a_history_survives_its_file() {
    let real = hidden(2);
    let history = History::of(&real.run(&sample(), &mut |_| ()).unwrap());
    let file = history.to_csv();
    let again = History::parse("recorded", file.as_bytes()).unwrap();
    assert_eq!(again.to_csv(), file);
    assert_eq!(again.minutes().len(), history.minutes().len());
    assert_eq!(again.trace().unwrap().minutes(), history.minutes().len());
}

#[test]
fn a_file_that_is_no_history_is_refused_with_its_line() {
    for (file, part) in [
        ("", "the first line must name columns"),
        ("a,b\n1,2\n", "the first line must name columns"),
        ("seconds,kpus\n", "it has no row"),
        ("seconds,kpus\n0,two\n", "line 2: kpus is 'two'"),
        ("seconds,kpus\n0,2\n120,2\n", "line 3: a row a minute is expected, and 60 is due"),
        ("seconds,cpu_percent\n0,-5\n", "line 2: cpu_percent is '-5'"),
    ] {
        let refused = History::parse("mine", file.as_bytes()).unwrap_err().to_string();
        assert!(
            refused.starts_with("failed to read the history 'mine': ") && refused.contains(part),
            "{refused}"
        );
    }
}
