//! The invariants of every execution: its waits and its end.

use super::{ExecutionLog, SLOWEST_POLL, Watch};
use crate::deployed::settings::Settings;
use crate::model::application::ManagedApplication;
use crate::model::lifecycle::End;
use jiff::SignedDuration;

impl Watch {
    /// Checks a wait: only an execution that has scaled enters the cooldown, and none waits for an update that hangs.
    pub(crate) fn waits(
        &mut self,
        state: &str,
        execution_log: &ExecutionLog,
        application: &ManagedApplication,
        settings: &Settings,
    ) {
        let now = application.now();
        self.require(state != "GracePeriod" || !execution_log.operations.is_empty(), now, || {
            "only an execution that has scaled enters the cooldown".to_owned()
        });
        let operations = &application.life.operations;
        let Some(followed) = execution_log.operations.last().and_then(|index| operations.get(*index)) else {
            return;
        };
        let before = operations.iter().filter(|other| other.ends <= followed.asked);
        let longest = before.map(|other| other.ends.duration_since(other.asked)).max().unwrap_or_default();
        let longest_wait = settings.parsed.update_timeout.max(longest.saturating_mul(3)) + SLOWEST_POLL;
        let lasted = now.min(followed.ends).duration_since(followed.asked);
        self.require(lasted <= longest_wait, now, || {
            format!("an update that hangs is published, not awaited for {} minutes", lasted.as_mins())
        });
    }

    /// Checks the end of an execution: its success or its error with the cause, and whether a fault struck during it.
    pub(crate) fn ends(
        &mut self,
        failed: Option<(&str, &str)>,
        met_a_fault: bool,
        execution_log: &ExecutionLog,
        application: &ManagedApplication,
        settings: &Settings,
    ) {
        let now = application.now();
        let last = execution_log.operations.last().and_then(|index| application.life.operations.get(*index));
        // The result of each followed update is published once, and twice only if a fault repeats a call.
        let (published, followed) = (execution_log.published.len(), execution_log.operations.len());
        let is_aborted = failed.is_some_and(|(error, _)| error == "TaskFailed");
        self.require(published >= followed || is_aborted, now, || {
            format!("the results of {followed} updates are published, not of {published}")
        });
        self.require(published <= followed || met_a_fault, now, || {
            format!("the results of {followed} updates are published once, not {published} times")
        });
        match failed {
            None => self.require(
                last.is_none_or(|last| last.ends <= now && last.end == End::Successful),
                now,
                || "the last update of a successful execution succeeded".to_owned(),
            ),
            Some((error, cause)) => {
                self.require(!cause.is_empty(), now, || format!("{error} has a cause"));
                self.require(!error.starts_with("States."), now, || {
                    format!("Step Functions does not end an execution: {error}: {cause}")
                });
                let published = execution_log.published.iter().any(|kind| kind == "Scaling Failed");
                self.require(error == "TaskFailed" || published, now, || format!("{error} is published"));
            }
        }
        let policy = &settings.parsed;
        // An execution at its deadline still follows its update to the end.
        let longest =
            tasks::RUN_DEADLINE + policy.update_timeout.saturating_mul(2) + policy.scaling.grace_period.out;
        let lasted = now.duration_since(execution_log.started);
        self.require(lasted <= longest + SignedDuration::from_hours(1), now, || {
            format!("every execution ends in time, and not after {} minutes", lasted.as_mins())
        });
    }
}
