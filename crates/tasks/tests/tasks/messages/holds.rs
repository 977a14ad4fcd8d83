//! The messages of `scale`, in full: every reason to hold, and the sentences that name the parameter and the values that decided.

use crate::before_a_step::falling_behind;
use crate::job_health::series;
use crate::world::{NOW, World, alarm_on, now, policy};
use scaling::Reason;
use serde_json::json;
use std::collections::BTreeSet;
use tasks::{HEAP_METRIC, OperationStatus, Refusal, ResourceStatus, ScaleRequest, scale};

/// Every reason as the rule states it, without values.
#[rustfmt::skip]
const REASONS: [(Reason, &str); 23] = [
    (Reason::NotRunning,            "it is not running, and scaling does not start it"),
    (Reason::Busy,                  "it is being changed already"),
    (Reason::AtMaximum,             "it is at its maximum size"),
    (Reason::AtMinimum,             "it is at its minimum size"),
    (Reason::AtMaximumParallelism,  "MaxParallelism (256 if it is empty) or SourcePartitions leave nothing to move"),
    (Reason::AfterFailure,          "the last update this way failed, and another is not tried before FailurePauseMinutes have passed"),
    (Reason::CoolingDown,           "its last change is more recent than the cooldown"),
    (Reason::NoFreshData,           "nothing fresh has been measured since its last change"),
    (Reason::ConcurrentModification, "another update changed it at the same moment"),
    (Reason::CatchingUp,            "it works off its backlog"),
    (Reason::NotCostEffective,      "a smaller size would save less than its restart costs"),
    (Reason::AtDesiredCapacity,     "it has the size already that is asked for, or is beyond it"),
    (Reason::Stabilizing,           "it was updated many times within 24 hours, so that a scale-in waits longer after each update"),
    (Reason::TakingSnapshot,        "a snapshot of it is being taken, which looks like load"),
    (Reason::Ineffective,           "the last scale-out did not raise the throughput: look for the bottleneck of the job, such as a sink or a skew; the next scale-out is tried after IneffectivePauseMinutes"),
    (Reason::OverBudget,            "the rest of MonthlyBudgetDollars does not pay for more"),
    (Reason::WithinBounds,          "it is within its bounds again"),
    (Reason::BlockedWindow,         "a window of Windows is open in which nothing is scaled"),
    (Reason::Paused,                "its scaling is paused; its tag for pauses says until when"),
    (Reason::Observing,             "Mode is observe, in which nothing is scaled"),
    (Reason::DoesNotFit,            "a smaller size would not hold the heap or the state of its job"),
    (Reason::DailyLimit,            "Kinesis changes the shards of a stream ten times a day at most: the remaining changes are kept for scaling out, or none is left"),
    (Reason::RestartLoop,           "its job restarts in a loop, and its metrics do not show the load; look at the exception in the application's log"),
];

const OUT: &str = r#"{"kind": "Alarm", "direction": "Out"}"#;
const IN: &str = r#"{"kind": "Alarm", "direction": "In"}"#;

