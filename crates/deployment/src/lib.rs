//! A deployed stack: what it is, what it does now, what it would do next, and what is wrong with it.
//!
//! Everything is only read, but for the tag that pauses a scaling. [`Account`] reads, into [`Facts`]; what is made of them is pure: [`examine()`] finds what is
//! wrong and says what to do about it, [`Facts`] itself is what there is to see. [`plan()`] runs the tasks that are
//! deployed, on ports that change nothing.

mod account;
mod examine;
mod facts;
mod finding;
mod found_stack;
mod near_miss;
mod pause;
mod plan;
mod read;
mod runs;
mod unread;

pub use account::{Account, Failure, Target};
pub use examine::examine;
pub use facts::{
    ApplicationSettings, Facts, Heartbeat, Listener, Machine, PublishedMetric, Rule, Stack, TellingAlarm,
    Topic, WatchedMetric,
};
pub use finding::{Finding, Level};
pub use near_miss::near_miss;
pub use plan::{Plan, Step, plan};
pub use runs::{Run, RunStatus};
pub use unread::{Obstacle, Read, Unread};
