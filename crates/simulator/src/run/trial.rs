//! One scenario in which many policies are tried, one after the other and fast.

use crate::direct::Direct;
use crate::model::application::{Kept, ManagedApplication, first_size};
use crate::model::conditions::Conditions;
use crate::model::world::run;
use crate::{Scenario, Settings, Summary};

/// A scenario, and what is the same in it for every policy. Faults do not strike.
#[derive(Debug)]
pub struct Trial {
    scenario: Scenario,
    conditions: Conditions,
    kept: Kept,
}

impl Trial {
    /// A trial in a scenario.
    #[must_use]
    pub fn new(scenario: Scenario) -> Self {
        let conditions = Conditions::new(&scenario.model, &scenario.trace, scenario.seed);
        Self { scenario, conditions, kept: Kept::default() }
    }

    /// What a policy comes to, by the rule called directly.
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