/// An alarm or request, the parameters, the world, the reason and the sentence of the answer.
type Row = (&'static str, &'static [(&'static str, &'static str)], fn() -> World, Reason, &'static str);

#[rustfmt::skip]
const HOLDS: [Row; 30] = [
    (OUT, &[], || World::new().is(ResourceStatus::Ready), Reason::NotRunning,
     "it is not running, and scaling does not start it"),
    (OUT, &[], || World::new().is(ResourceStatus::RollingBack), Reason::Busy,
     "it is being changed already"),
    (OUT, &[], || World::new().runs_with(10), Reason::AtMaximum,
     "it is at its maximum of 10 KPU"),
    (OUT, &[("Windows", "daily 0:00-24:00 <=8")], World::new, Reason::AtMaximum,
     "it is at its maximum of 8 KPU (daily 0:00-24:00 <=8)"),
    (IN, &[], || World::new().runs_with(1), Reason::AtMinimum,
     "it is at its minimum of 1 KPU"),
    (OUT, &[("MaxParallelism", "8")], World::new, Reason::AtMaximumParallelism,
     "MaxParallelism is 8, and no other size within the bounds fits it; raise the maximum parallelism of the job, and then MaxParallelism"),
    (OUT, &[("MaxParallelism", "64"), ("SourcePartitions", "8")], World::new, Reason::AtMaximumParallelism,
     "SourcePartitions limits the parallelism to the 8 partitions or shards of the source, and no other size within the bounds fits it; add partitions or shards, or set SourcePartitions"),
    (OUT, &[("MaxKpu", "300")], || World::new().runs_with(256), Reason::AtMaximumParallelism,
     "MaxParallelism is empty, and no other size within the bounds fits the quota of 256; raise the quota in Service Quotas, and set MaxParallelism"),
    (OUT, &[], || World::new().updated(OperationStatus::Failed, 700, Some(600)).changed("op-1", 8, 16), Reason::AfterFailure,
     "FailurePauseMinutes is 20 and an update to scale out failed 10 min ago; look for its cause before the next attempt"),
    (OUT, &[("ScaleInGracePeriodSeconds", "900")], || World::new().updated(OperationStatus::Successful, 200, Some(120)), Reason::CoolingDown,
     "GracePeriodSeconds is 300 and its last change was 120 s ago; wait for another 180 s"),
    (IN, &[("ScaleInGracePeriodSeconds", "900")], || World::new().updated(OperationStatus::Successful, 200, Some(120)), Reason::CoolingDown,
     "ScaleInGracePeriodSeconds is 900 and its last change was 120 s ago; wait for another 780 s"),
    (OUT, &[], || World::new().updated(OperationStatus::Successful, 1_320, Some(600)), Reason::CatchingUp,
     "it works off its backlog"),
    (r#"{"kind": "CapacityRequest", "direction": "In", "units": 4, "backlog": true}"#, &[], World::new, Reason::CatchingUp,
     "4 KPU are requested and it has a backlog, which it processes first; request them again later"),
    (r#"{"kind": "Bounds", "direction": "In", "backlog": true}"#,
     &[("Windows", "daily 7:45-9:00 <=4"), ("BacklogWaitMinutes", "30")], World::new, Reason::CatchingUp,
     "BacklogWaitMinutes is 30 and it processes its backlog before it scales in; wait, or lower BacklogWaitMinutes"),
    (r#"{"kind": "CapacityRequest", "direction": "Out", "units": 8, "backlog": true}"#, &[], World::new, Reason::AtDesiredCapacity,
     "it has the 8 KPU that are requested"),
    (r#"{"kind": "CapacityRequest", "direction": "Out", "units": 6, "backlog": true}"#, &[], World::new, Reason::ConcurrentModification,
     "another update changed it at the same moment"),
    (OUT, &[], || World::new().refuses(Refusal::VersionChanged), Reason::ConcurrentModification,
     "another update changed it at the same moment"),
    (IN, &[], updated_seven_times, Reason::Stabilizing,
     "it was updated 7 times within 24 hours, so that a scale-in waits longer after each update"),
    (OUT, &[], || World::new().takes_a_snapshot(60), Reason::TakingSnapshot,
     "a snapshot of it is being taken, which looks like load"),
    (OUT, &[("LoadAlarm", "load"), ("IneffectivePauseMinutes", "60")], || falling_behind("millisBehindLatest"), Reason::Ineffective,
     "IneffectivePauseMinutes is 60 and the last scale-out within this time did not raise the throughput; look for the bottleneck of the job, such as a sink or a skew"),
    (OUT, &[("MonthlyBudgetDollars", "1.5"), ("KpuHourDollars", "0.11"), ("BudgetAlarm", "budget")], with_a_budget_alarm, Reason::OverBudget,
     "MonthlyBudgetDollars is 1.5 and the rest of it does not pay for more KPUs; raise it, or wait for the next month"),
    (r#"{"kind": "Bounds", "direction": "In", "backlog": true}"#, &[], World::new, Reason::WithinBounds,
     "it is within its bounds again"),
    (OUT, &[("Windows", "daily 0:00-24:00 blocked")], World::new, Reason::BlockedWindow,
     "Windows blocks scaling now (daily 0:00-24:00 blocked); wait for the end of the window"),
    (OUT, &[], || World::new().paused("all until 2050-01-01T00:00:00Z"), Reason::Paused,
     "the tag kpu-autoscaler.pause pauses scaling out; remove the tag, or wait for the end that it states"),
    (OUT, &[], || World::new().paused("until Monday"), Reason::Paused,
     "the tag for pauses is 'until Monday', so that nothing is scaled; set it to all, out or in, with 'until 2026-11-21T18:00:00Z' after it if it is to end, or take it away"),
    (OUT, &[("Mode", "observe")], World::new, Reason::Observing,
     "would scale out from 8 KPU to 10 KPU, because cpu is 91 > 80; Mode is observe, in which nothing is scaled"),
    (IN, &[], || World::new().with_job(vec![series(HEAP_METRIC, &[75.0, 90.0])]), Reason::DoesNotFit,
     "heapMemoryUtilization is 75 at 8 KPU, and 7 KPU would use 86 % of their heap, with at most 80 % allowed; reduce the heap or the state of the job, or leave its size as it is"),
    (IN, &[("StateGigabytes", "300")], World::new, Reason::DoesNotFit,
     "its state is 300 GB, and 7 KPU hold at most 280 GB; reduce the heap or the state of the job, or leave its size as it is"),
    (OUT, &[], || World::new().refuses(Refusal::LimitReached), Reason::DailyLimit,
     "Kinesis changes the shards of a stream ten times a day at most: the remaining changes are kept for scaling out, or none is left"),
    (OUT, &[], || World::new().refuses(Refusal::Busy), Reason::Busy,
     "it is being changed already"),
];

/// The reasons that no row above gives: two of them come from `check`, and the third from sizing by demand.
const ELSEWHERE: [Reason; 3] = [Reason::NoFreshData, Reason::NotCostEffective, Reason::RestartLoop];

fn updated_seven_times() -> World {
    (1..=7).fold(World::new(), |world, index| {
        world.updated(OperationStatus::Successful, index * 660, Some(index * 600))
    })
}

fn with_a_budget_alarm() -> World {
    World::new().with_alarm(alarm_on("budget", "KPUs", 500.0))
}

#[test]
fn every_reason_is_a_sentence() {
    assert_eq!(REASONS.map(|(reason, _)| reason), Reason::ALL, "a row for each reason, in their order");
    for (reason, expected) in REASONS {
        assert_eq!(reason.to_string(), expected);
    }
}

#[test]
fn every_hold_names_its_parameter_and_values() {
    for (call, parameters, world, reason, expected) in HOLDS {
        let call: serde_json::Value = serde_json::from_str(call).unwrap();
        let policy = policy().with(parameters.iter().copied());
        let check = json!({"verdict": "Breaching", "graceSeconds": 300, "call": call, "why": "cpu is 91 > 80", "policy": policy});
        let run = serde_json::from_value(json!({"check": check})).unwrap();
        let world = world();
        let answer = now(scale(&ScaleRequest { now: NOW, run }, &world, &world, &world, &world)).unwrap();
        assert_eq!((answer.reason, answer.why.as_str()), (Some(reason), expected), "{parameters:?}");
    }
    let held = HOLDS.map(|(.., reason, _)| reason).into_iter().chain(ELSEWHERE);
    assert_eq!(held.collect::<BTreeSet<_>>(), Reason::ALL.into_iter().collect(), "every reason has a row");
}
