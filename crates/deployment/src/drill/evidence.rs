//! The observations of a drill.

use super::observations::Observations;
use super::permissions::Decision;
use crate::{Obstacle, Read, Rule, RunStatus, Unread};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tasks::{AlarmState, CheckAnswer};

/// Everything that a drill has observed, besides the facts.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// The chain from the alarm to the end of its execution, or the reason why the drill has not set the alarm.
    pub chain: Result<Chain, Refusal>,
    /// The longest wait for an execution.
    pub waited: SignedDuration,
    /// The start of the newest execution by the heartbeat; `None` if the heartbeat started none within its period.
    pub heartbeat: Read<Option<Timestamp>>,
    /// The execution that the test event started, which publishes the notification; `None` if none started in time.
    pub notification: Read<Option<DrillExecution>>,
    /// The rule of the notifications.
    pub notification_rule: Read<Rule>,
    /// The number of messages in the dead-letter queue.
    pub dead_letters: Read<u64>,
    /// The decisions of IAM on the actions that an update needs.
    pub permissions: Read<Vec<Decision>>,
    /// The readings that only the assumptions about AWS need.
    pub observations: Observations,
}

/// The reason why the drill has not set the alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The reason, in a sentence.
    pub why: String,
    /// The remedy.
    pub remedy: String,
}

impl From<Unread> for Refusal {
    fn from(unread: Unread) -> Self {
        let remedy = match unread.obstacle {
            Obstacle::Denied => {
                "grant the caller the permission; docs/reference/permissions.md lists the permissions of the drill"
            }
            Obstacle::Missing | Obstacle::Other => {
                "follow the findings of kpu doctor, and run the drill again"
            }
        };
        Self { why: unread.why, remedy: remedy.to_owned() }
    }
}

/// The scale-out alarm before the drill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmBefore {
    /// Its name.
    pub name: String,
    /// Its state.
    pub state: AlarmState,
    /// The number of its actions in ALARM.
    pub actions: usize,
    /// Whether its actions are enabled.
    pub actions_enabled: bool,
}

/// The observations of the chain that begins with the alarm.
#[derive(Debug, Clone)]
pub struct Chain {
    /// The alarm before the drill.
    pub alarm: AlarmBefore,
    /// The time at which the alarm was set to ALARM.
    pub set: Read<Timestamp>,
    /// The execution that the event of the alarm started; `None` if no execution started in time.
    pub execution: Read<Option<DrillExecution>>,
    /// The state of the alarm when the drill set it back.
    pub state_after: Read<AlarmState>,
    /// The result of setting the alarm back to its state before the drill.
    pub alarm_restored: Read<()>,
    /// The result of removing the pause that the drill had set; `None` if the drill set no pause.
    pub pause_removed: Option<Read<()>>,
}

/// An execution of a state machine, with its input and its result.
#[derive(Debug, Clone, PartialEq)]
pub struct DrillExecution {
    /// Its name.
    pub name: String,
    /// The time of its start.
    pub started: Timestamp,
    /// The time of its end; `None` while it is running.
    pub ended: Option<Timestamp>,
    /// Its status.
    pub status: RunStatus,
    /// Its present state, or the state in which it ended.
    pub state: String,
    /// The reason, in a sentence.
    pub why: String,
    /// The KPUs before and after its last update.
    pub scaled: Option<(u64, u64)>,
    /// Its input.
    pub input: Value,
    /// The last answer of `check` in its output.
    pub check: Option<CheckAnswer>,
}
