//! The parameters to set, as assignments.

use crate::overrides;
use history::Tuned;
use simulator::{PARAMETERS, Parameter};
use tasks::needed_parameters;

/// Returns the value of a parameter in a policy.
pub(super) fn value<'a>(policy: &'a [String], parameter: &Parameter) -> &'a str {
    let stated = |text: &'a String| text.strip_prefix(parameter.name)?.strip_prefix('=');
    policy.iter().rev().find_map(stated).unwrap_or(parameter.default)
}

/// Returns the assignments that change the present parameters into the recommended ones, including those back to a default.
/// Further parameters that the recommended metric needs are placeholders.
pub(super) fn changes(tuned: &Tuned) -> Vec<String> {
    let mut changes: Vec<String> = PARAMETERS
        .iter()
        .filter(|parameter| value(&tuned.recommended, parameter) != value(&tuned.present, parameter))
        .map(|parameter| assignment(&tuned.recommended, parameter))
        .collect();
    let metric = value_of(&tuned.recommended, "ScaleMetric");
    if metric != value_of(&tuned.present, "ScaleMetric") {
        changes.extend(names_of_source(&tuned.recommended));
    }
    changes
}

/// Returns the parameters of a first deployment: the five that every stack needs, then those that differ from their defaults. A name that
/// only the user knows is a placeholder in angle brackets.
pub(super) fn first_deployment(tuned: &Tuned) -> Vec<String> {
    const SIZES: [&str; 3] = ["ScaleMetric", "MinKpu", "MaxKpu"];
    let policy = if tuned.is_better { &tuned.recommended } else { &tuned.present };
    let is_size = |parameter: &&Parameter| SIZES.contains(&parameter.name);
    let differs =
        |parameter: &&Parameter| value(policy, parameter) != parameter.default && !is_size(parameter);
    let mut all = vec!["ApplicationName=<application>".to_owned()];
    all.extend(PARAMETERS.iter().filter(is_size).map(|parameter| assignment(policy, parameter)));
    all.push("NotificationEmail=<mail address>".to_owned());
    all.extend(names_of_source(policy));
    all.extend(PARAMETERS.iter().filter(differs).map(|parameter| assignment(policy, parameter)));
    all
}

/// Returns the names of the source that a policy needs, as placeholders. A load alarm is needed by `Demand` on a lag of Kafka.
fn names_of_source(policy: &[String]) -> Vec<String> {
    let metric = value_of(policy, "ScaleMetric");
    let is_by_demand = value_of(policy, "ScalingOperation") == "Demand";
    let mut needed = needed_parameters(metric, is_by_demand).unwrap_or_default();
    // The tuned policy has the thresholds.
    needed.retain(|(name, _)| PARAMETERS.iter().all(|parameter| parameter.name != *name));
    if metric == "EstimatedMaxTimeLag" && is_by_demand {
        needed.push(("LoadAlarmName", "alarm on the load"));
    }
    needed.iter().map(|(name, meaning)| format!("{name}=<{meaning}>")).collect()
}

fn assignment(policy: &[String], parameter: &Parameter) -> String {
    format!("{}={}", parameter.name, value(policy, parameter))
}

/// Returns the value of the parameter of this name.
fn value_of<'a>(policy: &'a [String], name: &str) -> &'a str {
    PARAMETERS.iter().find(|parameter| parameter.name == name).map_or("", |it| value(policy, it))
}

/// Returns assignments in the form for a shell and for SAM.
pub(super) fn quoted(assignments: &[String]) -> String {
    let quote = |text: &String| {
        text.split_once('=').map_or_else(|| text.clone(), |(name, value)| overrides::assignment(name, value))
    };
    assignments.iter().map(quote).collect::<Vec<_>>().join(" ")
}
