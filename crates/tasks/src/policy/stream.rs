//! The policy of a stream, without the parameters that only an application has.

use super::parse::refuse;
use super::sizing::DEMAND;
use crate::{PolicyText, TaskError};

/// Returns the policy without the values for an application, which the template passes for a stream, too: only an application is checked
/// for the effect of a scale-out on its load. Refuses parameters by which a user expects an effect on the stream.
pub(crate) fn of_a_stream(text: &PolicyText) -> Result<PolicyText, TaskError> {
    if text.get("ScalingOperation") == DEMAND {
        return refuse(
            "ScalingOperation is Demand, which learns the capacity of an application; for a stream set it to Multiply/Divide, Add/Subtract, Steps or Target",
        );
    }
    for (parameters, why) in [
        (
            ["LargestStepKpu", "MonthlyBudgetDollars"],
            "LargestStepKpu and MonthlyBudgetDollars apply to an application; leave them empty for a stream: Kinesis at most doubles its shards in one change",
        ),
        (
            ["HighKpu", "LowKpu"],
            "HighKpu and LowKpu are KPUs of an application; state a stream's hours as Windows, such as 'Mon-Fri 8:00-18:00 >=8'",
        ),
    ] {
        if parameters.iter().any(|parameter| !text.get(parameter).is_empty()) {
            return refuse(why);
        }
    }
    Ok(text
        .clone()
        .with(["MaxParallelism", "SourcePartitions", "LoadAlarm"].map(|parameter| (parameter, ""))))
}
