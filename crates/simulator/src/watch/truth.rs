//! What the simulated world knows to be true, for judging those who can only read it.

use crate::Metric;
use crate::deployed::settings::Settings;
use crate::model::alarm::Alarm;
use crate::model::application::ManagedApplication;
use crate::model::lifecycle::{End, Status};
use crate::model::time::{TICKS_PER_MINUTE, at_minute};
use crate::policies::autoscaler::cloud::{changes_of_the_day, doublings};
use crate::watch::TOLERANCE;
use jiff::{SignedDuration, Timestamp};
use scaling::{CHANGES_OF_A_DAY, Direction, Sizing, Unit, Units};
use tasks::{AlarmState, CapacitySource, Mode};

/// The newest value of what an alarm watches that can be read, is complete, was measured since a time, and was fresh at
/// most so long ago.
pub(crate) fn fresh_value(
    application: &ManagedApplication,
    alarm: &Alarm,
    since: Timestamp,
    ago: SignedDuration,
) -> Option<f64> {
    let settings = &alarm.settings;
    let length = settings.period_minutes;
    let newest = application.newest_minute()?;
    let oldest = since - TOLERANCE;
    // Two periods, and five minutes for publishing.
    let window = 2 * length + 5 + usize::try_from(ago.as_secs().max(0)).unwrap_or(0).div_ceil(60);
    let starts = (0..=(newest + 1).checked_sub(length)?).rev().filter(|start| start % length == 0);
    let fresh =
        starts.take_while(|start| at_minute(*start) >= oldest && start + window >= application.minute());
    let found = fresh
        .filter_map(|start| {
            application.data_point(settings.metric, settings.statistic, start + length - 1, length)
        })
        .find(|value| *value >= 0.0);
    // To write nothing is to publish nothing.
    let counts_writes =
        matches!(settings.metric, Metric::WriteUtilization | Metric::WriteProvisionedThroughputExceeded);
    found.or(counts_writes.then_some(0.0))
}

pub(crate) fn breaches(alarm: &Alarm, value: f64) -> bool {
    alarm.settings.comparison.holds(value, alarm.settings.threshold)
}

/// Whether a step out is called for, and nothing speaks against it.
pub(crate) fn is_called_for(
    application: &ManagedApplication,
    out: &Alarm,
    since: Timestamp,
    settings: &Settings,
) -> bool {
    let policy = &settings.parsed.scaling;
    let bounds = settings.bounds_at(application.now());
    out.state == AlarmState::Alarm
        && settings.parsed.capacity_source != CapacitySource::RequestsOnly
        && !application.metrics.takes_snapshot(application.minute())
        && (policy.unit == Unit::Kpu || changes_of_the_day(application, application.now()) < CHANGES_OF_A_DAY as usize)
        && application.kpus() < bounds.maximum().count().min(settings.bounds().1)
        // More KPUs would bring nothing, or cannot be paid for.
        && application.model.sink.is_none()
        && settings.parsed.budget_alarm.is_none()
        && may_move(application, Direction::Out, policy.grace_period.out.max(policy.reversal_window), settings)
        && fresh_value(application, out, since, SignedDuration::ZERO).is_some_and(|value| breaches(out, value))
        && (!matches!(policy.sizing, Sizing::Demand(_)) || falls_behind(application))
}

/// Whether the size is out of its bounds, and nothing speaks against leading it back. On the way in a backlog may, for a time.
pub(crate) fn is_out_of_bounds(application: &ManagedApplication, settings: &Settings) -> bool {
    let now = application.now();
    let policy = &settings.parsed.scaling;
    let kpus = Units::new(application.kpus());
    let direction_into_bounds = kpus.and_then(|kpus| settings.bounds_at(now).direction_into_bounds(kpus));
    direction_into_bounds.is_some_and(|direction| {
        let grace = policy.grace_period.of(direction);
        let wait = if direction == Direction::In { policy.backlog_wait } else { SignedDuration::ZERO };
        let since = kpus.and_then(|kpus| settings.parsed.schedule.too_large_since(kpus, now));
        let moved = since.is_none_or(|since| now.duration_since(since) >= wait);
        // A change in is not worth one that leads out again.
        let (least, most) = settings.bounds();
        let needed = if direction == Direction::In { doublings(least, most) } else { 0 };
        let changes = changes_of_the_day(application, now) + 1 + needed;
        let is_affordable = policy.unit == Unit::Kpu || changes <= CHANGES_OF_A_DAY as usize;
        is_affordable && moved && may_move(application, direction, grace.max(wait), settings)
    })
}

/// Whether it runs, was left alone for a time, and nobody has forbidden to move it.
fn may_move(
    application: &ManagedApplication,
    direction: Direction,
    rest: SignedDuration,
    settings: &Settings,
) -> bool {
    let now = application.now();
    let policy = &settings.parsed.scaling;
    let rested = application.life.operations.iter().all(|operation| {
        let pause = match (operation.end, direction) {
            (End::Successful, _) => rest,
            // When a change of a stream has failed is known only once somebody looks, which may be late.
            _ if policy.unit == Unit::Shard => return false,
            // What has failed has restarted it as well, and it may work off what that has cost.
            (_, Direction::In) => rest.max(policy.failure_pause),
            (_, Direction::Out) => policy.failure_pause,
        };
        now.duration_since(operation.ends) >= pause.max(policy.grace_period.of(direction)) + TOLERANCE
    });
    rested
        && application.status() == Status::Running
        && settings.parsed.mode == Mode::Active
        && !settings.parsed.schedule.at(now).blocked
        && !settings.pause(now).is_some_and(|pause| pause.at(now).of(direction))
}

/// Whether far more has arrived lately than can be processed. One who sizes by demand may let a job work off what waits.
fn falls_behind(application: &ManagedApplication) -> bool {
    const MINUTES: usize = 10;
    let job = &application.job;
    let from = job.ticks().saturating_sub(MINUTES * TICKS_PER_MINUTE);
    let could: f64 = job.past()[from..].iter().map(|tick| tick.capacity).sum();
    job.arrived_between(from, job.ticks()) > 1.1 * could
}
