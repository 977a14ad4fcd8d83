//! Computes the next step with the tasks and the deployed policy, on ports that change nothing.

use crate::Read;
use jiff::Timestamp;
use scaling::{Breach, Call, Direction, Reason};
use serde::Serialize;
use tasks::{
    Alarm, Alarms, CapacitySource, CheckAnswer, CheckRequest, CheckVerdict, Mode, Policy, PolicyText,
    Resources, Run, ScaleAnswer, ScaleRequest, Streams, check, plan_step,
};

/// The result of a run that would start now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// The verdict of `check`.
    pub verdict: CheckVerdict,
    /// The reason, in a sentence.
    pub why: String,
    /// An allowed setting that is not recommended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
    /// The direction of the call to scale; `None` if no alarm is breaching and the size is within its bounds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// The step if the scale-out alarm was breaching, or the step into the bounds from below.
    pub out: Step,
    /// The step if the scale-in alarm was breaching, or the step into the bounds from above.
    pub r#in: Step,
}

/// A step, or the reason for none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// The present KPUs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_kpus: Option<u32>,
    /// The KPUs after the step; `None` for a hold, and for an update by another writer that does not name its size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_kpus: Option<u32>,
    /// The reason to hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The reason, in a sentence.
    pub why: String,
    /// A fact that could not be read and therefore blocks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
}

/// Computes the result of a run that would start now with this policy.
///
/// # Errors
/// If the tasks cannot read a fact, or the policy is invalid.
pub async fn plan(
    policy: &PolicyText,
    now: Timestamp,
    applications: &impl Resources,
    streams: &impl Streams,
    alarms: &impl Alarms,
) -> Read<Plan> {
    let parsed = Policy::parse(policy)?;
    let request = CheckRequest { now, started_at: now, policy: policy.clone(), run: Run::default() };
    let checked = check(&request, applications, alarms).await?;
    let described = alarms.describe(&parsed.alarm_names()).await?;
    let called = checked.direction();
    let found = |direction| {
        if called == Some(direction) {
            return checked.clone();
        }
        CheckAnswer {
            verdict: CheckVerdict::Quiet,
            call: Some(Call::Alarm { direction }),
            breaches: at_its_threshold(&described.alarms, parsed.alarms(direction).0),
            why: format!("the alarm to scale {direction} breaches"),
            ..checked.clone()
        }
    };
    Ok(Plan {
        out: step(found(Direction::Out), now, (applications, streams), alarms).await?,
        r#in: step(found(Direction::In), now, (applications, streams), alarms).await?,
        verdict: checked.verdict,
        why: checked.why,
        warning: checked.warning,
        direction: called,
    })
}

/// An alarm that is not breaching is assumed to be at its threshold.
fn at_its_threshold(alarms: &[Alarm], name: &str) -> Vec<Breach> {
    let alarm = alarms.iter().find(|alarm| alarm.name == name);
    let breach = |alarm: &Alarm| Breach {
        value: alarm.threshold,
        threshold: alarm.threshold,
        is_additional: false,
        is_lag: alarm.watches_lag(),
    };
    alarm.map(breach).into_iter().collect()
}

async fn step(
    check: CheckAnswer,
    now: Timestamp,
    (applications, streams): (&impl Resources, &impl Streams),
    alarms: &impl Alarms,
) -> Read<Step> {
    let policy = Policy::parse(&check.policy)?;
    let nothing = match (policy.mode, policy.capacity_source, check.verdict) {
        (Mode::Off, ..) => Some("Mode is off: nothing is checked or scaled"),
        (_, CapacitySource::RequestsOnly, CheckVerdict::Quiet) => Some(
            "nothing: ApplicationAutoScaling is on, so only capacity requests scale, and the alarms only block scale-in under a backlog",
        ),
        _ => None,
    };
    if let Some(why) = nothing {
        let why = why.to_owned();
        return Ok(Step { from_kpus: None, to_kpus: None, reason: None, why, warning: None });
    }
    let request = ScaleRequest { now, run: Run { check: Some(check), ..Run::default() } };
    let planned = plan_step(&request, applications, streams, alarms).await?;
    let ScaleAnswer { update, step, reason, why, warning, .. } = planned.answer;
    let size = |size: Option<scaling::Size>| size.map(|size| size.units.count());
    Ok(Step {
        from_kpus: size(step.map(|step| step.from).or(update.map(|update| update.from))),
        to_kpus: size(step.map(|step| step.to)),
        reason,
        why,
        warning,
    })
}
