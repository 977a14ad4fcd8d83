//! What happened in a run of the autoscaler, in the order in which it happened.

use crate::model::fault::Fault;
use jiff::Timestamp;
use scaling::{Direction, Reason};
use std::fmt;
use tasks::{AlarmState, PollVerdict};

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: TimelineEvent,
}

/// What can happen.
#[derive(Debug, Clone, PartialEq)]
pub enum TimelineEvent {
    /// An alarm changed its state.
    Alarm {
        /// Which way it scales.
        direction: Direction,
        /// To what.
        state: AlarmState,
        /// Its name, if it was added to that of the policy's metric.
        added: Option<String>,
    },
    /// `scale` began an update.
    Scaling {
        /// Which way.
        direction: Direction,
        /// KPUs before.
        from: u32,
        /// KPUs asked for.
        to: u32,
        /// Why, in the words of `check`.
        why: String,
    },
    /// `scale` would have begun an update, and only observes.
    Observed {
        /// Which way.
        direction: Direction,
        /// KPUs it has.
        from: u32,
        /// KPUs it would have asked for.
        to: u32,
        /// Why, in the words of `check`.
        why: String,
    },
    /// `scale` follows an update that an earlier attempt of its own had begun.
    Adopted {
        /// In the task's own words.
        why: String,
    },
    /// `scale` held.
    Hold {
        /// Which way the alarm asked to go.
        direction: Direction,
        /// KPUs it has.
        kpus: u32,
        /// Why.
        reason: Reason,
    },
    /// `check` held: an alarm is in ALARM, but nothing bears it out.
    Doubt {
        /// KPUs it has.
        kpus: u32,
        /// Why.
        reason: Reason,
        /// In the task's own words.
        why: String,
    },
    /// `poll` found out what became of the update.
    Update {
        /// What it found.
        verdict: PollVerdict,
        /// How long after the update was asked for.
        seconds: i64,
        /// In the task's own words.
        why: String,
    },
    /// Something was told to the world.
    Told {
        /// The kind of event.
        kind: String,
        /// What it says.
        message: String,
    },
    /// Something went wrong.
    Fault(Fault),
    /// An execution failed.
    Failed {
        /// The name of the error.
        error: String,
        /// Its text.
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
            Self::Adopted { why } => write!(formatter, "scale: {why}"),
            Self::Hold { direction, kpus, reason } => {
                write!(formatter, "hold at {kpus} KPU instead of scaling {direction}: {reason}")
            }
            Self::Doubt { why, .. } => write!(formatter, "hold: {why}"),
            Self::Told { message, .. } => write!(formatter, "told: {message}"),
            Self::Fault(fault) => write!(formatter, "FAULT: {fault}"),
            Self::Update { seconds, why, .. } => write!(formatter, "after {seconds} s {why}"),
            Self::Failed { error, cause } => write!(formatter, "failed: {error}: {cause}"),
        }
    }
}
