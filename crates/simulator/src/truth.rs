//! What the simulated world knows to be true, for judging those who can only read it.

use crate::alarm::Alarm;
use crate::application::{ManagedApplication, START, at_minute};
use crate::job::TICKS_PER_MINUTE;
use crate::lifecycle::{End, Status};
use crate::settings::Settings;
use crate::watch::TOLERANCE;
use jiff::SignedDuration;
use scaling::Sizing;
use tasks::AlarmState;

/// The newest value of what an alarm watches that can be read, is complete, was measured since the last change, and was fresh at
/// most so long ago.
pub(crate) fn fresh_value(
    application: &ManagedApplication,
    alarm: &Alarm,
    ago: SignedDuration,
) -> Option<f64> {
    let settings = &alarm.settings;
    let length = settings.period_minutes;
    let newest = application.newest_minute()?;
    let oldest = application.life.last_end(application.now()).unwrap_or(START) - TOLERANCE;
    // Two periods, and five minutes for publishing.
    let window = 2 * length + 5 + usize::try_from(ago.as_secs().max(0)).unwrap_or(0).div_ceil(60);
    let starts = (0..=(newest + 1).checked_sub(length)?).rev().filter(|start| start % length == 0);
    let fresh =
        starts.take_while(|start| at_minute(*start) >= oldest && start + window >= application.minute());
    fresh
        .filter_map(|start| {
            application.data_point(settings.metric, settings.statistic, start + length - 1, length)
        })
        .find(|value| *value >= 0.0)
}

pub(crate) fn breaches(alarm: &Alarm, value: f64) -> bool {
    alarm.settings.comparison.holds(value, alarm.settings.threshold)
}

/// Whether a step out is called for, and nothing speaks against it.
pub(crate) fn is_called_for(application: &ManagedApplication, out: &Alarm, settings: &Settings) -> bool {
    let now = application.now();
    let policy = &settings.parsed.scaling;
    let operations = &application.life.operations;
    let rested = operations.iter().all(|operation| {
        let grace = policy.grace_period.out.max(policy.reversal_window);
        let pause = if operation.end == End::Successful { grace } else { policy.failure_pause };
        now.duration_since(operation.ends) >= pause.max(policy.grace_period.out) + TOLERANCE
    });
    out.state == AlarmState::Alarm
        && application.status() == Status::Running
        && !application.metrics.takes_snapshot(application.minute())
        && application.kpus() < settings.bounds().1
        // More KPUs would bring nothing, or cannot be paid for.
        && application.model.sink.is_none()
        && settings.parsed.budget_alarm.is_none()
        && rested
        && fresh_value(application, out, SignedDuration::ZERO).is_some_and(|value| breaches(out, value))
        && (!matches!(policy.sizing, Sizing::Demand(_)) || falls_behind(application))
}

/// Whether far more has arrived lately than can be processed. One who sizes by demand may let a job work off what waits.
fn falls_behind(application: &ManagedApplication) -> bool {
    const MINUTES: usize = 10;
    let job = &application.job;
    let from = job.ticks().saturating_sub(MINUTES * TICKS_PER_MINUTE);
    let could: f64 = job.past()[from..].iter().map(|tick| tick.capacity).sum();
    job.arrived_between(from, job.ticks()) > 1.1 * could
}
