//! Advises more subtasks per KPU for a job whose CPU is low while it lags.

use crate::{Facts, Finding, Stack, WatchedMetric};
use scaling::quantile;
use tasks::{Alarm, HIGH_CPU_AT_FULL_LOAD, MOST_CPU_AT_FULL_LOAD, known_metric};

const CHECK: &str = "subtasks-per-kpu";

/// The minutes with a lag that show the CPU at full load.
const LEAST_LAGGING_MINUTES: usize = 10;

/// The subtasks per KPU up to which they are doubled. More share a heap of 3 GB.
const MOST_DOUBLED_SUBTASKS: u32 = 2;

/// Compares the CPU with the lag of the same minutes. A job that lags at a low CPU waits for other services, and pays for idle CPU.
pub(super) fn examine(facts: &Facts, stack: &Stack) -> Option<Finding> {
    let subtasks = facts.application()?.parallelism_per_kpu;
    let policy = facts.policy()?;
    let (alarms, out, r#in) =
        (stack.alarms.as_ref().ok()?, stack.out_metric.as_ref().ok()?, stack.in_metric.as_ref().ok()?);
    let (lag, cpu) = (alarms.find(&policy.scale_out_alarm).ok()?, alarms.find(&policy.scale_in_alarm).ok()?);
    if !watches_a_lag(lag) || cpu.watches() != "containerCPUUtilization" {
        return Some(Finding::good(
            CHECK,
            format!(
                "ParallelismPerKPU is {subtasks}, and the alarms watch no lag beside the CPU, which would show the CPU at full load"
            ),
        ));
    }
    let mut busy = while_lagging(out, lag.threshold, r#in);
    let minutes = busy.len();
    if minutes < LEAST_LAGGING_MINUTES {
        return Some(Finding::good(
            CHECK,
            format!(
                "ParallelismPerKPU is {subtasks}, and too few minutes with a lag show the CPU at full load"
            ),
        ));
    }
    let busy = quantile(&mut busy, 0.5)?;
    if busy > HIGH_CPU_AT_FULL_LOAD || subtasks > MOST_DOUBLED_SUBTASKS {
        return Some(Finding::good(
            CHECK,
            format!("ParallelismPerKPU is {subtasks}, and the CPU at full load is {busy:.0} %"),
        ));
    }
    let gain = (MOST_CPU_AT_FULL_LOAD / busy).min(2.0);
    Some(Finding::warning(
        CHECK,
        format!(
            "ParallelismPerKPU is {subtasks}, and the CPU was at {busy:.0} % in {minutes} minutes with a lag above {}, so that the KPUs are idle in part",
            lag.threshold
        ),
        format!(
            "test ParallelismPerKPU {}, with which a job that waits for other services needs about {:.0} % of the KPUs; watch heapMemoryUtilization, and see kpu tune for the price",
            2 * subtasks,
            100.0 / gain
        ),
    ))
}

fn watches_a_lag(alarm: &Alarm) -> bool {
    known_metric(alarm.watches()).is_some_and(|metric| metric.kind.lag_seconds().is_some())
}

/// The CPU in percent of the minutes in which the lag was above its threshold.
fn while_lagging(lag: &WatchedMetric, threshold: f64, cpu: &WatchedMetric) -> Vec<f64> {
    let lagging = lag.points.iter().filter(|point| point.value > threshold);
    let at = |start| cpu.points.iter().find(|point| point.start == start).map(|point| point.value);
    lagging.filter_map(|point| at(point.start)).collect()
}
