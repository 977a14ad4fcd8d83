//! The sizing method, as the parameters state it.

use super::parse::refuse;
use crate::{PolicyText, TaskError};
use jiff::SignedDuration;
use scaling::{Adjustment, BreachSteps, Demand, Sizing, Units};

/// The scaling operation for sizing by demand.
pub(crate) const DEMAND: &str = "Demand";

/// The sizing method.
pub(crate) fn sizing(text: &PolicyText, lag_objective: SignedDuration) -> Result<Sizing, TaskError> {
    let operation = text.get("ScalingOperation");
    Ok(match operation {
        DEMAND => Sizing::Demand(demand(text, lag_objective)?),
        "Target" => Sizing::Target(target(text.get("TargetValue"))?),
        "Steps" => {
            Sizing::StepScaling { out: steps(text, "ScaleOutSteps")?, r#in: steps(text, "ScaleInSteps")? }
        }
        _ => Sizing::Factor {
            out: adjustment(text, operation, "ScaleOutFactor")?,
            r#in: adjustment(text, operation, "ScaleInFactor")?,
        },
    })
}

fn adjustment(policy: &PolicyText, operation: &str, parameter: &str) -> Result<Adjustment, TaskError> {
    let text = policy.get(parameter);
    match operation {
        "Multiply/Divide" => text.parse().map(Adjustment::Times).or_else(|reason| {
            refuse(&format!("{parameter} is '{text}', which does not fit Multiply/Divide; {reason}"))
        }),
        "Add/Subtract" => match text.parse().ok().and_then(Units::new) {
            Some(step) => Ok(Adjustment::By(step)),
            None => refuse(&format!(
                "{parameter} is '{text}', which does not fit Add/Subtract; set it to a whole number of at least 1"
            )),
        },
        _ => refuse(&format!(
            "ScalingOperation is '{operation}'; set it to Multiply/Divide, Add/Subtract, Steps, Target or Demand"
        )),
    }
}

fn steps(policy: &PolicyText, parameter: &str) -> Result<BreachSteps, TaskError> {
    let text = policy.get(parameter);
    text.parse().or_else(|reason| refuse(&format!("{parameter} is '{text}'; {reason}")))
}

fn target(text: &str) -> Result<f64, TaskError> {
    match text.parse() {
        Ok(target) if target > 0.0 && f64::is_finite(target) => Ok(target),
        _ => refuse(&format!(
            "TargetValue is '{text}'; set it to a number above 0 between the two thresholds, such as 60 percent of the CPU"
        )),
    }
}

/// The time in which an application works off a backlog, as a multiple of the lag objective. A size that needs less time is kept. A backlog that
/// is within a long objective has time, and a size that works it off in ten minutes would be too large afterwards.
const CATCH_UP_PER_OBJECTIVE: i32 = 10;

/// The limits of this time.
const SHORTEST_CATCH_UP: SignedDuration = SignedDuration::from_mins(10);
const LONGEST_CATCH_UP: SignedDuration = SignedDuration::from_hours(1);

/// The parameters of sizing by demand. For the origin of the presets, see `docs/decisions/0022-a-restart-costs-minutes.md`.
fn demand(text: &PolicyText, lag_objective: SignedDuration) -> Result<Demand, TaskError> {
    let (target_out, target_in, restart_price) = match text.get("Preset") {
        "latency" => (0.82, 0.9, 2.1),
        "balanced" => (0.84, 0.93, 1.55),
        "cost" => (0.9, 0.95, 1.1),
        other => return refuse(&format!("Preset is '{other}'; set it to latency, balanced or cost")),
    };
    let catch_up = lag_objective.saturating_mul(CATCH_UP_PER_OBJECTIVE);
    let catch_up = catch_up.clamp(SHORTEST_CATCH_UP, LONGEST_CATCH_UP);
    Ok(Demand { target_out, target_in, restart_price, catch_up })
}
