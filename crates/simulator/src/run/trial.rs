//! A scenario in which many policies are tried in succession.

use crate::direct::Direct;
use crate::model::application::{Kept, ManagedApplication, first_size};
use crate::model::conditions::Conditions;
use crate::model::world::run;
use crate::{Scenario, Settings, Summary};

/// A scenario with its conditions, which are the same for every policy. Faults do not strike.
#[derive(Debug)]
pub struct Trial {
    scenario: Scenario,
    conditions: Conditions,
    kept: Kept,
}

impl Trial {
    /// Creates a trial in a scenario.
    #[must_use]
    pub fn new(scenario: Scenario) -> Self {
        let conditions = Conditions::new(&scenario.model, &scenario.trace, scenario.seed);
        Self { scenario, conditions, kept: Kept::default() }
    }

    /// Runs the rule of a policy without the state machine, and returns the figures.
    pub fn run(&mut self, settings: &Settings) -> Summary {
        let Scenario { model, trace, bounds: (least, most), seed, .. } = &self.scenario;
        let first = first_size(model, trace, *least, *most);
        let kept = std::mem::take(&mut self.kept);
        let per_kpu = settings.parallelism_per_kpu();
        let application = ManagedApplication::new(model, &self.conditions, first, per_kpu, *seed, kept);
        let application = run(&mut Direct::new(settings), application, &mut |_| ());
        let summary = Summary::of(&application);
        self.kept = application.into_kept();
        summary
    }
}
