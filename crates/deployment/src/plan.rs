//! Computes the next step with the tasks and the deployed policy, on ports that change nothing.

use crate::Read;
use jiff::Timestamp;
use scaling::{Breach, Call, Direction, Parallelism, Reason, Size, Unit, Units};
use serde::Serialize;
use tasks::{
    Alarm, Alarms, CapacitySource, CheckAnswer, CheckRequest, CheckVerdict, Mode, Policy, PolicyText,
    Refusal, Resources, Run, ScaleAnswer, ScaleRequest, ScaledStream, Snapshots, StreamSummary, Streams,
    TaskError, check, plan_step,
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
    /// The sizes before and after the step.
    #[serde(flatten)]
    pub sizes: Sizes,
    /// The reason to hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The reason, in a sentence.
    pub why: String,
    /// A fact that could not be read and therefore blocks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
}

/// The sizes before and after a step. The size after the step is `None` for a hold, and for an update by another writer that does not name
/// its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum Sizes {
    /// The sizes of an application.
    Kpus {
        /// The present KPUs.
        #[serde(skip_serializing_if = "Option::is_none")]
        from_kpus: Option<Units>,
        /// The KPUs after the step.
        #[serde(skip_serializing_if = "Option::is_none")]
        to_kpus: Option<Units>,
    },
    /// The sizes of a stream.
    Shards {
        /// The present shards.
        #[serde(skip_serializing_if = "Option::is_none")]
        from_shards: Option<Units>,
        /// The shards after the step.
        #[serde(skip_serializing_if = "Option::is_none")]
        to_shards: Option<Units>,
    },
}

impl Sizes {
    fn new(unit: Unit, from: Option<Size>, to: Option<Size>) -> Self {
        let [from, to] = [from, to].map(|size| size.map(|size| size.units));
        match unit {
            Unit::Kpu => Self::Kpus { from_kpus: from, to_kpus: to },
            Unit::Shard => Self::Shards { from_shards: from, to_shards: to },
        }
    }

    /// Returns the sizes before and after the step.
    #[must_use]
    pub fn from_to(self) -> (Option<Units>, Option<Units>) {
        match self {
            Self::Kpus { from_kpus, to_kpus } => (from_kpus, to_kpus),
            Self::Shards { from_shards, to_shards } => (from_shards, to_shards),
        }
    }
}

/// Computes the result of a run that would start now with this policy.
///
/// # Errors
/// If the tasks cannot read a fact, or the policy is invalid.
pub async fn plan(
    policy: &PolicyText,
    now: Timestamp,
    applications: &(impl Resources + Snapshots),
    streams: &impl Streams,
    alarms: &impl Alarms,
) -> Read<Plan> {
    let streams = ReadOnly(streams);
    match Policy::parse(policy)?.kind().unit {
        Unit::Kpu => plan_on(policy, now, (applications, applications, &streams), alarms).await,
        Unit::Shard => plan_on(policy, now, (&ScaledStream(&streams), applications, &streams), alarms).await,
    }
}

/// Streams that are read and not changed: `scale` also records in a tag of the stream that a change has ended.
struct ReadOnly<'a, S>(&'a S);

impl<S: Streams> Streams for ReadOnly<'_, S> {
    async fn summary(&self, stream: &str) -> Result<Option<StreamSummary>, TaskError> {
        self.0.summary(stream).await
    }

    async fn tag(&self, stream: &str, key: &str) -> Result<Option<String>, TaskError> {
        self.0.tag(stream, key).await
    }

    async fn set_tag(&self, _stream: &str, _key: &str, _value: &str) -> Result<(), TaskError> {
        Ok(())
    }

    async fn update_shard_count(
        &self,
        _stream: &str,
        _shards: Parallelism,
    ) -> Result<Option<Refusal>, TaskError> {
        Ok(None)
    }
}

async fn plan_on(
    policy: &PolicyText,
    now: Timestamp,
    (resources, snapshots, streams): (&impl Resources, &impl Snapshots, &impl Streams),
    alarms: &impl Alarms,
) -> Read<Plan> {
    let parsed = Policy::parse(policy)?;
    let request = CheckRequest { now, started_at: now, policy: policy.clone(), run: Run::default() };
    let checked = check(&request, resources, alarms).await?;
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
        out: step(found(Direction::Out), now, (resources, snapshots, streams), alarms).await?,
        r#in: step(found(Direction::In), now, (resources, snapshots, streams), alarms).await?,
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
    (resources, snapshots, streams): (&impl Resources, &impl Snapshots, &impl Streams),
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
        let sizes = Sizes::new(policy.kind().unit, None, None);
        return Ok(Step { sizes, reason: None, why, warning: None });
    }
    let request = ScaleRequest { now, run: Run { check: Some(check), ..Run::default() } };
    let planned = plan_step(&request, resources, snapshots, streams, alarms).await?;
    let ScaleAnswer { update, step, reason, why, warning, .. } = planned.answer;
    let from = step.map(|step| step.from).or(update.map(|update| update.from));
    Ok(Step { sizes: Sizes::new(policy.kind().unit, from, step.map(|step| step.to)), reason, why, warning })
}
