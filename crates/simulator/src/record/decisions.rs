//! The timeline, told as decisions: each scaling with its outcome, and holds that repeat told once.

use crate::record::timeline::{Entry, TimelineEvent};
use jiff::{SignedDuration, Timestamp};
use scaling::{Direction, Reason};
use serde::Serialize;

/// A decision, and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// When it was made, for the first time if it was repeated.
    #[serde(skip)]
    pub at: Timestamp,
    /// When it was made for the last time.
    #[serde(skip)]
    pub until: Timestamp,
    /// `Scaling`, `Hold`, or `Failed` for an execution that failed before it had scaled.
    pub verdict: &'static str,
    /// Which way.
    pub direction: Option<Direction>,
    /// KPUs before.
    pub from: Option<u32>,
    /// KPUs asked for, if any.
    pub to: Option<u32>,
    /// Why it was a hold.
    pub reason: Option<Reason>,
    /// Why, in a sentence.
    pub why: String,
    /// What came of it.
    pub outcome: Option<String>,
    /// How often it was made, one directly after the other.
    pub count: usize,
}

impl Decision {
    fn new(at: Timestamp, verdict: &'static str, why: String) -> Self {
        let (direction, from, to, reason, outcome) = (None, None, None, None, None);
        Self { at, until: at, verdict, direction, from, to, reason, why, outcome, count: 1 }
    }

    /// Whether the other one says the same again.
    fn repeats(&self, other: &Self) -> bool {
        // What would have been done is the same at every look, but for the value that it is done for.
        let is_observed = self.verdict == "Observed";
        self.verdict != "Scaling"
            && (is_observed || self.why == other.why)
            && (self.verdict, self.direction, self.from, self.to, self.reason)
                == (other.verdict, other.direction, other.from, other.to, other.reason)
    }
}

/// How long after a step it is no news that the application restarts and has no data yet.
const COURSE: SignedDuration = SignedDuration::from_mins(10);

/// Whether a doubt is what a step that was just made brings with it.
fn takes_its_course(last: Option<&Decision>, reason: Reason, at: Timestamp) -> bool {
    matches!(reason, Reason::Busy | Reason::NoFreshData)
        && last.is_some_and(|last| last.verdict == "Scaling" && at.duration_since(last.at) < COURSE)
}

/// Every decision of a timeline, but for the doubts that a step brings with it.
#[must_use]
pub fn decisions(timeline: &[Entry]) -> Vec<Decision> {
    let mut decisions: Vec<Decision> = Vec::new();
    for Entry { at, what } in timeline {
        let decision = match what {
            TimelineEvent::Alarm { .. } | TimelineEvent::Told { .. } | TimelineEvent::Fault(_) => continue,
            TimelineEvent::Update { .. } | TimelineEvent::Failed { .. } => {
                let scaling = decisions.iter_mut().rev().find(|decision| decision.verdict == "Scaling");
                if let Some(scaling) = scaling.filter(|scaling| scaling.outcome.is_none()) {
                    scaling.outcome = Some(what.to_string());
                    continue;
                }
                Decision::new(*at, "Failed", what.to_string())
            }
            TimelineEvent::Scaling { direction, from, to, why } => Decision {
                direction: Some(*direction),
                from: Some(*from),
                to: Some(*to),
                ..Decision::new(*at, "Scaling", why.clone())
            },
            TimelineEvent::Observed { direction, from, to, why } => Decision {
                direction: Some(*direction),
                from: Some(*from),
                to: Some(*to),
                reason: Some(Reason::Observing),
                ..Decision::new(*at, "Observed", why.clone())
            },
            TimelineEvent::Adopted { why } => Decision::new(*at, "Scaling", why.clone()),
            TimelineEvent::Hold { direction, kpus, reason } => Decision {
                direction: Some(*direction),
                from: Some(*kpus),
                reason: Some(*reason),
                ..Decision::new(*at, "Hold", reason.to_string())
            },
            TimelineEvent::Doubt { reason, .. } if takes_its_course(decisions.last(), *reason, *at) => {
                continue;
            }
            TimelineEvent::Doubt { kpus, reason, why } => Decision {
                from: Some(*kpus),
                reason: Some(*reason),
                ..Decision::new(*at, "Hold", why.clone())
            },
        };
        match decisions.last_mut() {
            Some(last) if last.repeats(&decision) => {
                last.count += 1;
                last.until = decision.at;
            }
            _ => decisions.push(decision),
        }
    }
    decisions
}
