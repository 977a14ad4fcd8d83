//! Checks that the state machine exists, and that the alarm rule and the heartbeat start it.

use super::read;
use crate::{Facts, Finding, Heartbeat, Machine, Read, Rule, Stack};
use serde_json::Value;
use tasks::RESTORE;

pub(super) fn stack(stack: &Stack, facts: &Facts) -> Finding {
    const CHECK: &str = "stack";
    const EVENTS: &str = "read the stack's events in the CloudFormation console";
    let (name, status) = (&stack.name, &stack.status);
    match &facts.other_stacks {
        Err(unread) => return Finding::unread(CHECK, unread),
        Ok(other_stacks) if !other_stacks.is_empty() => {
            return Finding::problem(
                CHECK,
                format!("{} scales the same {} as {name}", other_stacks.join(" and "), facts.kind().noun),
                "keep one of the stacks and delete the others: each treats the scaling of the others as a manual change",
            );
        }
        Ok(_) => {}
    }
    let message = format!("the stack {name} is {status}");
    match status.as_str() {
        "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "IMPORT_COMPLETE" => Finding::good(CHECK, message),
        "UPDATE_ROLLBACK_COMPLETE" => {
            Finding::warning(CHECK, format!("{message}: its last update was rolled back"), EVENTS)
        }
        _ if status.ends_with("_IN_PROGRESS") => {
            Finding::warning(CHECK, message, "wait until the operation has ended, then run kpu doctor again")
        }
        _ => Finding::problem(CHECK, message, EVENTS),
    }
}

pub(super) fn state_machine(machine: &Read<Machine>) -> Finding {
    read("state-machine", machine, |machine| {
        if machine.status == "ACTIVE" {
            return Finding::good("state-machine", "the state machine is active");
        }
        Finding::problem("state-machine", format!("the state machine is {}", machine.status), RESTORE)
    })
}

pub(super) fn examine(stack: &Stack) -> [Finding; 2] {
    let machine = stack.machine_arn.as_deref().unwrap_or_default();
    [
        read("alarm-rule", &stack.rule, |rule| {
            read("alarm-rule", &stack.alarm_names, |names| alarm_rule(rule, names, machine))
        }),
        read("heartbeat", &stack.heartbeat, |heartbeat| self::heartbeat(heartbeat, machine)),
    ]
}

fn alarm_rule(rule: &Rule, alarm_names: &[String], machine: &str) -> Finding {
    const CHECK: &str = "alarm-rule";
    if !rule.enabled {
        let remedy =
            "enable it in the EventBridge console; until then only the heartbeat starts the state machine";
        return Finding::problem(
            CHECK,
            "the EventBridge rule that starts a run on an alarm is disabled",
            remedy,
        );
    }
    if !rule.targets.iter().any(|target| target == machine) {
        let targets = if rule.targets.is_empty() { "nothing".to_owned() } else { rule.targets.join(" and ") };
        let message = format!("the EventBridge rule of the alarms starts {targets}, and not {machine}");
        return Finding::problem(CHECK, message, RESTORE);
    }
    let pattern: Value = serde_json::from_str(&rule.pattern).unwrap_or_default();
    let strings = |path: &str| {
        let values = pattern.pointer(path).and_then(Value::as_array).into_iter().flatten();
        values.filter_map(Value::as_str).collect::<Vec<_>>()
    };
    let states = strings("/detail/state/value");
    if !states.contains(&"ALARM") {
        let message = format!(
            "the EventBridge rule of the alarms matches the states [{}], and not the state ALARM",
            states.join(", ")
        );
        return Finding::problem(CHECK, message, RESTORE);
    }
    let matched = strings("/detail/alarmName");
    let is_matched = |name: &&String| matched.contains(&name.as_str());
    let unmatched: Vec<_> = alarm_names.iter().filter(|name| !is_matched(name)).map(String::as_str).collect();
    if !unmatched.is_empty() {
        let message = format!(
            "the EventBridge rule of the alarms does not match the alarm {}, so that it starts no run",
            unmatched.join(" and the alarm ")
        );
        return Finding::problem(CHECK, message, RESTORE);
    }
    Finding::good(CHECK, "an alarm that goes to ALARM starts a run")
}

fn heartbeat(heartbeat: &Heartbeat, machine: &str) -> Finding {
    const CHECK: &str = "heartbeat";
    if !heartbeat.enabled {
        let remedy =
            "enable it in the EventBridge Scheduler console; only the heartbeat replaces a lost alarm event";
        return Finding::problem(CHECK, "the schedule of the heartbeat is disabled", remedy);
    }
    if heartbeat.target != machine {
        let target = if heartbeat.target.is_empty() { "nothing" } else { &heartbeat.target };
        let message = format!("the schedule of the heartbeat starts {target}, and not {machine}");
        return Finding::problem(CHECK, message, RESTORE);
    }
    Finding::good(CHECK, format!("the heartbeat starts a run by the schedule {}", heartbeat.expression))
}
