//! Sizes that were chosen beforehand.

use crate::model::time::at_minute;
use crate::model::world::{Scaler, World};
use crate::policies::oracle::Step;
use jiff::SignedDuration;

/// Gives the application each size at its minute, or as soon after it as nothing is under way.
pub(crate) struct Path {
    pub(crate) steps: Vec<Step>,
}

/// How long it waits for what is under way.
const PAUSE: SignedDuration = SignedDuration::from_secs(10);

impl Scaler for Path {
    type Event = u32;

    fn start(&mut self, world: &mut World<u32>) {
        for (minute, kpus) in &self.steps {
            world.at(at_minute(*minute), *kpus);
        }
    }

    fn handle(&mut self, kpus: u32, world: &mut World<u32>) {
        if world.application.kpus() == kpus {
            return;
        }
        if world.application.is_updating() {
            world.after(PAUSE, kpus);
        } else {
            world.application.rescale(kpus);
        }
    }
}
