//! The explanation of a hold, in a sentence for users: `$.scale.why`. Pure.

use super::observe::Observed;
use crate::{PAUSE_TAG, Policy};
use jiff::Timestamp;
use scaling::{Call, Direction, Limits, Reason};

/// The explanation of a hold of a step in this direction. It names the parameter and the values that decided, if they are known here.
pub(crate) fn why_held(
    reason: Reason,
    (call, direction): (Call, Direction),
    policy: &Policy,
    observed: &Observed<'_>,
    now: Timestamp,
) -> String {
    let (unit, rule) = (policy.scaling.unit, &observed.described.rule);
    let by_windows = policy.by_windows(now);
    let minutes_since = |time| now.duration_since(time).as_mins();
    match reason {
        Reason::AtMaximum => {
            format!("it is at its maximum of {}{by_windows}", unit.words(rule.bounds.maximum()))
        }
        Reason::AtMinimum => {
            format!("it is at its minimum of {}{by_windows}", unit.words(rule.bounds.minimum()))
        }
        Reason::AtMaximumParallelism => limit(rule.limits).unwrap_or_else(|| reason.to_string()),
        Reason::AfterFailure => {
            let ago = observed.resource.failed.of(direction).map(minutes_since).unwrap_or_default();
            format!(
                "FailurePauseMinutes is {} and an update to scale {direction} failed {ago} min ago; look for its cause before the next attempt",
                rule.failure_pause.as_mins()
            )
        }
        Reason::CoolingDown => cooldown(direction, observed, now),
        Reason::CatchingUp => backlog(call, policy, observed).unwrap_or_else(|| reason.to_string()),
        Reason::AtDesiredCapacity => {
            format!("it has the {} that are requested", unit.words(observed.resource.size().units))
        }
        Reason::Stabilizing => format!(
            "it was updated {} times within 24 hours, so that a scale-in waits longer after each update",
            observed.resource.changes_of_the_day
        ),
        Reason::Ineffective => format!(
            "IneffectivePauseMinutes is {} and the last scale-out within this time did not raise the throughput; look for the bottleneck of the job, such as a sink or a skew",
            rule.ineffective_pause.as_mins()
        ),
        Reason::OverBudget => format!(
            "MonthlyBudgetDollars is {} and the rest of it does not pay for more KPUs; raise it, or wait for the next month",
            rule.budget.map(|budget| budget.dollars).unwrap_or_default()
        ),
        Reason::BlockedWindow => {
            format!("Windows blocks scaling now{by_windows}; wait for the end of the window")
        }
        Reason::Paused => format!(
            "the tag {PAUSE_TAG} pauses scaling {direction}; remove the tag, or wait for the end that it states"
        ),
        _ => reason.to_string(),
    }
}

/// The smallest limit of the parallelism, with the remedy. `None` if nothing limits it.
fn limit(limits: Limits) -> Option<String> {
    let most = limits.most()?;
    let count = most.count();
    Some(if limits.max_parallelism == Some(most) {
        format!(
            "MaxParallelism is {count}, and no other size within the bounds fits it; raise the maximum parallelism of the job, and then MaxParallelism"
        )
    } else if limits.partitions == Some(most) {
        format!(
            "SourcePartitions limits the parallelism to the {count} partitions or shards of the source, and no other size within the bounds fits it; add partitions or shards, or set SourcePartitions"
        )
    } else {
        format!(
            "MaxParallelism is empty, and no other size within the bounds fits the quota of {count}; raise the quota in Service Quotas, and set MaxParallelism"
        )
    })
}

/// The cooldown of the direction, and the rest of it.
fn cooldown(direction: Direction, observed: &Observed<'_>, now: Timestamp) -> String {
    let grace = observed.described.rule.grace_period;
    let parameter = match direction {
        Direction::In if grace.r#in != grace.out => "ScaleInGracePeriodSeconds",
        Direction::In | Direction::Out => "GracePeriodSeconds",
    };
    let grace = grace.of(direction).as_secs();
    let age = observed.resource.last_change.map(|change| now.duration_since(change).as_secs());
    let age = age.unwrap_or_default();
    format!("{parameter} is {grace} and its last change was {age} s ago; wait for another {} s", grace - age)
}

/// The backlog that delays a request or a smaller maximum. `None` if the load alone asks for the step.
fn backlog(call: Call, policy: &Policy, observed: &Observed<'_>) -> Option<String> {
    let rule = &observed.described.rule;
    let units = observed.resource.size().units;
    if rule.bounds.direction_into_bounds(units).is_some() {
        return Some(format!(
            "BacklogWaitMinutes is {} and it processes its backlog before it scales in; wait, or lower BacklogWaitMinutes",
            rule.backlog_wait.as_mins()
        ));
    }
    match call {
        Call::CapacityRequest { units, .. } => Some(format!(
            "{} are requested and it has a backlog, which it processes first; request them again later",
            policy.scaling.unit.words(units)
        )),
        Call::Alarm { .. } | Call::Bounds { .. } => None,
    }
}
