//! The step scaling of an older sample: aws-samples/kda-flink-app-autoscaling, on incoming records.

use crate::model::world::{Scaler, World};
use crate::{Metric, Statistic};
use jiff::{SignedDuration, Timestamp};

/// A policy that divides the excess or missing records per second by the capacity per KPU that the user states. It adds 1, 2, 4 or 8 KPUs by
/// that ratio, or removes 1 to 4.
#[derive(Debug, Clone)]
pub struct StepSample {
    /// Records per second that one KPU processes, by the user's estimate.
    pub records_per_kpu: f64,
    /// The smallest and the largest size.
    pub bounds: (u32, u32),
}

/// The two cooldowns of five minutes: of Application Auto Scaling, and of the Lambda function behind it.
const PAUSE: SignedDuration = SignedDuration::from_secs(600);

impl StepSample {
    /// The number of KPUs to add, or to remove if it is negative.
    fn step(&self, kpus: u32, rate: f64, rate_before: f64) -> i64 {
        let above = rate - f64::from(kpus) * self.records_per_kpu;
        let limit_below = f64::from(kpus - 1) * self.records_per_kpu;
        let steps = |size: f64, steps: [i64; 4]| {
            let [first, second, third, last] = steps;
            match size / self.records_per_kpu {
                size if size < 1.0 => first,
                size if size < 2.0 => second,
                size if size < 3.0 => third,
                _ => last,
            }
        };
        if above >= 0.0 {
            steps(above, [1, 2, 4, 8])
        } else if kpus > 1 && rate <= limit_below && rate_before <= limit_below {
            -steps(limit_below - rate, [1, 2, 3, 4])
        } else {
            0
        }
    }
}

impl Scaler for StepSample {
    type Event = ();

    fn start(&mut self, world: &mut World<()>) {
        world.at_first_evaluation(());
    }

    fn handle(&mut self, (): (), world: &mut World<()>) {
        world.at_next_evaluation(());
        let application = &mut world.application;
        let paused_until = application.updates.last().map_or(Timestamp::MIN, |update| update.settled + PAUSE);
        let Some(newest) = application.newest_minute().filter(|minute| *minute >= 1) else { return };
        if application.is_updating() || application.now() < paused_until {
            return;
        }
        let per_second = |minute| {
            application.metrics.data_point(Metric::IncomingRecords, Statistic::Sum, minute, 1).unwrap_or(0.0)
                / 60.0
        };
        let kpus = application.kpus();
        let step = self.step(kpus, per_second(newest), per_second(newest - 1));
        let wanted = u32::try_from((i64::from(kpus) + step).max(1)).unwrap_or(u32::MAX);
        application.rescale(wanted.clamp(self.bounds.0, self.bounds.1));
    }
}
