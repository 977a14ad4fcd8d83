//! The second task: one step.

mod failures;
mod lost_update;
mod measured;
mod past;

use crate::check::before;
use crate::history::{Lately, changes_of_the_day, observe, update_times};
use crate::payload::{
    BOUNDS_HAVE_MOVED, BegunUpdate, CheckAnswer, DecidedStep, Run, ScaleAnswer, ScaleRequest, ScaleVerdict,
};
use crate::{
    Alarms, Mode, Operation, OperationStatus, Policy, Refusal, ResourceDescription, Resources, Streams,
    TaskError, Update, UpdateOutcome,
};
pub use failures::MOST_LOOKED_INTO;

use failures::failures;
use jiff::Timestamp;
use lost_update::Earlier;
use measured::Measured;
use past::Step;
use scaling::{
    Activity, Bounds, Call, Decision, Direction, Parallelism, Reason, Resource, Size, Unit, decide,
};
use std::borrow::Cow;

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
    resources: &impl Resources,
    streams: &impl Streams,
    alarms: &impl Alarms,
) -> Result<ScaleAnswer, TaskError> {
    let (check, call) = called(request)?;
    let asked = call.found_direction();
    let policy = Policy::parse(&check.policy)?;
    let (description, operations) = read(&policy, request.now, resources).await?;
    let rule = rule(&policy, request.now, &description, streams).await?;
    // Bounds may have moved since.
    let direction = rule.bounds.direction_into_bounds(description.size().units).unwrap_or(asked);
    let times = update_times(&operations, &policy);
    let follow = |why: String, update: BegunUpdate| ScaleAnswer {
        verdict: ScaleVerdict::Scaling,
        reason: None,
        why,
        step: update.to.map(|to| DecidedStep { from: update.from, to }),
        update: Some(BegunUpdate { expected_seconds: times.map(|times| times.longest.as_secs()), ..update }),
        warning: None,
        wait_seconds: times.map_or(policy.poll_interval, |times| times.longest).as_secs().max(1),
    };

    let of_an_earlier_attempt =
        Earlier { since: request.now, direction, description: &description, policy: &policy };
    // Who only observes has made no attempt: what is under way is somebody else's.
    if policy.mode == Mode::Active
        && let Some(update) = of_an_earlier_attempt.find(&operations, resources).await?
    {
        return Ok(follow(adopted(&update), update));
    }

    let since = before(request.now, policy.scaling.failure_pause);
    let (failed, warning) =
        failures(&policy.resource, description.current_parallelism, &operations, since, resources).await?;
    let hold = |reason: Reason| ScaleAnswer {
        verdict: held(reason, &request.run),
        reason: Some(reason),
        why: why_held(reason, rule.bounds, &policy, request.now),
        step: None,
        update: None,
        warning: warning.clone().filter(|_| reason == Reason::AfterFailure),
        wait_seconds: policy.poll_interval.as_secs(),
    };
    let mut application = observe(
        &description,
        &operations,
        Lately {
            failed,
            changes_of_the_day: changes_of_the_day(&operations, request.now),
            ..Lately::default()
        },
    );
    let mut measured = match application.activity {
        Activity::Running => Measured::read(&policy, request.now, alarms).await?,
        Activity::Busy | Activity::Stopped => Measured::default(),
    };
    let decide = |application: &Resource, measured: &Measured| {
        let signals = measured.signals(&check.breaches, times.map(|times| times.usual));
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
        blind = step.read(&mut application, &mut measured, resources, alarms).await?;
        decision = decide(&application, &measured);
    }
    let (from, to) = match decision {
        Decision::Hold(reason) => return Ok(in_the_words_of_the_pause(hold(reason), blind)),
        Decision::Scale { from, to } => (from, to),
    };
    let cause = if direction == asked { check.why.as_str() } else { BOUNDS_HAVE_MOVED };
    let because = because(direction, from, to, cause, policy.scaling.unit);
    if policy.mode == Mode::Observe {
        return Ok(ScaleAnswer {
            why: format!("would scale {because}; {}", Reason::Observing),
            step: Some(DecidedStep { from, to }),
            warning: blind,
            ..hold(Reason::Observing)
        });
    }
    let update = update_to(to, &policy, &description, request.now);
    let refusal = match resources.update(&update).await? {
        UpdateOutcome::Accepted { operation } => {
            let (version, asked) = (description.version, request.now);
            let begun = BegunUpdate { from, to: Some(to), version, operation, asked, expected_seconds: None };
            return Ok(ScaleAnswer { warning: blind, ..follow(format!("scaling {because}"), begun) });
        }
        UpdateOutcome::Refused(refusal) => refusal,
    };
    // It may be an earlier attempt of our own that was on its way still, and was faster.
    let operations = resources.operations(&policy.resource).await?;
    let update = of_an_earlier_attempt.find(&operations, resources).await?;
    Ok(match (update, refusal) {
        (Some(update), _) => follow(adopted(&update), update),
        (None, Refusal::Busy) => hold(Reason::Busy),
        (None, Refusal::VersionChanged) => hold(Reason::ConcurrentModification),
        (None, Refusal::LimitReached) => hold(Reason::DailyLimit),
    })
}

