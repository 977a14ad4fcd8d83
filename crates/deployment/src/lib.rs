//! Reads a deployed stack: its settings, its present state, its next step, and its defects.
//!
//! [`Account`] reads into [`Facts`]. It writes only the pause tag, and in a drill the state of one alarm and a test notification.
//! [`examine()`] is pure: it derives findings and their remedies from facts. [`plan()`] runs the tasks with the deployed policy, on ports
//! that change nothing. [`Timeline`] is pure as well: it joins past executions into steps, holds with their reasons, and failures.

mod account;
mod drill;
mod entry;
mod examine;
mod executions;
mod explain;
mod facts;
mod finding;
mod found_stack;
mod near_miss;
mod overview;
mod past_time;
mod pause;
mod plan;
mod read;
mod resource;
mod runs;
mod signed;
mod timeline;
mod unread;
mod unusable;

pub use account::{Account, Failure, Target};
pub use drill::{
    AlarmBefore, ApplicationObservations, Assumption, Chain, Decision, Dimensions, DrillExecution,
    DrillParts, Evidence, Held, Link, Needed, Observations, Outcome, Refusal, assumptions, is_of_drill,
    judge_drill, pause_for_drill, rehearse,
};
pub use entry::{Entry, EntryKind};
pub use examine::{examine, heartbeat_interval};
pub use executions::{Answer, Execution};
pub use explain::Explained;
pub use facts::{
    Facts, Heartbeat, Machine, NotificationAlarm, PublishedMetric, Rule, Stack, Subscription, Topic,
    WatchedMetric,
};
pub use finding::{Finding, Level};
pub use found_stack::Found;
pub use near_miss::near_miss;
pub use overview::Overview;
pub use past_time::past_time;
pub use plan::{Plan, Sizes, Step, plan};
pub use resource::{
    ApplicationFacts, ApplicationSettings, Reader, ScaledResource, ShardQuota, StreamFacts, StreamSettings,
    Subnet,
};
pub use runs::{LastRuns, Run, RunStatus};
pub use timeline::{Around, Period, Timeline};
pub use unread::{Obstacle, Read, Unread};
pub use unusable::unusable_alarm;
