//! The timeline as decisions: each scaling with its outcome, and repeated holds as one.

use crate::record::timeline::{Entry, TimelineEvent};
use jiff::{SignedDuration, Timestamp};
use scaling::{Direction, Reason};
use serde::Serialize;

/// A decision with its outcome.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// The time of the decision, or of its first occurrence.
    #[serde(skip)]
    pub at: Timestamp,
    /// The time of its last occurrence.
    #[serde(skip)]
    pub until: Timestamp,
    /// `Scaling`, `Hold`, or `Failed` for an execution that failed before it had scaled.
    pub verdict: &'static str,
    /// The direction.
    pub direction: Option<Direction>,
    /// The KPUs before.
    pub from: Option<u32>,
    /// The requested KPUs of a scaling.
    pub to: Option<u32>,
    /// The reason of a hold.
    pub reason: Option<Reason>,
    /// The cause, in a sentence.
    pub why: String,
    /// The outcome of a scaling.
    pub outcome: Option<String>,
    /// The number of successive occurrences.
    pub count: usize,
}

impl Decision {
    fn new(at: Timestamp, verdict: &'static str, why: String) -> Self {
        let (direction, from, to, reason, outcome) = (None, None, None, None, None);
        Self { at, until: at, verdict, direction, from, to, reason, why, outcome, count: 1 }
    }

    /// Whether another decision is the same.
    fn repeats(&self, other: &Self) -> bool {
        // An observed step is the same at every check, except for the value of the metric in its cause.
        let is_observed = self.verdict == "Observed";
        self.verdict != "Scaling"
            && (is_observed || self.why == other.why)
            && (self.verdict, self.direction, self.from, self.to, self.reason)
                == (other.verdict, other.direction, other.from, other.to, other.reason)
    }
}

/// The time after a step in which a restart and missing data are expected.
const RESTART_TIME: SignedDuration = SignedDuration::from_mins(10);

/// Whether an unconfirmed alarm is expected, because of the restart of a recent step.
fn is_expected(last: Option<&Decision>, reason: Reason, at: Timestamp) -> bool {
    matches!(reason, Reason::Busy | Reason::NoFreshData)
        && last.is_some_and(|last| last.verdict == "Scaling" && at.duration_since(last.at) < RESTART_TIME)
}

/// Returns every decision of a timeline, without the unconfirmed alarms that a restart explains.
#[must_use]
pub fn decisions(timeline: &[Entry]) -> Vec<Decision> {
    let mut decisions: Vec<Decision> = Vec::new();
    for Entry { at, what } in timeline {
        let decision = match what {
            TimelineEvent::Alarm { .. } | TimelineEvent::Published { .. } | TimelineEvent::Fault(_) => {
                continue;
            }
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
            TimelineEvent::Recovered { why } => Decision::new(*at, "Scaling", why.clone()),
            TimelineEvent::Hold { direction, kpus, reason } => Decision {
                direction: Some(*direction),
                from: Some(*kpus),
                reason: Some(*reason),
                ..Decision::new(*at, "Hold", reason.to_string())
            },
            TimelineEvent::Unconfirmed { reason, .. } if is_expected(decisions.last(), *reason, *at) => {
                continue;
            }
            TimelineEvent::Unconfirmed { kpus, reason, why } => Decision {
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
