//! Does what should wake the state machine do so, does it run, and is anybody told?

use super::read;
use crate::{Finding, Heartbeat, Listener, Machine, Read, Ringing, Rule, Run, RunStatus, Stack};
use tasks::Alarm;

pub(super) fn stack(stack: &Stack) -> Finding {
    let (name, status) = (&stack.name, &stack.status);
    if status.ends_with("_COMPLETE") && !status.starts_with("DELETE") {
        return Finding::good("stack", format!("the stack {name} is there ({status})"));
    }
    Finding::warning(
        "stack",
        format!("the stack {name} is {status}"),
        "look at its events in the CloudFormation console",
    )
}

pub(super) fn state_machine(machine: &Read<Machine>) -> Finding {
    read("state-machine", machine, |machine| {
        if machine.status == "ACTIVE" {
            return Finding::good("state-machine", "the state machine is active");
        }
        let says = format!("the state machine is {}", machine.status);
        Finding::problem("state-machine", says, "deploy the stack again")
    })
}

pub(super) fn examine(stack: &Stack) -> Vec<Finding> {
    let machine = stack.machine_arn.as_deref().unwrap_or_default();
    let alarms = stack.alarms.as_deref().unwrap_or_default();
    let mut findings = vec![
        read("alarm-rule", &stack.rule, |rule| alarm_rule(rule, alarms, machine)),
        read("heartbeat", &stack.heartbeat, |heartbeat| self::heartbeat(heartbeat, machine)),
        read("last-runs", &stack.runs, |runs| last_runs(runs)),
        read("listeners", &stack.listeners, |listeners| self::listeners(listeners)),
    ];
    match &stack.ringing {
        Ok(ringing) => findings.extend(ringing.iter().map(rings)),
        Err(why) => findings.push(Finding::unread("telling-alarms", why)),
    }
    findings
}

const DEPLOY_AGAIN: &str = "deploy the stack again, which restores it";

fn alarm_rule(rule: &Rule, alarms: &[Alarm], machine: &str) -> Finding {
    const CHECK: &str = "alarm-rule";
    if !rule.enabled {
        let remedy =
            "enable it in the EventBridge console; until then only the heartbeat wakes the state machine";
        return Finding::problem(CHECK, "the rule that an alarm starts a run by is disabled", remedy);
    }
    if !rule.targets.iter().any(|target| target == machine) {
        return Finding::problem(
            CHECK,
            "the rule does not start the state machine of the stack",
            DEPLOY_AGAIN,
        );
    }
    let unheard: Vec<_> = alarms
        .iter()
        .filter(|alarm| !rule.pattern.contains(&format!(":alarm:{}\"", alarm.name)))
        .map(|alarm| alarm.name.as_str())
        .collect();
    if !unheard.is_empty() {
        let says = format!("the rule does not listen to the alarm {}", unheard.join(" and the alarm "));
        return Finding::problem(CHECK, says, DEPLOY_AGAIN);
    }
    Finding::good(CHECK, "an alarm that goes to ALARM starts a run")
}

fn heartbeat(heartbeat: &Heartbeat, machine: &str) -> Finding {
    const CHECK: &str = "heartbeat";
    if !heartbeat.enabled {
        let remedy =
            "enable it in the EventBridge Scheduler console; an event that is lost is made good by it alone";
        return Finding::problem(CHECK, "the schedule of the heartbeat is disabled", remedy);
    }
    if heartbeat.target != machine {
        return Finding::problem(
            CHECK,
            "the schedule does not start the state machine of the stack",
            DEPLOY_AGAIN,
        );
    }
    Finding::good(CHECK, format!("a run starts by itself, {}", heartbeat.expression))
}

fn last_runs(runs: &[Run]) -> Finding {
    const CHECK: &str = "last-runs";
    let ended: Vec<&Run> = runs.iter().filter(|run| run.status != RunStatus::Running).collect();
    let failed = ended.iter().filter(|run| run.status == RunStatus::Failed).count();
    match ended.first() {
        None => Finding::warning(
            CHECK,
            "no run has ended yet",
            "wait for the heartbeat, or start one by hand with {}",
        ),
        Some(Run { status: RunStatus::Failed, state, why, .. }) => Finding::problem(
            CHECK,
            format!("the last run failed: {state}: {why}"),
            "do what it says; the execution in the Step Functions console has every step of it",
        ),
        Some(_) if failed > 0 => Finding::warning(
            CHECK,
            format!("the last run succeeded, and {failed} of the last {} failed", ended.len()),
            "kpu status says how they ended",
        ),
        Some(last) => Finding::good(
            CHECK,
            format!("every one of {} runs succeeded; the newest ended {}", ended.len(), last.state),
        ),
    }
}

fn listeners(listeners: &[Listener]) -> Finding {
    const CHECK: &str = "listeners";
    if let Some(waiting) = listeners.iter().find(|listener| !listener.confirmed) {
        let says = format!("{} has not confirmed that it wants to be told", waiting.endpoint);
        return Finding::warning(
            CHECK,
            says,
            "follow the link in the mail that AWS has sent, or subscribe again",
        );
    }
    if listeners.is_empty() {
        let remedy = "set NotificationEmail, or subscribe to the topic that the stack names in its outputs";
        return Finding::warning(CHECK, "nobody listens to what the stack tells", remedy);
    }
    let told: Vec<_> = listeners.iter().map(|listener| listener.endpoint.as_str()).collect();
    Finding::good(CHECK, format!("told are {}", told.join(", ")))
}

fn rings(alarm: &Ringing) -> Finding {
    Finding::problem(
        "telling-alarms",
        format!("the alarm {} is in ALARM", alarm.name),
        alarm.description.clone(),
    )
}
