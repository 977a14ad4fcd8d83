//! The answer that `check` would give now if the scale-out alarm was in ALARM.

use crate::Read;
use jiff::{SignedDuration, Timestamp};
use scaling::Unit;
use serde_json::json;
use tasks::{
    Alarms, CheckAnswer, CheckRequest, Policy, PolicyText, Resources, Run, ScaledStream, Streams, check,
};

/// The age of the event in the future. `check` follows an event that is newer than the state that CloudWatch describes, and the clock of
/// this machine may be behind.
const EVENT_AHEAD: SignedDuration = SignedDuration::from_hours(1);

/// Runs `check` on the present data as if this alarm had just changed to ALARM. Nothing is set.
///
/// # Errors
/// If the task cannot read a fact, or the policy is invalid.
pub async fn rehearse(
    policy: &PolicyText,
    alarm: &str,
    now: Timestamp,
    (applications, streams): (&impl Resources, &impl Streams),
    alarms: &impl Alarms,
) -> Read<CheckAnswer> {
    let timestamp = now.saturating_add(EVENT_AHEAD).unwrap_or(now);
    let detail = json!({"alarmName": alarm, "state": {"value": "ALARM", "timestamp": timestamp}});
    let run = Run { detail, ..Run::default() };
    let request = CheckRequest { now, started_at: now, policy: policy.clone(), run };
    Ok(match Policy::parse(policy)?.kind().unit {
        Unit::Kpu => check(&request, applications, alarms).await?,
        Unit::Shard => check(&request, &ScaledStream(streams), alarms).await?,
    })
}
