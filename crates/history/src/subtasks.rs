//! The advice on more subtasks per KPU, for a job whose CPU is low at full load.

use scaling::HOURS_OF_A_MONTH;
use serde::Serialize;
use simulator::Model;
use tasks::{HIGH_CPU_AT_FULL_LOAD, MOST_CPU_AT_FULL_LOAD};

/// The expected figures with more subtasks per KPU.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MoreSubtasks {
    /// The subtasks per KPU: `ParallelismPerKPU` of the application.
    pub subtasks_per_kpu: u32,
    /// The CPU at full load, in percent.
    pub cpu_at_full_load: f64,
    /// The mean number of KPUs.
    pub kpus: f64,
    /// The price of a month in dollars, with the orchestration KPU and without snapshots.
    pub dollars_a_month: f64,
    /// The price of a month with the present subtasks minus this price.
    pub saved_dollars_a_month: f64,
}

/// The numbers of subtasks per KPU that are tried. MSF allows eight.
const TRIED_SUBTASKS: [u32; 2] = [2, 4];

/// The least gain over the smaller number of subtasks, as a factor of the capacity.
const LEAST_GAIN: f64 = 1.1;

/// Returns the expected figures with two and with four subtasks per KPU. Empty if the CPU at full load is high already. The CPU at full load of
/// the model must be a learned one.
///
/// A job that waits for other services uses its CPU in proportion to its subtasks, so that the capacity of a KPU grows with them until the CPU is
/// saturated. The load and the policy stay the same, so that the KPUs fall in proportion to the capacity, to at least one.
#[must_use]
pub fn more_subtasks(model: &Model, subtasks_per_kpu: u32, mean_kpus: f64) -> Vec<MoreSubtasks> {
    let by_work = model.saturated_cpu - model.idle_cpu;
    if model.saturated_cpu > HIGH_CPU_AT_FULL_LOAD || by_work <= 0.0 {
        return Vec::new();
    }
    let dollars = |kpus: f64| model.dollars(kpus * HOURS_OF_A_MONTH, HOURS_OF_A_MONTH, 0);
    let most = (MOST_CPU_AT_FULL_LOAD - model.idle_cpu) / by_work;
    let mut before = 1.0;
    let mut advice = Vec::new();
    for tried in TRIED_SUBTASKS.into_iter().filter(|tried| *tried > subtasks_per_kpu) {
        let gain = (f64::from(tried) / f64::from(subtasks_per_kpu)).min(most);
        if gain < before * LEAST_GAIN {
            break;
        }
        before = gain;
        let kpus = (mean_kpus / gain).max(1.0).min(mean_kpus);
        advice.push(MoreSubtasks {
            subtasks_per_kpu: tried,
            cpu_at_full_load: model.idle_cpu + by_work * gain,
            kpus,
            dollars_a_month: dollars(kpus),
            saved_dollars_a_month: dollars(mean_kpus) - dollars(kpus),
        });
    }
    advice
}