/// Sees that a change of a stream is over, if whoever follows it has not looked yet, or is gone: Kinesis does not tell when it ended.
async fn see_ends(
    policy: &Policy,
    now: Timestamp,
    operations: &mut Vec<Operation>,
    resources: &impl Resources,
) -> Result<(), TaskError> {
    // What an earlier attempt of this task has written down, and is over already, it has not begun.
    let was_not_begun =
        |operation: &Operation| operation.status == OperationStatus::Failed && operation.is_over_unseen();
    operations.retain(|operation| !(was_not_begun(operation) && operation.began_since(now)));
    for operation in operations.iter_mut() {
        *operation = operation.clone().settled_by(now);
    }
    for operation in operations.iter_mut().filter(|operation| operation.is_over_unseen()) {
        resources.remember_end(&policy.resource, operation, now).await?;
        operation.ended = Some(now);
    }
    Ok(())
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

fn because(direction: Direction, from: Size, to: Size, cause: &str, unit: Unit) -> String {
    format!("{direction} from {} to {}, because {cause}", unit.words(from.units), unit.words(to.units))
}

/// The update that leads what was described to another size.
fn update_to(to: Size, policy: &Policy, description: &ResourceDescription, now: Timestamp) -> Update {
    Update {
        resource: policy.resource.clone(),
        asked: now,
        from: description.current_parallelism,
        version: description.version,
        parallelism: to.parallelism,
        allow_non_restored_state: description.allow_non_restored_state,
    }
}

/// Why it holds, in a sentence: at a bound, which one and by which windows.
fn why_held(reason: Reason, bounds: Bounds, policy: &Policy, now: Timestamp) -> String {
    let (which, bound) = match reason {
        Reason::AtMaximum => ("maximum", bounds.maximum()),
        Reason::AtMinimum => ("minimum", bounds.minimum()),
        _ => return reason.to_string(),
    };
    format!("it is at its {which} of {}{}", policy.scaling.unit.words(bound), policy.by_windows(now))
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
fn held(reason: Reason, run: &Run) -> ScaleVerdict {
    if reason.passes_by_itself() && run.has_scaled() {
        ScaleVerdict::RecheckLater
    } else {
        ScaleVerdict::Hold
    }
}

/// What is scaled, and then what was done to it: in this order, so that nobody changes it unseen in between.
async fn read(
    policy: &Policy,
    now: Timestamp,
    resources: &impl Resources,
) -> Result<(ResourceDescription, Vec<Operation>), TaskError> {
    let description = resources.describe(&policy.resource).await?;
    let description = description.ok_or_else(|| policy.missing())?;
    let mut operations = resources.operations(&policy.resource).await?;
    if policy.scaling.unit == Unit::Shard {
        see_ends(policy, now, &mut operations, resources).await?;
    }
    Ok((description, operations))
}

/// What the rule has to know: the bounds that are in force, and by how many shards the parallelism is limited.
async fn rule<'a>(
    policy: &'a Policy,
    now: Timestamp,
    description: &ResourceDescription,
    streams: &impl Streams,
) -> Result<Cow<'a, scaling::Policy>, TaskError> {
    let mut rule = policy.at(now, description.size().units);
    if let Some(stream) = &policy.source {
        rule.to_mut().limits.partitions = Some(shards(stream, streams).await?);
    }
    Ok(rule)
}

/// The shards of the stream that an application reads.
async fn shards(stream: &str, streams: &impl Streams) -> Result<Parallelism, TaskError> {
    let summary = streams.summary(stream).await?;
    summary.map(|summary| summary.shards).ok_or_else(|| {
        TaskError::Fatal(format!(
            "failed to find the stream '{stream}', whose shards SourcePartitions asks for; correct KinesisStreamName, or set SourcePartitions to a number"
        ))
    })
}

fn adopted(update: &BegunUpdate) -> String {
    let operation = update.operation.as_deref().unwrap_or_default();
    format!("following {operation}, which an attempt whose answer was lost has begun")
}
