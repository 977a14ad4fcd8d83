//! The throughput that Flink reports: an unknown multiple of the records, that starts too low after each restart.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use simulator::{ComparedPolicy, Metric, Model, Parameters, Run, Scenario, Settings, Statistic, Trace};

const LOAD: f64 = 2_000.0;

/// A steady load for four hours on a job that is twice too large, so that it is scaled in.
fn run(downtime_seconds: f64) -> Run {
    let settings = Settings::new(&Parameters::default()).unwrap();
    let scenario = Scenario {
        trace: Trace::new("steady", [vec![4.0 * LOAD; 60], vec![LOAD; 180]].concat()),
        model: Model { downtime_seconds, capacity_noise: 0.0, restart_spread: 0.0, ..Model::default() },
        bounds: settings.bounds(),
        seed: 1,
        faults: Vec::new(),
    };
    scenario.run(&ComparedPolicy::Direct(Box::new(settings)), &mut |_| ()).unwrap()
}

fn throughput(run: &Run) -> Vec<Option<f64>> {
    run.metric(Metric::NumRecordsInPerSecond, Statistic::Average)
}

/// Real Flink reports 182, 430, 678 and 842 of a steady 990 records a second at 16, 28, 46 and 56 s after the start.
#[test]
fn the_rate_is_too_low_in_the_first_minute_and_right_in_the_second() {
    let reported = throughput(&run(75.0));
    let steady = reported[30].unwrap();
    // The mean of 1/6, 2/6, ... 6/6.
    for (minute, share) in [(0, 7.0 / 12.0), (1, 1.0), (2, 1.0), (20, 1.0)] {
        let rate = reported[minute].unwrap();
        assert!((rate / steady - share).abs() < 1e-9, "minute {minute}: {rate} of {steady}");
    }
    assert!(
        (steady / (4.0 * LOAD) - 1.0).abs() > 0.5,
        "no policy may take the rate for records of the source"
    );
}

#[test]
fn a_restart_leaves_a_gap_and_starts_the_rate_again_from_zero() {
    let run = run(300.0);
    let reported = throughput(&run);
    assert!(!run.rescales().is_empty());
    for rescale in run.rescales() {
        let up = rescale.down_to.duration_since(run.start()).as_secs();
        let first = usize::try_from(up).unwrap().div_ceil(60);
        let (low, right) = (reported[first].unwrap(), reported[first + 1].unwrap());
        assert!(low < right, "{low} and {right}");
        assert_eq!(reported[first - 2], None);
    }
}
