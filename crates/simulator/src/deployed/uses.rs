//! Parameters that act only with some values of another parameter. The template refuses other values than their defaults without it.

use super::parameters::{ParameterError, Parameters, refuse};

/// Parameters, and the values of another parameter with which they act.
#[derive(Debug)]
pub struct Use {
    /// The parameters that may be without effect.
    pub parameters: &'static [&'static str],
    /// The parameter that decides.
    pub by: &'static str,
    /// Its values with which the parameters act.
    pub values: &'static [&'static str],
}

/// The parameters that may be without effect.
pub const USES: [Use; 7] = [
    of(&["ScaleOutFactor", "ScaleInFactor"], "ScalingOperation", &["Multiply/Divide", "Add/Subtract"]),
    of(&["ScaleOutSteps", "ScaleInSteps"], "ScalingOperation", &["Steps"]),
    of(&["TargetValue"], "ScalingOperation", &["Target"]),
    of(&["Preset"], "ScalingOperation", &["Demand"]),
    // Demand computes the lag at which it scales in.
    of(&["ScaleInThreshold"], "ScalingOperation", &["Multiply/Divide", "Add/Subtract", "Steps", "Target"]),
    of(&["MinShards", "MaxShards", "ThrottledThreshold", "DrainedSeconds"], "Target", &["stream"]),
    of(&["MaxParallelism", "SourcePartitions"], "Target", &["application"]),
];

const fn of(parameters: &'static [&'static str], by: &'static str, values: &'static [&'static str]) -> Use {
    Use { parameters, by, values }
}

impl Parameters {
    /// Refuses a parameter of these assignments that cannot act with the other parameters.
    ///
    /// # Errors
    /// If an assigned value is not the default and is without effect.
    pub fn check_use(&self, assignments: &[String]) -> Result<(), ParameterError> {
        let is_assigned = |name: &str| {
            assignments.iter().any(|text| text.split_once('=').is_some_and(|(assigned, _)| assigned == name))
        };
        let defaults = Self::default();
        for each in &USES {
            let decides = self.get(each.by);
            if each.values.contains(&decides) {
                continue;
            }
            let unused = |name: &&&str| is_assigned(name) && self.get(name) != defaults.get(name);
            if let Some(name) = each.parameters.iter().find(unused) {
                let default = match defaults.get(name) {
                    "" => "empty".to_owned(),
                    default => format!("at its default, {default}"),
                };
                return refuse(format!(
                    "{name} is {}, and does not act with {}={decides}; leave it {default}, or set {} to {}",
                    self.get(name),
                    each.by,
                    each.by,
                    each.values.join(" or ")
                ));
            }
        }
        Ok(())
    }
}
