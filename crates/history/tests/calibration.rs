//! Thirty applications with random properties run under the loop of the AWS sample. A model is learned from the CloudWatch data of each
//! and the durations of its updates. The model predicts the results of five policies, which are compared with simulations of the
//! application.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use fastrand::Rng;
use history::{History, KnownFigures, Reading, Recorded, calibrate, import};
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
    ComparedPolicy::Sample(Box::new(SampleLoop::new(
        Metric::ContainerCpuUtilization,
        80.0,
        20.0,
        SampleOperation::Double,
        BOUNDS,
    )))
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

/// Returns an application with random properties.
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
    // A week of the shipped trace from a random minute, scaled to a random share of the application's largest capacity.
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

fn run(scenario: &Scenario, policy: &ComparedPolicy) -> Summary {
    scenario.run(policy, &mut |_| ()).unwrap().summary
}

/// Returns the score of a policy: its KPU-hours in proportion to the least, plus 0.1 for each percentage point of time out of the
/// objective above one, plus 0.02 for each restart a day above six.
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
fn predictions_from_a_history_are_accurate() {
    let (mut hours, mut missed, mut picked) = (Vec::new(), Vec::new(), 0);
    for seed in 1..=30 {
        let real = hidden(seed);
        let history = History::of(&real.run(&sample(), &mut |_| ()).unwrap());
        let calibration = calibrate(&history, &KnownFigures::default()).unwrap();
        let predicted = Scenario {
            trace: calibration.trace.clone(),
            model: calibration.model.clone(),
            seed: 1_000 + seed,
            ..real.clone()
        };
        let outcomes: Vec<(Summary, Summary)> =
            policies().iter().map(|(_, policy)| (run(&predicted, policy), run(&real, policy))).collect();
        for (predicted, real) in &outcomes {
            hours.push(100.0 * (predicted.kpu_hours / real.kpu_hours - 1.0).abs());
            missed.push((predicted.missed_percent - real.missed_percent).abs());
        }
        let best = |of: fn(&(Summary, Summary)) -> &Summary| {
            let least = outcomes.iter().map(|pair| of(pair).kpu_hours).fold(f64::INFINITY, f64::min);
            let scored = outcomes.iter().map(|pair| score(of(pair), least)).enumerate();
            scored.min_by(|one, other| one.1.total_cmp(&other.1)).unwrap().0
        };
        picked += u32::from(best(|(predicted, _)| predicted) == best(|(_, real)| real));
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

/// A rescale whose backlog is processed before the next data point shows no lag. It says nothing about the downtime.
#[test]
fn the_downtime_is_learned_from_the_rescales_that_show_in_the_lag() {
    for downtime_seconds in [75.0, 120.0, 200.0] {
        let model = Model { downtime_seconds, ..Model::default() };
        let trace = Trace::us_flights().unwrap();
        let real = Scenario { trace, model, bounds: (1, 12), seed: 1, faults: Vec::new() };
        let policy = ComparedPolicy::Direct(settings(&["MaxKpu=12"]));
        let history = History::of(&real.run(&policy, &mut |_| ()).unwrap());
        let learned = calibrate(&history, &KnownFigures::default()).unwrap();
        assert!(learned.known_downtimes < learned.restarts, "some rescales show no lag");
        let seconds = learned.model.downtime_seconds;
        assert!((seconds / downtime_seconds - 1.0).abs() < 0.15, "{downtime_seconds} s: {seconds} s");
    }
}

/// Each figure that could not be learned is listed with the assumption in its place.
#[test]
fn a_history_without_enough_data_has_low_confidence() {
    let real = hidden(1);
    let history = History::of(&real.run(&sample(), &mut |_| ()).unwrap());
    assert_eq!(calibrate(&history, &KnownFigures::default()).unwrap().uncertain, [""; 0]);
    let without = |forget: fn(&mut Recorded)| {
        let mut minutes = history.minutes().to_vec();
        minutes.iter_mut().for_each(forget);
        calibrate(&History::new("partial", None, minutes), &KnownFigures::default())
    };
    let no_lag = without(|minute| (minute.lag, minute.worst_lag) = (None, None)).unwrap();
    assert!(
        no_lag.uncertain.iter().any(|reason| reason.contains("extrapolated from the CPU")),
        "{:?}",
        no_lag.uncertain
    );
    assert!(
        no_lag.uncertain.iter().any(|reason| reason.contains("75 s are assumed")),
        "{:?}",
        no_lag.uncertain
    );
    let no_load = without(|minute| minute.load = None).unwrap();
    assert!(no_load.uncertain[0].contains("rebuilt from CPU and KPUs"), "{:?}", no_load.uncertain);
    let nothing = without(|minute| (minute.load, minute.cpu) = (None, None)).unwrap_err();
    assert!(nothing.contains("import IncomingRecords"), "{nothing}");
    let no_size = without(|minute| minute.kpus = None).unwrap_err();
    assert!(no_size.contains("no number of KPUs"), "{no_size}");
}

/// A load that was rebuilt from the CPU is in another unit, and still predicts the cost of a policy.
#[test]
fn a_load_rebuilt_from_the_cpu_is_the_load_in_another_unit() {
    let real = hidden(1);
    let history = History::of(&real.run(&sample(), &mut |_| ()).unwrap());
    let without_load = history.minutes().iter().map(|minute| Recorded { load: None, ..*minute }).collect();
    let rebuilt = calibrate(&History::new("partial", None, without_load), &KnownFigures::default()).unwrap();
    let predicted = Scenario { trace: rebuilt.trace, model: rebuilt.model, ..real.clone() };
    let policy = ComparedPolicy::Direct(settings(&[]));
    let (predicted, real) = (run(&predicted, &policy).kpu_hours, run(&real, &policy).kpu_hours);
    assert!((predicted / real - 1.0).abs() < 0.25, "{predicted} and {real}");
}

#[test]
fn a_history_is_equal_after_writing_and_reading() {
    let real = hidden(2);
    let history = History::of(&real.run(&sample(), &mut |_| ()).unwrap());
    let file = history.to_csv();
    let imported = import("recorded.csv", file.as_bytes(), None, &Reading::default()).unwrap();
    let again = imported.history;
    assert_eq!(again.to_csv(), file);
    assert_eq!((again.name(), again.start()), ("recorded", history.start()));
    assert_eq!((imported.notes.len(), imported.assumptions.len()), (0, 0), "{:?}", imported.notes);
    assert_eq!(again.minutes().len(), history.minutes().len());
    assert_eq!(again.trace().unwrap().minutes(), history.minutes().len());
}
