//! The answer to a request.

use crate::runs::{execution_name, requested_by};
use crate::{Method, Request, Response, Run, Runs, ScalableTarget, ScalingStatus};
use scaling::{Activity, Unit, Units};
use serde_json::{Value, json};
use tasks::{
    Operation, OperationStatus, ResourceDescription, ResourceKind, Resources, TaskError, requested_units,
};

/// The application or stream that the stack scales.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scaled {
    /// The unit of its capacity.
    pub unit: Unit,
    /// The name.
    pub name: String,
}

/// Answers a request.
///
/// `GET` reads the resource, its operations and the newest execution with a capacity request. `PATCH` reads the resource and starts such
/// an execution.
pub async fn answer(
    request: &Request,
    scaled: &Scaled,
    resources: &impl Resources,
    runs: &impl Runs,
) -> Response {
    if request.target != scaled.name {
        let message = format!(
            "failed to find the scalable target '{}': this stack scales '{}'; end the resource ID with that",
            request.target, scaled.name
        );
        return Response::error(404, &message);
    }
    let answer = match &request.method {
        Method::Get => get(scaled, resources, runs).await,
        Method::Patch(body) => match requested_capacity(body) {
            Ok(requested) => patch(requested, request, scaled, resources, runs).await,
            Err(why) => Ok(Response::error(400, &format!("failed to read the request: {why}"))),
        },
    };
    answer.unwrap_or_else(|error| Response::error(500, &error.to_string()))
}

/// Returns the capacity that a document requests.
fn requested_capacity(body: &str) -> Result<Units, String> {
    let document: Value =
        serde_json::from_str(body).map_err(|error| format!("its body is not a JSON document: {error}"))?;
    requested_units(document.get("desiredCapacity").unwrap_or(&Value::Null))
}

async fn get(scaled: &Scaled, resources: &impl Resources, runs: &impl Runs) -> Result<Response, TaskError> {
    let Some(description) = resources.describe(&scaled.name).await? else { return Ok(missing(scaled)) };
    let operations = resources.operations(&scaled.name).await?;
    let newest = runs.newest().await?;
    let newest = newest.into_iter().find_map(|run| requested_by(&run.name).map(|requested| (requested, run)));
    let actual = description.size().units;
    let (desired, status, failure) = match newest {
        None if is_busy(&description) => (actual, ScalingStatus::InProgress, None),
        None => (actual, ScalingStatus::Successful, None),
        Some((requested, run)) => state_of_request(requested, &run, &description, &operations, runs).await?,
    };
    Ok(Response::of(&target(scaled, &description, desired, status, failure)))
}

/// Returns the desired capacity, the status and the failure reason of a capacity request.
///
/// While the execution runs, the operations of the resource give the status. Once the execution has finished, its own output or cause gives
/// the result, even if the resource was changed again since. An execution makes one step at most. After a partial step or a hold, the
/// present capacity is the desired one, and the client sends another request if it needs more.
async fn state_of_request(
    requested: Units,
    run: &Run,
    description: &ResourceDescription,
    operations: &[Operation],
    runs: &impl Runs,
) -> Result<(Units, ScalingStatus, Option<String>), TaskError> {
    let actual = description.size().units;
    if run.is_over {
        return Ok(match runs.end(&run.id).await?.failure_reason() {
            _ if is_busy(description) => (actual, ScalingStatus::InProgress, None),
            Some(why) if actual != requested => (actual, ScalingStatus::Failed, Some(why)),
            _ => (actual, ScalingStatus::Successful, None),
        });
    }
    let since = |operation: &&Operation| operation.is_update() && operation.began_since(run.started);
    let updates = operations.iter().filter(since);
    let newest = updates.max_by_key(|operation| operation.started).map(|operation| operation.status);
    Ok(match newest {
        Some(OperationStatus::Successful) if !is_busy(description) => {
            (actual, ScalingStatus::Successful, None)
        }
        // The execution of a failed update is about to give the reason.
        Some(_) => (requested, ScalingStatus::InProgress, None),
        None if is_busy(description) => (requested, ScalingStatus::InProgress, None),
        None => (requested, ScalingStatus::Pending, None),
    })
}

async fn patch(
    requested: Units,
    request: &Request,
    scaled: &Scaled,
    resources: &impl Resources,
    runs: &impl Runs,
) -> Result<Response, TaskError> {
    let Some(description) = resources.describe(&scaled.name).await? else { return Ok(missing(scaled)) };
    // A request for the present capacity starts an execution as well, because `GET` answers for the newest request.
    runs.start(&execution_name(requested, &request.id), &json!({"desiredCapacity": requested})).await?;
    let is_reached = description.size().units == requested && !is_busy(&description);
    let status = if is_reached { ScalingStatus::Successful } else { ScalingStatus::Pending };
    Ok(Response::of(&target(scaled, &description, requested, status, None)))
}

fn is_busy(description: &ResourceDescription) -> bool {
    description.status.activity() == Activity::Busy
}

fn missing(scaled: &Scaled) -> Response {
    Response::error(404, &ResourceKind::of(scaled.unit).missing(&scaled.name))
}

fn target(
    scaled: &Scaled,
    description: &ResourceDescription,
    desired: Units,
    scaling_status: ScalingStatus,
    failure_reason: Option<String>,
) -> ScalableTarget {
    ScalableTarget {
        scalable_target_dimension_id: scaled.name.clone(),
        version: description.version().unwrap_or_default().to_string(),
        actual_capacity: description.size().units.count().into(),
        desired_capacity: desired.count().into(),
        scaling_status,
        resource_name: scaled.name.clone(),
        dimension_name: ResourceKind::of(scaled.unit).capacity_dimension,
        failure_reason,
    }
}
