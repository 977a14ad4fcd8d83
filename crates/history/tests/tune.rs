//! The search finds parameters that are better than the defaults on other days, and its result is reproducible.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use boundary::traces::public;
use history::{Calibration, CapacityBasis, Objective, Tuned, tune};
use simulator::{Model, Trace};

fn known(trace: Trace) -> Calibration {
    Calibration {
        model: Model::default(),
        uncertain: Vec::new(),
        trace,
        saturated_minutes: 100,
        restarts: 10,
        known_downtimes: 10,
        capacity_basis: CapacityBasis::Backlog,
        knows_full_load: true,
    }
}

fn objective(policies: usize) -> Objective {
    Objective {
        given: vec!["MaxKpu=32".to_owned()],
        present: Vec::new(),
        allowed_percent: 1.0,
        lag: Some("millisBehindLatest"),
        policies,
        seed: 1,
    }
}

/// Returns the score that the search minimizes, on the days of the comparison.
fn score(tuned: &Tuned, label: &str) -> f64 {
    let compared = tuned.unseen.iter().find(|compared| compared.label == label).unwrap();
    let summary = &compared.summary;
    compared.dollars_a_month.ln()
        + 0.1 * (summary.missed_percent - 1.0).max(0.0)
        + 0.02 * (summary.rescales_per_day - 6.0).max(0.0)
}

#[test]
fn the_recommendation_is_better_on_days_that_were_not_used_for_the_choice() {
    let tuned = tune(&known(Trace::us_flights().unwrap()), &objective(120), &|_| ());
    assert!(score(&tuned, "recommended") < score(&tuned, "defaults") - 0.05, "{:?}", tuned.unseen);
    assert!(
        tuned.is_better && tuned.recommended.contains(&"MaxKpu=32".to_owned()),
        "{:?}",
        tuned.recommended
    );
    assert!(tuned.tried.is_sorted_by(|one, other| one.score <= other.score));
    // Each policy is simulated twice on seven days, then three on seven others, and three on all days with three downtimes.
    let tried = f64::from(u32::try_from(tuned.tried.len()).unwrap());
    assert!(
        tuned.played_days >= tried * 2.0 * 7.0 * 0.9 && tuned.days == (7.0, 7.0),
        "{} {:?}",
        tuned.played_days,
        tuned.days
    );
    assert_eq!(tuned.restarts.len(), 3);
}

#[test]
fn the_same_seed_gives_the_same_result() {
    let found = || tune(&known(Trace::us_flights().unwrap()), &objective(40), &|_| ());
    let (one, other) = (found(), found());
    assert_eq!(serde_json::to_string(&one).unwrap(), serde_json::to_string(&other).unwrap());
}

/// Each row is a metric of the lag and the least threshold that is tried. A job that keeps up has a committed lag of up to 90 s.
#[test]
fn the_thresholds_of_a_lag_fit_its_source() {
    let load: Vec<f64> =
        (0..2 * 1_440).map(|minute| if minute % 1_440 < 600 { 9_000.0 } else { 1_000.0 }).collect();
    for (lag, least) in [("EstimatedMaxTimeLag", 100.0), ("millisBehindLatest", 10_000.0)] {
        let objective = Objective { lag: Some(lag), ..objective(20) };
        let tuned = tune(&known(Trace::new("steps", load.clone())), &objective, &|_| ());
        let on_the_lag = |set: &Vec<String>| set.contains(&format!("ScaleMetric={lag}"));
        let thresholds: Vec<f64> = tuned
            .tried
            .iter()
            .filter(|tried| on_the_lag(&tried.set))
            .filter_map(|tried| tried.set.iter().find_map(|text| text.strip_prefix("ScaleOutThreshold=")))
            .map(|text| text.parse().unwrap())
            .collect();
        assert!(thresholds.len() >= 3, "{lag}: {thresholds:?}");
        assert!(thresholds.iter().all(|threshold| *threshold >= least), "{lag}: {thresholds:?}");
    }
}

/// A steady load on the smallest size: no policy is better, so the defaults are recommended.
#[test]
fn the_defaults_are_recommended_if_no_policy_is_better() {
    let steady = Trace::new("steady", vec![500.0; 4 * 1_440]);
    let tuned = tune(&known(steady), &objective(40), &|_| ());
    assert_eq!(tuned.recommended, ["MaxKpu=32"]);
    assert!(!tuned.is_better);
}

/// Measured on the public traces: never worse than the defaults, and better on three of four.
#[test]
fn the_recommendation_is_never_worse_on_the_public_traces() {
    let mut better = 0;
    for trace in public() {
        let name = trace.name().to_owned();
        let tuned = tune(&known(trace), &objective(200), &|_| ());
        let (recommended, defaults) = (score(&tuned, "recommended"), score(&tuned, "defaults"));
        assert!(
            recommended <= defaults,
            "{name}: {recommended} is worse than {defaults}: {:?}",
            tuned.unseen
        );
        better += u32::from(recommended < defaults - 0.01);
    }
    assert!(better >= 3, "better on {better} of 4");
}
