//! What is promised of every run: what it waits for, and how it ends.

use super::{ExecutionLog, SLOW_LOOKS, Watch};
use crate::deployed::settings::Settings;
use crate::model::application::ManagedApplication;
use crate::model::lifecycle::End;
use jiff::SignedDuration;

impl Watch {
    /// An execution waits: only one that has scaled does so for longer than a retry, and none for an update that hangs.
    pub(crate) fn waits(
        &mut self,
        state: &str,
        execution_log: &ExecutionLog,
        application: &ManagedApplication,
        settings: &Settings,
    ) {
        let now = application.now();
        self.demand(state != "GracePeriod" || !execution_log.operations.is_empty(), now, || {
            "only a run that has scaled stays".to_owned()
        });
        let operations = &application.life.operations;
        let Some(followed) = execution_log.operations.last().and_then(|index| operations.get(*index)) else {
            return;
        };
        let before = operations.iter().filter(|other| other.ends <= followed.asked);
        let longest = before.map(|other| other.ends.duration_since(other.asked)).max().unwrap_or_default();
        let patience = settings.parsed.update_timeout.max(longest.saturating_mul(3)) + SLOW_LOOKS;
        let lasted = now.min(followed.ends).duration_since(followed.asked);
        self.demand(lasted <= patience, now, || {
            format!("an update that hangs is told, not waited for over {} minutes", lasted.as_mins())
        });
    }

    /// An execution has succeeded, or failed with an error and its cause; a fault has struck since it began, or none.
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
        // Each update that was followed is told once; twice only if a call was made twice.
        let (told, followed) = (execution_log.told.len(), execution_log.operations.len());
        let broken_off = failed.is_some_and(|(error, _)| error == "TaskFailed");
        self.demand(told >= followed || broken_off, now, || {
            format!("{followed} updates are told, not {told}")
        });
        self.demand(told <= followed || met_a_fault, now, || {
            format!("{followed} updates are told once, not {told}")
        });
        match failed {
            None => self.demand(
                last.is_none_or(|last| last.ends <= now && last.end == End::Successful),
                now,
                || "a run that succeeds knows that its last update did".to_owned(),
            ),
            Some((error, cause)) => {
                self.demand(!cause.is_empty(), now, || format!("{error} says why"));
                self.demand(!error.starts_with("States."), now, || {
                    format!("no run is ended by Step Functions: {error}: {cause}")
                });
                let told = execution_log.told.iter().any(|kind| kind == "Scaling Failed");
                self.demand(error == "TaskFailed" || told, now, || format!("{error} is told to a person"));
            }
        }
        let policy = &settings.parsed;
        // At its deadline, a run still follows its update to the end, and that may be long.
        let longest =
            tasks::RUN_DEADLINE + policy.update_timeout.saturating_mul(2) + policy.scaling.grace_period.out;
        let lasted = now.duration_since(execution_log.started);
        self.demand(lasted <= longest + SignedDuration::from_hours(1), now, || {
            format!("every run ends, and not after {} minutes", lasted.as_mins())
        });
    }
}
