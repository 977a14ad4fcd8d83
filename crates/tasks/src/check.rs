//! The first task: checks the alarms, the capacity request and the bounds for a call to change the size.

mod alarm_set;
mod contributors;
mod evidence;
mod job_health;
mod judge;
mod observe;
mod published_lag;
mod words;

pub use alarm_set::{AlarmSet, RESTORE};
pub use contributors::largest_points;
pub(crate) use evidence::before;
pub use evidence::{Evidence, Reading, Watched, is_usable, oldest_evaluated, oldest_fresh, read};
pub use job_health::{JobHealth, RESTART_WINDOW};
pub use judge::{Finding, Observed, called_for, missing_readings, needs_job_health};
pub use published_lag::{HighLag, LastingLag};

use crate::coherence::warning;
use crate::payload::{CheckAnswer, CheckRequest, CheckVerdict, Run};
use crate::{Alarms, Mode, Policy, Resources, TaskError};
use jiff::SignedDuration;
use scaling::{Activity, Call, Reason};

/// The longest duration of an execution. The next heartbeat starts another execution, under the policy that is in force then.
pub const RUN_DEADLINE: SignedDuration = SignedDuration::from_hours(6);

/// Checks for a call to change the size, in the order of [`called_for`].
///
/// An alarm *breaches* when it is in ALARM and the newest usable data point since the application's last restart is beyond its threshold.
/// For minutes after a restart, CloudWatch evaluates data points from before the restart. Those prove nothing.
///
/// An execution that was started with `desiredCapacity` makes at most one step. Its caller checks the result and asks again if needed.
///
/// # Errors
/// If an alarm on the policy's metric does not exist, a resource or an alarm cannot be read, or the policy contradicts itself.
pub async fn check(
    request: &CheckRequest,
    resources: &impl Resources,
    alarms: &impl Alarms,
) -> Result<CheckAnswer, TaskError> {
    let policy = Policy::parse(&request.policy)?;
    let answer = |verdict, why: &str| CheckAnswer {
        verdict,
        call: None,
        breaches: Vec::new(),
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
        return Ok(answer(CheckVerdict::Quiet, "Mode is off: nothing is checked or scaled"));
    }
    if request.now.duration_since(request.started_at) >= RUN_DEADLINE {
        let why = "the execution has reached its deadline; the next heartbeat starts another";
        return Ok(answer(CheckVerdict::Overdue, why));
    }
    let requested = request.run.requested_capacity()?;
    if requested.is_some() && request.run.has_scaled() {
        return Ok(answer(CheckVerdict::Quiet, "the one step of the capacity request is made"));
    }

    let described = alarms.describe(&policy.alarm_names()).await?;
    let alarm_set = AlarmSet::new(&described, &policy, &request.run)?;
    let description = resources.describe(&policy.resource).await?.ok_or_else(|| policy.missing())?;
    let (observed, unread) =
        observe::observe(&policy, alarm_set, &description, requested, request.now, resources, alarms).await?;

    let finding = called_for(&policy, &observed);
    let is_changing = description.status.activity() == Activity::Busy;
    let why = words::why(&finding, &observed, &policy, is_changing, request.now);
    let (verdict, reason) = verdict(&finding, &request.run);
    let (call, breaches) = match finding {
        Finding::Call { call, breaches } => (Some(call), breaches),
        _ => (None, Vec::new()),
    };
    let bounds = observed.bounds;
    Ok(CheckAnswer {
        call,
        breaches,
        reason,
        warning: words::with_unusable(
            words::joined(
                unread,
                warning(&policy, &observed.alarms.alarms().collect::<Vec<_>>(), &description),
            ),
            &observed.alarms,
            &why,
        ),
        units: Some(observed.units.count()),
        bounds: Some([bounds.minimum().count(), bounds.maximum().count()]),
        built_in_autoscaling: description.application.map(|application| application.autoscaling_enabled),
        ..answer(verdict, &why)
    })
}

/// The next action of the state machine. An execution that has scaled waits for data that confirms an alarm. Any other execution leaves
/// this to the next heartbeat, so that executions do not accumulate while a metric is silent.
fn verdict(finding: &Finding, run: &Run) -> (CheckVerdict, Option<Reason>) {
    match finding {
        Finding::Call { call: Call::Alarm { .. }, .. } => (CheckVerdict::Breaching, None),
        Finding::Call { call: Call::CapacityRequest { .. }, .. } => (CheckVerdict::CapacityRequested, None),
        Finding::Call { call: Call::Bounds { .. }, .. } => (CheckVerdict::OutOfBounds, None),
        Finding::Unconfirmed(_, reason) if reason.passes_by_itself() && run.has_scaled() => {
            (CheckVerdict::RecheckLater, Some(*reason))
        }
        Finding::Unconfirmed(_, reason) => (CheckVerdict::Quiet, Some(*reason)),
        Finding::HasRequestedCapacity | Finding::RequestsOnly | Finding::Nothing => {
            (CheckVerdict::Quiet, None)
        }
    }
}
