//! A job that is saturated at a low utilization, sized by the name of the application alone: no alarm for scaling out calls.

use crate::check::request;
use crate::job_health::series;
use crate::world::{IN, NOW, OUT, World, alarm_on, now, policy};
use scaling::{Call, Direction};
use serde_json::json;
use tasks::{CheckAnswer, CheckRequest, CheckVerdict, PolicyText, ScaleAnswer, ScaleRequest, check, scale};

const LOAD: &str = "load";

fn by_demand() -> PolicyText {
    policy().with([("ScalingOperation", "Demand"), ("LoadAlarm", LOAD), ("MaxKpu", "32")])
}

/// Eight KPUs, with alarms on the CPU in both directions and on the throughput. The alarm for scaling in is in ALARM.
fn application() -> World {
    World::new()
        .watching(OUT, "containerCPUUtilization")
        .watching(IN, "containerCPUUtilization")
        .with_threshold(IN, 85.0)
        .with_alarm(alarm_on(LOAD, "numRecordsInPerSecond", 0.0))
        .breaching(IN, 55.0)
}

fn checked(world: &World, policy: PolicyText) -> CheckAnswer {
    now(check(&CheckRequest { policy, ..request(json!({})) }, world, world)).unwrap()
}

#[rustfmt::skip]
#[test]
fn a_published_lag_that_lasts_scales_out_by_demand() {
    let lag = |values: &[f64]| vec![series("millisBehindLatest", values)];
    let objective = |seconds| by_demand().with([("LagObjectiveSeconds", seconds)]);
    for (case, series, policy, expected) in [
        ("no lag is published",             vec![],                                     by_demand(),    Some(Direction::In)),
        ("a lag of zero",                   lag(&[0.0; 9]),                             by_demand(),    Some(Direction::In)),
        ("a quarter of the objective",      lag(&[15_000.0; 9]),                        by_demand(),    Some(Direction::In)),
        ("more for three minutes",          lag(&[0.0, 15_001.0, 20_000.0, 15_001.0]),  by_demand(),    Some(Direction::Out)),
        ("more for two minutes",            lag(&[0.0, 0.0, 20_000.0, 20_000.0]),       by_demand(),    Some(Direction::In)),
        ("above the objective, one minute", lag(&[0.0, 0.0, 0.0, 61_000.0]),            by_demand(),    None),
        ("a lag that falls", lag(&[0.0, 25_000.0, 25_000.0, 24_999.0]), by_demand(), Some(Direction::In)),
        ("a lag that has ended",            lag(&[90_000.0, 90_000.0, 90_000.0, 0.0]),  by_demand(),    Some(Direction::In)),
        ("a longer objective",              lag(&[20_000.0; 9]),                        objective("120"), Some(Direction::In)),
        ("many records, not more",          vec![series("records_lag_max", &[9e6; 15])], by_demand(),   Some(Direction::In)),
    ] {
        let answer = checked(&application().with_job(series), policy);
        assert_eq!(answer.call.map(Call::found_direction), expected, "{case}: {}", answer.why);
        if expected == Some(Direction::Out) {
            assert_eq!(answer.verdict, CheckVerdict::Breaching);
            assert_eq!(answer.why, "millisBehindLatest has been above 15000 for 3 minutes, at least 15001");
            assert_eq!(answer.breaches.iter().map(|breach| (breach.value, breach.is_lag)).collect::<Vec<_>>(), [(15_001.0, true)]);
        }
    }
}

