//! The true state of the simulated world, from which the checks derive the correct behavior.

use crate::deployed::job_series::lag_metric;
use crate::deployed::settings::Settings;
use crate::model::alarm::Alarm;
use crate::model::application::ManagedApplication;
use crate::model::lifecycle::{End, Status};
use crate::model::time::TICKS_PER_MINUTE;
use crate::policies::autoscaler::cloud::{changes_of_the_day, doublings};
use crate::watch::{RETRIES, TOLERANCE};
use crate::{Metric, Statistic};
use jiff::{SignedDuration, Timestamp};
use scaling::{CHANGES_OF_A_DAY, Direction, LAG_OBJECTIVE_RATIO, Sizing, Unit, Units};
use tasks::{AlarmState, CapacitySource, MetricKind, Mode, RESTART_WINDOW};

/// The newest readable and complete value of the metric of an alarm that was measured since a time. It must be fresh now, or have been fresh at
/// most `ago` before.
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
    let starts = (0..=(newest + 1).checked_sub(length)?).rev();
    let clock = application.clock;
    let starts = starts.filter(|start| clock.period_start(*start, length) == Some(*start));
    let fresh = starts
        .take_while(|start| clock.at_minute(*start) >= oldest && start + window >= application.minute());
    let found = fresh
        .filter_map(|start| {
            application.data_point(settings.metric, settings.statistic, start + length - 1, length)
        })
        .find(|value| *value >= 0.0);
    // Metrics of writes have no data while nothing is written.
    let counts_writes =
        matches!(settings.metric, Metric::WriteUtilization | Metric::WriteProvisionedThroughputExceeded);
    found.or(counts_writes.then_some(0.0))
}

pub(crate) fn breaches(alarm: &Alarm, value: f64) -> bool {
    alarm.settings.comparison.holds(value, alarm.settings.threshold)
}

/// The lowest lag that an application with a Kinesis source has published in the last readable minutes since a time, and its objective, in
/// milliseconds. A retried task has read one of these minutes.
pub(crate) fn published_lag(
    application: &ManagedApplication,
    alarms: &[(Direction, Alarm)],
    since: Timestamp,
    settings: &Settings,
) -> Option<(f64, f64)> {
    const MINUTES: usize = 4;
    if lag_metric(application, settings) != Metric::MillisBehindLatest {
        return None;
    }
    let lowest = published_lags(application, since, settings, MINUTES).reduce(f64::min)?;
    Some((lowest, lag_objective(alarms)))
}

/// The lags that an application has published in the last minutes since a time, in the unit of its source.
fn published_lags(
    application: &ManagedApplication,
    since: Timestamp,
    settings: &Settings,
    minutes: usize,
) -> impl Iterator<Item = f64> {
    let metric = lag_metric(application, settings);
    let end = application.newest_minute().map_or(0, |newest| newest + 1);
    let end = if settings.parsed.scaling.unit == Unit::Shard { 0 } else { end };
    let value = move |minute| application.data_point(metric, Statistic::Maximum, minute, 1);
    let minutes = end.saturating_sub(minutes)..end;
    let since = move |minute: &usize| application.clock.at_minute(*minute) >= since;
    minutes.filter(since).filter_map(value).filter(|lag| *lag >= 0.0)
}

/// The largest lag in milliseconds up to which records are processed in time.
fn lag_objective(alarms: &[(Direction, Alarm)]) -> f64 {
    const OBJECTIVE: f64 = 60_000.0;
    let outs = alarms.iter().filter(|(direction, _)| *direction == Direction::Out);
    let thresholds = outs.filter_map(|(_, Alarm { settings, .. })| {
        settings.metric.units_per_second().map(|units| settings.threshold / units * 1_000.0)
    });
    thresholds.fold(OBJECTIVE, f64::max)
}

