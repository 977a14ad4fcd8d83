//! Derives findings with their remedies from facts.

mod application;
mod clock;
mod key;
mod limits;
mod metrics;
mod notifications;
mod policy;
mod runs;
mod snapshots;
mod wiring;

use crate::{Facts, Finding, Read, WatchedMetric};

/// Returns a finding for every check, in the order of a diagnosis by hand: application, stack, policy, metrics, runs, notifications.
#[must_use]
pub fn examine(facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    let application = match &facts.application {
        Ok(Some(application)) => {
            findings.extend(application::examine(&facts.application_name, application, has_data(facts)));
            let state = state_gigabytes(facts);
            findings
                .push(read("snapshot-count", &facts.snapshots, |count| snapshots::examine(*count, state)));
            Some(application)
        }
        Ok(None) => {
            findings.push(Finding::problem(
                "application",
                format!("there is no application '{}' in this account and Region", facts.application_name),
                "check the name, the Region (--region or AWS_REGION) and the profile (--profile or AWS_PROFILE)",
            ));
            None
        }
        Err(why) => {
            findings.push(Finding::unread("application", why));
            None
        }
    };
    let Some(stack) = &facts.stack else {
        findings.push(Finding::problem(
            "stack",
            format!("no stack of kpu-autoscaler scales '{}'", facts.application_name),
            "deploy one: sam deploy --guided",
        ));
        return findings;
    };
    findings.push(wiring::stack(stack, &facts.other_stacks));
    findings.push(wiring::state_machine(&stack.machine));
    findings.extend(application.map(|application| key::examine(application, &stack.application_key)));
    match &stack.machine {
        Ok(machine) => {
            findings.extend(policy::examine(&machine.policy, application, stack, facts));
            findings.extend(clock::examine(&machine.policy, &facts.pause, facts.now));
        }
        Err(unread) => findings.push(Finding::unread("policy", unread)),
    }
    findings.push(metrics::examine("scale-out-metric", facts, &stack.out_metric));
    findings.push(metrics::examine("scale-in-metric", facts, &stack.in_metric));
    findings.extend(stack.load_metric.iter().map(|load| metrics::examine("load-metric", facts, load)));
    findings.extend(wiring::examine(stack));
    findings.push(runs::examine(stack, facts.now));
    findings.push(notifications::subscriptions(stack));
    findings.extend(notifications::alarms(&stack.notification_alarms));
    findings
}

/// Whether both metrics have data, at any monitoring level.
fn has_data(facts: &Facts) -> bool {
    let has_data =
        |metric: &Read<WatchedMetric>| metric.as_ref().is_ok_and(|metric| !metric.points.is_empty());
    facts.stack.as_ref().is_some_and(|stack| has_data(&stack.out_metric) && has_data(&stack.in_metric))
}

/// The state of the application in GB, as the deployed policy states it, or 0.
fn state_gigabytes(facts: &Facts) -> f64 {
    let machine = facts.stack.as_ref().and_then(|stack| stack.machine.as_ref().ok());
    machine.and_then(|machine| machine.policy.get("StateGigabytes").parse().ok()).unwrap_or(0.0)
}

/// Returns the finding of `examine` about a value, or the finding that the value could not be read.
fn read<T>(check: &'static str, value: &Read<T>, examine: impl FnOnce(&T) -> Finding) -> Finding {
    match value {
        Ok(value) => examine(value),
        Err(unread) => Finding::unread(check, unread),
    }
}
