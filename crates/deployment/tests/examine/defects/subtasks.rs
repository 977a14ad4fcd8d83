//! The CPU of an application at full load, by a lag of the same minutes.

use crate::Row;
use crate::world::{NOW, application, metric, out_metric, stack};
use deployment::{Facts, Level};
use jiff::SignedDuration;
use tasks::{DataPoint, DescribedAlarms, Source};

#[rustfmt::skip]
pub(crate) const DEFECTS: &[Row] = &[
    ("subtasks-per-kpu", Level::Warning,
     "ParallelismPerKPU is 1, and the CPU was at 40 % in 10 minutes with a lag above 30000, so that the KPUs are idle in part → test ParallelismPerKPU 2, with which a job that waits for other services needs about 50 % of the KPUs; watch heapMemoryUtilization, and see kpu tune for the price",
     |facts| lags(facts, 10, 40.0)),
    ("subtasks-per-kpu", Level::Warning,
     "ParallelismPerKPU is 1, and the CPU was at 60 % in 30 minutes with a lag above 30000, so that the KPUs are idle in part → test ParallelismPerKPU 2, with which a job that waits for other services needs about 63 % of the KPUs; watch heapMemoryUtilization, and see kpu tune for the price",
     |facts| lags(facts, 30, 60.0)),
    ("subtasks-per-kpu", Level::Warning,
     "ParallelismPerKPU is 2, and the CPU was at 70 % in 30 minutes with a lag above 30000, so that the KPUs are idle in part → test ParallelismPerKPU 4, with which a job that waits for other services needs about 74 % of the KPUs; watch heapMemoryUtilization, and see kpu tune for the price",
     |facts| {
        application(facts).parallelism_per_kpu = 2;
        lags(facts, 30, 70.0);
    }),
];

/// For these minutes the lag was above its threshold and the CPU at this percentage. Before, both were low.
pub(crate) fn lags(facts: &mut Facts, minutes: i64, cpu: f64) {
    let at = |minute: i64, value| DataPoint { start: NOW - SignedDuration::from_mins(2 + minute), value };
    let points = |high: f64, low: f64| {
        (0..60).map(|minute| at(minute, if minute < minutes { high } else { low })).collect::<Vec<_>>()
    };
    out_metric(facts).points = points(30_001.0, 30_000.0);
    let mut of_cpu = metric();
    of_cpu.points = points(cpu, 5.0);
    stack(facts).in_metric = Ok(of_cpu);
    let alarms = stack(facts).alarms.as_ref().unwrap();
    let (mut lag, cpu) = (alarms.find("out").unwrap().clone(), alarms.find("in").unwrap().clone());
    lag.threshold = 30_000.0;
    if let Source::Metric { name, .. } = &mut lag.queries[0].source {
        *name = "millisBehindLatest".to_owned();
    }
    stack(facts).alarms = Ok(DescribedAlarms::from(vec![lag, cpu]));
}
