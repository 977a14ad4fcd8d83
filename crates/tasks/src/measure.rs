//! What each look is worth as a metric: the conditions that last, for which a person is told when they begin and when
//! they end, and not at every heartbeat.

use crate::payload::{CheckAnswer, PollAnswer, PollVerdict, ScaleAnswer};
use crate::{Task, TaskError};
use jiff::Timestamp;
use scaling::{Direction, Reason};
use serde::Deserialize;
use serde_json::Value;

/// A metric that the tasks write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metric {
    /// The KPUs that the application has.
    Kpus,
    /// The smallest size that is in force, in KPUs.
    MinimumKpus,
    /// The largest.
    MaximumKpus,
    /// 1 if the alarm to scale out rings and there is no KPU left to add, or none that the budget pays for, 0 if not.
    PinnedAtMaximum,
    /// 1 if an alarm is in ALARM and something keeps its step from being made, 0 if not: the application is being changed or
    /// does not run, an update has failed, there is no fresh data.
    Blocked,
    /// 1 if the alarm to scale out rings and the last step out has brought nothing, 0 if not.
    Ineffective,
    /// 1 if a task could not read what it needs, 0 if it could.
    Unreadable,
    /// 1 if MSF's own autoscaling is on, 0 if not.
    OwnAutoscaling,
}

impl Metric {
    /// Every metric there is.
    pub const ALL: [Self; 8] = [
        Self::Kpus,
        Self::MinimumKpus,
        Self::MaximumKpus,
        Self::PinnedAtMaximum,
        Self::Blocked,
        Self::Ineffective,
        Self::Unreadable,
        Self::OwnAutoscaling,
    ];

    /// Its name in CloudWatch.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Kpus => "Kpus",
            Self::MinimumKpus => "MinimumKpus",
            Self::MaximumKpus => "MaximumKpus",
            Self::PinnedAtMaximum => "PinnedAtMaximum",
            Self::Blocked => "Blocked",
            Self::Ineffective => "Ineffective",
            Self::Unreadable => "Unreadable",
            Self::OwnAutoscaling => "OwnAutoscaling",
        }
    }
}

/// What was measured of an application.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    /// When the state machine asked.
    pub at: Timestamp,
    /// The application.
    pub application: String,
    /// The values, each metric once.
    pub values: Vec<(Metric, f64)>,
    /// Why it was left as it is, though something called for another size.
    pub hold: Option<Reason>,
}

/// What a task's answer is worth. `None` if nothing was measured, or the payload names neither an application nor a time.
#[must_use]
pub fn measure(task: Task, payload: &Value, answer: &Result<Value, TaskError>) -> Option<Measurement> {
    let application = ["/policy/ApplicationName", "/run/check/policy/ApplicationName"]
        .into_iter()
        .find_map(|path| payload.pointer(path)?.as_str())?
        .to_owned();
    let (values, hold) = match (task, answer) {
        (_, Err(_)) => (vec![(Metric::Unreadable, 1.0)], None),
        (Task::Check, Ok(answer)) => {
            let answer = CheckAnswer::deserialize(answer).ok()?;
            (of_check(&answer), answer.reason)
        }
        (Task::Scale, Ok(answer)) => {
            let answer = ScaleAnswer::deserialize(answer).ok()?;
            (of_scale(payload, &answer), answer.reason)
        }
        (Task::Poll, Ok(answer)) => (of_poll(&PollAnswer::deserialize(answer).ok()?), None),
    };
    let at = Timestamp::deserialize(payload.get("now")?).ok()?;
    (!values.is_empty()).then_some(Measurement { at, application, values, hold })
}

fn of_check(answer: &CheckAnswer) -> Vec<(Metric, f64)> {
    let Some(kpus) = answer.kpus else { return Vec::new() };
    let mut values = vec![(Metric::Kpus, f64::from(kpus))];
    if let Some([minimum, maximum]) = answer.bounds {
        values.push((Metric::MinimumKpus, f64::from(minimum)));
        values.push((Metric::MaximumKpus, f64::from(maximum)));
    }
    values.extend(answer.own_autoscaling.map(|on| (Metric::OwnAutoscaling, flag(on))));
    // If an alarm rings, it is `scale` that finds out whether all can be read, and whether there is a KPU left.
    if answer.direction.is_none() {
        values.push((Metric::Unreadable, 0.0));
        values.push((Metric::Blocked, flag(answer.reason.is_some())));
    }
    // A doubt says nothing of the maximum.
    if answer.direction != Some(Direction::Out) && answer.reason.is_none() {
        values.push((Metric::PinnedAtMaximum, 0.0));
        values.push((Metric::Ineffective, 0.0));
    }
    values
}

/// A step is seen when it is done, and not only at the next look.
fn of_poll(answer: &PollAnswer) -> Vec<(Metric, f64)> {
    let settled = answer.event.as_ref().filter(|_| answer.verdict == PollVerdict::Settled);
    settled.map(|event| (Metric::Kpus, f64::from(event.to_kpus))).into_iter().collect()
}

fn of_scale(payload: &Value, answer: &ScaleAnswer) -> Vec<(Metric, f64)> {
    let out = payload.pointer("/run/check/direction").is_some_and(|direction| direction == "Out");
    let pinned = out
        && matches!(
            answer.reason,
            Some(Reason::AtMaximum | Reason::AtMaximumParallelism | Reason::OverBudget)
        );
    let mut values = vec![(Metric::Unreadable, flag(answer.warning.is_some()))];
    let blocked = matches!(
        answer.reason,
        Some(
            Reason::Busy
                | Reason::NotRunning
                | Reason::AfterFailure
                | Reason::Overtaken
                | Reason::TakingSnapshot
        )
    );
    values.push((Metric::Blocked, flag(blocked)));
    if out {
        values.push((Metric::PinnedAtMaximum, flag(pinned)));
        values.push((Metric::Ineffective, flag(answer.reason == Some(Reason::Ineffective))));
    }
    values
}

fn flag(holds: bool) -> f64 {
    f64::from(u8::from(holds))
}
