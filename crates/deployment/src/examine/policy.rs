//! Checks that the policy is valid, by itself and for this application.

use super::{limits, read};
use crate::{ApplicationSettings, Facts, Finding, ScaledResource, Stack, unusable_alarm};
use jiff::Timestamp;
use scaling::{Direction, Parallelism, Sizing, Units};
use std::collections::BTreeMap;
use tasks::{
    Alarm, DescribedAlarms, Policy, PolicyText, RESTORE, ResourceKind, check_alarms, short_grace_period,
    unused,
};

pub(super) fn examine(text: &PolicyText, stack: &Stack, facts: &Facts) -> Vec<Finding> {
    let policy = match Policy::parse(text) {
        Ok(policy) => policy,
        Err(error) => {
            let remedy = "correct the parameter in the stack";
            return vec![Finding::problem("policy", error.to_string(), remedy)];
        }
    };
    let mut findings = vec![Finding::good("policy", "the parameters are valid")];
    if let Some((_, units)) = facts.resource.status_and_units() {
        findings.push(size(&policy, units, facts.now));
        findings.extend(limits(&policy, units, stack, &facts.resource));
    }
    findings.push(read("alarms", &stack.alarms, |alarms| {
        unusable(&policy, alarms).unwrap_or_else(|| compare_alarms(&policy, alarms))
    }));
    let out = stack.alarms.as_ref().ok().and_then(|alarms| alarms.find(&policy.scale_out_alarm).ok());
    findings.extend(out.map(|out| grace_period(&policy, out)));
    findings
}

/// Warns of parameters that cannot act with the others. CloudFormation refuses most of them, and a stack of an older template may have them.
pub(super) fn unused_parameters(parameters: &BTreeMap<String, String>) -> Vec<Finding> {
    let given = parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let value_of = |name| parameters.get(name).map(String::as_str);
    unused(given, value_of)
        .map(|unused| Finding::warning("policy", unused.cause(), unused.remedy()))
        .collect()
}

/// Compares the largest size with the limits of the account.
fn limits(policy: &Policy, units: Units, stack: &Stack, resource: &ScaledResource) -> Vec<Finding> {
    match resource {
        ScaledResource::Application(application) => {
            let Ok(Some(settings)) = &application.settings else { return Vec::new() };
            let most = usable(policy, settings);
            vec![
                max_parallelism(policy, settings),
                limits::kpu_quota(most, &application.kpu_quota),
                limits::addresses(most, settings, region(stack), &application.subnets),
            ]
        }
        ScaledResource::Stream(stream) => {
            let most = policy.scaling.bounds.maximum().count();
            vec![limits::shard_quota(most, units.count(), region(stack), &stream.quota)]
        }
    }
}

fn size(policy: &Policy, units: Units, now: Timestamp) -> Finding {
    let bounds = policy.schedule.at(now).bounds;
    let (least, most) = (bounds.minimum().count(), bounds.maximum().count());
    let ResourceKind { unit, noun, .. } = policy.kind();
    let size = unit.words(units);
    if (least..=most).contains(&units.count()) {
        return Finding::good("size", format!("the size of {size} is within the bounds {least} and {most}"));
    }
    let (minimum, maximum) = unit.parameters();
    Finding::warning(
        "size",
        format!("the {noun} has {size}, and the bounds are {least} and {most}"),
        format!(
            "the next run scales it into the bounds, after a backlog if there is one; to keep this size, change {minimum}, {maximum} or the windows"
        ),
    )
}

