//! Sizing by demand: the readings of the alarms, and the resulting size.

use crate::world::{IN, NOW, OUT, World, alarm_on, now, policy};
use jiff::SignedDuration;
use scaling::{Reason, Sizing};
use serde_json::json;
use tasks::{Policy, PolicyText, ScaleAnswer, ScaleRequest, ScaleVerdict, TaskError, scale};

const LOAD: &str = "load";

fn demand_policy() -> PolicyText {
    policy().with([
        ("ScalingOperation", "Demand"),
        ("LoadAlarm", "load"),
        ("Preset", "balanced"),
        ("LagObjectiveSeconds", "80"),
        ("MaxKpu", "32"),
    ])
}

/// Returns an application of eight KPUs that falls behind. The lag has one value per minute, with the newest last.
fn world(lag_metric: &str, lags: &[f64]) -> World {
    let threshold = if lag_metric == "EstimatedMaxTimeLag" { 110.0 } else { 20_000.0 };
    let minutes = i64::try_from(lags.len()).unwrap() + 1;
    World::new()
        .with_alarm(alarm_on(OUT, lag_metric, threshold))
        .with_alarm(alarm_on(IN, "containerCPUUtilization", 60.0))
        .with_alarm(alarm_on(LOAD, "IncomingRecords", 0.0))
        .measured_for(OUT, 1..minutes, |minute| lags[lags.len() - usize::try_from(minute).unwrap()])
        .measured_for(IN, 1..minutes, |_| 95.0)
        // Records per minute. The unit does not change the size.
        .measured_for(LOAD, 1..minutes, |_| 540_000.0)
}

const FALLING_BEHIND: [f64; 12] = [7e3, 14e3, 21e3, 28e3, 35e3, 42e3, 49e3, 56e3, 63e3, 70e3, 77e3, 84e3];

fn answer(world: &World, policy: &PolicyText, direction: &str) -> Result<ScaleAnswer, TaskError> {
    let run = json!({"check": {"verdict": "Breaching", "graceSeconds": 300, "call": {"kind": "Alarm", "direction": direction}, "why": "the lag is 84 s", "policy": policy}});
    now(scale(
        &ScaleRequest { now: NOW, run: serde_json::from_value(run).unwrap() },
        world,
        world,
        world,
        world,
    ))
}

fn kpus(answer: &ScaleAnswer) -> Option<u32> {
    Some(answer.update.as_ref()?.to?.units.count())
}

#[test]
fn the_size_does_not_depend_on_the_units_of_the_alarms() {
    let in_milliseconds =
        answer(&world("millisBehindLatest", &FALLING_BEHIND), &demand_policy(), "Out").unwrap();
    assert_eq!((in_milliseconds.verdict, kpus(&in_milliseconds)), (ScaleVerdict::Scaling, Some(14)));
    // Of a lag from committed offsets, 90 seconds are no lag.
    let seconds = FALLING_BEHIND.map(|lag| lag / 1_000.0 + 90.0);
    let in_seconds = answer(&world("EstimatedMaxTimeLag", &seconds), &demand_policy(), "Out").unwrap();
    assert_eq!(kpus(&in_seconds), Some(14));
}

/// A user compares the figures before the autoscaler scales.
#[test]
fn observe_mode_shows_the_figures_of_the_step() {
    let of = |mode| {
        let policy = demand_policy().with([("Mode", mode)]);
        let yesterday = 13..2_000;
        let world = world("millisBehindLatest", &FALLING_BEHIND).measured_for(LOAD, yesterday, |_| 540_000.0);
        answer(&world, &policy, "Out").unwrap()
    };
    let (observed, active) = (of("observe"), of("active"));
    assert_eq!((observed.reason, active.reason), (Some(Reason::Observing), None));
    assert_eq!(observed.demand.unwrap().forecast, Some(540_000.0));
    assert_eq!(observed.demand, active.demand);
}

/// Of seven days ago, the minutes before this time are read too: a load that rose after it rises by as much again.
#[test]
fn the_forecast_has_the_change_of_seven_days_ago() {
    const WEEK: i64 = 7 * 1_440;
    let rose = |minute| if minute > WEEK { 500_000.0 } else { 660_000.0 };
    let lagging = world("millisBehindLatest", &FALLING_BEHIND);
    let world = lagging.measured_for(LOAD, WEEK - 60..WEEK + 11, rose);
    let answer = answer(&world, &demand_policy(), "Out").unwrap();
    assert_eq!(answer.demand.unwrap().forecast, Some(700_000.0));
}

#[test]
fn the_catch_up_time_is_ten_times_the_objective_from_ten_minutes_to_an_hour() {
    for (objective, minutes) in [("10", 10), ("60", 10), ("120", 20), ("360", 60), ("3600", 60)] {
        let policy = Policy::parse(&demand_policy().with([("LagObjectiveSeconds", objective)])).unwrap();
        let Sizing::Demand(demand) = policy.scaling.sizing else { panic!("{objective}") };
        assert_eq!(demand.catch_up, SignedDuration::from_mins(minutes), "{objective}");
    }
}

