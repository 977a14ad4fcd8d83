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
mod stream;
mod subtasks;
mod wiring;

pub use runs::heartbeat_interval;

use crate::{ApplicationFacts, Facts, Finding, Read, ScaledResource, WatchedMetric};
use tasks::ResourceKind;

/// Returns a finding for every check, in the order of a diagnosis by hand: application or stream, stack, policy, metrics, runs,
/// notifications.
#[must_use]
pub fn examine(facts: &Facts) -> Vec<Finding> {
    let mut findings = match &facts.resource {
        ScaledResource::Application(application) => application_findings(facts, application),
        ScaledResource::Stream(stream) => stream::examine(&facts.name, stream, facts.now),
    };
    let Some(stack) = &facts.stack else {
        findings.push(Finding::problem(
            "stack",
            format!("no stack of kpu-autoscaler scales '{}'", facts.name),
            "deploy one: sam deploy --guided",
        ));
        return findings;
    };
    findings.push(wiring::stack(stack, facts));
    findings.push(wiring::state_machine(&stack.machine));
    findings.extend(facts.application().map(|application| key::examine(application, &stack.application_key)));
    match &stack.machine {
        Ok(machine) => {
            findings.extend(policy::examine(&machine.policy, stack, facts));
            findings.extend(clock::examine(&machine.policy, &facts.pause, facts.now));
        }
        Err(unread) => findings.push(Finding::unread("policy", unread)),
    }
    findings.extend(policy::unused_parameters(&stack.parameters));
    findings.push(metrics::examine("scale-out-metric", facts, &stack.out_metric));
    findings.push(metrics::examine("scale-in-metric", facts, &stack.in_metric));
    findings.extend(subtasks::examine(facts, stack));
    findings.extend(stack.load_metric.iter().map(|load| metrics::examine("load-metric", facts, load)));
    findings.extend(stack.age_metric.iter().map(|age| metrics::examine("age-metric", facts, age)));
    findings.extend(wiring::examine(stack));
    findings.push(runs::examine(stack, facts.now));
    findings.push(notifications::subscriptions(stack));
    findings.extend(notifications::alarms(&stack.notification_alarms));
    findings
}

fn application_findings(facts: &Facts, application: &ApplicationFacts) -> Vec<Finding> {
    found(&ResourceKind::APPLICATION, &facts.name, &application.settings, |settings| {
        let mut findings = application::examine(&facts.name, settings, has_data(facts)).to_vec();
        let state = facts.policy().map_or(0.0, |policy| policy.state_gigabytes);
        let count = |count: &usize| snapshots::examine(*count, state);
        findings.push(read("snapshot-count", &application.snapshots, count));
        findings
    })
}

/// Returns the findings of `examine` about a resource, or the finding that it does not exist or could not be read.
fn found<T>(
    kind: &ResourceKind,
    name: &str,
    settings: &Read<Option<T>>,
    examine: impl FnOnce(&T) -> Vec<Finding>,
) -> Vec<Finding> {
    match settings {
        Ok(Some(settings)) => examine(settings),
        Ok(None) => vec![Finding::problem(
            kind.noun,
            format!("there is no {} '{name}' in this account and Region", kind.noun),
            "check the name, the Region (--region or AWS_REGION) and the profile (--profile or AWS_PROFILE)",
        )],
        Err(unread) => vec![Finding::unread(kind.noun, unread)],
    }
}

/// Whether both metrics have data, at any monitoring level.
fn has_data(facts: &Facts) -> bool {
    let has_data =
        |metric: &Read<WatchedMetric>| metric.as_ref().is_ok_and(|metric| !metric.points.is_empty());
    facts.stack.as_ref().is_some_and(|stack| has_data(&stack.out_metric) && has_data(&stack.in_metric))
}

/// Returns the finding of `examine` about a value, or the finding that the value could not be read.
fn read<T>(check: &'static str, value: &Read<T>, examine: impl FnOnce(&T) -> Finding) -> Finding {
    match value {
        Ok(value) => examine(value),
        Err(unread) => Finding::unread(check, unread),
    }
}
