//! The loop of a Python sample: aws-samples/amazon-managed-service-for-apache-flink-examples, infrastructure/AutoScaling.

use crate::model::alarm::{Alarm, AlarmSettings, MissingData};
use crate::model::world::{Scaler, World};
use crate::{Metric, Statistic};
use jiff::SignedDuration;
use tasks::{AlarmState, Comparison};

/// The loop as the code of the sample implements it. A state change to ALARM starts an execution, and executions do not know of each other.
/// Every status except UPDATING counts as done. An execution that reaches a bound ends, and no later check follows.
#[derive(Debug, Clone)]
pub struct SampleLoop {
    alarms: [Alarm; 2],
    operation: SampleOperation,
    least: u32,
    most: u32,
}

/// The change that a step of the sample makes to the KPUs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SampleOperation {
    /// Doubles and halves.
    Double,
    /// Adds and subtracts two.
    AddTwo,
}

/// The evaluation of the alarms, or a state of an execution with the index of the alarm that started it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Event {
    Evaluate,
    Scale(usize),
    Poll(usize),
    Recheck(usize),
}

const OUT: usize = 0;
const IN: usize = 1;

/// Source: the defaults of the sample.
const WAIT: SignedDuration = SignedDuration::from_secs(60);
const COOLDOWN: SignedDuration = SignedDuration::from_secs(300);

impl SampleLoop {
    /// The sample with its thresholds on the maximum of a metric, for 5 of 5 minutes.
    #[must_use]
    pub fn new(
        metric: Metric,
        out_above: f64,
        in_at_most: f64,
        operation: SampleOperation,
        (least, most): (u32, u32),
    ) -> Self {
        let alarm = |name: &str, comparison, threshold| {
            Alarm::new(AlarmSettings {
                name: name.to_owned(),
                metric,
                statistic: Statistic::Maximum,
                period_minutes: 1,
                comparison,
                threshold,
                evaluation_periods: 5,
                datapoints_to_alarm: 5,
                missing_data: MissingData::Missing,
            })
        };
        let alarms = [
            alarm("ScaleOut", Comparison::GreaterThanThreshold, out_above),
            alarm("ScaleIn", Comparison::LessThanOrEqualToThreshold, in_at_most),
        ];
        Self { alarms, operation, least, most }
    }

    /// The next size, and whether it is a bound, at which the execution ends.
    fn next_size(&self, alarm: usize, kpus: u32) -> (u32, bool) {
        let bound = if alarm == OUT { self.most } else { self.least };
        let wanted = match (self.operation, alarm) {
            (SampleOperation::Double, OUT) => kpus * 2,
            (SampleOperation::Double, _) => kpus / 2,
            (SampleOperation::AddTwo, OUT) => kpus + 2,
            (SampleOperation::AddTwo, _) => kpus.saturating_sub(2),
        };
        let within = if alarm == OUT { wanted < bound } else { wanted > bound };
        if within { (wanted, false) } else { (bound, true) }
    }
}

impl Scaler for SampleLoop {
    type Event = Event;

    fn start(&mut self, world: &mut World<Event>) {
        world.at_first_evaluation(Event::Evaluate);
    }

    fn handle(&mut self, event: Event, world: &mut World<Event>) {
        match event {
            Event::Evaluate => {
                world.at_next_evaluation(Event::Evaluate);
                for alarm in [OUT, IN] {
                    if self.alarms[alarm].evaluate(&world.application) == Some(AlarmState::Alarm) {
                        world.after(world.application.model.event_delay, Event::Scale(alarm));
                    }
                }
            }
            Event::Scale(alarm) => {
                let mut ends = false;
                if !world.application.is_updating() {
                    let (kpus, at_bound) = self.next_size(alarm, world.application.kpus());
                    world.application.rescale(kpus);
                    ends = at_bound;
                }
                if !ends {
                    world.after(WAIT, Event::Poll(alarm));
                }
            }
            Event::Poll(alarm) if world.application.is_updating() => world.after(WAIT, Event::Poll(alarm)),
            Event::Poll(alarm) => world.after(COOLDOWN, Event::Recheck(alarm)),
            Event::Recheck(alarm) => {
                if self.alarms[alarm].state == AlarmState::Alarm {
                    self.handle(Event::Scale(alarm), world);
                }
            }
        }
    }
}
