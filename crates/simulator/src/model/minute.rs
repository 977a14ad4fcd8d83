//! The samples of every metric in one minute.

use crate::Model;
use crate::model::job::Tick;
use crate::model::samples::Samples;

/// All metrics of one minute. The metrics that the job publishes are missing while the job is down.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Minute {
    pub(super) cpu: Option<Samples>,
    pub(super) busy: Option<Samples>,
    pub(super) lag: Option<Samples>,
    pub(super) committed_lag: Option<Samples>,
    pub(super) committed_backlog: Option<Samples>,
    pub(super) age_of_unread: Option<Samples>,
    pub(super) unread: Option<Samples>,
    pub(super) throughput: Option<Samples>,
    pub(super) incoming: Option<Samples>,
    pub(super) kpus: Option<Samples>,
    pub(super) utilization: Option<Samples>,
    pub(super) refused: Option<Samples>,
    pub(super) age: Option<Samples>,
}

impl Minute {
    pub(super) fn measure(
        ticks: &[Tick],
        incoming: f64,
        committed: [Option<Samples>; 2],
        cpu_error: f64,
        loops: bool,
        model: &Model,
    ) -> Self {
        let [committed_backlog, committed_lag] = committed;
        let up = || ticks.iter().filter(|tick| tick.capacity > 0.0);
        let (taken, could) = ticks
            .iter()
            .fold((0.0, 0.0), |(taken, could), tick| (taken + tick.processed, could + tick.capacity));
        // The containers of a job that restarts in a loop are idle, and measured.
        let idle = loops.then_some(0.0);
        let busy = Samples::new(up().map(|tick| (tick.processed / tick.capacity).min(1.0)).chain(idle));
        Self {
            cpu: busy.map(|busy| busy.measured(model.idle_cpu, model.saturated_cpu, cpu_error, 100.0)),
            busy: busy.map(|busy| busy.measured(0.0, 1_000.0, 0.0, 1_000.0)),
            lag: Samples::new(up().map(|tick| tick.lag * 1_000.0)),
            committed_lag,
            committed_backlog,
            age_of_unread: Samples::new(ticks.iter().map(|tick| tick.lag)),
            unread: Samples::new(up().map(|tick| tick.backlog)),
            throughput: None,
            incoming: Samples::new(std::iter::once(incoming)),
            kpus: Samples::new(ticks.iter().map(|tick| f64::from(tick.kpus) + 1.0)),
            // Metrics of writes are published only in minutes with a write.
            utilization: Samples::new((taken > 0.0).then(|| 100.0 * taken / could).into_iter()),
            // The producers retry a rejected record in the next tick.
            refused: Samples::new(
                (taken > 0.0).then(|| ticks.iter().map(|tick| tick.backlog).sum()).into_iter(),
            ),
            age: None,
        }
    }
}