/// An on-call engineer reads them months later, when the metrics of a minute are gone.
#[test]
fn the_answer_has_the_figures_behind_a_step_and_behind_a_hold() {
    let figures = |world: &World, direction| {
        let answer = answer(world, &demand_policy(), direction).unwrap();
        (answer.reason, answer.demand.map(|figures| figures.to_string()))
    };
    let falling_behind = world("millisBehindLatest", &FALLING_BEHIND);
    let figures_of_the_step = "load 540000, capacity 59625 per KPU, backlog of 84 s";
    assert_eq!(figures(&falling_behind, "Out"), (None, Some(figures_of_the_step.to_owned())));
    let (reason, held) = figures(&world("millisBehindLatest", &[0.0; 12]), "In");
    assert_eq!(reason, Some(Reason::NotCostEffective));
    assert!(held.is_some_and(|held| held.starts_with("load 540000, capacity")), "a hold has them as well");
    let without_load = world("millisBehindLatest", &FALLING_BEHIND).without_data(LOAD);
    assert_eq!(figures(&without_load, "Out"), (Some(Reason::NoFreshData), None));
}

#[test]
fn an_unknown_value_is_missing_and_not_zero() {
    // Kinesis reports -1 until the first record has been read.
    let unknown = world("millisBehindLatest", &[-1.0; 12]);
    assert_eq!(answer(&unknown, &demand_policy(), "Out").unwrap().reason, Some(Reason::NoFreshData));
    assert_eq!(answer(&unknown, &demand_policy(), "In").unwrap().reason, Some(Reason::NoFreshData));
    let without_load = world("millisBehindLatest", &FALLING_BEHIND).without_data(LOAD);
    assert_eq!(answer(&without_load, &demand_policy(), "Out").unwrap().reason, Some(Reason::NoFreshData));
    let old = world("millisBehindLatest", &FALLING_BEHIND).with_data_older_by(SignedDuration::from_hours(48));
    assert_eq!(answer(&old, &demand_policy(), "Out").unwrap().reason, Some(Reason::NoFreshData));
}

#[test]
fn stale_data_is_ignored() {
    let stale =
        world("millisBehindLatest", &FALLING_BEHIND).with_data_older_by(SignedDuration::from_mins(30));
    assert_eq!(answer(&stale, &demand_policy(), "Out").unwrap().reason, Some(Reason::NoFreshData));
}

#[test]
fn an_unsuitable_alarm_is_rejected_by_name() {
    let fatal = |world: &World, policy: &PolicyText| match answer(world, policy, "Out") {
        Err(TaskError::Fatal(message)) => message,
        other => panic!("{other:?}"),
    };
    let records = world("SumOffsetLag", &FALLING_BEHIND);
    assert!(
        fatal(&records, &demand_policy()).contains("watches SumOffsetLag; set ScaleMetric to a lag in time")
    );
    let mut slow = world("millisBehindLatest", &FALLING_BEHIND);
    slow.alarm(LOAD).period = SignedDuration::from_mins(5);
    assert!(fatal(&slow, &demand_policy()).contains("the alarm 'load' has data points of 300 s"));
    let gone = world("millisBehindLatest", &FALLING_BEHIND).without_alarm(LOAD);
    assert!(fatal(&gone, &demand_policy()).contains("failed to find the alarm 'load'"));
}

#[test]
fn a_demand_policy_requires_a_load_alarm_and_a_known_preset() {
    for (text, part) in [
        (demand_policy().with([("LoadAlarm", "")]), "LoadAlarm is empty"),
        (demand_policy().with([("Preset", "fast")]), "set it to latency, balanced or cost"),
        (
            demand_policy().with([("LagObjectiveSeconds", "5")]),
            "LagObjectiveSeconds is '5'; set it to a whole number from 10 to 86400",
        ),
    ] {
        let Err(TaskError::Fatal(message)) = Policy::parse(&text) else { panic!("{part}") };
        assert!(message.contains(part), "{message}");
    }
}

/// An application of eight KPUs without a lag alarm, saturated for twenty minutes. Its tasks count each record several times.
#[test]
fn the_throughput_and_the_utilization_suffice() {
    let saturated = |tasks: f64, busy: f64| {
        let world = World::new()
            .with_alarm(alarm_on(OUT, "containerCPUUtilization", 85.0))
            .with_alarm(alarm_on(IN, "containerCPUUtilization", 60.0))
            .with_alarm(alarm_on(LOAD, "numRecordsInPerSecond", 0.0))
            .measured_for(IN, 1..21, |_| busy)
            .measured_for(LOAD, 1..21, |_| tasks * 8_000.0);
        answer(&world, &demand_policy(), "Out").unwrap()
    };
    let (one, four) = (saturated(1.0, 95.0), saturated(4.0, 95.0));
    assert!(kpus(&one).is_some_and(|kpus| kpus > 8), "{one:?}");
    assert_eq!(kpus(&one), kpus(&four));
    let keeps_up = saturated(1.0, 80.0);
    assert_eq!(keeps_up.reason, Some(Reason::CatchingUp), "{keeps_up:?}");
}
