//! The payloads between the state machine and the tasks, as JSON.
//!
//! An execution can outlive a deployment, so a task may receive the answer of an older release. For this reason, fields are only ever
//! added, each with a default, and unknown fields are ignored.

mod answers;
mod event;
mod requests;

pub(crate) use answers::BOUNDS_HAVE_MOVED;
pub use answers::{
    BegunUpdate, CheckAnswer, CheckVerdict, DecidedStep, PollAnswer, PollVerdict, ScaleAnswer, ScaleVerdict,
};
pub use event::{Moved, ScalingEvent, UpdateFailure};
pub use requests::{
    AlarmEvent, AlarmEventState, CheckRequest, PollRequest, Run, ScaleRequest, requested_units,
};
