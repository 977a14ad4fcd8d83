//! Judges the observations, without a port: the proposal, its confirmation, and their explanations.

use super::footprint::shortage_below;
use super::observe::{Described, Observed};
use super::past::Past;
use super::words::why_held;
use crate::history::UpdateTimes;
use crate::payload::{
    BOUNDS_HAVE_MOVED, BegunUpdate, CheckAnswer, DecidedStep, Run, ScaleAnswer, ScaleVerdict,
};
use crate::{Mode, Policy, ResourceDescription, Update};
use jiff::Timestamp;
use scaling::{Call, Decision, DemandFigures, Direction, Proposal, Reason, Size, Unit, confirm, propose};

/// The answer of `scale`, and the update that makes it true.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The answer, provided that MSF accepts the update.
    pub answer: ScaleAnswer,
    /// The update to make, if a step is to be made.
    pub update: Option<Update>,
}

/// One request to `scale`, parsed.
#[derive(Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) check: &'a CheckAnswer,
    pub(crate) call: Call,
    pub(crate) run: &'a Run,
    pub(crate) now: Timestamp,
}

impl Request<'_> {
    /// The direction of the step: into the bounds, which may have moved since the check, or the direction of the call.
    pub(crate) fn direction(&self, described: &Described<'_>) -> Direction {
        let units = described.description.size().units;
        described.rule.bounds.direction_into_bounds(units).unwrap_or(self.call.found_direction())
    }

    /// The proposed step, or the reason to hold.
    pub(crate) fn propose(&self, observed: &Observed<'_>) -> Result<Proposal, Reason> {
        let signals = observed.signals(&self.check.breaches);
        propose(&observed.described.rule, self.call, &observed.resource, &signals, self.now)
    }

    /// The answer to a proposed step once the past is known.
    pub(crate) fn confirm(&self, proposal: Proposal, observed: &Observed<'_>, past: &Past) -> Plan {
        let signals = observed.signals(&self.check.breaches);
        let known = past.of(&observed.measured);
        match confirm(&observed.described.rule, proposal, &observed.resource, &signals, &known, self.now) {
            Decision::Hold(reason) => {
                let held = match reason {
                    Reason::DoesNotFit => self.hold_for_the_footprint(observed, past),
                    _ => self.hold(reason, observed),
                };
                in_the_words_of_the_pause(held, past.warning.clone()).into()
            }
            Decision::Scale { from, to } => self.step(proposal.direction(), from, to, observed, past),
        }
    }

    /// The answer to a step that a smaller size would not hold, with the values of the heap or the state.
    fn hold_for_the_footprint(&self, observed: &Observed<'_>, past: &Past) -> ScaleAnswer {
        let held = self.hold(Reason::DoesNotFit, observed);
        let units = observed.resource.size().units;
        match shortage_below(units, units, past.footprint, self.policy.scaling.unit) {
            Some(why) => ScaleAnswer {
                why: format!("{why}; reduce the heap or the state of the job, or leave its size as it is"),
                ..held
            },
            None => held,
        }
    }

    /// The answer to a confirmed step.
    fn step(&self, direction: Direction, from: Size, to: Size, observed: &Observed<'_>, past: &Past) -> Plan {
        let is_as_called = direction == self.call.found_direction();
        let cause = if is_as_called { self.check.why.as_str() } else { BOUNDS_HAVE_MOVED };
        let mut because = because(direction, from, to, cause, self.policy.scaling.unit);
        if let Some(why) = shortage_below(to.units, from.units, past.footprint, self.policy.scaling.unit) {
            because = format!("{because}, and no further, because {why}");
        }
        let warning = past.warning.clone();
        let demand = self.figures(observed, past.of(&observed.measured).days);
        if self.policy.mode == Mode::Observe {
            let answer = ScaleAnswer {
                why: format!("would scale {because}; {}", Reason::Observing),
                step: Some(DecidedStep { from, to }),
                demand,
                warning,
                ..self.hold(Reason::Observing, observed)
            };
            return answer.into();
        }
        let Described { description, times, .. } = &observed.described;
        let version = description.version();
        let begun = BegunUpdate {
            from,
            to: Some(to),
            version,
            operation: None,
            asked: self.now,
            expected_seconds: None,
        };
        let answer = follow(self.policy, *times, format!("scaling {because}"), begun);
        Plan {
            answer: ScaleAnswer { demand, warning, ..answer },
            update: Some(update_to(to, self.policy, description, self.now)),
        }
    }

    /// The figures of sizing by demand, if an alarm asks for the step.
    fn figures(&self, observed: &Observed<'_>, days: &[Option<f64>]) -> Option<DemandFigures> {
        let (Call::Alarm { .. }, direction) = (self.call, self.direction(&observed.described)) else {
            return None;
        };
        let signals = observed.signals(&self.check.breaches);
        observed.described.rule.demand_figures(direction, &observed.resource, &signals, days)
    }

    /// The answer of a hold.
    pub(crate) fn hold(&self, reason: Reason, observed: &Observed<'_>) -> ScaleAnswer {
        let Self { policy, call, now, .. } = *self;
        let direction = self.direction(&observed.described);
        ScaleAnswer {
            verdict: verdict(reason, self.run),
            reason: Some(reason),
            why: why_held(reason, (call, direction), policy, observed, now),
            step: None,
            update: None,
            demand: self.figures(observed, &[]),
            warning: observed.warning.clone().filter(|_| reason == Reason::AfterFailure),
            wait_seconds: policy.poll_interval.as_secs(),
        }
    }
}

impl From<ScaleAnswer> for Plan {
    fn from(answer: ScaleAnswer) -> Self {
        Self { answer, update: None }
    }
}

/// The answer to an update that is under way.
pub(crate) fn follow(
    policy: &Policy,
    times: Option<UpdateTimes>,
    why: String,
    update: BegunUpdate,
) -> ScaleAnswer {
    ScaleAnswer {
        verdict: ScaleVerdict::Scaling,
        reason: None,
        why,
        step: update.to.map(|to| DecidedStep { from: update.from, to }),
        update: Some(BegunUpdate { expected_seconds: times.map(|times| times.longest.as_secs()), ..update }),
        demand: None,
        warning: None,
        wait_seconds: times.map_or(policy.poll_interval, |times| times.longest).as_secs().max(1),
    }
}

fn because(direction: Direction, from: Size, to: Size, cause: &str, unit: Unit) -> String {
    format!("{direction} from {} to {}, because {cause}", unit.words(from.units), unit.words(to.units))
}

/// The update from the described size to another one.
fn update_to(to: Size, policy: &Policy, description: &ResourceDescription, now: Timestamp) -> Update {
    Update {
        resource: policy.resource.clone(),
        asked: now,
        from: description.current_parallelism,
        version: description.version(),
        parallelism: to.parallelism,
        allow_non_restored_state: description
            .application
            .and_then(|application| application.allow_non_restored_state),
    }
}

/// A hold for a pause that could not be read states the error.
fn in_the_words_of_the_pause(held: ScaleAnswer, unread: Option<String>) -> ScaleAnswer {
    match unread {
        Some(why) if held.reason == Some(Reason::Paused) => {
            ScaleAnswer { why: why.clone(), warning: Some(why), ..held }
        }
        _ => held,
    }
}

/// The verdict of a hold. An execution that has scaled checks again once the reason has passed.
fn verdict(reason: Reason, run: &Run) -> ScaleVerdict {
    if reason.passes_by_itself() && run.has_scaled() {
        ScaleVerdict::RecheckLater
    } else {
        ScaleVerdict::Hold
    }
}
