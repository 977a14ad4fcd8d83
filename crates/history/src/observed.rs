//! The minutes of a history that tell something: when records waited all the while, and when none did.

use crate::figures::as_float;
use crate::{History, Recorded};
use simulator::{Metric, Trace};

/// A lag above it says that the job was saturated; one below, that it was not. In seconds.
pub(crate) const WAITING: f64 = 15.0;
pub(crate) const CALM: f64 = 5.0;

/// How many minutes after a change of size are left out, in which the job warms up.
const SETTLING: usize = 3;

/// A minute whose size is known, and since how many minutes it has had it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sized {
    pub(crate) recorded: Recorded,
    pub(crate) kpus: u32,
    pub(crate) age: usize,
}

/// Every minute with its size.
pub(crate) fn sized(history: &History) -> Result<Vec<Sized>, String> {
    let sizes = history.sizes().ok_or_else(|| {
        format!(
            "the history has no number of KPUs; import the metric Kpus of this autoscaler, or {} of {}",
            Metric::Kpus.name(),
            Metric::Kpus.namespace()
        )
    })?;
    let mut age = 60;
    let mut before = sizes.first().copied();
    let minutes = history.minutes().iter().zip(sizes).map(|(recorded, kpus)| {
        let has_changed = before.replace(kpus) != Some(kpus) || recorded.update_seconds.is_some();
        age = if has_changed { 0 } else { age + 1 };
        Sized { recorded: *recorded, kpus, age }
    });
    Ok(minutes.collect())
}

/// The KPUs and the records per second that were processed, of every minute in which records waited all the while.
pub(crate) fn saturated(minutes: &[Sized], trace: &Trace) -> Vec<(u32, f64)> {
    let arrivals = Arrivals::new(trace);
    let of = |index: usize| {
        let (before, minute) = (&minutes[index - 1], &minutes[index]);
        let (lag_before, lag) = (before.recorded.lag?, minute.recorded.lag?);
        let settled = before.age >= SETTLING && minute.age > SETTLING && next_is_settled(minutes, index);
        let waited = settled && lag_before.min(lag) > WAITING;
        let middle = |index: usize| as_float(index) + 0.5;
        waited.then(|| {
            let until = arrivals.until(middle(index) - lag / 60.0);
            let from = arrivals.until(middle(index - 1) - lag_before / 60.0);
            (minute.kpus, (until - from) / 60.0)
        })
    };
    (1..minutes.len()).filter_map(of).filter(|(_, rate)| *rate > 0.0).collect()
}

/// Whether the size is still the same soon after, so that no update is under way.
fn next_is_settled(minutes: &[Sized], index: usize) -> bool {
    let soon = &minutes[index..minutes.len().min(index + SETTLING + 1)];
    soon.iter().all(|minute| minute.age >= SETTLING)
}

/// All that has arrived until a time, in minutes from the start.
struct Arrivals {
    until: Vec<f64>,
}

impl Arrivals {
    fn new(trace: &Trace) -> Self {
        let mut total = 0.0;
        let mut until = vec![0.0];
        for rate in trace.records_per_second() {
            total += rate * 60.0;
            until.push(total);
        }
        Self { until }
    }

    fn until(&self, time: f64) -> f64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to a minute that there is"
        )]
        let minute = time.clamp(0.0, as_float(self.until.len() - 1)).floor() as usize;
        let next = (minute + 1).min(self.until.len() - 1);
        self.until[minute]
            + (self.until[next] - self.until[minute]) * (time - as_float(minute)).clamp(0.0, 1.0)
    }
}

/// The KPUs, the load and the CPU of every minute in which nothing waited.
pub(crate) fn calm(minutes: &[Sized]) -> Vec<(u32, f64, f64)> {
    let of = |pair: &[Sized]| {
        let (before, minute) = (&pair[0], &pair[1]);
        let calm = |minute: &Sized| minute.recorded.lag.is_none_or(|lag| lag < CALM) && minute.age > SETTLING;
        (calm(before) && calm(minute)).then_some((minute.kpus, minute.recorded.load?, minute.recorded.cpu?))
    };
    minutes.windows(2).filter_map(of).collect()
}