/// Whether a published lag has lasted, so that `Demand` scales out by it: a lag in time above a quarter of its objective for three minutes, or a
/// lag in records that was never zero for five minutes and higher than within the quarter of an hour before. The newest of these minutes may be
/// seven minutes old, and a retried task has read them some minutes ago.
pub(crate) fn lag_lasts(
    application: &ManagedApplication,
    alarms: &[(Direction, Alarm)],
    since: Timestamp,
    settings: &Settings,
) -> bool {
    const MINUTES: usize = 3;
    const OLDEST_MINUTES: usize = 13;
    const TREND_MINUTES: usize = 15;
    const NEVER_ZERO_MINUTES: usize = 5;
    let lags = |minutes| -> Vec<f64> { published_lags(application, since, settings, minutes).collect() };
    let lasts = if lag_metric(application, settings) == Metric::MillisBehindLatest {
        let limit = lag_objective(alarms) / LAG_OBJECTIVE_RATIO;
        lags(OLDEST_MINUTES).windows(MINUTES).any(|lags| lags.iter().all(|lag| *lag > limit))
    } else {
        let lags = lags(OLDEST_MINUTES + TREND_MINUTES);
        let lowest = lags.iter().copied().reduce(f64::min);
        let rises = |newest: &[f64]| newest.iter().all(|lag| *lag > 0.0) && newest.last().copied() > lowest;
        lags.windows(NEVER_ZERO_MINUTES).any(rises)
    };
    is_by_demand(settings) && lasts
}

fn is_by_demand(settings: &Settings) -> bool {
    matches!(settings.parsed.scaling.sizing, Sizing::Demand(_))
}

/// The minutes of the restart window, since the last operation, in which the job restarted in a loop, and which were readable for the time
/// of two tasks with their retries.
pub(crate) fn readable_loop_minutes(application: &ManagedApplication, since: Timestamp) -> usize {
    let now = application.now();
    let oldest = since.max(now - RESTART_WINDOW);
    let seen = now - RETRIES * 2 - application.model.publishing_delay;
    let is_readable = |minute: &usize| {
        let start = application.clock.at_minute(*minute);
        let published =
            usize::try_from((now - RETRIES * 2).duration_since(application.clock.start).as_mins())
                .unwrap_or(0);
        start >= oldest
            && start + SignedDuration::from_mins(1) <= seen
            && !application.metrics.is_silent(*minute, published)
    };
    let minutes = 0..application.minute();
    let readable: Vec<usize> =
        minutes.filter(|minute| application.job.loops(*minute)).filter(is_readable).collect();
    // A loop is over some minutes after its last restart.
    let goes_on = readable.last().is_some_and(|last| last + LOOP_GOES_ON_MINUTES > application.minute());
    if goes_on { readable.len() } else { 0 }
}

/// The minutes after a restart for which a loop certainly goes on.
const LOOP_GOES_ON_MINUTES: usize = 8;

/// Whether the job restarted in a loop within the restart window, so that nothing may be scaled.
fn restarts(application: &ManagedApplication) -> bool {
    let minute = application.minute();
    let window = usize::try_from(RESTART_WINDOW.as_mins()).unwrap_or(0) + 3;
    (minute.saturating_sub(window)..=minute).any(|minute| application.job.loops(minute))
}

/// Whether an alarm calls for a scale-out, and no guard blocks it.
pub(crate) fn is_called_for(
    application: &ManagedApplication,
    out: &Alarm,
    since: Timestamp,
    settings: &Settings,
) -> bool {
    let policy = &settings.parsed.scaling;
    let bounds = settings.bounds_at(application.now());
    out.state == AlarmState::Alarm
        && out.unusable_at(application.now()).is_none()
        && settings.parsed.capacity_source != CapacitySource::RequestsOnly
        && !application.metrics.takes_snapshot(application.minute())
        && !restarts(application)
        && (policy.unit == Unit::Kpu || changes_of_the_day(application, application.now()) < CHANGES_OF_A_DAY as usize)
        && application.kpus() < bounds.maximum().count().min(settings.bounds().1)
        // Neither the sink nor the budget may limit the capacity.
        && application.model.sink.is_none()
        && settings.parsed.budget_alarm.is_none()
        && may_update(application, Direction::Out, rest_before_out(application, settings), settings)
        && fresh_value(application, out, since, SignedDuration::ZERO).is_some_and(|value| breaches(out, value))
        && (!is_by_demand(settings) || falls_behind(application))
        && (!derives_load(settings) || shows_saturation(application, settings))
}

