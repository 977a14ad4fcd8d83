//! All alarms of a policy, looked at together.

use crate::coherence::check_alarms;
use crate::evidence::{Evidence, Watched, weigh, weigh_calm};
use crate::history::Epoch;
use crate::so_far::Run;
use crate::{Alarm, AlarmState, Alarms, Policy, TaskError};
use futures_util::future::try_join_all;
use jiff::Timestamp;
use scaling::{Direction, Reason};

/// The alarms of a policy, for each direction its own first.
pub(crate) struct EveryAlarm<'a, A> {
    policy: &'a Policy,
    outs: Vec<Watched<'a>>,
    ins: Vec<Watched<'a>>,
    /// What is to be said of alarms that were added and are gone.
    gone_outs: Vec<Evidence>,
    gone_ins: Vec<Evidence>,
    /// Since when data points say something. It matters once an alarm is in ALARM.
    pub(crate) epoch: Epoch,
    now: Timestamp,
    port: &'a A,
}

impl<'a, A: Alarms> EveryAlarm<'a, A> {
    /// The alarms as they were described.
    ///
    /// # Errors
    /// If one of the policy's own is missing, or they make no sense together.
    pub(crate) fn of(
        described: &'a [Alarm],
        policy: &'a Policy,
        run: &Run,
        now: Timestamp,
        port: &'a A,
    ) -> Result<Self, TaskError> {
        let (outs, gone_outs) = watched(described, policy, Direction::Out, run)?;
        let (ins, gone_ins) = watched(described, policy, Direction::In, run)?;
        let alarms = |watched: &[Watched<'a>]| watched.iter().map(|one| one.alarm).collect::<Vec<_>>();
        check_alarms(policy, &alarms(&outs), &alarms(&ins))
            .map_err(|reason| TaskError::Fatal(format!("failed to read the policy: {reason}")))?;
        Ok(Self { policy, outs, ins, gone_outs, gone_ins, epoch: Epoch::Ever, now, port })
    }

    /// Every alarm, those for out first.
    pub(crate) fn alarms(&self) -> impl Iterator<Item = &'a Alarm> {
        self.outs.iter().chain(&self.ins).map(|watched| watched.alarm)
    }

    /// Whether one is in ALARM, right or wrong.
    pub(crate) fn any_is_in_alarm(&self) -> bool {
        self.outs.iter().chain(&self.ins).any(|watched| watched.state == AlarmState::Alarm)
    }

    /// What speaks for more: any of them.
    pub(crate) async fn ask_for_more(&self) -> Result<Evidence, TaskError> {
        Ok(Evidence::any(self.weigh(&self.outs, Direction::Out, &self.gone_outs).await?))
    }

    /// What speaks for less: all of them. And an alarm for out that is OK may have no data: what another metric than that for in says
    /// must be known to be calm.
    pub(crate) async fn ask_for_less(&self) -> Result<Evidence, TaskError> {
        let evidence = Evidence::all(self.weigh(&self.ins, Direction::In, &self.gone_ins).await?);
        if !matches!(evidence, Evidence::Breaching(..)) {
            return Ok(evidence);
        }
        let queries = &self.ins[0].alarm.queries;
        let calm = self.calm(|limit, out| limit.is_some() || out.queries != *queries).await?;
        Ok(Evidence::all(std::iter::once(evidence).chain(calm).collect()))
    }

    /// In a sentence, what there is more to do than the application keeps up with, if there is, or why it is not known that there is
    /// nothing.
    pub(crate) async fn backlog(&self) -> Result<Option<String>, TaskError> {
        let mut calm = self.calm(|_, _| true).await?;
        // Of an alarm that is gone nothing is known.
        calm.extend_from_slice(&self.gone_outs);
        Ok(match Evidence::all(calm) {
            Evidence::Breaching(..) => None,
            Evidence::Silent(why) | Evidence::Unproven(_, why) => Some(why),
        })
    }

    async fn weigh(
        &self,
        watched: &[Watched<'_>],
        direction: Direction,
        gone: &[Evidence],
    ) -> Result<Vec<Evidence>, TaskError> {
        let weighed = watched.iter().map(|one| weigh(*one, direction, &self.epoch, self.now, self.port));
        let mut evidence = try_join_all(weighed).await?;
        evidence.extend_from_slice(gone);
        Ok(evidence)
    }

    /// Whether what the alarms for out watch is low: a lag at most the policy's limit, anything else not beyond its threshold.
    async fn calm(&self, matters: impl Fn(Option<f64>, &Alarm) -> bool) -> Result<Vec<Evidence>, TaskError> {
        let limits = std::iter::once(self.policy.scale_in_max_lag).chain(std::iter::repeat(None));
        let outs = self.outs.iter().map(|out| out.alarm).zip(limits);
        let weighed = outs
            .filter(|(out, limit)| matters(*limit, out))
            .map(|(out, limit)| weigh_calm(out, limit, &self.epoch, self.now, self.port));
        try_join_all(weighed).await
    }
}

/// The alarms for a direction, the policy's own first; and what is to be said of those that were added and are gone. They are no
/// reason not to follow the others.
fn watched<'a>(
    described: &'a [Alarm],
    policy: &Policy,
    direction: Direction,
    run: &Run,
) -> Result<(Vec<Watched<'a>>, Vec<Evidence>), TaskError> {
    let (own, more) = policy.alarms(direction);
    let find = |parameter: String, name: &str, remedy: &str| {
        described.iter().find(|alarm| alarm.name == name).ok_or_else(|| {
            format!(
                "failed to find the alarm '{name}': {parameter} names an alarm that does not exist; {remedy}"
            )
        })
    };
    let own = find(
        format!("Scale{direction:?}Alarm"),
        own,
        "if it was deleted by hand, delete the stack and deploy it again, which leaves the application as it is",
    )
    .map_err(TaskError::Fatal)?;
    let mut gone = Vec::new();
    let mut watched = vec![Watched { alarm: own, state: state(own, run), is_additional: false }];
    for name in more {
        let parameter = format!("MoreScale{direction:?}Alarms");
        match find(parameter, name, "create it in the Region of this stack, or correct its name") {
            Ok(alarm) => watched.push(Watched { alarm, state: state(alarm, run), is_additional: true }),
            Err(why) => gone.push(Evidence::Unproven(Reason::NoFreshData, why)),
        }
    }
    Ok((watched, gone))
}

/// The alarm's state, or ALARM if a younger event says so: an alarm may be read from a replica that has not heard
/// of its own event yet. Only at the first look, for later the event is old news.
fn state(alarm: &Alarm, run: &Run) -> AlarmState {
    let rang_since = run.check.is_none()
        && run.alarm_event().is_some_and(|event| {
            event.alarm_name == alarm.name
                && event.state.value == "ALARM"
                && event.state.timestamp > alarm.state_updated
        });
    if rang_since { AlarmState::Alarm } else { alarm.state }
}
