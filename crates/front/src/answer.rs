//! What becomes of a request.

use crate::runs::{name_of, wish_of};
use crate::{Method, Request, Response, Run, RunEnd, Runs, ScalableTarget, ScalingStatus};
use jiff::SignedDuration;
use scaling::{Unit, Units};
use serde_json::{Value, json};
use tasks::{
    Operation, OperationStatus, ResourceDescription, ResourceStatus, Resources, TaskError, missing_resource,
    wished_units,
};

/// What the stack scales.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scaled {
    /// What its capacity is counted in.
    pub unit: Unit,
    /// Its name.
    pub name: String,
}

/// How far the clocks of two services may be apart.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(5);

/// Answers a request.
///
/// `GET` reads the resource, its operations and the newest execution that was started to wish for a size. `PATCH` reads the resource and
/// starts such an execution, unless it has that size already.
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
        return Response::refused(404, &message);
    }
    let answer = match &request.method {
        Method::Get => get(scaled, resources, runs).await,
        Method::Patch(body) => match wish(body) {
            Ok(wish) => patch(wish, request, scaled, resources, runs).await,
            Err(why) => Ok(Response::refused(400, &format!("failed to read the request: {why}"))),
        },
    };
    answer.unwrap_or_else(|error| Response::refused(500, &error.to_string()))
}

/// The size that a document wishes for.
fn wish(body: &str) -> Result<Units, String> {
    let document: Value =
        serde_json::from_str(body).map_err(|error| format!("its body is no JSON document: {error}"))?;
    wished_units(document.get("desiredCapacity").unwrap_or(&Value::Null))
}

async fn get(scaled: &Scaled, resources: &impl Resources, runs: &impl Runs) -> Result<Response, TaskError> {
    let Some(description) = resources.describe(&scaled.name).await? else { return Ok(missing(scaled)) };
    let operations = resources.operations(&scaled.name).await?;
    let newest = runs.newest().await?;
    let wished = newest.into_iter().find_map(|run| wish_of(&run.name).map(|wish| (wish, run)));
    let actual = description.size().units;
    let (desired, status, failure) = match wished {
        None if is_busy(&description) => (actual, ScalingStatus::InProgress, None),
        None => (actual, ScalingStatus::Successful, None),
        Some((wish, run)) => became(wish, &run, &description, &operations, runs).await?,
    };
    Ok(Response::of(&target(scaled, &description, desired, status, failure)))
}

/// What became of a wish.
///
/// It is one step at most. Where that did not lead all the way, what it led to is what is desired now: whoever wishes for more has to
/// look, and to wish again.
async fn became(
    wish: Units,
    run: &Run,
    description: &ResourceDescription,
    operations: &[Operation],
    runs: &impl Runs,
) -> Result<(Units, ScalingStatus, Option<String>), TaskError> {
    let actual = description.size().units;
    let since = run.started - TOLERANCE;
    let updates = operations.iter().filter(|operation| operation.is_update() && operation.started >= since);
    let newest = updates.max_by_key(|operation| operation.started);
    let status = newest.map(|operation| operation.status);
    if is_busy(description) || status == Some(OperationStatus::InProgress) {
        return Ok((wish, ScalingStatus::InProgress, None));
    }
    Ok(match (newest, status) {
        (_, Some(OperationStatus::Successful)) => (actual, ScalingStatus::Successful, None),
        (Some(operation), _) => {
            let why = operation.failure.clone().unwrap_or_else(|| "the update failed".to_owned());
            (wish, ScalingStatus::Failed, Some(why))
        }
        (None, _) if actual == wish => (wish, ScalingStatus::Successful, None),
        (None, _) if !run.is_over => (wish, ScalingStatus::Pending, None),
        (None, _) => (wish, ScalingStatus::Failed, Some(RunEnd::why(&runs.end(&run.id).await?))),
    })
}

async fn patch(
    wish: Units,
    request: &Request,
    scaled: &Scaled,
    resources: &impl Resources,
    runs: &impl Runs,
) -> Result<Response, TaskError> {
    let Some(description) = resources.describe(&scaled.name).await? else { return Ok(missing(scaled)) };
    let status = if description.size().units == wish && !is_busy(&description) {
        ScalingStatus::Successful
    } else {
        runs.start(&name_of(wish, &request.id), &json!({"desiredCapacity": wish})).await?;
        ScalingStatus::Pending
    };
    Ok(Response::of(&target(scaled, &description, wish, status, None)))
}

fn is_busy(description: &ResourceDescription) -> bool {
    matches!(
        description.status,
        ResourceStatus::Changing(_) | ResourceStatus::RollingBack | ResourceStatus::Deleting
    )
}

fn missing(scaled: &Scaled) -> Response {
    Response::refused(404, &missing_resource(scaled.unit, &scaled.name))
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
        version: description.version.to_string(),
        actual_capacity: description.size().units.count().into(),
        desired_capacity: desired.count().into(),
        scaling_status,
        resource_name: scaled.name.clone(),
        dimension_name: match scaled.unit {
            Unit::Kpu => "KPU",
            Unit::Shard => "Shard",
        },
        failure_reason,
    }
}
