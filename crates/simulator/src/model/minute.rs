//! The samples of every metric in one minute.

use crate::Model;
use crate::model::job::Tick;
use crate::model::samples::Samples;
use crate::model::time::TICKS_PER_MINUTE;

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
        ticks: &[Tick; TICKS_PER_MINUTE],
        incoming: f64,
        committed: [f64; 2],
        cpu_error: f64,
        loops: bool,
        model: &Model,
    ) -> Self {
        let [committed_backlog, committed_lag] = committed.map(|value| Some(Samples::one(value)));
        let (taken, could) = ticks
            .iter()
            .fold((0.0, 0.0), |(taken, could), tick| (taken + tick.processed, could + tick.capacity));
        let busy = while_up(ticks, |tick| (tick.processed / tick.capacity).min(1.0));
        // The containers of a job that restarts in a loop are idle, and measured.
        let busy = busy.or(loops.then(|| Samples::one(0.0)));
        Self {
            cpu: busy.map(|busy| busy.measured(model.idle_cpu, model.saturated_cpu, cpu_error, 100.0)),
            busy: busy.map(|busy| busy.measured(0.0, 1_000.0, 0.0, 1_000.0)),
            lag: while_up(ticks, |tick| tick.lag * 1_000.0),
            committed_lag,
            committed_backlog,
            age_of_unread: Samples::new(ticks.iter().map(|tick| tick.lag)),
            unread: while_up(ticks, |tick| tick.backlog),
            throughput: None,
            incoming: Some(Samples::one(incoming)),
            kpus: Samples::new(ticks.iter().map(|tick| f64::from(tick.kpus) + 1.0)),
            // Metrics of writes are published only in minutes with a write.
            utilization: (taken > 0.0).then(|| Samples::one(100.0 * taken / could)),
            // The producers retry a rejected record in the next tick.
            refused: (taken > 0.0).then(|| Samples::one(ticks.iter().map(|tick| tick.backlog).sum())),
            age: None,
        }
    }
}

/// The samples of the ticks in which the job is up.
fn while_up(ticks: &[Tick; TICKS_PER_MINUTE], value: impl Fn(&Tick) -> f64) -> Option<Samples> {
    // The loop over a whole minute is unrolled. Most minutes are whole.
    if ticks.iter().all(|tick| tick.capacity > 0.0) {
        Samples::new(ticks.iter().map(value))
    } else {
        Samples::new(ticks.iter().filter(|tick| tick.capacity > 0.0).map(value))
    }
}
