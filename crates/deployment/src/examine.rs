//! What is wrong, and what to do about it: from facts to findings.

mod application;
mod clock;
mod metrics;
mod policy;
mod runs;
mod telling;
mod wiring;

use crate::{Facts, Finding, Read, WatchedMetric};

/// Looks at everything that was read. The findings come in the order in which one would look oneself.
#[must_use]
pub fn examine(facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    let application = match &facts.application {
        Ok(Some(application)) => {
            findings.extend(application::examine(&facts.application_name, application, has_data(facts)));
            Some(application)
        }
        Ok(None) => {
            findings.push(Finding::problem(
                "application",
                format!("there is no application '{}' in this account and Region", facts.application_name),
                "look at the name, at AWS_REGION or --region, and at AWS_PROFILE or --profile",
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
    findings.push(wiring::stack(stack, &facts.rivals));
    findings.push(wiring::state_machine(&stack.machine));
    match &stack.machine {
        Ok(machine) => {
            findings.extend(policy::examine(&machine.policy, application, stack, facts.now));
            findings.extend(clock::examine(&machine.policy, &facts.pause, facts.now));
        }
        Err(unread) => findings.push(Finding::unread("policy", unread)),
    }
    findings.push(metrics::examine("scale-out-metric", facts, &stack.out_metric));
    findings.push(metrics::examine("scale-in-metric", facts, &stack.in_metric));
    findings.extend(stack.load_metric.iter().map(|load| metrics::examine("load-metric", facts, load)));
    findings.extend(wiring::examine(stack));
    findings.push(runs::examine(stack, facts.now));
    findings.push(telling::listeners(stack));
    findings.extend(telling::alarms(&stack.telling));
    findings
}

/// Whether both metrics have data, whatever the monitoring level.
fn has_data(facts: &Facts) -> bool {
    let has_data =
        |metric: &Read<WatchedMetric>| metric.as_ref().is_ok_and(|metric| !metric.points.is_empty());
    facts.stack.as_ref().is_some_and(|stack| has_data(&stack.out_metric) && has_data(&stack.in_metric))
}

/// The finding about something that could not be read, or what `look` makes of it.
fn read<T>(check: &'static str, value: &Read<T>, look: impl FnOnce(&T) -> Finding) -> Finding {
    match value {
        Ok(value) => look(value),
        Err(unread) => Finding::unread(check, unread),
    }
}
