//! The second task: one step.

use crate::adopt::Earlier;
use crate::applications::missing;
use crate::before_a_step::Step;
use crate::check::BOUNDS_HAVE_MOVED;
use crate::evidence::before;
use crate::failures::failures;
use crate::history::{Lately, expected_update, observe};
use crate::payload::{BegunUpdate, Checked, DecidedStep, Run, ScaleAnswer, ScaleRequest, ScaleVerdict};
use crate::signals::Measured;
use crate::{
    Alarms, ApplicationDescription, Applications, Mode, Operation, Policy, Refusal, TaskError, Update,
    UpdateOutcome,
};
use jiff::Timestamp;
use scaling::{Activity, Application, Bounds, Call, Decision, Direction, Reason, decide};

/// Decides on one step for what `check` found, and begins it, unless it only observes.
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
    let (check, call, asked) = found(request)?;
    let policy = Policy::parse(&check.policy)?;
    let (description, operations) = read(&policy.application, applications).await?;
    let rule = policy.at(request.now, description.size().kpus);
    // Bounds may have moved since.
    let direction = rule.bounds.way_back(description.size().kpus).unwrap_or(asked);
    let expected = expected_update(&operations);
    let follow = |why: String, update: BegunUpdate| ScaleAnswer {
        verdict: ScaleVerdict::Scaling,
        reason: None,
        why,
        step: update.to.map(|to| DecidedStep { from: update.from, to }),
        update: Some(BegunUpdate { expected_seconds: expected.map(|expected| expected.as_secs()), ..update }),
        warning: None,
        wait_seconds: expected.unwrap_or(policy.poll_interval).as_secs().max(1),
    };

    let of_an_earlier_attempt =
        Earlier { since: request.now, direction, description: &description, policy: &policy };
    // Who only observes has made no attempt: what is under way is somebody else's.
    if policy.mode == Mode::Active
        && let Some(update) = of_an_earlier_attempt.find(&operations, applications).await?
    {
        return Ok(follow(adopted(&update), update));
    }

    let since = before(request.now, policy.scaling.failure_pause);
    let (failed, warning) =
        failures(&policy.application, description.current_parallelism, &operations, since, applications)
            .await?;
    let hold = |reason: Reason| ScaleAnswer {
        verdict: held(reason, &request.run, check),
        reason: Some(reason),
        why: why_held(reason, rule.bounds, &policy, request.now),
        step: None,
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
        decide(&rule, call, application, &signals, request.now)
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
        Decision::Hold(reason) => return Ok(in_the_words_of_the_pause(hold(reason), blind)),
        Decision::Scale { from, to } => (from, to),
    };
    let cause = if direction == asked { check.why.as_str() } else { BOUNDS_HAVE_MOVED };
    let because = format!("{direction} from {} to {}, because {cause}", from.kpus, to.kpus);
    if policy.mode == Mode::Observe {
        return Ok(ScaleAnswer {
            why: format!("would scale {because}; {}", Reason::Observing),
            step: Some(DecidedStep { from, to }),
            warning: blind,
            ..hold(Reason::Observing)
        });
    }
    let update = Update {
        application: policy.application.clone(),
        version: description.version,
        parallelism: to.parallelism,
        allow_non_restored_state: description.allow_non_restored_state,
    };
    let refusal = match applications.update(&update).await? {
        UpdateOutcome::Accepted { operation } => {
            let (version, asked) = (description.version, request.now);
            let begun = BegunUpdate { from, to: Some(to), version, operation, asked, expected_seconds: None };
            return Ok(ScaleAnswer { warning: blind, ..follow(format!("scaling {because}"), begun) });
        }
        UpdateOutcome::Refused(refusal) => refusal,
    };
    // It may be an earlier attempt of our own that was on its way still, and was faster.
    let operations = applications.operations(&policy.application).await?;
    let update = of_an_earlier_attempt.find(&operations, applications).await?;
    Ok(match (update, refusal) {
        (Some(update), _) => follow(adopted(&update), update),
        (None, Refusal::Busy) => hold(Reason::Busy),
        (None, Refusal::VersionChanged) => hold(Reason::Overtaken),
    })
}

/// What `check` has found, what it calls for, and which way.
fn found(request: &ScaleRequest) -> Result<(&Checked, Call, Direction), TaskError> {
    let found = request.run.check.as_ref();
    found.and_then(|check| Some((check, check.call()?, check.direction?))).ok_or_else(|| {
        TaskError::Fatal(
            "failed to read the run: 'scale' needs the direction that 'check' found in $.check".to_owned(),
        )
    })
}

/// Why it holds, in a sentence: at a bound, which one and by which windows.
fn why_held(reason: Reason, bounds: Bounds, policy: &Policy, now: Timestamp) -> String {
    let (which, bound) = match reason {
        Reason::AtMaximum => ("maximum", bounds.maximum()),
        Reason::AtMinimum => ("minimum", bounds.minimum()),
        _ => return reason.to_string(),
    };
    format!("it is at its {which} of {bound}{}", policy.by_windows(now))
}

/// A hold for a pause that could not be read says so itself.
fn in_the_words_of_the_pause(held: ScaleAnswer, unread: Option<String>) -> ScaleAnswer {
    match unread {
        Some(why) if held.reason == Some(Reason::Paused) => {
            ScaleAnswer { why: why.clone(), warning: Some(why), ..held }
        }
        _ => held,
    }
}

/// What a hold means for the run.
fn held(reason: Reason, run: &Run, check: &Checked) -> ScaleVerdict {
    if reason.passes_by_itself() && run.has_scaled() {
        ScaleVerdict::LookAgain
    } else if check.wait_seconds.is_some() {
        ScaleVerdict::BoundsMoveSoon
    } else {
        ScaleVerdict::Hold
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
