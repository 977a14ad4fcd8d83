//! A stream and the application that reads it, scaled by two loops that know nothing of each other.

use boundary::traces::public;
use scaling::Direction;
use simulator::{
    Model, Parameters, Pipeline, PipelineRun, Run, STREAM_PARAMETERS, Scaled, Settings, TimelineEvent, Trace,
};

fn scaled(model: Model, set: &[&str]) -> Scaled {
    let mut parameters = Parameters::default();
    for assignment in set {
        parameters.set(assignment).unwrap();
    }
    Scaled { model, settings: Settings::new(&parameters).unwrap(), faults: Vec::new() }
}

fn run(trace: Trace, application: &[&str], stream: &[&str]) -> PipelineRun {
    let stream: Vec<&str> = STREAM_PARAMETERS.iter().chain(stream).copied().collect();
    let pipeline = Pipeline {
        trace,
        application: scaled(Model::default(), application),
        stream: scaled(Model::of_a_stream(500.0), &stream),
        seed: 1,
    };
    let run = pipeline.run(&mut |_| ()).unwrap();
    for run in [&run.application, &run.stream] {
        assert_eq!(run.violations, []);
    }
    run
}

/// The minute and the way of every scaling.
fn scalings(run: &Run) -> Vec<(i64, Direction, u32, u32)> {
    let scaling = |entry: &simulator::Entry| match entry.what {
        TimelineEvent::Scaling { direction, from, to, .. } => {
            Some((entry.at.duration_since(run.start()).as_mins(), direction, from, to))
        }
        _ => None,
    };
    run.timeline.iter().filter_map(scaling).collect()
}

fn first(run: &Run, wanted: Direction, from: i64) -> i64 {
    let all = scalings(run);
    let found = all.iter().find(|(minute, direction, ..)| *direction == wanted && *minute >= from);
    found.unwrap_or_else(|| panic!("no scaling {wanted} from minute {from} on: {all:?}")).0
}

/// The scenario of the blog: a producer that is sped up by four, and then stopped.
#[test]
fn a_producer_four_times_as_fast_scales_shards_then_kpus_and_a_stopped_one_scales_both_in() {
    let trace = |rate: f64| {
        let rates = [(rate, 60), (4.0 * rate, 180), (0.0, 600)];
        Trace::new("producer", rates.iter().flat_map(|(rate, minutes)| vec![*rate; *minutes]).collect())
    };
    let run = run(trace(1_400.0), &[], &[]);
    // The shards throttle the excess, so that the load of the application grows little at first.
    let (shards, kpus) =
        (first(&run.stream, Direction::Out, 60), first(&run.application, Direction::Out, 60));
    assert!((60..67).contains(&shards) && shards < kpus, "shards at {shards}, KPUs at {kpus}");
    let most = |run: &Run| run.series().kpus.into_iter().max().unwrap();
    assert!(most(&run.stream) >= 6 && most(&run.application) >= 6);
    // After the last write, both are scaled in, the shards not before every record is read.
    assert!(first(&run.stream, Direction::In, 240) >= 240);
    assert!(first(&run.application, Direction::In, 240) >= 240);
    let last = |run: &Run| *run.series().kpus.last().unwrap();
    assert!(last(&run.stream) <= 2, "{:?}", scalings(&run.stream));
    assert_eq!(last(&run.application), 1, "{:?}", scalings(&run.application));
    let everything = run.stream.series().load.iter().sum::<f64>();
    let read = run.application.series().load.iter().sum::<f64>();
    assert!((everything - read).abs() < 1e-6 * everything, "{everything} were written, {read} were read");
}

/// The New York taxi trace, whole, four times as fast on one afternoon.
#[test]
fn the_taxi_trace_whole() {
    let traces = public();
    let mut rates = traces[0].records_per_second().to_vec();
    for rate in rates.iter_mut().skip(14 * 60).take(120) {
        *rate *= 4.0;
    }
    let run = run(Trace::new("taxi", rates), &["ScaleMetric=millisBehindLatest"], &["MaxShards=64"]);
    assert!(scalings(&run.stream).iter().any(|(_, direction, ..)| *direction == Direction::Out));
    let by_day = |day: i64| scalings(&run.stream).iter().filter(|(at, ..)| at / 1_440 == day).count();
    assert!((0..7).all(|day| by_day(day) <= 10));
    let (written, read) =
        (run.stream.series().load.iter().sum::<f64>(), run.application.series().load.iter().sum::<f64>());
    assert!((written - read).abs() < 0.01 * written, "{written} were written, {read} were read");
}

/// Parallelism that no shard feeds is idle: if the user says so, it waits for the shards.
#[test]
fn parallelism_is_not_raised_above_the_shards() {
    let trace = || {
        let rates = [(900.0, 60), (3_600.0, 240)];
        Trace::new("producer", rates.iter().flat_map(|(rate, minutes)| vec![*rate; *minutes]).collect())
    };
    let most = |application: &[&str]| {
        let run = run(trace(), application, &[]);
        let (kpus, shards) = (run.application.series().kpus, run.stream.series().kpus);
        // The size is taken when it is decided on; the shards may be merged later.
        let idle = kpus.iter().zip(&shards).filter(|(kpus, shards)| kpus > shards).count();
        (kpus.into_iter().max().unwrap(), idle)
    };
    let (free, idle) = most(&[]);
    let (bound, idle_bound) = most(&["SourcePartitions=shards"]);
    assert!(free > bound && idle > 0, "{free} KPU and {idle} idle minutes, {bound} if bound");
    assert_eq!(idle_bound, 0);
}
