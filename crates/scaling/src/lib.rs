//! The rule of step scaling: values in, one decision out.
//!
//! Start with [`propose`] and [`confirm`]; everything else here is a word that they use.
//! There is no clock, no input or output and no AWS in this crate, and it cannot fail:
//! a policy is checked where it is parsed, and after that every input has an answer.

mod adjustment;
mod breach;
mod budget;
mod call;
mod capacity;
mod decide;
mod decision;
mod demand;
mod effect;
mod forecast;
mod limits;
mod past;
mod policy;
mod resharding;
mod resource;
mod signals;
mod target;
mod units;

pub use adjustment::{Adjustment, Factor};
pub use breach::{Breach, BreachSteps, Change};
pub use budget::{Budget, HOURS_OF_A_MONTH, start_of_month};
pub use call::Call;
pub use decide::{Proposal, confirm, propose};
pub use decision::{Decision, Direction, PerDirection, Reason, Size};
pub use demand::Demand;
pub use effect::Scaling;
pub use limits::Limits;
pub use past::Past;
pub use policy::{Bounds, Policy, Sizing};
pub use resharding::CHANGES_OF_A_DAY;
pub use resource::{Activity, Resource};
pub use signals::{Minute, Signals, quantile};
pub use units::{Parallelism, Unit, Units};
