//! The search space: the parameters and values that are tried for each scaling operation.

use fastrand::Rng;
use simulator::{HEALTHY_COMMITTED_LAG_SECONDS, Metric, Parameters, Settings};

/// A policy: its parameters as `Name=value`, with the user's parameters first.
pub(crate) type Assignments = Vec<String>;

/// A parameter, and the values that are tried.
type Choice = (&'static str, &'static [&'static str]);

/// The search space of one scaling operation: fixed assignments, and choices.
struct Subspace {
    set: &'static [&'static str],
    choices: &'static [Choice],
    /// The relative frequency of draws.
    weight: u32,
}

const PERIODS: Choice = ("ScaleInEvaluationPeriods", &["10", "15", "20", "30"]);

/// Operations on the CPU utilization, which every application publishes.
const BY_CPU: [Subspace; 3] = [
    Subspace {
        set: &["ScaleMetric=containerCPUUtilization", "ScalingOperation=Multiply/Divide"],
        choices: &[
            ("ScaleOutThreshold", &["70", "75", "80", "85", "90"]),
            ("ScaleInThreshold", &["25", "30", "35", "40", "45", "50"]),
            ("ScaleOutFactor", &["1.5", "2", "3"]),
            ("ScaleInFactor", &["1.25", "1.5", "2"]),
            PERIODS,
            ("GracePeriodSeconds", &["300", "600"]),
        ],
        weight: 3,
    },
    Subspace {
        set: &["ScaleMetric=containerCPUUtilization", "ScalingOperation=Target"],
        choices: &[
            ("TargetValue", &["50", "55", "60", "65", "70"]),
            ("ScaleOutThreshold", &["75", "80", "85", "90"]),
            ("ScaleInThreshold", &["30", "35", "40", "45"]),
            PERIODS,
        ],
        weight: 1,
    },
    Subspace {
        set: &["ScaleMetric=containerCPUUtilization", "ScalingOperation=Demand"],
        choices: &[
            ("Preset", &["latency", "balanced", "cost"]),
            ("ScaleOutThreshold", &["75", "80", "85", "90"]),
            PERIODS,
            ("ScaleOutDatapointsToAlarm", &["2", "3"]),
            ("ScaleInGracePeriodSeconds", &["300", "900"]),
        ],
        weight: 4,
    },
];

/// The operation on a lag in time and the load.
const BY_DEMAND: Subspace = Subspace {
    set: &["ScalingOperation=Demand"],
    choices: &[
        ("Preset", &["latency", "balanced", "cost"]),
        ("ScaleInUtilizationThreshold", &["50", "60", "70"]),
        PERIODS,
        ("ScaleOutDatapointsToAlarm", &["2", "3"]),
        ("ScaleInGracePeriodSeconds", &["300", "900"]),
    ],
    weight: 4,
};

/// The values that are tried for the threshold of a lag in time, in seconds.
const LAG_SECONDS: [f64; 4] = [10.0, 15.0, 20.0, 30.0];

/// The same in the unit of the metric, above the lag that committed offsets show of a job that keeps up. A metric that is no lag in time has
/// none.
fn lag_thresholds(metric: &str) -> Option<[String; 4]> {
    let metric = Metric::named(metric)?;
    let units = metric.units_per_second()?;
    let healthy = if metric.is_of_committed_offsets() { HEALTHY_COMMITTED_LAG_SECONDS } else { 0.0 };
    Some(LAG_SECONDS.map(|seconds| ((healthy + seconds) * units).to_string()))
}

/// Draws a policy. `lag` is the metric of the lag, if there is one.
pub(crate) fn draw(rng: &mut Rng, user: &[String], lag: Option<&'static str>) -> Assignments {
    // Sizing by demand on a utilization is drawn only if the policy allows it.
    let is_valid = |subspace: &&Subspace| {
        let set: Assignments = subspace.set.iter().map(|text| (*text).to_owned()).collect();
        settings(&set).is_some()
    };
    let subspaces: Vec<&Subspace> = BY_CPU.iter().filter(is_valid).chain(lag.map(|_| &BY_DEMAND)).collect();
    let mut ticket = rng.u32(0..subspaces.iter().map(|subspace| subspace.weight).sum());
    let subspace = subspaces.into_iter().find(|subspace| {
        let is_it = ticket < subspace.weight;
        ticket = ticket.saturating_sub(subspace.weight);
        is_it
    });
    let subspace = subspace.unwrap_or(&BY_CPU[0]);
    let mut set: Assignments = user.to_vec();
    set.extend(subspace.set.iter().map(|text| (*text).to_owned()));
    let lag = lag.filter(|_| subspace.set == BY_DEMAND.set);
    if let Some((lag, values)) = lag.and_then(|lag| Some((lag, lag_thresholds(lag)?))) {
        set.push(format!("ScaleMetric={lag}"));
        set.push(format!("ScaleOutThreshold={}", values[rng.usize(0..values.len())]));
    }
    for (name, values) in subspace.choices {
        put(&mut set, name, values[rng.usize(0..values.len())]);
    }
    set
}

/// Returns the policy with one of its choices drawn again.
pub(crate) fn vary(rng: &mut Rng, policy: &[String]) -> Assignments {
    let mut set = policy.to_vec();
    // The last assignment of a parameter counts, and identifies the subspace.
    let last = |name: &str| {
        policy.iter().rev().filter_map(|text| text.split_once('=')).find(|(other, _)| *other == name)
    };
    let states = |assignment: &&str| {
        assignment.split_once('=').is_some_and(|(name, value)| last(name) == Some((name, value)))
    };
    let subspaces = BY_CPU.iter().chain([&BY_DEMAND]);
    let Some(subspace) = subspaces.into_iter().find(|subspace| subspace.set.iter().all(states)) else {
        return set; // The defaults and the present parameters are not in the search space.
    };
    let lag = last("ScaleMetric").filter(|_| subspace.set == BY_DEMAND.set);
    let thresholds = lag.and_then(|(_, metric)| lag_thresholds(metric));
    let choice = rng.usize(0..subspace.choices.len() + usize::from(thresholds.is_some()));
    match (subspace.choices.get(choice), thresholds) {
        (Some((name, values)), _) => put(&mut set, name, values[rng.usize(0..values.len())]),
        (None, Some(values)) => put(&mut set, "ScaleOutThreshold", &values[rng.usize(0..values.len())]),
        (None, None) => {}
    }
    set
}

/// Replaces the value of a parameter. For scale-in, the data points to alarm equal the evaluation periods.
fn put(set: &mut Assignments, name: &str, value: &str) {
    let mut replace = |name: &str| {
        set.retain(|text| !text.starts_with(&format!("{name}=")));
        set.push(format!("{name}={value}"));
    };
    replace(name);
    if name == "ScaleInEvaluationPeriods" {
        replace("ScaleInDatapointsToAlarm");
    }
}

/// Returns the settings of a policy; `None` if its parameters contradict each other.
pub(crate) fn settings(policy: &[String]) -> Option<Settings> {
    let mut parameters = Parameters::default();
    policy.iter().try_for_each(|assignment| parameters.set(assignment)).ok()?;
    Settings::new(&parameters).ok()
}
