//! Does what should wake the state machine do so, and is the state machine there?

use super::read;
use crate::finding::RESTORE;
use crate::{Finding, Heartbeat, Machine, Read, Rule, Stack};
use serde_json::Value;

pub(super) fn stack(stack: &Stack, rivals: &Read<Vec<String>>) -> Finding {
    const CHECK: &str = "stack";
    const EVENTS: &str = "look at its events in the CloudFormation console";
    let (name, status) = (&stack.name, &stack.status);
    match rivals {
        Err(unread) => return Finding::unread(CHECK, unread),
        Ok(rivals) if !rivals.is_empty() => {
            return Finding::problem(
                CHECK,
                format!("{} scales the same application as {name}", rivals.join(" and ")),
                "delete all stacks but one: each of them takes the other's scaling for somebody's own",
            );
        }
        Ok(_) => {}
    }
    let says = format!("the stack {name} is {status}");
    match status.as_str() {
        "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "IMPORT_COMPLETE" => Finding::good(CHECK, says),
        "UPDATE_ROLLBACK_COMPLETE" => {
            Finding::warning(CHECK, format!("{says}: its last change was taken back"), EVENTS)
        }
        _ if status.ends_with("_IN_PROGRESS") => {
            Finding::warning(CHECK, says, "look again when it has come to rest")
        }
        _ => Finding::problem(CHECK, says, EVENTS),
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
            "enable it in the EventBridge console; until then only the heartbeat wakes the state machine";
        return Finding::problem(CHECK, "the rule that an alarm starts a run by is disabled", remedy);
    }
    if !rule.targets.iter().any(|target| target == machine) {
        return Finding::problem(CHECK, "the rule does not start the state machine of the stack", RESTORE);
    }
    let pattern: Value = serde_json::from_str(&rule.pattern).unwrap_or_default();
    let strings = |path: &str| {
        let values = pattern.pointer(path).and_then(Value::as_array).into_iter().flatten();
        values.filter_map(Value::as_str).collect::<Vec<_>>()
    };
    if !strings("/detail/state/value").contains(&"ALARM") {
        return Finding::problem(CHECK, "the rule does not wait for the state ALARM", RESTORE);
    }
    let heard = strings("/detail/alarmName");
    let is_heard = |name: &&String| heard.contains(&name.as_str());
    let unheard: Vec<_> = alarm_names.iter().filter(|name| !is_heard(name)).map(String::as_str).collect();
    if !unheard.is_empty() {
        let says = format!("the rule does not listen to the alarm {}", unheard.join(" and the alarm "));
        return Finding::problem(CHECK, says, RESTORE);
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
            RESTORE,
        );
    }
    Finding::good(CHECK, format!("a run starts by itself, {}", heartbeat.expression))
}
