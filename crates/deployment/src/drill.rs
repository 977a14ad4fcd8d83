//! The drill: proves the chain from an alarm to a notification in the user's account, and scales nothing.
//!
//! [`Account`](crate::Account) acts and reads into [`Evidence`]. [`judge_drill()`] is pure: it derives the links from the facts and the
//! evidence.

mod act;
mod assumptions;
mod chain;
mod evidence;
mod link;
mod notification;
mod observations;
mod permissions;
mod precondition;
mod rehearsal;
mod services;

pub use act::{DrillParts, is_of_drill};
pub use assumptions::{Assumption, Held, assumptions};
pub use evidence::{AlarmBefore, Chain, DrillExecution, Evidence, Refusal};
pub use link::{Link, Outcome};
pub use observations::{ApplicationObservations, Dimensions, Observations};
pub use permissions::{Decision, Needed};
pub use precondition::pause_for_drill;
pub use rehearsal::rehearse;

use crate::{Facts, examine};

/// Returns every link of the drill, in the order of the chain.
#[must_use]
pub fn judge_drill(facts: &Facts, evidence: &Evidence) -> Vec<Link> {
    let findings = examine(facts);
    let mut links = chain::judge(facts, &findings, evidence);
    links.push(chain::heartbeat(facts, &findings, &evidence.heartbeat));
    links.extend(services::judge(facts, &findings, evidence));
    links.extend(permissions::judge(facts, &evidence.permissions));
    links
}
