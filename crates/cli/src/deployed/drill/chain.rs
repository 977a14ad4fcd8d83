//! Acts and waits: sets the alarm, follows its event to the end of the execution, and sets everything back.

use crate::now;
use deployment::{
    Account, Chain, DrillExecution, DrillParts, Evidence, Facts, Obstacle, Read, Refusal, Stack, Unread,
    heartbeat_interval, is_of_drill, pause_for_drill, rehearse,
};
use indicatif::ProgressBar;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::time::Duration;
use tasks::AlarmState;

/// The time between two readings while the drill waits.
const READING_INTERVAL: Duration = Duration::from_secs(1);

/// The difference of the clocks of this machine and of AWS that the search for an execution tolerates.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_mins(1);

/// The time after the moment of a schedule within which EventBridge Scheduler starts its target.
const SCHEDULE_TOLERANCE: SignedDuration = SignedDuration::from_mins(1);

/// A drill under way.
pub(super) struct Drill<'a> {
    pub(super) account: &'a Account,
    pub(super) facts: &'a Facts,
    pub(super) stack: &'a Stack,
    pub(super) progress: &'a ProgressBar,
    pub(super) wait: SignedDuration,
    pub(super) begin: Timestamp,
}

impl Drill<'_> {
    /// Runs the drill.
    pub(super) async fn run(&self, await_heartbeat: bool) -> Evidence {
        let chain = self.chain().await;
        let parts = self.account.drill_parts(self.facts).await;
        let notification = self.notification(&parts).await;
        let permissions = self.account.update_permissions(self.facts, &parts).await;
        let heartbeat = self.heartbeat(await_heartbeat).await;
        // An event that could not be delivered is in the queue by now.
        let dead_letters = self.account.dead_letters(&parts).await;
        self.progress.set_message("observing AWS");
        let observations = self.account.observations(self.facts, now()).await;
        let notification_rule = parts.notification_rule;
        Evidence {
            chain,
            waited: self.wait,
            heartbeat,
            notification,
            notification_rule,
            dead_letters,
            permissions,
            observations,
        }
    }

    fn machine(&self) -> Read<&str> {
        self.stack
            .machine_arn
            .as_deref()
            .ok_or_else(|| Unread::new(Obstacle::Missing, "the stack has no resource StateMachine"))
    }

    /// Sets the alarm, unless that might scale, waits for its execution, and sets everything back.
    async fn chain(&self) -> Result<Chain, Refusal> {
        let Self { account, facts, stack, .. } = self;
        let machine = self.machine()?;
        let policy = &stack.machine.as_ref().map_err(Clone::clone)?.policy;
        let names = stack.alarm_names.as_ref().map_err(Clone::clone)?;
        let Some(name) = names.first() else {
            return Err(Unread::new(Obstacle::Missing, "the policy names no scale-out alarm").into());
        };
        let Some(arn) = facts.resource.arn()? else {
            return Err(Unread::new(Obstacle::Missing, format!("there is no {}", facts.kind().noun)).into());
        };

        self.progress.set_message("checking that the present data scales nothing");
        let alarm = account.drilled_alarm(name).await?;
        let ports = account.ports();
        let resources = (&ports.applications, &ports.streams);
        let rehearsed = Box::pin(rehearse(policy, name, now(), resources, &ports.alarms)).await;
        let pause = pause_for_drill(facts, &alarm, &rehearsed, now(), self.wait)?;
        if let Some(pause) = pause {
            account.pause(facts, arn, pause).await?;
        }

        let reason =
            format!("kpu drill {}: a test that scales nothing; the drill sets the alarm back", self.begin);
        let at = now();
        let set = account.set_alarm(name, AlarmState::Alarm, &reason).await.map(|()| at);
        let execution = match &set {
            Ok(_) => {
                let matches =
                    |input: &Value| input.pointer("/detail/state/reason") == Some(&reason.as_str().into());
                self.execution(machine, "waiting for the execution of the alarm", matches).await
            }
            Err(unread) => Err(unread.clone()),
        };
        self.progress.set_message("setting the alarm back");
        let state_after = account.drilled_alarm(name).await.map(|alarm| alarm.state);
        let alarm_restored = match &set {
            Ok(_) => {
                account
                    .set_alarm(name, alarm.state, "kpu drill: set back to the state before the drill")
                    .await
            }
            Err(_) => Ok(()),
        };
        let pause_removed = match pause {
            Some(_) => Some(account.resume(facts, arn).await),
            None => None,
        };
        Ok(Chain { alarm, set, execution, state_after, alarm_restored, pause_removed })
    }

    /// Publishes the event of a test notification, and waits until its execution has sent the message to the topic.
    async fn notification(&self, parts: &DrillParts) -> Read<Option<DrillExecution>> {
        let machine = parts.notification_machine.as_ref().map_err(Clone::clone)?;
        self.account.publish_test_notification(self.facts, self.begin).await?;
        let matches = |input: &Value| is_of_drill(input, self.begin);
        self.execution(machine, "waiting for the test notification", matches).await
    }

    /// Waits for an execution whose input `matches`, and for its end. Returns a running execution after the longest wait.
    async fn execution(
        &self,
        machine: &str,
        waiting: &str,
        matches: impl Fn(&Value) -> bool,
    ) -> Read<Option<DrillExecution>> {
        let begin = now();
        let since = begin.saturating_sub(CLOCK_TOLERANCE).unwrap_or(begin);
        let mut running = None;
        loop {
            match self.account.newest_execution(machine, since, &matches).await? {
                Some(found) if found.ended.is_some() => return Ok(Some(found)),
                found => running = found.or(running),
            }
            if !self.waits(begin, self.wait, waiting).await {
                return Ok(running);
            }
        }
    }

    /// Reads the last execution by the heartbeat, or waits for the next one.
    async fn heartbeat(&self, waits: bool) -> Read<Option<Timestamp>> {
        let machine = self.machine()?;
        let heartbeat = self.stack.heartbeat.as_ref().ok().filter(|heartbeat| heartbeat.enabled);
        let Some(interval) = heartbeat.and_then(|heartbeat| heartbeat_interval(&heartbeat.expression)) else {
            return Ok(None);
        };
        let period = interval.saturating_add(SCHEDULE_TOLERANCE);
        if !waits {
            let since = now().saturating_sub(period.saturating_add(CLOCK_TOLERANCE)).unwrap_or(self.begin);
            return self.account.heartbeat_since(machine, since).await;
        }
        let begin = now();
        loop {
            let found = self.account.heartbeat_since(machine, begin).await?;
            if found.is_some() || !self.waits(begin, period, "waiting for the heartbeat").await {
                return Ok(found);
            }
        }
    }

    /// Shows the progress and waits until the next reading. Returns false after the longest wait.
    async fn waits(&self, begin: Timestamp, longest: SignedDuration, waiting: &str) -> bool {
        let waited = now().duration_since(begin);
        if waited >= longest {
            return false;
        }
        self.progress.set_message(format!(
            "{waiting}: {} s of at most {} s",
            waited.as_secs(),
            longest.as_secs()
        ));
        tokio::time::sleep(READING_INTERVAL).await;
        true
    }
}
