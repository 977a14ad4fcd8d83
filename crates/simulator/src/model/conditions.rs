//! The conditions of a scenario, which are the same for every policy: the arriving records and the noise.

use crate::model::time::{Clock, TICK, TICKS_PER_MINUTE};
use crate::{Model, Rng, Trace};
use std::sync::Arc;

/// The conditions of a scenario. They are computed once and shared by all compared policies.
#[derive(Debug, Clone)]
pub(crate) struct Conditions {
    /// The clock of the trace.
    pub(crate) clock: Clock,
    /// The number of records that arrive before each tick, from the start.
    pub(crate) arrived: Arc<[f64]>,
    /// The factor on the capacity in each tick.
    pub(crate) noise: Arc<[f64]>,
    /// The error of the measured CPU utilization in each minute, in percentage points.
    pub(crate) cpu_errors: Arc<[f64]>,
}

/// The ticks between two values of the capacity noise. The correlation of two successive values is 1/e.
const TICKS_OF_ONE_NOISE: usize = 10 * TICKS_PER_MINUTE;

impl Conditions {
    /// Computes the conditions of a load and a seed.
    pub(crate) fn new(model: &Model, trace: &Trace, seed: u64) -> Self {
        let ticks = trace.minutes() * TICKS_PER_MINUTE;
        let mut errors = Rng::new(seed, 2);
        let cpu_errors = (0..trace.minutes()).map(|_| model.cpu_noise * errors.normal());
        Self {
            clock: trace.clock(),
            arrived: arrived(trace, ticks).into(),
            noise: noise(model, ticks, seed).into(),
            cpu_errors: cpu_errors.collect(),
        }
    }
}

fn arrived(trace: &Trace, ticks: usize) -> Vec<f64> {
    let mut arrived = Vec::with_capacity(ticks + 1);
    let mut total = 0.0;
    arrived.push(total);
    for rate in trace.records_per_second() {
        for _ in 0..TICKS_PER_MINUTE {
            total += rate * TICK;
            arrived.push(total);
        }
    }
    arrived
}

/// A first-order autoregressive process around 1, clamped to the range 0.7 to 1.3.
fn noise(model: &Model, ticks: usize, seed: u64) -> Vec<f64> {
    let mut rng = Rng::new(seed, 1);
    let kept = (-1.0_f64).exp();
    let mut value = 0.0;
    let mut noise = Vec::with_capacity(ticks);
    while noise.len() < ticks {
        let factor = (1.0 + model.capacity_noise * value).clamp(0.7, 1.3);
        noise.extend(std::iter::repeat_n(factor, TICKS_OF_ONE_NOISE.min(ticks - noise.len())));
        value = kept * value + (1.0 - kept * kept).sqrt() * rng.normal();
    }
    noise
}
