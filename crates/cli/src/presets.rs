//! The presets of sizing by demand, as policies to compare with.

use crate::Failure;
use crate::inputs::application_settings;
use crate::learned::is_given;
use crate::results::PolicyToCompare;
use simulator::ComparedPolicy;

/// The preset for a load of which nothing is known.
pub(crate) const BALANCED: (&str, &str) = ("balanced", "lag and cost matter equally");

/// All presets, each with its goal.
pub(crate) const ALL: [(&str, &str); 3] =
    [("latency", "a short lag matters most"), BALANCED, ("cost", "few KPUs matter most")];

/// Returns a preset as a policy, within the bounds and limits of `set`.
///
/// # Errors
/// If these bounds and limits allow no sizing by demand.
pub(crate) fn preset((name, goal): (&'static str, &str), set: &[String]) -> Result<PolicyToCompare, Failure> {
    let mut assignments: Vec<String> = set.iter().filter(|text| is_given(text)).cloned().collect();
    let demand = ["ScalingOperation=Demand", "ScaleMetric=millisBehindLatest", &format!("Preset={name}")];
    assignments.extend(demand.map(str::to_owned));
    let (_, settings) = application_settings(&assignments)?;
    let description = format!("Sizing by demand with the preset {name}: {goal}.");
    Ok((name, format!("Demand, {name}"), description, ComparedPolicy::Direct(Box::new(settings))))
}
