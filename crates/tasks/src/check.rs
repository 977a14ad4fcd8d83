//! The first task: does an alarm ring?

use crate::applications::missing;
use crate::coherence::{check_alarms, warning};
use crate::evidence::{Evidence, Watched, weigh, weigh_calm};
use crate::history::{Epoch, Lately, epoch, observe};
use crate::payload::{CheckAnswer, CheckRequest, CheckVerdict, Run};
use crate::{Alarm, AlarmState, Alarms, Applications, Policy, TaskError};
use futures_util::future::try_join_all;
use scaling::{Direction, Reason};

/// Finds out whether an alarm rings.
///
/// An alarm *rings* when it is in ALARM **and** the newest usable data point since the application's last restart
/// breaches its threshold. For minutes after a restart an alarm is full of points from before, which prove nothing.
///
/// Of several alarms any may scale out, and all must agree to scale in. Scaling out goes before scaling in, and so does a doubt
/// about it: while an alarm for out may be right, nothing is scaled in. If the policy says so, what the scale-out alarm watches
/// must be low as well.
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
        breaches: Vec::new(),
        reason: None,
        why,
        warning: None,
        kpus: None,
        own_autoscaling: None,
        grace_seconds: policy.scaling.grace_period.out.as_secs(),
        policy: request.policy.clone(),
    };
    if request.now.duration_since(request.started_at) >= policy.run_deadline {
        let why = "the run has reached its deadline; the next heartbeat starts another".to_owned();
        return Ok(answer(CheckVerdict::Overdue, None, why));
    }

    let described = alarms.describe(&policy.alarm_names()).await?;
    let (outs, gone_outs) = watched(&described, &policy, Direction::Out, &request.run)?;
    let (ins, gone_ins) = watched(&described, &policy, Direction::In, &request.run)?;
    check_alarms(
        &policy,
        &outs.iter().map(alarm).collect::<Vec<_>>(),
        &ins.iter().map(alarm).collect::<Vec<_>>(),
    )
    .map_err(|reason| TaskError::Fatal(format!("failed to read the policy: {reason}")))?;
    let description = applications.describe(&policy.application).await?;
    let description = description.ok_or_else(|| missing(&policy.application))?;
    let all: Vec<_> = outs.iter().chain(&ins).map(alarm).collect();
    let warning = warning(&policy, &all, &description);
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

    // Most looks find no alarm in ALARM, and need not know the application's past.
    let epoch = if outs.iter().chain(&ins).any(|watched| watched.state == AlarmState::Alarm) {
        let operations = applications.operations(&policy.application).await?;
        epoch(&observe(&description, &operations, Lately::default()))
    } else {
        Epoch::Ever
    };
    let weigh_all = async |watched: &[Watched<'_>], direction| {
        try_join_all(watched.iter().map(|one| weigh(*one, direction, &epoch, request.now, alarms))).await
    };
    let rings = |direction, why, breaches| CheckAnswer {
        breaches,
        ..answer(CheckVerdict::Ringing, Some(direction), why)
    };
    let mut all_out = weigh_all(&outs, Direction::Out).await?;
    all_out.extend(gone_outs);
    let evidence_out = Evidence::any(all_out);
    if let Evidence::Ringing(why, breaches) = evidence_out {
        return Ok(rings(Direction::Out, why, breaches));
    }
    if let Evidence::Unproven(reason, why) = evidence_out {
        return Ok(hold(reason, why));
    }
    let mut all_in = weigh_all(&ins, Direction::In).await?;
    all_in.extend(gone_ins);
    let mut evidence_in = Evidence::all(all_in);
    if matches!(evidence_in, Evidence::Ringing(..)) {
        // An alarm for out that is OK may have no data. What another metric than that for in says must be known to be calm.
        let limit = |index| policy.scale_in_max_lag.filter(|_| index == 0);
        let others = outs
            .iter()
            .enumerate()
            .filter(|(index, out)| limit(*index).is_some() || out.alarm.queries != ins[0].alarm.queries);
        let calm = others.map(|(index, out)| {
            let limit = limit(index);
            weigh_calm(out.alarm, limit, &epoch, request.now, alarms)
        });
        let mut calm = try_join_all(calm).await?;
        calm.insert(0, evidence_in);
        evidence_in = Evidence::all(calm);
    }
    Ok(match (evidence_in, evidence_out) {
        (Evidence::Ringing(why, breaches), _) => rings(Direction::In, why, breaches),
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

/// The alarms for a direction, the policy's own first; and what is to be said of those that were added and are gone. They are no
/// reason not to follow the others.
fn watched<'a>(
    described: &'a [Alarm],
    policy: &Policy,
    direction: Direction,
    run: &Run,
) -> Result<(Vec<Watched<'a>>, Vec<Evidence>), TaskError> {
    let (own, more) = policy.alarms(direction);
    let find = |parameter: String, name: &str, remedy: &str| {
        described.iter().find(|alarm| alarm.name == name).ok_or_else(|| {
            format!(
                "failed to find the alarm '{name}': {parameter} names an alarm that does not exist; {remedy}"
            )
        })
    };
    let own = find(
        format!("Scale{direction:?}Alarm"),
        own,
        "if it was deleted by hand, delete the stack and deploy it again, which leaves the application as it is",
    )
    .map_err(TaskError::Fatal)?;
    let mut gone = Vec::new();
    let mut watched = vec![Watched { alarm: own, state: state(own, run), is_additional: false }];
    for name in more {
        let parameter = format!("MoreScale{direction:?}Alarms");
        match find(parameter, name, "create it in the Region of this stack, or correct its name") {
            Ok(alarm) => watched.push(Watched { alarm, state: state(alarm, run), is_additional: true }),
            Err(why) => gone.push(Evidence::Unproven(Reason::NoFreshData, why)),
        }
    }
    Ok((watched, gone))
}

fn alarm<'a>(watched: &Watched<'a>) -> &'a Alarm {
    watched.alarm
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
