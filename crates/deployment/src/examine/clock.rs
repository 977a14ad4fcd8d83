//! Does the clock, a person or a dry run keep it from scaling now, and do its windows ever open?

use crate::{Finding, Read};
use jiff::Timestamp;
use scaling::Unit;
use tasks::{CapacitySource, Mode, Pause, Policy, PolicyText, pause_tag};

pub(super) fn examine(text: &PolicyText, tag: &Read<Option<String>>, now: Timestamp) -> Vec<Finding> {
    // What makes no sense has been said.
    let Ok(policy) = Policy::parse(text) else { return Vec::new() };
    let mut findings = vec![mode(&policy), schedule(&policy, now)];
    findings.extend(past(&policy, now));
    findings.push(pause(tag, now));
    findings
}

fn mode(policy: &Policy) -> Finding {
    match policy.mode {
        Mode::Active if policy.capacity_source == CapacitySource::RequestsOnly => Finding::good(
            "mode",
            "wishes of Application Auto Scaling are followed, and its own alarms only guard",
        ),
        Mode::Active => Finding::good("mode", "what is decided is done"),
        Mode::Observe => Finding::warning(
            "mode",
            "it only observes: what would be done is in the executions, and nothing is scaled",
            "set Mode to active, once its decisions please you",
        ),
        Mode::Off => {
            Finding::warning("mode", "it is off and looks at nothing", "set Mode to active or observe")
        }
    }
}

fn schedule(policy: &Policy, now: Timestamp) -> Finding {
    let schedule = &policy.schedule;
    if schedule.is_constant() {
        return Finding::good("schedule", "the bounds are the same at all times");
    }
    let by = schedule.words_at(now).unwrap_or_else(|| "no window is open".to_owned());
    if schedule.at(now).blocked {
        return Finding::warning(
            "schedule",
            format!("nothing is scaled now: {by}"),
            "wait for the end of the window",
        );
    }
    let next =
        schedule.next(now).map_or(String::new(), |edge| format!("; the next change is at {}", edge.at));
    Finding::good("schedule", format!("{by}{next}"))
}

/// Windows of a day that has passed.
fn past(policy: &Policy, now: Timestamp) -> Option<Finding> {
    let over: Vec<_> = policy.schedule.expired_windows(now).collect();
    (!over.is_empty()).then(|| {
        Finding::warning(
            "schedule",
            format!("what will never open again: {}", over.join("; ")),
            "take it out of Windows with the next change of the stack",
        )
    })
}

fn pause(tag: &Read<Option<String>>, now: Timestamp) -> Finding {
    match tag {
        Err(unread) => Finding::unread("pause", unread),
        Ok(None) => Finding::good("pause", "nobody has paused it"),
        Ok(Some(text)) => match Pause::parse(text) {
            Err(why) => Finding::problem("pause", why, "kpu resume takes the tag away"),
            Ok(pause) if !(pause.at(now).out || pause.at(now).r#in) => {
                Finding::good("pause", format!("it was paused ({text}), and is not any more"))
            }
            Ok(_) => Finding::warning(
                "pause",
                format!("it is paused by the tag {}: {text}", pause_tag(Unit::Kpu)),
                "kpu resume takes the tag away",
            ),
        },
    }
}
