//! Lags that a broker computes from committed offsets: the healthy saw, and the alarms of a stack on it.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use scaling::Direction;
use simulator::{
    ComparedPolicy, Metric, Model, Parameters, Run, Scenario, Settings, Statistic, TimelineEvent, Trace,
};
use tasks::AlarmState;

fn settings(set: &[&str]) -> Settings {
    let mut parameters = Parameters::default();
    for one in set {
        parameters.set(one).unwrap();
    }
    Settings::new(&parameters).unwrap()
}

/// A steady load of two thirds of a capacity, for six hours.
fn run(interval: f64, set: &[&str]) -> Run {
    let settings = settings(set);
    let scenario = Scenario {
        trace: Trace::new("steady", vec![2_000.0; 360]),
        model: Model { checkpoint_interval_seconds: interval, capacity_noise: 0.0, ..Model::default() },
        bounds: settings.bounds(),
        seed: 1,
        faults: Vec::new(),
    };
    scenario.run(&ComparedPolicy::Autoscaler(Box::new(settings)), &mut |_| ()).unwrap()
}

fn values(run: &Run, metric: Metric) -> Vec<f64> {
    run.metric(metric, Statistic::Maximum).into_iter().flatten().collect()
}

fn largest(values: &[f64]) -> f64 {
    values.iter().copied().fold(0.0, f64::max)
}

/// The lag rises to the interval plus the duration of a checkpoint, while the job itself keeps up.
#[test]
fn a_healthy_group_saws_up_to_the_interval_and_the_duration_of_a_checkpoint() {
    for interval in [30.0, 60.0, 90.0, 180.0] {
        let run = run(interval, &["MinKpu=3", "MaxKpu=3"]);
        let seconds = values(&run, Metric::EstimatedMaxTimeLag);
        assert!(seconds.iter().all(|lag| (0.0..=interval + 10.0).contains(lag)), "{interval}: {seconds:?}");
        assert!(largest(&seconds) >= interval / 2.0, "{interval}: {seconds:?}");
        let records = values(&run, Metric::MaxOffsetLag);
        let expected = seconds.iter().map(|lag| lag * 2_000.0);
        assert!(records.iter().zip(expected).all(|(records, expected)| (records - expected).abs() < 1.0));
        assert!(largest(&values(&run, Metric::MillisBehindLatest)).abs() < 1e-9);
        assert!(largest(&values(&run, Metric::RecordsLagMax)).abs() < 1e-9);
    }
}

/// How often the scale-out alarm goes to ALARM on a healthy job.
fn rings(interval: f64, set: &[&str]) -> usize {
    let run = run(interval, &[set, &["ScaleMetric=EstimatedMaxTimeLag", "MinKpu=3", "MaxKpu=3"]].concat());
    let is_ring = |entry: &&simulator::Entry| {
        matches!(entry.what, TimelineEvent::Alarm { direction: Direction::Out, state: AlarmState::Alarm, .. })
    };
    run.timeline.iter().filter(is_ring).count()
}

#[test]
fn the_default_thresholds_do_not_breach_on_a_healthy_saw() {
    for interval in [10.0, 30.0, 60.0, 80.0] {
        assert_eq!(rings(interval, &[]), 0, "{interval}");
        assert_eq!(
            rings(interval, &["ScalingOperation=Multiply/Divide", "Statistic=Average"]),
            0,
            "{interval}"
        );
    }
    // The threshold of a lag that comes from the application would.
    let by_interval = [30.0, 60.0, 80.0, 180.0]
        .map(|interval| rings(interval, &["ScaleOutThreshold=30", "ScaleInThreshold=1"]));
    assert!(by_interval.iter().any(|rings| *rings > 0), "{by_interval:?}");
    assert!(rings(600.0, &[]) > 0, "an interval of ten minutes needs other thresholds");
}

/// A job that is too large is scaled in although its lag is never zero, and a job that falls behind is scaled out.
#[test]
fn the_default_thresholds_scale_in_and_out() {
    let to = |set: &[&str]| {
        let run = run(60.0, &[set, &["ScaleMetric=EstimatedMaxTimeLag"]].concat());
        run.rescales().iter().map(|rescale| (rescale.from, rescale.to)).collect::<Vec<_>>()
    };
    let shrunk = to(&["ScaleInUtilizationThreshold=80", "ScaleInFactor=1.2"]);
    assert!(shrunk.iter().any(|(from, to)| to < from), "{shrunk:?}");
    let behind = Scenario {
        trace: Trace::new("step", [vec![2_000.0; 60], vec![6_000.0; 120]].concat()),
        model: Model::default(),
        bounds: (1, 32),
        seed: 1,
        faults: Vec::new(),
    };
    let settings = settings(&["ScaleMetric=EstimatedMaxTimeLag"]);
    let run = behind.run(&ComparedPolicy::Autoscaler(Box::new(settings)), &mut |_| ()).unwrap();
    assert!(run.rescales().iter().any(|rescale| rescale.to > rescale.from));
}