/// Source: "maxParallelism considerations": it is 128 for a job that does not set it and was first started with a parallelism of up to
/// 128. A job does not start with a parallelism above it.
fn max_parallelism(policy: &Policy, application: &ApplicationSettings) -> Finding {
    const DEFAULT_MAX_PARALLELISM: u32 = 128;
    let limits = policy.scaling.limits;
    let most = policy.scaling.bounds.maximum().count().saturating_mul(application.parallelism_per_kpu);
    let wanted = policy.schedule.largest_minimum().count();
    match limits.most() {
        Some(limit) if limit.count().div_ceil(application.parallelism_per_kpu) < wanted => Finding::problem(
            "max-parallelism",
            format!(
                "MinKpu or a window asks for {wanted} KPU, and MaxParallelism (256 if it is empty) or SourcePartitions allow a parallelism of {}",
                limit.count()
            ),
            "lower MinKpu or the size of the window, or correct MaxParallelism or SourcePartitions",
        ),
        Some(limit) if most.min(limit.count()) > Parallelism::DEFAULT_QUOTA.count() => Finding::warning(
            "max-parallelism",
            format!(
                "MaxKpu and MaxParallelism allow a parallelism of {}, and the quota of an application is {} unless AWS raised it",
                most.min(limit.count()),
                Parallelism::DEFAULT_QUOTA.count()
            ),
            "set MaxParallelism to at most the quota, or have the quota raised; MSF rejects an update above it",
        ),
        Some(limit) if limits.quota.is_none() || limits.partitions == Some(limit) => Finding::good(
            "max-parallelism",
            format!(
                "MaxParallelism or SourcePartitions limit the parallelism to {}; compare it with the job's maximum parallelism",
                limit.count()
            ),
        ),
        _ if most <= DEFAULT_MAX_PARALLELISM => Finding::good(
            "max-parallelism",
            format!(
                "the parallelism stays within {most}, which a job without an explicit maximum parallelism allows"
            ),
        ),
        _ => Finding::warning(
            "max-parallelism",
            format!(
                "MaxKpu allows a parallelism of {}; a job without an explicit maximum parallelism usually has {DEFAULT_MAX_PARALLELISM}, and does not start above it",
                most.min(Parallelism::DEFAULT_QUOTA.count())
            ),
            "set MaxParallelism to the job's maximum parallelism, which its code or the Flink dashboard shows",
        ),
    }
}

/// The largest number of KPUs that the policy allows.
fn usable(policy: &Policy, application: &ApplicationSettings) -> u32 {
    let most = policy.scaling.bounds.maximum().count();
    let usable =
        policy.scaling.limits.most().map(|limit| limit.count().div_ceil(application.parallelism_per_kpu));
    usable.map_or(most, |usable| usable.min(most))
}

/// The Region in the ARN of a stack.
fn region(stack: &Stack) -> &str {
    stack.arn.split(':').nth(3).unwrap_or_default()
}

/// Returns the problem that alarms of the policy do not exist or cannot be used.
fn unusable(policy: &Policy, alarms: &DescribedAlarms) -> Option<Finding> {
    let of = |direction| {
        policy.alarm_names_of(direction).enumerate().filter_map(move |(index, name)| {
            let is_stack_alarm = index == 0 && !policy.has_only_user_alarms(direction);
            Some(unusable_alarm(direction, is_stack_alarm, &alarms.find(name).err()?))
        })
    };
    let (messages, remedies): (Vec<_>, Vec<_>) = of(Direction::Out).chain(of(Direction::In)).unzip();
    Some(Finding::problem("alarms", messages.join("; "), *remedies.first()?))
}

fn compare_alarms(policy: &Policy, alarms: &DescribedAlarms) -> Finding {
    let all = |direction| {
        policy.alarm_names_of(direction).filter_map(|name| alarms.find(name).ok()).collect::<Vec<_>>()
    };
    let (outs, ins) = (all(Direction::Out), all(Direction::In));
    let (Some(out), Some(r#in)) = (outs.first(), ins.first()) else {
        return Finding::problem("alarms", "there is no alarm for one direction", RESTORE);
    };
    let when = |alarm: &Alarm| format!("{} {} {}", alarm.watches(), alarm.comparison, alarm.threshold);
    let (out_when, in_when) = (when(out), when(r#in));
    if !out.comparison.is_above() || r#in.comparison.is_above() {
        let message = format!(
            "the alarm for scaling out, {}, watches {out_when}, and the alarm for scaling in, {}, watches {in_when}",
            out.name, r#in.name
        );
        return Finding::warning(
            "alarms",
            message,
            "the template has the opposite comparisons; restore the alarm if it was changed by hand",
        );
    }
    match check_alarms(policy, &outs, &ins) {
        // The alarms only start the sizing by demand.
        Ok(()) if matches!(policy.scaling.sizing, Sizing::Demand(_)) => Finding::good(
            "alarms",
            format!(
                "Demand computes the size from the load, for a scale-out when {out_when} and for a scale-in when {in_when}"
            ),
        ),
        Ok(()) => Finding::good("alarms", format!("out when {out_when}, in when {in_when}")),
        Err(why) => Finding::problem(
            "alarms",
            why,
            "change the thresholds in the parameters of the stack, so that they leave room for a step",
        ),
    }
}

fn grace_period(policy: &Policy, out: &Alarm) -> Finding {
    match short_grace_period(policy, out) {
        None => Finding::good(
            "grace-period",
            format!(
                "GracePeriodSeconds is {}, which covers the evaluation periods of the scale-out alarm",
                policy.scaling.grace_period.out.as_secs()
            ),
        ),
        Some(why) => Finding::warning(
            "grace-period",
            why,
            "raise GracePeriodSeconds, or shorten the evaluation periods of the alarm",
        ),
    }
}
