//! The search space: the parameters and values that are tried for each scaling operation.

use fastrand::Rng;
use simulator::{Parameters, Settings};

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
const BY_CPU: [Subspace; 2] = [
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
            ("ReversalWindowMinutes", &["0", "15", "30"]),
        ],
        weight: 1,
    },
];

/// The operation on a lag in time and the load.
const BY_DEMAND: Subspace = Subspace {
    set: &["ScalingOperation=Demand"],
    choices: &[
        ("Preset", &["latency", "balanced", "cost"]),
        ("CatchUpSeconds", &["300", "600", "900"]),
        ("ScaleInUtilizationThreshold", &["50", "60", "70"]),
        PERIODS,
        ("ScaleOutDatapointsToAlarm", &["2", "3"]),
        ("ScaleInGracePeriodSeconds", &["300", "900"]),
    ],
    weight: 4,
};

/// The thresholds of a lag, in milliseconds or in seconds.
const LAGS: [(&str, &[&str]); 2] = [
    ("millisBehindLatest", &["10000", "15000", "20000", "30000"]),
    ("EstimatedMaxTimeLag", &["10", "15", "20", "30"]),
];

/// Draws a policy. `lag` is the metric of the lag, if there is one.
pub(crate) fn draw(rng: &mut Rng, user: &[String], lag: Option<&'static str>) -> Assignments {
    let subspaces: Vec<&Subspace> = BY_CPU.iter().chain(lag.map(|_| &BY_DEMAND)).collect();
    let mut ticket = rng.u32(0..subspaces.iter().map(|subspace| subspace.weight).sum());
    let subspace = subspaces.into_iter().find(|subspace| {
        let is_it = ticket < subspace.weight;
        ticket = ticket.saturating_sub(subspace.weight);
        is_it
    });
    let subspace = subspace.unwrap_or(&BY_CPU[0]);
    let mut set: Assignments = user.to_vec();
    set.extend(subspace.set.iter().map(|text| (*text).to_owned()));
    if subspace.set == BY_DEMAND.set {
        let thresholds = LAGS.iter().find(|(name, _)| Some(*name) == lag);
        if let Some((name, values)) = thresholds {
            set.push(format!("ScaleMetric={name}"));
            set.push(format!("ScaleOutThreshold={}", values[rng.usize(0..values.len())]));
        }
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
    let states = |assignment: &str| {
        let name = assignment.split('=').next();
        policy.iter().rev().find(|text| text.split('=').next() == name).is_some_and(|text| text == assignment)
    };
    let subspaces = BY_CPU.iter().chain([&BY_DEMAND]);
    let Some(subspace) =
        subspaces.into_iter().find(|subspace| subspace.set.iter().all(|assignment| states(assignment)))
    else {
        return set; // The defaults and the present parameters are not in the search space.
    };
    let lag =
        LAGS.iter().find(|(name, _)| subspace.set == BY_DEMAND.set && states(&format!("ScaleMetric={name}")));
    let choices: Vec<Choice> = subspace
        .choices
        .iter()
        .copied()
        .chain(lag.map(|(_, values)| ("ScaleOutThreshold", *values)))
        .collect();
    let (name, values) = choices[rng.usize(0..choices.len())];
    put(&mut set, name, values[rng.usize(0..values.len())]);
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
