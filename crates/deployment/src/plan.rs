//! The next step, found by the tasks that are deployed, on ports that change nothing.

use crate::Read;
use jiff::Timestamp;
use scaling::{Breach, Call, Direction, Reason};
use serde::Serialize;
use tasks::{
    Alarm, Alarms, CapacitySource, CheckAnswer, CheckRequest, CheckVerdict, Mode, Policy, PolicyText,
    Resources, Run, ScaleAnswer, ScaleRequest, Streams, check, plan_step,
};

/// What a run would do that began now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// What `check` answers.
    pub verdict: CheckVerdict,
    /// Why, in a sentence.
    pub why: String,
    /// What is allowed, but not wise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
    /// Which way it would scale, or try to; `None` if no alarm rings and the size is within its bounds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// What would be done if the alarm to scale out rang, or is done because the size is below its bounds.
    pub out: Step,
    /// What would be done if the alarm to scale in rang, or is done because the size is above its bounds.
    pub r#in: Step,
}

/// What would be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// The KPUs now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_kpus: Option<u32>,
    /// The KPUs after it; `None` for a hold, and for an update by another hand that does not name its size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_kpus: Option<u32>,
    /// Why it would be left as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// In a sentence.
    pub why: String,
    /// What could not be read, and blocks for that reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
}

/// Finds out what a run would do under this policy that began now.
///
/// # Errors
/// What the tasks say that cannot be read, or makes no sense.
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
            breaches: at_its_threshold(&described, parsed.alarms(direction).0),
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

/// An alarm that does not ring is taken to be at its threshold.
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
            "nothing: ApplicationAutoScaling is on, so that wishes are followed and the alarms only guard",
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
