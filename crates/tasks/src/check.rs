//! The first task: does an alarm ring?

use crate::applications::missing;
use crate::coherence::{check_alarms, warning};
use crate::evidence::{Evidence, weigh, weigh_lag};
use crate::history::{Epoch, epoch, observe};
use crate::payload::{CheckAnswer, CheckRequest, CheckVerdict, Run};
use crate::{Alarm, AlarmState, Alarms, Applications, Policy, TaskError};
use scaling::{Direction, Failures, Reason};

/// Finds out whether an alarm rings.
///
/// An alarm *rings* when it is in ALARM **and** the newest usable data point since the application's last restart
/// breaches its threshold. For minutes after a restart an alarm is full of points from before, which prove nothing.
///
/// Scaling out goes before scaling in, and so does a doubt about it: while the alarm for out may be right,
/// nothing is scaled in. If the policy says so, what the scale-out alarm watches must be low as well.
///
/// # Errors
/// If an alarm does not exist, something cannot be read, or the policy makes no sense.
pub async fn check(
    request: &CheckRequest,
    applications: &impl Applications,
    alarms: &impl Alarms,
) -> Result<CheckAnswer, TaskError> {
    let policy = Policy::parse(&request.policy)?;
    let answer = |verdict, direction, why| CheckAnswer {
        verdict,
        direction,
        breach: None,
        reason: None,
        why,
        warning: None,
        kpus: None,
        own_autoscaling: None,
        grace_seconds: policy.scaling.grace_period.as_secs(),
        policy: request.policy.clone(),
    };
    if request.now.duration_since(request.started_at) >= policy.run_deadline {
        let why = "the run has reached its deadline; the next heartbeat starts another".to_owned();
        return Ok(answer(CheckVerdict::Overdue, None, why));
    }

    let described = alarms.describe(&[&policy.scale_out_alarm, &policy.scale_in_alarm]).await?;
    let alarm_out = find(&described, "ScaleOutAlarm", &policy.scale_out_alarm)?;
    let alarm_in = find(&described, "ScaleInAlarm", &policy.scale_in_alarm)?;
    check_alarms(&policy, alarm_out, alarm_in)
        .map_err(|reason| TaskError::Fatal(format!("failed to read the policy: {reason}")))?;
    let description = applications.describe(&policy.application).await?;
    let description = description.ok_or_else(|| missing(&policy.application))?;
    let warning = warning(&policy, alarm_out, &description);
    let answer = |verdict, direction, why| CheckAnswer {
        warning: warning.clone(),
        kpus: Some(description.size().kpus.count()),
        own_autoscaling: Some(description.autoscaling_enabled),
        ..answer(verdict, direction, why)
    };
    let hold = |reason, why| CheckAnswer {
        reason: Some(reason),
        ..answer(unproven(reason, &request.run), None, why)
    };
    let state_out = state(alarm_out, &request.run);
    let state_in = state(alarm_in, &request.run);

    // Most looks find no alarm in ALARM, and need not know the application's past.
    let epoch = if state_out == AlarmState::Alarm || state_in == AlarmState::Alarm {
        let operations = applications.operations(&policy.application).await?;
        epoch(&observe(&description, &operations, Failures::default()))
    } else {
        Epoch::Ever
    };
    let evidence_out = weigh(alarm_out, state_out, &epoch, request.now, alarms).await?;
    let rings = |direction, why, breach| CheckAnswer {
        breach: Some(breach),
        ..answer(CheckVerdict::Ringing, Some(direction), why)
    };
    if let Evidence::Ringing(why, breach) = evidence_out {
        return Ok(rings(Direction::Out, why, breach));
    }
    if let Evidence::Unproven(reason, why) = evidence_out {
        return Ok(hold(reason, why));
    }
    let mut evidence_in = weigh(alarm_in, state_in, &epoch, request.now, alarms).await?;
    if let (Evidence::Ringing(why, breach), Some(limit)) = (&evidence_in, policy.scale_in_max_lag) {
        evidence_in = match weigh_lag(alarm_out, limit, &epoch, request.now, alarms).await? {
            Evidence::Ringing(and, _) => Evidence::Ringing(format!("{why}, and {and}"), *breach),
            against => against,
        };
    }
    Ok(match (evidence_in, evidence_out) {
        (Evidence::Ringing(why, breach), _) => rings(Direction::In, why, breach),
        (Evidence::Unproven(reason, why), _) => hold(reason, why),
        (Evidence::Silent(why), Evidence::Silent(why_out)) => {
            answer(CheckVerdict::Quiet, None, format!("{why_out}; {why}"))
        }
        (Evidence::Silent(why), _) => answer(CheckVerdict::Quiet, None, why),
    })
}

/// A run that has scaled waits for data; any other leaves that to the next heartbeat, so that runs never pile up while
/// a metric is silent.
fn unproven(reason: Reason, run: &Run) -> CheckVerdict {
    if reason.passes_by_itself() && run.has_scaled() { CheckVerdict::LookAgain } else { CheckVerdict::Quiet }
}

fn find<'a>(described: &'a [Alarm], parameter: &str, name: &str) -> Result<&'a Alarm, TaskError> {
    described.iter().find(|alarm| alarm.name == name).ok_or_else(|| {
        TaskError::Fatal(format!(
            "failed to find the alarm '{name}': {parameter} names an alarm that does not exist; if it was deleted by hand, delete the stack and deploy it again, which leaves the application as it is"
        ))
    })
}

/// The alarm's state, or ALARM if a younger event says so: an alarm may be read from a replica that has not heard
/// of its own event yet. Only at the first look, for later the event is old news.
fn state(alarm: &Alarm, run: &Run) -> AlarmState {
    let rang_since = run.check.is_none()
        && run.alarm_event().is_some_and(|event| {
            event.alarm_name == alarm.name
                && event.state.value == "ALARM"
                && event.state.timestamp > alarm.state_updated
        });
    if rang_since { AlarmState::Alarm } else { alarm.state }
}
