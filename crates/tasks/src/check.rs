//! The first task: is there a call for another size?

use crate::coherence::warning;
use crate::every_alarm::EveryAlarm;
use crate::evidence::Evidence;
use crate::history::{Lately, epoch, observe};
use crate::payload::{CheckAnswer, CheckRequest, CheckVerdict};
use crate::resources::missing;
use crate::so_far::Run;
use crate::wish::wished;
use crate::{Alarms, CapacitySource, Mode, Policy, ResourceDescription, Resources, TaskError};
use jiff::SignedDuration;
use scaling::{Activity, Bounds, Direction, Reason, Unit, Units};

/// How long an execution may last. The next heartbeat starts another, under the policy in force then.
pub const RUN_DEADLINE: SignedDuration = SignedDuration::from_hours(6);

/// Finds out whether there is a call for another size: an alarm that rings, or bounds that have moved.
///
/// An alarm *rings* when it is in ALARM **and** the newest usable data point since the application's last restart
/// breaches its threshold. For minutes after a restart an alarm is full of points from before, which prove nothing.
///
/// Of several alarms any may scale out, and all must agree to scale in. Scaling out goes before scaling in, and so does a doubt
/// about it: while an alarm for out may be right, nothing is scaled in. If the policy says so, what the scale-out alarm watches
/// must be low as well.
///
/// Bounds go before alarms, but for one that asks for more where more is wanted anyway: a size out of them is led back.
///
/// A run that was started with a wish for a size asks for that instead of the alarms. It makes one step and is over, so that whoever
/// wishes, wishes again after having looked. If the policy says that another decides, wishes and bounds are all that calls.
///
/// # Errors
/// If an alarm does not exist, something cannot be read, or the policy makes no sense.
pub async fn check(
    request: &CheckRequest,
    resources: &impl Resources,
    alarms: &impl Alarms,
) -> Result<CheckAnswer, TaskError> {
    let policy = Policy::parse(&request.policy)?;
    let answer = |verdict, why: &str| CheckAnswer {
        verdict,
        direction: None,
        breaches: Vec::new(),
        wish: None,
        backlog: false,
        reason: None,
        why: why.to_owned(),
        warning: None,
        units: None,
        bounds: None,
        built_in_autoscaling: None,
        grace_seconds: policy.scaling.grace_period.out.as_secs(),
        policy: request.policy.clone(),
    };
    if policy.mode == Mode::Off {
        return Ok(answer(CheckVerdict::Quiet, "Mode is off, in which nothing is looked at"));
    }
    if request.now.duration_since(request.started_at) >= RUN_DEADLINE {
        let why = "the run has reached its deadline; the next heartbeat starts another";
        return Ok(answer(CheckVerdict::Overdue, why));
    }
    let wish = request.run.wish()?;
    if wish.is_some() && request.run.has_scaled() {
        return Ok(answer(CheckVerdict::Quiet, "the one step of a wish is made"));
    }
    look(request, &policy, wish, answer(CheckVerdict::Quiet, ""), resources, alarms).await
}

/// Why a size is moved another way than was asked for when it was checked.
pub(crate) const BOUNDS_HAVE_MOVED: &str = "its bounds have moved since it was checked";

/// Why no alarm is asked where another decides.
const ALARMS_ONLY_GUARD: &str =
    "no size is wished for, and the alarms call for none while ApplicationAutoScaling is on";

