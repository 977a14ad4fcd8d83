//! The conditions under which the drill may set the alarm without scaling anything. Pure.

use super::evidence::{AlarmBefore, Refusal};
use crate::{Facts, Read};
use jiff::{SignedDuration, Timestamp};
use scaling::{Direction, Unit};
use tasks::{AlarmState, CheckAnswer, CheckVerdict, Mode, Pause};

/// The length of the pause beyond the wait for the execution. The pause ends by itself if the drill is interrupted.
const PAUSE_MARGIN: SignedDuration = SignedDuration::from_mins(5);

/// Returns the pause to set before the alarm is set; `None` if nothing can be scaled out without it.
///
/// The scale-out alarm leads to a scale-out only if fresh data confirms it. `rehearsed` is the answer of `check` for the present data. The
/// pause covers the seconds between this answer and the end of the execution.
///
/// # Errors
/// The reason not to set the alarm.
pub fn pause_for_drill(
    facts: &Facts,
    alarm: &AlarmBefore,
    rehearsed: &Read<CheckAnswer>,
    now: Timestamp,
    wait: SignedDuration,
) -> Result<Option<Pause>, Refusal> {
    let name = &alarm.name;
    if alarm.state == AlarmState::Alarm {
        return Err(refusal(
            format!("the scale-out alarm '{name}' is in ALARM already, so the drill has not set it"),
            "run the drill again when kpu status shows the alarm as OK",
        ));
    }
    if alarm.actions > 0 && alarm.actions_enabled {
        let actions = alarm.actions;
        return Err(refusal(
            format!("the alarm '{name}' has {actions} actions of its own, which the drill would start"),
            format!(
                "disable them during the drill: aws cloudwatch disable-alarm-actions --alarm-names {name}; afterwards enable-alarm-actions"
            ),
        ));
    }
    match rehearsed {
        Err(unread) => {
            return Err(refusal(
                format!(
                    "the present data could not be checked, so the drill has not set the alarm: {unread}"
                ),
                "follow the findings of kpu doctor, and run the drill again",
            ));
        }
        Ok(answer) if answer.verdict != CheckVerdict::Quiet => {
            return Err(refusal(
                format!(
                    "an execution would act on the present data, so the drill has not set the alarm: {}",
                    answer.why
                ),
                "run the drill again when kpu plan shows no next step",
            ));
        }
        Ok(_) => {}
    }
    pause(
        facts,
        now,
        now.saturating_add(wait).and_then(|end| end.saturating_add(PAUSE_MARGIN)).unwrap_or(now),
    )
}

/// Returns the pause until `end` that the drill needs beside the pause that is in force.
fn pause(facts: &Facts, now: Timestamp, end: Timestamp) -> Result<Option<Pause>, Refusal> {
    if facts.policy().is_some_and(|policy| policy.mode != Mode::Active) {
        return Ok(None);
    }
    let resume = "end the pause with kpu resume, and run the drill again";
    let (noun, action) = match facts.kind().unit {
        Unit::Kpu => ("application", "kinesisanalytics:ListTagsForResource"),
        Unit::Shard => ("stream", "kinesis:ListTagsForStream"),
    };
    let tag = facts.pause.as_ref().map_err(|unread| {
        refusal(
            format!(
                "the pause of the {noun} could not be read, so the drill has not set the alarm: {unread}"
            ),
            format!("grant the caller {action}"),
        )
    })?;
    let in_force = tag.as_deref().map(Pause::parse).transpose().map_err(|why| refusal(why, resume))?;
    match in_force {
        Some(pause) if pause.at(now).out && pause.at(end).out => Ok(None),
        Some(pause) if pause.at(now).out || pause.at(now).r#in => Err(refusal(
            format!("scaling is paused ({pause}), and the drill would replace this pause by its own"),
            resume,
        )),
        _ => {
            let until = Timestamp::from_second(end.as_second()).unwrap_or(end);
            Ok(Some(Pause { direction: Some(Direction::Out), until: Some(until) }))
        }
    }
}

fn refusal(why: impl Into<String>, remedy: impl Into<String>) -> Refusal {
    Refusal { why: why.into(), remedy: remedy.into() }
}
