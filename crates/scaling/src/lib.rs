//! The scaling rule: values in, one decision out.
//!
//! Start with [`propose`] and [`confirm`]; every other item is a type that they use.
//! This crate has no clock, no input or output and no AWS, and deciding cannot fail:
//! a policy is validated when it is parsed, and after that every input has an answer.

mod adjustment;
mod arrivals;
mod breach;
mod budget;
mod call;
mod capacity;
mod cooldown;
mod decide;
mod decision;
mod demand;
mod demand_figures;
mod effect;
mod footprint;
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
pub use arrivals::{Restart, derive_arrivals};
pub use breach::{Breach, BreachSteps, Change, includes_lag};
pub use budget::{
    Budget, HOURS_OF_A_MONTH, SNAPSHOT_DOLLARS_PER_GIGABYTE_MONTH, snapshot_dollars, start_of_month,
};
pub use call::Call;
pub use decide::{Proposal, confirm, propose};
pub use decision::{Decision, Direction, PerDirection, Reason, Size};
pub use demand::{Demand, LAG_OBJECTIVE_RATIO};
pub use demand_figures::DemandFigures;
pub use footprint::{Footprint, Shortage};
pub use limits::Limits;
pub use past::Past;
pub use policy::{Bounds, Policy, Sizing};
pub use resharding::CHANGES_OF_A_DAY;
pub use resource::{Activity, Resource, Scaling};
pub use signals::{Minute, Signals, quantile};
pub use units::{Parallelism, Unit, Units};
