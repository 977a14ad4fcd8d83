//! The presets of sizing by demand, as policies to compare with.

use crate::Failure;
use crate::inputs::application_settings;
use crate::results::PolicyToCompare;
use simulator::ComparedPolicy;

/// The preset for an unknown load.
pub(crate) const BALANCED: (&str, &str) = ("balanced", "lag and cost matter equally");

/// All presets, each with its goal.
pub(crate) const ALL: [(&str, &str); 3] =
    [("latency", "a short lag matters most"), BALANCED, ("cost", "few KPUs matter most")];

/// The lag of a Kinesis stream, with which the arrivals are measured.
pub(crate) const LAG_OF_A_STREAM: &str = "millisBehindLatest";

/// Returns the metric with which an application is sized by demand, which is the CPU unless it has the lag of a stream.
pub(crate) fn demand_metric(scale_metric: &str) -> &'static str {
    if scale_metric == LAG_OF_A_STREAM { LAG_OF_A_STREAM } else { "containerCPUUtilization" }
}

/// Returns a preset as a policy with this metric, within the bounds and limits of `set`.
///
/// # Errors
/// If these bounds and limits allow no sizing by demand.
pub(crate) fn preset(
    (name, goal): (&'static str, &str),
    metric: &str,
    set: &[String],
) -> Result<PolicyToCompare, Failure> {
    let mut assignments: Vec<String> = set.iter().filter(|text| is_given(text)).cloned().collect();
    assignments.push("ScalingOperation=Demand".to_owned());
    assignments.extend([format!("ScaleMetric={metric}"), format!("Preset={name}")]);
    let (_, settings) = application_settings(&assignments)?;
    let description = format!("Sizing by demand with the preset {name}: {goal}.");
    Ok((name, format!("Demand, {name}"), description, ComparedPolicy::Direct(Box::new(settings))))
}

/// Whether a parameter describes the application or its limits, and not its scaling.
pub(crate) fn is_given(assignment: &str) -> bool {
    const GIVEN: [&str; 24] = [
        "LagObjectiveSeconds",
        "HighKpu",
        "HighStart",
        "HighEnd",
        "HighDays",
        "LowKpu",
        "Windows",
        "TimeZone",
        "LeadMinutes",
        "BacklogWaitMinutes",
        "MonthlyBudgetDollars",
        "KpuHourDollars",
        "StateGigabytes",
        "LargestStepKpu",
        "FailurePauseMinutes",
        "IneffectivePauseMinutes",
        "MoreScaleOutAlarms",
        "MoreScaleInAlarms",
        "MinKpu",
        "MaxKpu",
        "MaxParallelism",
        "SourcePartitions",
        "ParallelismPerKpu",
        "HeartbeatMinutes",
    ];
    assignment.split_once('=').is_some_and(|(name, _)| GIVEN.contains(&name))
}
