//! The throughput that Flink reports: `numRecordsInPerSecond`.
//!
//! Flink divides the records of the last minute by 60 seconds, also in the first minute after a start, so that the rate starts too low. CloudWatch
//! adds the records of every task of the job: a record that passes two tasks counts twice.

use crate::model::job::Tick;
use crate::model::samples::Samples;
use crate::model::time::TICKS_PER_MINUTE;

/// The tasks that count each record (assumed). A filter or a join makes it a fraction, and no policy knows it.
const TASKS_PER_RECORD: f64 = 3.7;

/// The seconds by which Flink divides. Source: `MeterView`, whose default time span is 60 seconds.
const TIME_SPAN_SECONDS: f64 = 60.0;

/// The records of the last minute, as a job counts them since its start.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReportedThroughput {
    /// The records of each of the last ticks.
    counted: [f64; TICKS_PER_MINUTE],
    next: usize,
}

impl ReportedThroughput {
    /// Follows a job through the ticks of a minute. Returns the rate at the end of each tick. A job that is down reports none, and starts
    /// again from zero.
    pub(crate) fn measure(&mut self, ticks: &[Tick]) -> Option<Samples> {
        Samples::new(ticks.iter().filter_map(|tick| self.tick(tick)))
    }

    fn tick(&mut self, tick: &Tick) -> Option<f64> {
        if tick.capacity <= 0.0 {
            *self = Self::default();
            return None;
        }
        self.counted[self.next] = tick.processed;
        self.next = (self.next + 1) % TICKS_PER_MINUTE;
        Some(TASKS_PER_RECORD * self.counted.iter().sum::<f64>() / TIME_SPAN_SECONDS)
    }
}
