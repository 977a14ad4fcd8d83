//! A policy whose sizes are known before the run.

use crate::model::world::{Scaler, World};
use crate::policies::oracle::Step;
use jiff::SignedDuration;

/// A policy that changes to each size at its minute, or after the operation in progress.
pub(crate) struct Path {
    pub(crate) steps: Vec<Step>,
}

/// The time between two checks for an operation in progress.
const RETRY_INTERVAL: SignedDuration = SignedDuration::from_secs(10);

impl Scaler for Path {
    type Event = u32;

    fn start(&mut self, world: &mut World<u32>) {
        let clock = world.application.clock;
        for (minute, kpus) in &self.steps {
            world.at(clock.at_minute(*minute), *kpus);
        }
    }

    fn handle(&mut self, kpus: u32, world: &mut World<u32>) {
        if world.application.kpus() == kpus {
            return;
        }
        if world.application.is_updating() {
            world.after(RETRY_INTERVAL, kpus);
        } else {
            world.application.rescale(kpus);
        }
    }
}
