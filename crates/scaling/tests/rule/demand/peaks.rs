//! The peaks of the utilization of a job whose load is derived.

use super::{History, decided, resource};
use scaling::{Direction, Reason};

impl History {
    /// Only the throughput is measured, and the load and the lag are derived from it.
    fn derived(mut self) -> Self {
        for minute in &mut self.minutes {
            minute.throughput = minute.load;
        }
        self
    }
}

/// Sixty-five percent of a ceiling of 95 % are 61.75 %.
#[test]
fn a_job_with_a_derived_load_is_not_scaled_in_while_its_utilization_has_peaks() {
    let idle = |busy: f64, minutes: usize| {
        History::steady(3_000.0, 0.25 * 0.95).derived().lately(minutes, move |index, minute| {
            minute.busy = minute.busy.map(|usual| if index < 1.0 { busy } else { usual });
        })
    };
    let has = resource(12, 600);
    #[rustfmt::skip]
    let rows = [
        // peak of the CPU, minutes ago, whether the load is scaled in
        (0.618, 20, false),
        (0.65 * 0.95, 20, true),
        (0.618, 21, true),
        (0.618, 1,  false),
    ];
    for (busy, minutes, is_scaled_in) in rows {
        let expected = if is_scaled_in { Ok(4) } else { Err(Reason::NotCostEffective) };
        assert_eq!(decided(Direction::In, &has, &idle(busy, minutes)), expected, "{busy}, {minutes} min ago");
    }
    let measured = History::steady(3_000.0, 0.25 * 0.95).lately(5, |_, minute| minute.busy = Some(0.7));
    assert_eq!(decided(Direction::In, &has, &measured), Ok(4), "a measured load shows how busy the job is");
}