/// What the alarms and the bounds say: `quiet`, with what is found filled in.
async fn look(
    request: &CheckRequest,
    policy: &Policy,
    wish: Option<Units>,
    quiet: CheckAnswer,
    resources: &impl Resources,
    alarms: &impl Alarms,
) -> Result<CheckAnswer, TaskError> {
    let described = alarms.describe(&policy.alarm_names()).await?;
    let mut all = EveryAlarm::of(&described, policy, &request.run, request.now, alarms)?;
    let description = resources.describe(&policy.resource).await?;
    let description = description.ok_or_else(|| missing(policy))?;
    let bounds = policy.schedule.at(request.now).bounds;
    let quiet = CheckAnswer {
        bounds: Some([bounds.minimum().count(), bounds.maximum().count()]),
        warning: warning(policy, &all.alarms().collect::<Vec<_>>(), &description),
        units: Some(description.size().units.count()),
        built_in_autoscaling: (policy.scaling.unit == Unit::Kpu).then_some(description.autoscaling_enabled),
        ..quiet
    };
    let silent = |why| CheckAnswer { why, ..quiet.clone() };
    let doubt = |reason, why| CheckAnswer {
        verdict: unproven(reason, &request.run),
        reason: Some(reason),
        why,
        ..quiet.clone()
    };
    let rings = |direction, why, breaches| CheckAnswer {
        verdict: CheckVerdict::Breaching,
        direction: Some(direction),
        breaches,
        why,
        ..quiet.clone()
    };
    let displaced = displaced(request, policy, bounds, &description);

    // Most looks find no alarm in ALARM, and need not know the application's past.
    if all.any_is_in_alarm() || displaced.is_some() || wish.is_some() {
        let operations = resources.operations(&policy.resource).await?;
        all.epoch = epoch(&observe(&description, &operations, Lately::default()));
    }
    let out_of_bounds = |direction, why, backlog| CheckAnswer {
        verdict: CheckVerdict::OutOfBounds,
        direction: Some(direction),
        backlog,
        why,
        ..quiet.clone()
    };
    let direction_into_bounds = displaced.as_ref().map(|(direction_into_bounds, _)| *direction_into_bounds);
    if let Some(wish) = wish
        && let Some(answer) = wished(wish, direction_into_bounds, &description, policy, &quiet, &all).await?
    {
        return Ok(answer);
    }
    if let Some((Direction::In, why)) = displaced {
        return Ok(match all.backlog().await? {
            Some(backlog) => out_of_bounds(Direction::In, format!("{why}; {backlog}"), true),
            None => out_of_bounds(Direction::In, why, false),
        });
    }
    if policy.wishes == CapacitySource::RequestsOnly {
        return Ok(match displaced {
            Some((direction, why)) => out_of_bounds(direction, why, false),
            None => silent(ALARMS_ONLY_GUARD.to_owned()),
        });
    }
    let more = all.ask_for_more().await?;
    let why_not_more = match (more, displaced) {
        (Evidence::Breaching(why, breaches), None) => return Ok(rings(Direction::Out, why, breaches)),
        (Evidence::Breaching(why, breaches), Some((_, displaced))) => {
            return Ok(rings(Direction::Out, format!("{why}, and {displaced}"), breaches));
        }
        (_, Some((direction, why))) => return Ok(out_of_bounds(direction, why, false)),
        (Evidence::Unproven(reason, why), None) => return Ok(doubt(reason, why)),
        (Evidence::Silent(why), None) => why,
    };
    Ok(match all.ask_for_less().await? {
        Evidence::Breaching(why, breaches) => rings(Direction::In, why, breaches),
        Evidence::Unproven(reason, why) => doubt(reason, why),
        Evidence::Silent(why) => silent(format!("{why_not_more}; {why}")),
    })
}

/// Which way the bounds lie, if the size is out of them, and how it is, in a sentence.
fn displaced(
    request: &CheckRequest,
    policy: &Policy,
    bounds: Bounds,
    description: &ResourceDescription,
) -> Option<(Direction, String)> {
    // One that does not run is left as it is, and nobody need be told so at every heartbeat.
    let is_stopped = description.status.activity() == Activity::Stopped;
    if is_stopped {
        return None;
    }
    let units = description.size().units;
    let direction = bounds.direction_into_bounds(units)?;
    let (than, bound) = match direction {
        Direction::Out => ("fewer than its minimum", bounds.minimum()),
        Direction::In => ("more than its maximum", bounds.maximum()),
    };
    let by = policy.by_windows(request.now);
    Some((direction, format!("it has {}, {than} of {}{by}", policy.scaling.unit.words(units), bound.count())))
}

/// A run that has scaled waits for data; any other leaves that to the next heartbeat, so that runs never pile up while
/// a metric is silent.
fn unproven(reason: Reason, run: &Run) -> CheckVerdict {
    if reason.passes_by_itself() && run.has_scaled() {
        CheckVerdict::RecheckLater
    } else {
        CheckVerdict::Quiet
    }
}
