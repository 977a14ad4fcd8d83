//! The alarms of a policy, as CloudWatch describes them.

use super::evidence::{Reading, Standing, Watched};
use crate::coherence::{check_alarms, watch_only_lags};
use crate::payload::Run;
use crate::{Alarm, AlarmState, DescribedAlarms, Policy, TaskError, UnusableAlarm};
use scaling::{Direction, PerDirection, Reason};

/// The alarms of a policy. In each direction, the alarm on the policy's metric comes first.
#[derive(Debug, Clone)]
pub struct AlarmSet<'a> {
    /// The alarms that scale out.
    pub outs: Vec<Watched<'a>>,
    /// The alarms that scale in.
    pub ins: Vec<Watched<'a>>,
    /// The user alarms that the policy names and that cannot be used.
    pub unusable: PerDirection<Vec<UnusableAlarm>>,
}

impl<'a> AlarmSet<'a> {
    /// Finds the alarms of a policy among the described alarms.
    ///
    /// # Errors
    /// `Fatal` if an alarm of the stack, or every user alarm that scales out, cannot be used, or if the alarms contradict each other or the
    /// policy.
    pub(crate) fn new(described: &'a DescribedAlarms, policy: &Policy, run: &Run) -> Result<Self, TaskError> {
        let (outs, unusable_outs) = watched(described, policy, Direction::Out, run)?;
        let (ins, unusable_ins) = watched(described, policy, Direction::In, run)?;
        let alarms = |watched: &[Watched<'a>]| watched.iter().map(|one| one.alarm).collect::<Vec<_>>();
        check_alarms(policy, &alarms(&outs), &alarms(&ins))
            .map_err(|reason| TaskError::Fatal(format!("failed to read the policy: {reason}")))?;
        Ok(Self { outs, ins, unusable: PerDirection { out: unusable_outs, r#in: unusable_ins } })
    }

    /// Every alarm, the alarms for scaling out first.
    pub fn watched(&self) -> impl Iterator<Item = &Watched<'a>> {
        self.outs.iter().chain(&self.ins)
    }

    /// Every alarm as CloudWatch describes it, the alarms for scaling out first.
    pub(crate) fn alarms(&self) -> impl Iterator<Item = &'a Alarm> {
        self.watched().map(|watched| watched.alarm)
    }

    /// Every alarm with its direction, in the order of [`AlarmSet::watched`].
    pub(crate) fn with_directions(&self) -> impl Iterator<Item = (&'a Alarm, Direction)> {
        let of = |watched: &[Watched<'a>], direction| {
            watched.iter().map(|watched| (watched.alarm, direction)).collect::<Vec<_>>()
        };
        of(&self.outs, Direction::Out).into_iter().chain(of(&self.ins, Direction::In))
    }

    /// Whether any alarm is in ALARM, confirmed or not.
    pub(crate) fn any_is_in_alarm(&self) -> bool {
        self.watched().any(|watched| watched.state == AlarmState::Alarm)
    }

    /// The result for a scale-out: any alarm for scaling out suffices.
    pub(crate) fn call_for_out(&self) -> Standing {
        Standing::any(standings(&self.outs, &self.unusable.out))
    }

    /// The result for a scale-in: all alarms for scaling in must agree, and at least one of them must watch a metric other than a lag. A
    /// lag is near zero while the job keeps up. It never shows that there are too many KPUs.
    pub(crate) fn call_for_in(&self) -> Standing {
        let called = self.ins_together();
        if called == Standing::For && self.scales_in_on_a_lag() { Standing::Against } else { called }
    }

    /// The combined result of all alarms for scaling in, including sets that watch only a lag.
    pub(crate) fn ins_together(&self) -> Standing {
        Standing::all(standings(&self.ins, &self.unusable.r#in))
    }

    /// Whether an alarm for scaling in on a utilization is breaching.
    pub(crate) fn utilization_is_low(&self) -> bool {
        let is_low = |watched: &Watched<'_>| {
            watched.alarm.watches_utilization() && watched.standing() == Standing::For
        };
        self.ins.iter().any(is_low)
    }

    /// Whether all alarms for scaling in watch a lag.
    pub(crate) fn scales_in_on_a_lag(&self) -> bool {
        !self.ins.is_empty() && watch_only_lags(self.ins.iter().map(|watched| watched.alarm))
    }

    /// The alarms for scaling out whose metric must allow a scale-in, each with the limit of the policy, if a limit applies. An alarm on
    /// the metric of the first alarm for scaling in needs no second check.
    pub(crate) fn guards_of_in(&self, policy: &Policy) -> impl Iterator<Item = (usize, Option<f64>)> {
        let watched_in = self.ins.first().map(|watched| &watched.alarm.queries);
        let of_another_metric = move |(index, limit): &(usize, Option<f64>)| {
            limit.is_some() || Some(&self.outs[*index].alarm.queries) != watched_in
        };
        self.limits(policy).filter(of_another_metric)
    }

    /// Every alarm for scaling out, by its index, with the limit of the policy for a scale-in. Only the alarm on the policy's metric has a
    /// limit.
    pub(crate) fn limits(&self, policy: &Policy) -> impl Iterator<Item = (usize, Option<f64>)> + use<> {
        let limit = policy.scale_in_max_lag;
        (0..self.outs.len()).map(move |index| (index, limit.filter(|_| index == 0)))
    }

    /// Whether there is a backlog that the application does not keep up with, or the backlog is uncertain.
    pub(crate) fn has_backlog(&self, policy: &Policy) -> bool {
        let low = self.limits(policy).map(|(index, limit)| self.outs[index].allows_scale_in(limit));
        Standing::all(low.chain(unusable(&self.unusable.out))) != Standing::For
    }

    /// Sets the reading of the alarm at this index, in the order of [`AlarmSet::watched`], and the newest negative value of
    /// its metric.
    pub fn set_reading(&mut self, index: usize, reading: Result<Reading, Reason>, negative: Option<f64>) {
        if let Some(watched) = self.outs.iter_mut().chain(&mut self.ins).nth(index) {
            watched.negative = negative.filter(|_| reading == Err(Reason::NoFreshData));
            watched.reading = Some(reading);
        }
    }
}

/// The results of these alarms. An alarm that cannot be used counts as unconfirmed.
fn standings(watched: &[Watched<'_>], alarms: &[UnusableAlarm]) -> impl Iterator<Item = Standing> {
    watched.iter().map(Watched::standing).chain(unusable(alarms))
}

fn unusable(alarms: &[UnusableAlarm]) -> impl Iterator<Item = Standing> {
    alarms.iter().map(|_| Standing::Unconfirmed(Reason::NoFreshData))
}

/// The message about a user alarm that cannot be used.
pub(crate) fn unusable_message(direction: Direction, alarm: &UnusableAlarm) -> String {
    alarm.message(&format!("MoreScale{direction:?}Alarms"), alarm.kind.remedy())
}

/// The alarms for a direction, the alarm on the policy's metric first, and the user alarms that cannot be used. An unusable user alarm does
/// not keep the others from being evaluated.
fn watched<'a>(
    described: &'a DescribedAlarms,
    policy: &Policy,
    direction: Direction,
    run: &Run,
) -> Result<(Vec<Watched<'a>>, Vec<UnusableAlarm>), TaskError> {
    let (first, _) = policy.alarms(direction);
    let first_is_of_the_stack = !policy.has_only_user_alarms(direction);
    let (mut watched, mut unusable) = (Vec::new(), Vec::new());
    for name in policy.alarm_names_of(direction) {
        match described.find(name) {
            Ok(alarm) => {
                let is_additional = !watched.is_empty();
                watched.push(Watched {
                    alarm,
                    state: state(alarm, run),
                    is_additional,
                    reading: None,
                    negative: None,
                });
            }
            Err(alarm) if name == first && first_is_of_the_stack => {
                let parameter = format!("Scale{direction:?}Alarm");
                return Err(TaskError::Fatal(alarm.message(&parameter, RESTORE)));
            }
            Err(alarm) => unusable.push(alarm),
        }
    }
    match unusable.first() {
        Some(alarm) if watched.is_empty() && direction == Direction::Out => {
            Err(TaskError::Fatal(unusable_message(direction, alarm)))
        }
        _ => Ok((watched, unusable)),
    }
}

/// The remedy for a resource of the stack that was deleted or changed by hand. A deployment of the same template does not restore it:
/// CloudFormation compares templates, not resources.
pub const RESTORE: &str = "restore it by hand as in template.yaml; or delete the stack and deploy it again, which leaves the application or stream unchanged";

/// The alarm's state, or ALARM if a newer event reports it: CloudWatch may answer from a replica that does not have its own event yet. The
/// event counts only in the first check of an execution. Later the event is old.
fn state(alarm: &Alarm, run: &Run) -> AlarmState {
    let is_told_by_event = run.check.is_none()
        && run.alarm_event().is_some_and(|event| {
            event.alarm_name == alarm.name
                && event.state.value == "ALARM"
                && event.state.timestamp > alarm.state_updated
        });
    if is_told_by_event { AlarmState::Alarm } else { alarm.state }
}