/// A lag in records has no limit. It scales out while it rises: of the 105 pairs of 15 values, the rising ones outnumber the falling ones by more
/// than 70 %.
#[test]
fn a_lag_in_records_that_rises_scales_out_by_demand() {
    let rises: Vec<f64> = (1..=15).map(|minute| 1_000.0 * f64::from(minute)).collect();
    let with = |change: &dyn Fn(&mut Vec<f64>)| {
        let mut values = rises.clone();
        change(&mut values);
        values
    };
    for (case, values, expected) in [
        ("it rises", rises.clone(), Some(Direction::Out)),
        ("15 of the pairs fall", with(&|values| values[..6].reverse()), Some(Direction::Out)),
        ("21 of the pairs fall", with(&|values| values[..7].reverse()), None),
        ("it returns to zero", with(&|values| values[12] = 0.0), Some(Direction::In)),
        ("nine minutes", rises[6..].to_vec(), Some(Direction::In)),
    ] {
        let world = application().with_job(vec![series("records_lag_max", &values)]);
        let answer = checked(&world, by_demand());
        assert_eq!(answer.call.map(Call::found_direction), expected, "{case}: {}", answer.why);
        if case == "it rises" {
            assert_eq!(answer.why, "records_lag_max rises, from 1000 to 15000 within 15 minutes");
            let breach = answer.breaches[0];
            assert_eq!((breach.value, breach.threshold, breach.is_lag), (15_000.0, 1_000.0, true));
        }
    }
}

/// An alarm on the CPU calls, and the lag proves the saturation. An alarm on a lag proves it already.
#[test]
fn a_lasting_lag_is_a_breach_beside_an_alarm_on_the_utilization() {
    let lag = || vec![series("millisBehindLatest", &[20_000.0; 3])];
    let cpu = application().breaching(OUT, 88.0).with_job(lag());
    let late = application().watching(OUT, "millisBehindLatest").with_threshold(OUT, 15_000.0);
    for (case, world, why, lags) in [
        (
            "the CPU",
            cpu,
            "containerCPUUtilization is 88 > 80, and millisBehindLatest has been above 15000 for 3 minutes, at least 20000",
            [false, true].as_slice(),
        ),
        (
            "a lag",
            late.breaching(OUT, 20_000.0).with_job(lag()),
            "millisBehindLatest is 20000 > 15000",
            &[true],
        ),
    ] {
        let answer = checked(&world, by_demand());
        assert_eq!(answer.why, why, "{case}");
        assert_eq!(answer.breaches.iter().map(|breach| breach.is_lag).collect::<Vec<_>>(), lags, "{case}");
    }
}

/// Factors know no demand. A published lag holds their scale-in, and only an alarm scales out.
#[test]
fn a_published_lag_that_lasts_does_not_scale_out_by_a_factor() {
    let lag = vec![series("millisBehindLatest", &[90_000.0; 9])];
    let world = World::new().breaching(IN, 4.0).showing(OUT, 4.0).with_job(lag);
    assert_eq!(checked(&world, policy()).call, None);
}

/// The answer of `scale` to a call of an alarm for scaling in, or of a published lag for scaling out.
fn scaled(world: &World, direction: Direction) -> ScaleAnswer {
    scaled_by(world, direction, &by_demand())
}

fn scaled_by(world: &World, direction: Direction, policy: &PolicyText) -> ScaleAnswer {
    let breach = json!({"value": 20_000.0, "threshold": 15_000.0, "isAdditional": false, "isLag": true});
    let breaches = if direction == Direction::Out { vec![breach] } else { Vec::new() };
    let run = json!({"check": {
        "verdict": "Breaching", "graceSeconds": 300, "call": {"kind": "Alarm", "direction": direction}, "breaches": breaches,
        "why": "the check has called", "policy": policy,
    }});
    let request = ScaleRequest { now: NOW, run: serde_json::from_value(run).unwrap() };
    now(scale(&request, world, world, world, world)).unwrap()
}

/// A lag proves the saturation only for a quarter of an hour, so that a stalled job is scaled out by one moderate step.
#[test]
fn a_published_lag_proves_that_a_job_is_saturated_now() {
    let steady = application().measured_for(LOAD, 1..600, |_| 1_400.0).measured_for(IN, 1..600, |_| 55.0);
    let answer = scaled(&steady, Direction::Out);
    assert_eq!(answer.step.map(|step| step.to.units.count()), Some(13), "{answer:?}");
    assert!(answer.why.ends_with("because the check has called"), "{}", answer.why);
}
