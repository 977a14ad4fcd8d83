//! The second task: one step.

mod days;
mod failures;
mod footprint;
mod judge;
mod lost_update;
mod measured;
mod observe;
mod past;
mod words;

pub use days::{BUCKET_MINUTES, DEMAND_WINDOW_MINUTES, FORECAST_DAYS, overlay_derived};
pub use failures::MOST_LOOKED_INTO;
pub use footprint::{HEAP_METRIC, HEAP_WINDOW, STATE_METRIC, footprint};
pub use judge::Plan;
pub use measured::EFFECT_WINDOW_MINUTES;

use crate::payload::{BegunUpdate, CheckAnswer, ScaleAnswer, ScaleRequest};
use crate::{Alarms, Mode, Policy, Refusal, Resources, Snapshots, Streams, TaskError, Update, UpdateOutcome};
use judge::{Request, follow};
use lost_update::lost_update;
use observe::{Described, Observed};
use past::ProposedStep;
use scaling::{Call, Reason};

/// Decides on one step for the call that `check` found, and begins it, unless the policy only observes.
///
/// The application's version is the lock: the task describes the application first, then lists its operations, and then updates the
/// version that it described. A change in between makes MSF refuse the update.
///
/// A step of an application also depends on its `snapshots`, and on the shards of the stream that it reads.
///
/// If an earlier attempt of the same task has begun an update and its answer was lost (a crash, a timeout), the task follows that update
/// and makes no second one.
///
/// # Errors
/// If something cannot be read, or MSF refuses the update for a reason that waiting does not cure.
pub async fn scale(
    request: &ScaleRequest,
    resources: &impl Resources,
    snapshots: &impl Snapshots,
    streams: &impl Streams,
    alarms: &impl Alarms,
) -> Result<ScaleAnswer, TaskError> {
    let (check, call) = called(request)?;
    let policy = Policy::parse(&check.policy)?;
    let request = Request { policy: &policy, check, call, run: &request.run, now: request.now };
    let (plan, observed) = observe_and_judge(&request, resources, snapshots, streams, alarms).await?;
    match (plan.update, observed) {
        (Some(update), Some(observed)) => act(&request, &update, plan.answer, &observed, resources).await,
        _ => Ok(plan.answer),
    }
}

/// Plans the step that [`scale`] would make now, and changes nothing.
///
/// # Errors
/// The errors of [`scale`], except the errors of the update.
pub async fn plan_step(
    request: &ScaleRequest,
    resources: &impl Resources,
    snapshots: &impl Snapshots,
    streams: &impl Streams,
    alarms: &impl Alarms,
) -> Result<Plan, TaskError> {
    let (check, call) = called(request)?;
    let policy = Policy::parse(&check.policy)?;
    let request = Request { policy: &policy, check, call, run: &request.run, now: request.now };
    Ok(observe_and_judge(&request, resources, snapshots, streams, alarms).await?.0)
}

/// The plan, and the readings behind it unless it follows an earlier attempt. The past is read for a proposed step only.
async fn observe_and_judge<'a>(
    request: &Request<'a>,
    resources: &impl Resources,
    snapshots: &impl Snapshots,
    streams: &impl Streams,
    alarms: &impl Alarms,
) -> Result<(Plan, Option<Observed<'a>>), TaskError> {
    let policy = request.policy;
    let described = Described::read(policy, request.now, resources, streams).await?;
    // In the mode `observe` there was no attempt: another hand began the update that is under way.
    if policy.mode == Mode::Active {
        let direction = request.direction(&described);
        let Described { description, operations, times, .. } = &described;
        let begun = lost_update(policy, request.now, direction, description, operations, resources).await?;
        if let Some(update) = begun {
            return Ok((follow(policy, *times, recovered(&update), update).into(), None));
        }
    }
    let observed = described.observe(policy, &request.check.breaches, request.now, resources, alarms).await?;
    let proposal = match request.propose(&observed) {
        Ok(proposal) => proposal,
        Err(reason) => return Ok((request.hold(reason, &observed).into(), Some(observed))),
    };
    let breaches = &request.check.breaches;
    let step = ProposedStep { direction: proposal.direction(), breaches, policy, now: request.now };
    let past = step.read_past(&observed, resources, snapshots, alarms).await?;
    Ok((request.confirm(proposal, &observed, &past), Some(observed)))
}

/// Makes the update. If MSF refuses it, an earlier attempt of this task may have been faster.
async fn act(
    request: &Request<'_>,
    update: &Update,
    planned: ScaleAnswer,
    observed: &Observed<'_>,
    resources: &impl Resources,
) -> Result<ScaleAnswer, TaskError> {
    let refusal = match resources.update(update).await? {
        UpdateOutcome::Accepted { operation } => {
            let begun = planned.update.map(|begun| BegunUpdate { operation, ..begun });
            return Ok(ScaleAnswer { update: begun, ..planned });
        }
        UpdateOutcome::Refused(refusal) => refusal,
    };
    let Request { policy, now, .. } = *request;
    let operations = resources.operations(&policy.resource).await?;
    let Described { description, times, .. } = &observed.described;
    let direction = request.direction(&observed.described);
    let begun = lost_update(policy, now, direction, description, &operations, resources).await?;
    Ok(match (begun, refusal) {
        (Some(update), _) => follow(policy, *times, recovered(&update), update),
        (None, Refusal::Busy) => request.hold(Reason::Busy, observed),
        (None, Refusal::VersionChanged) => request.hold(Reason::ConcurrentModification, observed),
        (None, Refusal::LimitReached) => request.hold(Reason::DailyLimit, observed),
    })
}

/// The answer of `check`, and its call.
fn called(request: &ScaleRequest) -> Result<(&CheckAnswer, Call), TaskError> {
    let check = request.run.check.as_ref();
    check.and_then(|check| Some((check, check.call?))).ok_or_else(|| {
        TaskError::Fatal(
            "failed to read the state of the execution: 'scale' needs the call of 'check' in $.check.call"
                .to_owned(),
        )
    })
}

/// The reason to follow an update of an earlier attempt.
fn recovered(update: &BegunUpdate) -> String {
    let operation = update.operation.as_deref().unwrap_or_default();
    format!("following {operation}, which an attempt whose answer was lost has begun")
}
