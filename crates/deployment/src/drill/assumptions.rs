//! The assumptions about AWS, as the drill has observed them. Pure.
//!
//! The observations name no resource and no account, so that a user can publish them.

use super::evidence::{Chain, Evidence};
use super::observations::{ApplicationObservations, Dimensions};
use crate::{Facts, Obstacle, Read, ScaledResource, Unread};
use jiff::Timestamp;
use scaling::Unit;
use serde::Serialize;
use std::collections::BTreeMap;
use tasks::{AlarmState, DataPoint, MSF_NAMESPACE, Operation};

/// An assumption about AWS, and the observation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Assumption {
    /// The assumption, or the open question.
    pub assumption: String,
    /// Whether it held.
    pub result: Held,
    /// The observation, without a name and without an account.
    pub observed: String,
}

/// Whether an assumption held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Held {
    /// It held.
    Held,
    /// It did not hold.
    Refuted,
    /// The observation answers an open question.
    Observed,
    /// This account had nothing to observe, or it could not be read.
    NotObserved,
}

/// Metrics, and the dimensions that the template assumes. Without an assumption the question is open.
type Metrics = [(&'static str, Option<&'static [&'static str]>)];

/// The metrics of an application at the monitoring level `APPLICATION`.
const OF_THE_APPLICATION: &Metrics = &[
    ("containerCPUUtilization", Some(&["Application"])),
    ("KPUs", Some(&["Application"])),
    ("busyTimeMsPerSecond", Some(&["Application"])),
    ("millisBehindLatest", Some(&["Application", "Flow", "Id"])),
    ("records_lag_max", None),
    ("numRestarts", None),
    ("restartingTime", None),
];

/// The metrics of a stream.
const OF_THE_STREAM: &Metrics = &[
    ("IncomingBytes", Some(&["StreamName"])),
    ("IncomingRecords", Some(&["StreamName"])),
    ("WriteProvisionedThroughputExceeded", Some(&["StreamName"])),
    ("GetRecords.IteratorAgeMilliseconds", Some(&["StreamName"])),
    ("SubscribeToShardEvent.MillisBehindLatest", None),
];

/// Returns the assumptions of `docs/explanation/what-was-never-tried-on-aws.md` that a drill can observe.
#[must_use]
pub fn assumptions(facts: &Facts, evidence: &Evidence) -> Vec<Assumption> {
    let observations = &evidence.observations;
    let mut list = Vec::from(of_the_alarm(evidence.chain.as_ref().ok()));
    if let Some(application) = &observations.application {
        list.extend(of_the_application(facts, application));
    }
    let metrics = match facts.kind().unit {
        Unit::Kpu => OF_THE_APPLICATION,
        Unit::Shard => OF_THE_STREAM,
    };
    list.extend(metrics.iter().map(|(name, expected)| dimensions(name, *expected, &observations.metrics)));
    list.extend([
        quota(facts),
        idle(facts),
        read("EventBridge Scheduler starts an execution within a minute", &evidence.heartbeat, |started| {
            match started {
                None => nothing("no execution in the last period"),
                Some(started) => {
                    (Held::Held, format!("{} s after the full minute", started.as_second().rem_euclid(60)))
                }
            }
        }),
    ]);
    list
}

/// The assumptions on the operations, the snapshots and the size of an application.
fn of_the_application(facts: &Facts, observations: &ApplicationObservations) -> [Assumption; 7] {
    [
        read("The runtime environment", &observations.runtime, |runtime| (Held::Observed, runtime.clone())),
        read(
            "ListApplicationOperations lists the newest operation first",
            &observations.operations,
            |operations| {
                let times: Vec<Timestamp> = operations.iter().map(|operation| operation.started).collect();
                match order(&times) {
                    None => nothing(&format!("{} operations", times.len())),
                    Some(order) => {
                        (held(order == NEWEST_FIRST), format!("{order}, {} operations", times.len()))
                    }
                }
            },
        ),
        read("Snapshots are not among the operations", &observations.operations, |operations| {
            let has_snapshots = operations.iter().any(|operation| operation.kind.contains("Snapshot"));
            if operations.is_empty() {
                nothing("no operations")
            } else {
                (held(!has_snapshots), kinds(operations))
            }
        }),
        read("The age of the oldest operation in the list", &observations.operations, |operations| {
            match operations.iter().map(|operation| operation.started).min() {
                None => nothing("no operations"),
                Some(oldest) => {
                    (Held::Observed, format!("{} days", facts.now.duration_since(oldest).as_hours() / 24))
                }
            }
        }),
        read("The order of ListApplicationSnapshots", &observations.snapshots, |times| match order(times) {
            None => nothing(&format!("{} snapshots", times.len())),
            Some(order) => (Held::Observed, order.to_owned()),
        }),
        read("The metric KPUs has one sample an hour", &observations.kpu_samples, |samples| {
            match samples.as_slice() {
                [] => nothing("no data"),
                samples => {
                    let values: Vec<String> = samples.iter().map(|sample| sample.value.to_string()).collect();
                    (
                        held(samples.iter().all(|sample| sample.value <= 1.0)),
                        format!("samples: {}", values.join(", ")),
                    )
                }
            }
        }),
        orchestration(facts, &observations.kpus),
    ]
}

/// The assumptions on the alarm that the drill has set.
fn of_the_alarm(chain: Option<&Chain>) -> [Assumption; 3] {
    let event = "CloudWatch sends an event for a state that SetAlarmState has set, with the reason";
    let without_actions = "An alarm without actions, or with disabled actions, sends its event";
    let evaluated = "CloudWatch has evaluated an alarm again that was set, when the drill ends";
    let none = |assumption| result(assumption, nothing("the drill has not set the alarm"));
    let Some(chain) = chain.filter(|chain| chain.set.is_ok()) else {
        return [none(event), none(without_actions), none(evaluated)];
    };
    let started = match &chain.execution {
        Ok(Some(execution)) => {
            let seen = execution.started.duration_since(*chain.set.as_ref().unwrap_or(&execution.started));
            Some(format!("the execution started {:.1} s after the call", seen.as_secs_f64().max(0.0)))
        }
        _ => None,
    };
    let by_event = |observed: String| match &started {
        Some(started) => (Held::Held, format!("{observed}{started}")),
        None => nothing("no execution started"),
    };
    let actions = &chain.alarm;
    [
        result(event, by_event(String::new())),
        result(
            without_actions,
            by_event(format!("{} actions, ActionsEnabled={}; ", actions.actions, actions.actions_enabled)),
        ),
        match &chain.state_after {
            Err(unread) => result(evaluated, unreadable(unread)),
            Ok(state) => result(
                evaluated,
                (Held::Observed, if *state == AlarmState::Alarm { "no" } else { "yes" }.to_owned()),
            ),
        },
    ]
}

/// The assumption on the dimensions of a metric.
fn dimensions(name: &str, expected: Option<&[&str]>, metrics: &Read<Dimensions>) -> Assumption {
    let assumption = match expected {
        Some(expected) => format!("{name} has the dimensions {}", expected.join(", ")),
        None => format!("The dimensions of {name}"),
    };
    read(assumption, metrics, |metrics| {
        let Some(sets) = metrics.get(name) else { return nothing("it is not published") };
        let listed: Vec<String> = sets.iter().map(|set| set.join(", ")).collect();
        let observed = listed.join("; ");
        match expected {
            None => (Held::Observed, observed),
            Some(expected) => (held(sets.iter().any(|set| set == expected)), observed),
        }
    })
}

/// The assumption that the metric `KPUs` counts the orchestration KPU. An application that was scaled within the hour shows nothing.
fn orchestration(facts: &Facts, kpus: &Read<Vec<DataPoint>>) -> Assumption {
    read("The metric KPUs counts the orchestration KPU", kpus, |points| {
        let newest = points.iter().max_by_key(|point| point.start).map(|point| point.value);
        match (newest, facts.application().map(|application| f64::from(application.kpus))) {
            (Some(value), Some(kpus)) if (0.0..=1.0).contains(&(value - kpus)) => {
                (held(value > kpus), format!("{value} for a size of {kpus}"))
            }
            _ => nothing("no data of the present size"),
        }
    })
}

/// The assumption on the call that returns the quota.
fn quota(facts: &Facts) -> Assumption {
    match &facts.resource {
        ScaledResource::Application(application) => {
            let assumption = "Service Quotas returns the KPU quota as L-3A88E041";
            read(assumption, &application.kpu_quota, |quota| match quota {
                Some(quota) => (Held::Held, format!("{quota} KPUs")),
                None => (Held::Observed, "the quota is not in the account".to_owned()),
            })
        }
        ScaledResource::Stream(stream) => {
            read("DescribeLimits returns the shard quota, and the open shards", &stream.quota, |quota| {
                (held(quota.open <= quota.limit), format!("{} of {} shards", quota.open, quota.limit))
            })
        }
    }
}

/// The question whether an idle stream publishes zeros.
fn idle(facts: &Facts) -> Assumption {
    let assumption = "The load of a stream is published as 0 while it is idle";
    let load = facts.stack.as_ref().and_then(|stack| match facts.kind().unit {
        Unit::Kpu => stack.load_metric.as_ref(),
        Unit::Shard => Some(&stack.in_metric),
    });
    match load {
        None => result(assumption, nothing("the policy watches no load")),
        Some(load) => read(assumption, load, |load| {
            // The application publishes its throughput, from which sizing by demand can derive the load.
            if load.wanted.iter().any(|metric| metric.namespace == MSF_NAMESPACE) {
                return nothing("the policy watches the throughput of the application");
            }
            let zeros = load.points.iter().filter(|point| point.value <= 0.0).count();
            (Held::Observed, format!("{} data points in three hours, {zeros} of them 0", load.points.len()))
        }),
    }
}

const NEWEST_FIRST: &str = "newest first";

/// The order of the times; `None` for fewer than two times.
fn order(times: &[Timestamp]) -> Option<&'static str> {
    match times {
        [] | [_] => None,
        _ if times.is_sorted_by(|one, next| one >= next) => Some(NEWEST_FIRST),
        _ if times.is_sorted() => Some("oldest first"),
        _ => Some("in no order of time"),
    }
}

/// The kinds of operations with their counts.
fn kinds(operations: &[Operation]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for operation in operations {
        *counts.entry(&operation.kind).or_default() += 1;
    }
    let listed: Vec<String> = counts.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
    listed.join(", ")
}

fn read<T>(
    assumption: impl Into<String>,
    value: &Read<T>,
    judge: impl FnOnce(&T) -> (Held, String),
) -> Assumption {
    result(assumption, value.as_ref().map_or_else(unreadable, judge))
}

fn result(assumption: impl Into<String>, (result, observed): (Held, String)) -> Assumption {
    Assumption { assumption: assumption.into(), result, observed }
}

fn held(holds: bool) -> Held {
    if holds { Held::Held } else { Held::Refuted }
}

fn nothing(observed: &str) -> (Held, String) {
    (Held::NotObserved, observed.to_owned())
}

/// The message of AWS is left out, because it can name resources and the account.
fn unreadable(unread: &Unread) -> (Held, String) {
    nothing(match unread.obstacle {
        Obstacle::Denied => "a permission of the caller is missing",
        Obstacle::Missing => "it does not exist",
        Obstacle::Other => "it could not be read",
    })
}
