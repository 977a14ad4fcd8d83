//! The policies that are tried: what there is to choose for each way to find a size.

use fastrand::Rng;
use simulator::{Metric, Parameters, Settings};

/// A policy: its parameters as `Name=value`, those of the user first.
pub(crate) type Assignments = Vec<String>;

/// A parameter, and the values that are tried.
type Choice = (&'static str, &'static [&'static str]);

/// A way to find a size: what is set, and what is chosen.
struct Way {
    set: &'static [&'static str],
    choices: &'static [Choice],
    /// How often it is drawn.
    weight: u32,
}

const PERIODS: Choice = ("ScaleInEvaluationPeriods", &["10", "15", "20", "30"]);

/// Those that look at a utilisation, of which the CPU is always published.
const BY_CPU: [Way; 2] = [
    Way {
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
    Way {
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

/// That which looks at a lag in time and at the load.
const BY_DEMAND: Way = Way {
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

/// The values that are tried for the threshold of a lag in time, in seconds.
const LAG_SECONDS: [f64; 4] = [10.0, 15.0, 20.0, 30.0];

/// The same in the unit of the metric. A metric that is no lag in time has none.
fn lag_thresholds(metric: &str) -> Option<[String; 4]> {
    let units = Metric::named(metric)?.units_per_second()?;
    Some(LAG_SECONDS.map(|seconds| (seconds * units).to_string()))
}

/// Draws a policy. `lag` is the metric of the lag, if there is one.
pub(crate) fn draw(rng: &mut Rng, user: &[String], lag: Option<&'static str>) -> Assignments {
    let ways: Vec<&Way> = BY_CPU.iter().chain(lag.map(|_| &BY_DEMAND)).collect();
    let mut ticket = rng.u32(0..ways.iter().map(|way| way.weight).sum());
    let way = ways.into_iter().find(|way| {
        let is_it = ticket < way.weight;
        ticket = ticket.saturating_sub(way.weight);
        is_it
    });
    let way = way.unwrap_or(&BY_CPU[0]);
    let mut set: Assignments = user.to_vec();
    set.extend(way.set.iter().map(|text| (*text).to_owned()));
    let lag = lag.filter(|_| way.set == BY_DEMAND.set);
    if let Some((lag, values)) = lag.and_then(|lag| Some((lag, lag_thresholds(lag)?))) {
        set.push(format!("ScaleMetric={lag}"));
        set.push(format!("ScaleOutThreshold={}", values[rng.usize(0..values.len())]));
    }
    for (name, values) in way.choices {
        put(&mut set, name, values[rng.usize(0..values.len())]);
    }
    set
}

/// The same policy with one of its choices made anew.
pub(crate) fn vary(rng: &mut Rng, policy: &[String]) -> Assignments {
    let mut set = policy.to_vec();
    // The last statement of a parameter counts, and tells which way it is.
    let last = |name: &str| {
        policy.iter().rev().filter_map(|text| text.split_once('=')).find(|(other, _)| *other == name)
    };
    let states = |assignment: &&str| {
        assignment.split_once('=').is_some_and(|(name, value)| last(name) == Some((name, value)))
    };
    let ways = BY_CPU.iter().chain([&BY_DEMAND]);
    let Some(way) = ways.into_iter().find(|way| way.set.iter().all(states)) else {
        return set; // The defaults, or the present ones, are as they are.
    };
    let lag = last("ScaleMetric").filter(|_| way.set == BY_DEMAND.set);
    let thresholds = lag.and_then(|(_, metric)| lag_thresholds(metric));
    let choice = rng.usize(0..way.choices.len() + usize::from(thresholds.is_some()));
    match (way.choices.get(choice), thresholds) {
        (Some((name, values)), _) => put(&mut set, name, values[rng.usize(0..values.len())]),
        (None, Some(values)) => put(&mut set, "ScaleOutThreshold", &values[rng.usize(0..values.len())]),
        (None, None) => {}
    }
    set
}

/// Sets a parameter, in place of what it was. As many data points must be low as are looked at.
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

/// The settings of a policy, unless it contradicts itself.
pub(crate) fn settings(policy: &[String]) -> Option<Settings> {
    let mut parameters = Parameters::default();
    policy.iter().try_for_each(|assignment| parameters.set(assignment)).ok()?;
    Settings::new(&parameters).ok()
}
