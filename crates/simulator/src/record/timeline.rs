//! The timeline of a run of the autoscaler.

use crate::model::fault::Fault;
use jiff::Timestamp;
use scaling::{Direction, Reason};
use std::fmt;
use tasks::{AlarmState, PollVerdict};

/// An event with its time.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The time.
    pub at: Timestamp,
    /// The event.
    pub what: TimelineEvent,
}

/// An event of a timeline.
#[derive(Debug, Clone, PartialEq)]
pub enum TimelineEvent {
    /// An alarm changed its state.
    Alarm {
        /// The direction of the alarm.
        direction: Direction,
        /// The new state.
        state: AlarmState,
        /// The name of the alarm, unless it is one of the two on `ScaleMetric`.
        added: Option<String>,
    },
    /// `scale` began an update.
    Scaling {
        /// The direction.
        direction: Direction,
        /// The KPUs before.
        from: u32,
        /// The requested KPUs.
        to: u32,
        /// The cause, as `check` words it.
        why: String,
    },
    /// `scale` would have begun an update, but `Mode` is `observe`.
    Observed {
        /// The direction.
        direction: Direction,
        /// The current KPUs.
        from: u32,
        /// The KPUs that it would have requested.
        to: u32,
        /// The cause, as `check` words it.
        why: String,
    },
    /// `scale` recovers a lost update: it follows the update that its earlier attempt began.
    Recovered {
        /// The cause, as the task words it.
        why: String,
    },
    /// `scale` held.
    Hold {
        /// The direction of the alarm.
        direction: Direction,
        /// The current KPUs.
        kpus: u32,
        /// The reason.
        reason: Reason,
    },
    /// `check` held: an alarm is in ALARM, but fresh data do not confirm it.
    Unconfirmed {
        /// The current KPUs.
        kpus: u32,
        /// The reason.
        reason: Reason,
        /// The cause, as the task words it.
        why: String,
    },
    /// `poll` found the outcome of the update.
    Update {
        /// The verdict of `poll`.
        verdict: PollVerdict,
        /// The seconds since the request of the update.
        seconds: i64,
        /// The cause, as the task words it.
        why: String,
    },
    /// The tasks published an event.
    Published {
        /// The kind of event.
        kind: String,
        /// The message of the event.
        message: String,
    },
    /// A fault struck.
    Fault(Fault),
    /// An execution failed.
    Failed {
        /// The name of the error.
        error: String,
        /// The cause of the error.
        cause: String,
    },
}

impl fmt::Display for TimelineEvent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alarm { direction, state, added } => {
                let state = match state {
                    AlarmState::Ok => "is OK",
                    AlarmState::Alarm => "is in ALARM",
                    AlarmState::InsufficientData => "has insufficient data",
                };
                match added {
                    Some(name) => write!(formatter, "the alarm {name} {state}"),
                    None => write!(formatter, "the alarm to scale {direction} {state}"),
                }
            }
            Self::Scaling { direction, from, to, why } => {
                write!(formatter, "scale {direction} from {from} to {to} KPU: {why}")
            }
            Self::Observed { direction, from, to, why } => {
                write!(formatter, "would scale {direction} from {from} to {to} KPU: {why}")
            }
            Self::Recovered { why } => write!(formatter, "scale: {why}"),
            Self::Hold { direction, kpus, reason } => {
                write!(formatter, "hold at {kpus} KPU instead of scaling {direction}: {reason}")
            }
            Self::Unconfirmed { why, .. } => write!(formatter, "hold: {why}"),
            Self::Published { message, .. } => write!(formatter, "published: {message}"),
            Self::Fault(fault) => write!(formatter, "FAULT: {fault}"),
            Self::Update { seconds, why, .. } => write!(formatter, "after {seconds} s {why}"),
            Self::Failed { error, cause } => write!(formatter, "failed: {error}: {cause}"),
        }
    }
}
