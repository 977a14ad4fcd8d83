//! Checks whether the mode, the schedule or a pause blocks scaling now, and whether every window opens again.

use crate::{Finding, Read};
use jiff::Timestamp;
use tasks::{CapacitySource, Mode, PAUSE_TAG, Pause, Policy, PolicyText};

pub(super) fn examine(text: &PolicyText, tag: &Read<Option<String>>, now: Timestamp) -> Vec<Finding> {
    // The check `policy` reports an invalid policy.
    let Ok(policy) = Policy::parse(text) else { return Vec::new() };
    let mut findings = vec![mode(&policy), schedule(&policy, now)];
    findings.extend(expired_windows(&policy, now));
    findings.extend(policy.schedule.warnings().iter().map(|warning| unlikely(warning)));
    findings.push(pause(tag, now));
    findings
}

fn mode(policy: &Policy) -> Finding {
    match policy.mode {
        Mode::Active if policy.capacity_source == CapacitySource::RequestsOnly => Finding::good(
            "mode",
            "Mode is active: capacity requests of Application Auto Scaling are followed, and the stack's alarms only block scale-in under a backlog",
        ),
        Mode::Active => Finding::good("mode", "Mode is active: decisions are applied"),
        Mode::Observe => Finding::warning(
            "mode",
            "Mode is observe: decisions are recorded in the executions, and nothing is scaled",
            "set Mode to active when you agree with the decisions",
        ),
        Mode::Off => Finding::warning(
            "mode",
            "Mode is off: nothing is checked or scaled",
            "set Mode to active or observe",
        ),
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
            format!("Windows blocks scaling now: {by}"),
            "wait for the end of the window, or change Windows",
        );
    }
    let next =
        schedule.next(now).map_or(String::new(), |edge| format!("; the next change is at {}", edge.at));
    Finding::good("schedule", format!("{by}{next}"))
}

/// The finding about windows of days that have passed.
fn expired_windows(policy: &Policy, now: Timestamp) -> Option<Finding> {
    let expired: Vec<_> = policy.schedule.expired_windows(now).collect();
    (!expired.is_empty()).then(|| {
        Finding::warning(
            "schedule",
            format!("Windows has windows that never open again: {}", expired.join("; ")),
            "remove them from Windows with the next update of the stack",
        )
    })
}

/// The finding about a part of the schedule that is valid and hardly meant. The warning ends with its remedy.
fn unlikely(warning: &str) -> Finding {
    let (problem, remedy) = warning.rsplit_once("; ").unwrap_or((warning, "correct it"));
    Finding::warning("schedule", problem, remedy)
}

fn pause(tag: &Read<Option<String>>, now: Timestamp) -> Finding {
    match tag {
        Err(unread) => Finding::unread("pause", unread),
        Ok(None) => Finding::good("pause", "scaling is not paused"),
        Ok(Some(text)) => match Pause::parse(text) {
            Err(why) => Finding::problem("pause", why, "remove the tag with kpu resume"),
            Ok(pause) if !(pause.at(now).out || pause.at(now).r#in) => {
                Finding::good("pause", format!("the pause '{text}' has ended"))
            }
            Ok(_) => Finding::warning(
                "pause",
                format!("scaling is paused by the tag {PAUSE_TAG}: {text}"),
                "remove the tag with kpu resume",
            ),
        },
    }
}
