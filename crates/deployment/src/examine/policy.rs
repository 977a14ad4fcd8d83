//! Does the policy make sense, by itself and for this application?

use super::read;
use crate::{ApplicationSettings, Finding, Limits, Read};
use tasks::{Alarm, Policy, PolicyText, check_alarms, short_grace_period};

pub(super) fn examine(
    text: &PolicyText,
    application: Option<&ApplicationSettings>,
    alarms: &Read<Vec<Alarm>>,
    limits: Limits,
) -> Vec<Finding> {
    let policy = match Policy::parse(text) {
        Ok(policy) => policy,
        Err(error) => {
            let remedy = "deploy the stack again with parameters that make sense";
            return vec![Finding::problem("policy", error.to_string(), remedy)];
        }
    };
    let mut findings = vec![quota(&policy, limits)];
    if let Some(application) = application {
        findings.push(size(&policy, application));
        findings.push(max_parallelism(&policy, application));
    }
    findings.push(read("alarms", alarms, |alarms| coherent(&policy, alarms)));
    if let Some(out) = alarms.as_ref().ok().and_then(|alarms| find(alarms, &policy.scale_out_alarm)) {
        findings.push(grace(&policy, out));
    }
    findings
}

fn quota(policy: &Policy, limits: Limits) -> Finding {
    let most = policy.scaling.bounds.maximum().count();
    if most <= limits.kpus {
        return Finding::good(
            "kpu-quota",
            format!("MaxKpu {most} is within the quota of {} KPU", limits.kpus),
        );
    }
    Finding::warning(
        "kpu-quota",
        format!(
            "MaxKpu is {most}, and the quota of an application is {} KPU unless it was raised",
            limits.kpus
        ),
        "have the quota raised or lower MaxKpu; if it was raised, say so with --kpu-quota",
    )
}

fn size(policy: &Policy, application: &ApplicationSettings) -> Finding {
    let (least, most) = (policy.scaling.bounds.minimum().count(), policy.scaling.bounds.maximum().count());
    if (least..=most).contains(&application.kpus) {
        return Finding::good("size", format!("{} KPU is within {least} and {most}", application.kpus));
    }
    Finding::warning(
        "size",
        format!("the application has {} KPU, and the bounds are {least} and {most}", application.kpus),
        "scale it by hand to within its bounds, or change MinKpu and MaxKpu; only the next step in that direction moves it",
    )
}

/// Source: "maxParallelism considerations": of a job that does not set it and was first started with a parallelism of up to 128 it
/// is 128; one that is started above it does not start.
fn max_parallelism(policy: &Policy, application: &ApplicationSettings) -> Finding {
    const UNLESS_SET: u32 = 128;
    let most = policy.scaling.bounds.maximum().count().saturating_mul(application.parallelism_per_kpu);
    match policy.scaling.max_parallelism {
        Some(limit) => Finding::good(
            "max-parallelism",
            format!("the parallelism stays within MaxParallelism {}", limit.count()),
        ),
        None if most <= UNLESS_SET => Finding::good(
            "max-parallelism",
            format!("the parallelism stays within {most}, which every job allows"),
        ),
        None => Finding::warning(
            "max-parallelism",
            format!(
                "MaxKpu allows a parallelism of {most}; a job that sets no maximum parallelism has mostly one of {UNLESS_SET}, and does not start above it"
            ),
            "set MaxParallelism to the job's own, which its code or the Flink dashboard tells",
        ),
    }
}

fn find<'a>(alarms: &'a [Alarm], name: &str) -> Option<&'a Alarm> {
    alarms.iter().find(|alarm| alarm.name == name)
}

fn coherent(policy: &Policy, alarms: &[Alarm]) -> Finding {
    let (Some(out), Some(r#in)) =
        (find(alarms, &policy.scale_out_alarm), find(alarms, &policy.scale_in_alarm))
    else {
        let missing: Vec<_> = [&policy.scale_out_alarm, &policy.scale_in_alarm]
            .into_iter()
            .filter(|name| find(alarms, name).is_none())
            .map(String::as_str)
            .collect();
        let says = format!("there is no alarm {}", missing.join(" and no alarm "));
        return Finding::problem("alarms", says, "deploy the stack again, which restores it");
    };
    match check_alarms(policy, out, r#in) {
        Ok(()) => Finding::good(
            "alarms",
            format!(
                "out when {} {} {}, in when {} {} {}",
                out.watches(),
                out.comparison,
                out.threshold,
                r#in.watches(),
                r#in.comparison,
                r#in.threshold
            ),
        ),
        Err(why) => Finding::problem(
            "alarms",
            why,
            "deploy the stack again with thresholds that leave room for a step",
        ),
    }
}

fn grace(policy: &Policy, out: &Alarm) -> Finding {
    match short_grace_period(policy, out) {
        None => Finding::good(
            "grace-period",
            format!(
                "the grace period of {} s is as long as the alarm looks back",
                policy.scaling.grace_period.as_secs()
            ),
        ),
        Some(why) => {
            Finding::warning("grace-period", why, "raise GracePeriodSeconds, or let the alarm look at less")
        }
    }
}
