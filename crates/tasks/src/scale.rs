//! The second task: one step.

use crate::adopt::Earlier;
use crate::applications::missing;
use crate::before_a_step::Step;
use crate::evidence::before;
use crate::failures::failures;
use crate::history::{Lately, expected_update, observe};
use crate::payload::{BegunUpdate, ScaleAnswer, ScaleRequest, ScaleVerdict};
use crate::signals::Measured;
use crate::{
    Alarms, ApplicationDescription, Applications, Operation, Policy, Refusal, TaskError, Update,
    UpdateOutcome,
};
use scaling::{Activity, Application, Decision, Reason, decide};

/// Decides on one step in the direction that `check` found, and begins it.
///
/// The application's version is the lock: it is described first, then its operations are listed, then the update
/// is made for the version described. Whoever changed the application in between makes MSF refuse the update.
///
/// If an earlier attempt of the same task has begun an update and its answer was lost (a crash, a timeout), that update
/// is followed, and not made twice.
///
/// # Errors
/// If something cannot be read, or MSF refuses the update for a reason that waiting does not cure.
pub async fn scale(
    request: &ScaleRequest,
    applications: &impl Applications,
    alarms: &impl Alarms,
) -> Result<ScaleAnswer, TaskError> {
    let (Some(check), Some(direction)) =
        (&request.run.check, request.run.check.as_ref().and_then(|check| check.direction))
    else {
        return Err(TaskError::Fatal(
            "failed to read the run: 'scale' needs the direction that 'check' found in $.check".to_owned(),
        ));
    };
    let policy = Policy::parse(&check.policy)?;
    let (description, operations) = read(&policy.application, applications).await?;
    let expected = expected_update(&operations);
    let follow = |why: String, update: BegunUpdate| ScaleAnswer {
        verdict: ScaleVerdict::Scaling,
        reason: None,
        why,
        update: Some(BegunUpdate { expected_seconds: expected.map(|expected| expected.as_secs()), ..update }),
        warning: None,
        wait_seconds: expected.unwrap_or(policy.poll_interval).as_secs().max(1),
    };

    let of_an_earlier_attempt =
        Earlier { since: request.now, direction, description: &description, policy: &policy };
    if let Some(update) = of_an_earlier_attempt.find(&operations, applications).await? {
        return Ok(follow(adopted(&update), update));
    }

    let since = before(request.now, policy.scaling.failure_pause);
    let (failed, warning) =
        failures(&policy.application, description.current_parallelism, &operations, since, applications)
            .await?;
    let hold = |reason: Reason| ScaleAnswer {
        verdict: if reason.passes_by_itself() && request.run.has_scaled() {
            ScaleVerdict::LookAgain
        } else {
            ScaleVerdict::Hold
        },
        reason: Some(reason),
        why: reason.to_string(),
        update: None,
        warning: warning.clone().filter(|_| reason == Reason::AfterFailure),
        wait_seconds: policy.poll_interval.as_secs(),
    };
    let mut application = observe(&description, &operations, Lately { failed, ..Lately::default() });
    let mut measured = match application.activity {
        Activity::Running => Measured::read(&policy, request.now, alarms).await?,
        Activity::Busy | Activity::Stopped => Measured::default(),
    };
    let decide = |application: &Application, measured: &Measured| {
        let signals = measured.signals(&check.breaches, expected);
        decide(&policy.scaling, direction, application, &signals, request.now)
    };
    let mut blind = None;
    let mut decision = decide(&application, &measured);
    if matches!(decision, Decision::Scale { .. }) {
        let step = Step {
            direction,
            breaches: &check.breaches,
            policy: &policy,
            description: &description,
            operations: &operations,
            now: request.now,
        };
        blind = step.read(&mut application, &mut measured, applications, alarms).await?;
        decision = decide(&application, &measured);
    }
    let (from, to) = match decision {
        Decision::Hold(reason) => return Ok(hold(reason)),
        Decision::Scale { from, to } => (from, to),
    };
    let update = Update {
        application: policy.application.clone(),
        version: description.version,
        parallelism: to.parallelism,
        allow_non_restored_state: description.allow_non_restored_state,
    };
    match applications.update(&update).await? {
        UpdateOutcome::Accepted { operation } => Ok(ScaleAnswer {
            warning: blind,
            ..follow(
                format!("scaling {direction} from {} to {}, because {}", from.kpus, to.kpus, check.why),
                BegunUpdate {
                    from,
                    to: Some(to),
                    version: description.version,
                    operation,
                    asked: request.now,
                    expected_seconds: None,
                },
            )
        }),
        // It may be an earlier attempt of our own that was on its way still, and was faster.
        UpdateOutcome::Refused(refusal) => {
            let operations = applications.operations(&policy.application).await?;
            let update = of_an_earlier_attempt.find(&operations, applications).await?;
            Ok(match (update, refusal) {
                (Some(update), _) => follow(adopted(&update), update),
                (None, Refusal::Busy) => hold(Reason::Busy),
                (None, Refusal::VersionChanged) => hold(Reason::Overtaken),
            })
        }
    }
}

/// The application, and then what was done to it: in this order, so that nobody changes it unseen in between.
async fn read(
    application: &str,
    applications: &impl Applications,
) -> Result<(ApplicationDescription, Vec<Operation>), TaskError> {
    let description = applications.describe(application).await?;
    let description = description.ok_or_else(|| missing(application))?;
    Ok((description, applications.operations(application).await?))
}

fn adopted(update: &BegunUpdate) -> String {
    let operation = update.operation.as_deref().unwrap_or_default();
    format!("following {operation}, which an attempt whose answer was lost has begun")
}
