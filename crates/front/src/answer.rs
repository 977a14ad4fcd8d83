//! What becomes of a request.

use crate::runs::{name_of, wish_of};
use crate::{Method, Request, Response, Run, Runs, ScalableTarget, ScalingStatus};
use scaling::{Activity, Unit, Units};
use serde_json::{Value, json};
use tasks::{
    Operation, OperationStatus, ResourceDescription, Resources, TaskError, missing_resource, requested_units,
};

/// What the stack scales.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scaled {
    /// What its capacity is counted in.
    pub unit: Unit,
    /// Its name.
    pub name: String,
}

/// Answers a request.
///
/// `GET` reads the resource, its operations and the newest execution that was started to wish for a size. `PATCH` reads the resource and
/// starts such an execution.
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
    requested_units(document.get("desiredCapacity").unwrap_or(&Value::Null))
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

/// What became of a wish, and what is desired now.
///
/// While its execution goes on, the operations of what is scaled say how far it is; once that is over, it says itself how it ended, whatever
/// others have done since. It is one step at most: where that did not lead all the way, or nowhere, what there is is what is desired now,
/// and whoever wishes for more looks, and wishes again.
async fn became(
    wish: Units,
    run: &Run,
    description: &ResourceDescription,
    operations: &[Operation],
    runs: &impl Runs,
) -> Result<(Units, ScalingStatus, Option<String>), TaskError> {
    let actual = description.size().units;
    if run.is_over {
        return Ok(match runs.end(&run.id).await?.why_not() {
            _ if is_busy(description) => (actual, ScalingStatus::InProgress, None),
            Some(why) if actual != wish => (actual, ScalingStatus::Failed, Some(why)),
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
        // Of one that has failed, its execution is about to say why.
        Some(_) => (wish, ScalingStatus::InProgress, None),
        None if is_busy(description) => (wish, ScalingStatus::InProgress, None),
        None => (wish, ScalingStatus::Pending, None),
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
    // For what it has already, too: the newest wish is the one that counts.
    runs.start(&name_of(wish, &request.id), &json!({"desiredCapacity": wish})).await?;
    let has_it = description.size().units == wish && !is_busy(&description);
    let status = if has_it { ScalingStatus::Successful } else { ScalingStatus::Pending };
    Ok(Response::of(&target(scaled, &description, wish, status, None)))
}

fn is_busy(description: &ResourceDescription) -> bool {
    description.status.activity() == Activity::Busy
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
