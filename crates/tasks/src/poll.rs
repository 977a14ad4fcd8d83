//! The third task: follows the state of the update.

mod judge;
mod notification;
mod state;

pub use judge::stuck_after;
pub use state::{UpdateState, update_state};

use crate::payload::{BegunUpdate, CheckAnswer, PollAnswer, PollRequest};
use crate::stream::record_end;
use crate::{EventBus, Policy, Resources, Streams, TaskError};
use judge::{Observed, judge};

/// Finds the state of the update that `scale` started.
///
/// The status of the application alone proves nothing: it is RUNNING again after an update that was rolled back. It is READY, which reads
/// like success, after an update that failed for good. So the task follows the operation to its end. Then the parallelism must equal the
/// requested parallelism.
///
/// Once the outcome is known, the task publishes it as its last action. If publishing fails, the task fails and is retried, so that no
/// outcome is lost.
///
/// # Errors
/// If the resource or its operation cannot be read, the end of a change cannot be recorded, or the event cannot be published.
pub async fn poll(
    request: &PollRequest,
    resources: &impl Resources,
    streams: &impl Streams,
    events: &impl EventBus,
) -> Result<PollAnswer, TaskError> {
    let (check, update) = followed(request)?;
    let policy = Policy::parse(&check.policy)?;
    let observed = observe(request, &policy, update, resources).await?;
    let answer = judge(request, &policy, check, update, &observed);
    let unseen = observed.operation.iter().find(|operation| operation.is_over_unseen());
    if let Some(operation) = unseen.filter(|_| !policy.kind().reports_ends) {
        record_end(streams, &policy.resource, operation, request.now).await?;
    }
    if let Some(event) = &answer.event {
        events.publish(event).await?;
    }
    Ok(answer)
}

/// The answer of `check`, and the update that `scale` began.
fn followed(request: &PollRequest) -> Result<(&CheckAnswer, &BegunUpdate), TaskError> {
    let (check, scale) = (request.run.check.as_ref(), request.run.scale.as_ref());
    check.zip(scale.and_then(|scale| scale.update.as_ref())).ok_or_else(|| {
        TaskError::Fatal(
            "failed to read the state of the execution: 'poll' needs the update of 'scale' in $.scale.update"
                .to_owned(),
        )
    })
}

/// Reads the operation of the update, and then the resource.
async fn observe(
    request: &PollRequest,
    policy: &Policy,
    update: &BegunUpdate,
    resources: &impl Resources,
) -> Result<Observed, TaskError> {
    let operation = match &update.operation {
        Some(id) => resources.operation(&policy.resource, id).await?,
        None => None,
    };
    let description = resources.describe(&policy.resource).await?;
    // A stream change that began a moment ago may not be visible yet.
    let operation = operation.map(|operation| operation.settled_by(request.now));
    Ok(Observed { operation, description })
}