/// Whether the rule derives the load from the throughput and the utilization, because the arrivals are not measured.
pub(crate) fn derives_load(settings: &Settings) -> bool {
    is_by_demand(settings) && !settings.knows_arrivals()
}

/// The time after a change within which an alarm may be held: it shows the backlog of the restart.
fn rest_before_out(application: &ManagedApplication, settings: &Settings) -> SignedDuration {
    const EXPECTED_BACKLOG: SignedDuration = SignedDuration::from_mins(20);
    /// As in the rule, which takes the median of the last updates instead of the longest one.
    const LONGEST_UPDATES: i32 = 2;
    let policy = &settings.parsed.scaling;
    let operations = application.life.operations.iter();
    let longest = operations.map(|operation| operation.ends.duration_since(operation.asked)).max();
    let catch_up = longest.unwrap_or_default().saturating_mul(LONGEST_UPDATES);
    let rest = policy.grace_period.out.max(catch_up);
    // Without a measured load, the rule expects the backlog of the restart for as long as the load before it explains.
    if derives_load(settings) { rest + EXPECTED_BACKLOG } else { rest }
}

/// Whether the size is out of its bounds, and no guard blocks the update into them. A backlog delays a scale-in for a time.
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
        // A scale-in must leave enough of the daily changes for scaling out again.
        let (least, most) = settings.bounds();
        let needed = if direction == Direction::In { doublings(least, most) } else { 0 };
        let changes = changes_of_the_day(application, now) + 1 + needed;
        let is_affordable = policy.unit == Unit::Kpu || changes <= CHANGES_OF_A_DAY as usize;
        is_affordable
            && moved
            && !restarts(application)
            && may_update(application, direction, grace.max(wait), settings)
    })
}

/// Whether the application runs, its last operations are old enough, and neither mode, window nor pause blocks an update.
fn may_update(
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
            // The autoscaler learns of a failed change of a stream by a check, which may be late.
            _ if policy.unit == Unit::Shard => return false,
            // A failed update restarts the application too, and the application may be catching up.
            _ => rest.max(policy.failure_pause),
        };
        now.duration_since(operation.ends) >= pause.max(policy.grace_period.of(direction)) + TOLERANCE
    });
    rested
        && application.status() == Status::Running
        && settings.parsed.mode == Mode::Active
        && !settings.parsed.schedule.at(now).blocked
        && !settings.pause(now).is_some_and(|pause| pause.at(now).of(direction))
}

/// Whether the recent arrivals are far above the capacity. `Demand` may leave the size as it is while the job catches up.
fn falls_behind(application: &ManagedApplication) -> bool {
    const MINUTES: usize = 10;
    let job = &application.job;
    let from = job.ticks().saturating_sub(MINUTES * TICKS_PER_MINUTE);
    let could: f64 = job.past()[from..].iter().map(|tick| tick.capacity).sum();
    job.arrived_between(from, job.ticks()) > 1.1 * could
}

/// Whether each of the newest measured minutes shows a saturated job, for as long as a derived backlog needs for a scale-out. A job that is not
/// saturated has no backlog, so that a minute below the saturation ends the derived one: here by the error of a single CPU value.
fn shows_saturation(application: &ManagedApplication, settings: &Settings) -> bool {
    /// The rule assumes a load 5 % above the throughput of a saturated job. Its lag grows by 2.86 s a minute, and reaches the 20 s of a
    /// scale-out after seven minutes, or after eight if the throughput was lower in the first of them.
    const MINUTES: usize = 8;
    /// The distance to the utilization of a saturated job within which the rule counts a job as saturated, as a share of 1.
    const MARGIN: f64 = 0.06;
    let metric = settings.alarm(Direction::In).metric;
    let MetricKind::Utilization { share } = metric.kind() else { return true };
    let saturated =
        if metric == Metric::ContainerCpuUtilization { application.model.saturated_cpu * share } else { 1.0 };
    let newest = application.newest_minute().map_or(0, |newest| newest + 1);
    let value = |minute| application.data_point(metric, metric.default_statistic(), minute, 1);
    let mut values = (0..newest).rev().filter_map(value).take(MINUTES);
    values.all(|value| value * share >= saturated - MARGIN)
}
