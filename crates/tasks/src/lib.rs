//! The three tasks of the loop, each one function: [`check()`] whether an alarm rings, [`scale()`] one step,
//! [`poll()`] until what is scaled has settled.
//!
//! They see the world through four ports: [`Resources`], which are applications or, by way of [`Streams`], streams; [`Alarms`]; and
//! [`EventBus`]. Nothing here knows AWS, sleeps, or reads a clock: the state machine waits between the tasks and tells each of them the
//! time.

mod adopt;
mod alarms;
mod before_a_step;
mod changes;
mod check;
mod coherence;
mod error;
mod events;
mod every_alarm;
mod evidence;
mod failures;
mod history;
mod measure;
mod outcome;
mod parse;
mod pause;
mod payload;
mod policy;
mod policy_text;
mod poll;
mod resources;
mod run;
mod scale;
mod scaled_stream;
mod signals;
mod sizing;
mod so_far;
mod streams;
mod update_times;
mod wish;

pub use alarms::{Alarm, AlarmState, Alarms, Comparison, DataPoint, Query, Source};
pub use changes::{CHANGES_TAG, Change, Changes, Earlier, Ended};
pub use check::{RUN_DEADLINE, check};
pub use coherence::{check_alarms, check_order, check_sizing, check_thresholds, no_load, short_grace_period};
pub use error::{TaskError, words_of};
pub use events::EventBus;
pub use evidence::{is_usable, oldest_fresh};
pub use measure::{Measurement, Metric, measure};
pub use outcome::{Moved, ScalingEvent, UpdateFailure};
pub use pause::{Pause, pause_tag};
pub use payload::{
    BegunUpdate, CheckAnswer, CheckRequest, CheckVerdict, DecidedStep, PollAnswer, PollRequest, PollVerdict,
    ScaleAnswer, ScaleRequest, ScaleVerdict,
};
pub use policy::{CapacitySource, Mode, Policy};
pub use policy_text::PolicyText;
pub use poll::poll;
pub use resources::{
    Operation, OperationStatus, ParallelismChange, Refusal, ResourceDescription, ResourceStatus, Resources,
    Update, UpdateOutcome, missing_resource,
};
pub use run::{Ports, Task, run};
pub use scale::scale;
pub use scaled_stream::ScaledStream;
pub use so_far::{AlarmEvent, AlarmEventState, Checked, Run, Scaled, requested_units};
pub use streams::{StreamStatus, StreamSummary, Streams};
pub use update_times::UpdateTimes;
