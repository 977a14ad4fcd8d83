//! Contradictions between the alarms and the policy. CloudFormation cannot compare numbers, so the first check does.

use crate::metrics::{MetricKind, known_metric};
use crate::{Alarm, AlarmState, Policy, Query, ResourceDescription, Source};
use scaling::{Adjustment, Direction, Sizing};

/// The share of the scale-out threshold below which the metric must stay after a scale-in. Measured: with less room, the job restarts more
/// than twenty times a day.
const ROOM: f64 = 0.85;

/// Refuses a scale-in threshold that is not below the scale-out threshold of the same metric.
///
/// # Errors
/// A sentence that names both thresholds and the remedy.
pub(crate) fn check_order(scale_out_above: f64, scale_in_at: f64) -> Result<(), String> {
    if scale_in_at < scale_out_above {
        return Ok(());
    }
    Err(format!(
        "ScaleInThreshold is {scale_in_at} and ScaleOutThreshold is {scale_out_above}; set ScaleInThreshold below ScaleOutThreshold"
    ))
}

/// Refuses thresholds of one metric between which a size would oscillate: one scale-in must not bring the metric to a value that asks for a
/// scale-out.
///
/// # Errors
/// A sentence that names both thresholds and the remedy.
pub(crate) fn check_thresholds(
    scale_in: Adjustment,
    scale_out_above: f64,
    scale_in_at: f64,
) -> Result<(), String> {
    check_order(scale_out_above, scale_in_at)?;
    let Adjustment::Times(factor) = scale_in else { return Ok(()) };
    let limit = ROOM * scale_out_above / factor.value();
    if scale_out_above > 0.0 && scale_in_at >= limit {
        return Err(format!(
            "ScaleInThreshold is {scale_in_at}, and dividing by a ScaleInFactor of {factor} would bring the metric so near to \
             ScaleOutThreshold ({scale_out_above}) that the next alarm scales out again; set ScaleInThreshold below {limit:.1}, or ScaleInFactor lower"
        ));
    }
    Ok(())
}

/// Refuses thresholds that do not fit the sizing method.
///
/// # Errors
/// A sentence that names both thresholds and the remedy.
pub(crate) fn check_sizing(sizing: &Sizing, scale_out_above: f64, scale_in_at: f64) -> Result<(), String> {
    match sizing {
        Sizing::Factor { r#in: step, .. } => check_thresholds(*step, scale_out_above, scale_in_at),
        // The distance to the other threshold after such a step depends on the breach.
        Sizing::StepScaling { .. } => check_order(scale_out_above, scale_in_at),
        // With sizing by demand, the alarms only trigger a check.
        Sizing::Demand(_) => Ok(()),
        Sizing::Target(target) if scale_in_at < *target && *target < scale_out_above => Ok(()),
        Sizing::Target(target) => Err(format!(
            "TargetValue is {target}, ScaleInThreshold {scale_in_at} and ScaleOutThreshold {scale_out_above}; set TargetValue between the two thresholds"
        )),
    }
}

/// Refuses alarms whose thresholds contradict the sizing method. A user may have changed an alarm in the console. In each direction, the
/// stack alarm comes first. Alarms on different metrics cannot be compared.
///
/// # Errors
/// A sentence that names both thresholds and the remedy.
pub fn check_alarms(policy: &Policy, outs: &[&Alarm], ins: &[&Alarm]) -> Result<(), String> {
    // A lag is compared only with itself: no factor describes its dependence on the size.
    if let (Some(lag), Some(out)) = (policy.scale_in_max_lag, outs.first()) {
        check_order(out.threshold, lag)?;
    }
    let sizing = &policy.scaling.sizing;
    if matches!(sizing, Sizing::Target(_)) {
        let most = policy.kind().target_alarms;
        check_target(&outs[..outs.len().min(most)], &ins[..ins.len().min(most)])?;
    }
    for (out_is_own, out) in own_first(outs) {
        for (in_is_own, r#in) in own_first(ins) {
            let comparable =
                out.comparison.is_above() && !r#in.comparison.is_above() && out.queries == r#in.queries;
            // The target belongs to the stack alarm's metric. Any other metric is brought back to its threshold.
            let to_its_threshold = matches!(sizing, Sizing::Target(_)) && !(out_is_own && in_is_own);
            if comparable && to_its_threshold {
                check_order(out.threshold, r#in.threshold)?;
            } else if comparable {
                check_sizing(sizing, out.threshold, r#in.threshold)?;
            }
        }
    }
    Ok(())
}

fn own_first<'a>(alarms: &'a [&'a Alarm]) -> impl Iterator<Item = (bool, &'a Alarm)> {
    alarms.iter().enumerate().map(|(index, alarm)| (index == 0, *alarm))
}

/// Refuses a target unless the first alarms of both directions watch one metric, from above and from below.
fn check_target(outs: &[&Alarm], ins: &[&Alarm]) -> Result<(), String> {
    outs.iter().chain(ins).try_for_each(|alarm| check_falls(alarm))?;
    if let (Some(out), Some(r#in)) = (outs.first(), ins.first())
        && out.queries != r#in.queries
    {
        return Err(format!(
            "ScalingOperation is Target, and TargetValue cannot be of both: the alarm '{}' watches {} and the alarm '{}' watches {}; let the first alarms of both directions watch the same",
            out.name,
            out.watches(),
            r#in.name,
            r#in.watches()
        ));
    }
    let wrong = |alarms: &[&Alarm], above| {
        alarms.iter().find(|alarm| alarm.comparison.is_above() != above).map(|alarm| alarm.name.clone())
    };
    match wrong(outs, true).or_else(|| wrong(ins, false)) {
        None => Ok(()),
        Some(name) => Err(format!(
            "ScalingOperation is Target, and the alarm '{name}' compares the wrong way; let it scale out above a threshold, or in below one"
        )),
    }
}

/// Refuses a target for a metric that does not fall in proportion as KPUs are added.
fn check_falls(alarm: &Alarm) -> Result<(), String> {
    let (name, watches) = (&alarm.name, alarm.watches());
    if alarm.watches_lag() {
        return Err(format!(
            "ScalingOperation is Target, and the alarm '{name}' watches {watches}, a lag, which does not fall in proportion as KPUs are added; \
             set ScalingOperation to Demand or Steps, or name no alarm on a lag"
        ));
    }
    if alarm.threshold <= 0.0 {
        return Err(format!(
            "ScalingOperation is Target, and the alarm '{name}' has the threshold {}; set it above 0",
            alarm.threshold
        ));
    }
    Ok(())
}

/// Settings that are allowed but inadvisable.
pub(crate) fn warning(
    policy: &Policy,
    alarms: &[&Alarm],
    description: &ResourceDescription,
) -> Option<String> {
    let out = alarms.first()?;
    let own = description.application.is_some_and(|application| application.autoscaling_enabled).then(|| {
        "the built-in autoscaling of MSF is on and changes the size as well; the next scaling switches it off"
            .to_owned()
    });
    let warnings: Vec<String> = short_grace_period(policy, out)
        .into_iter()
        .chain(policy.schedule.warnings())
        .chain(own)
        .chain(scales_in_on_a_lag(policy, alarms))
        .chain(alarms.iter().filter_map(|alarm| no_load(alarm)))
        .chain(alarms.iter().filter_map(|alarm| confused_unit(alarm)))
        .chain(policy.scale_in_max_lag.and_then(|limit| confused_limit(out, limit)))
        .chain(alarms.iter().filter_map(|alarm| doubtful(alarm)))
        .collect();
    (!warnings.is_empty()).then(|| warnings.join("; "))
}

/// The warning if the alarms for scaling in watch only a lag.
fn scales_in_on_a_lag(policy: &Policy, alarms: &[&Alarm]) -> Option<String> {
    let ins: Vec<&str> = policy.alarm_names_of(Direction::In).collect();
    let watched = alarms.iter().filter(|alarm| ins.contains(&alarm.name.as_str()));
    watch_only_lags(watched.copied()).then(|| IN_ON_A_LAG.to_owned())
}

/// Whether all of these alarms watch a lag.
pub(crate) fn watch_only_lags<'a>(mut alarms: impl Iterator<Item = &'a Alarm>) -> bool {
    alarms.all(Alarm::watches_lag)
}

/// The reason why alarms for scaling in that watch only a lag call for nothing.
pub(crate) const IN_ON_A_LAG: &str = "the alarms to scale in watch nothing but a lag, which is near zero whenever the job keeps up \
     and never says that there are too many KPUs; name an alarm on a utilization among them";

/// Returns a warning if an alarm watches a metric that is not the load. Memory is the amount that a job has filled, and a slow or failing
/// checkpoint has causes that more KPUs mostly do not cure.
#[must_use]
pub fn no_load(alarm: &Alarm) -> Option<String> {
    let watches = alarm.watches();
    known_metric(watches).is_some_and(|metric| metric.kind == MetricKind::Health).then(|| {
        format!(
            "the alarm '{}' watches {watches}, which is not the load and may not fall as KPUs are added; let a lag or the CPU scale, and let this alarm notify you",
            alarm.name
        )
    })
}

/// The lag from which on a threshold in seconds is probably meant in milliseconds: nearly three hours.
const IMPLAUSIBLE_LAG_SECONDS: f64 = 10_000.0;

/// The smallest plausible lag to scale out on, in seconds. A restart alone causes more.
const LEAST_LAG_SECONDS: f64 = 1.0;

/// The smallest plausible limit of a lag for scaling in, in seconds.
const LEAST_LIMIT_SECONDS: f64 = 0.1;

/// Returns a warning if the threshold of a scale-out alarm on a lag in time is absurd in the metric's unit, and plausible in seconds instead
/// of milliseconds or the other way.
#[must_use]
pub fn confused_unit(alarm: &Alarm) -> Option<String> {
    let named = format!("the alarm '{}' has the threshold", alarm.name);
    let meant = meant(alarm, alarm.threshold, LEAST_LAG_SECONDS).filter(|_| alarm.comparison.is_above())?;
    Some(format!("{named} {}{meant}", alarm.threshold))
}

/// Returns a warning if the largest lag for a scale-in is absurd in the unit of the scale-out alarm's metric.
fn confused_limit(out: &Alarm, limit: f64) -> Option<String> {
    meant(out, limit, LEAST_LIMIT_SECONDS).map(|meant| format!("ScaleInThreshold is {limit}{meant}"))
}

/// The end of a warning about a lag in the wrong unit: the unit of the metric, and the value that is probably meant.
fn meant(alarm: &Alarm, value: f64, least: f64) -> Option<String> {
    let seconds = known_metric(alarm.watches())?.kind.lag_seconds()?;
    let lag = value * seconds;
    let (unit, meant) = if seconds < 1.0 && value >= 1.0 && lag < least {
        ("milliseconds", value / seconds)
    } else if seconds >= 1.0 && lag >= IMPLAUSIBLE_LAG_SECONDS {
        ("seconds", value / 1_000.0)
    } else {
        return None;
    };
    Some(format!(
        ", and {} is in {unit}; set it to {meant} if {} s are meant",
        alarm.watches(),
        meant * seconds
    ))
}

/// Returns a warning if an alarm may never go into ALARM as intended.
fn doubtful(alarm: &Alarm) -> Option<String> {
    let name = &alarm.name;
    let fills =
        |query: &Query| matches!(&query.source, Source::Expression { text, .. } if text.contains("FILL("));
    if alarm.state == AlarmState::InsufficientData {
        Some(match alarm.unit() {
            Some(unit) => format!(
                "the alarm '{name}' has insufficient data, and reads only data points with the Unit {unit}; remove Unit, or check the name and the dimensions of its metric"
            ),
            None => format!(
                "the alarm '{name}' has insufficient data; check the name and the dimensions of its metric"
            ),
        })
    } else if alarm.queries.iter().any(fills) {
        Some(format!(
            "the alarm '{name}' replaces missing data points by FILL, and the newest minutes are always missing for a while; let it watch the measured data points"
        ))
    } else {
        None
    }
}

/// Returns a warning if the cooldown ends before the scale-out alarm can have returned to OK.
#[must_use]
pub fn short_grace_period(policy: &Policy, out: &Alarm) -> Option<String> {
    let window = out.period.saturating_mul(i32::try_from(out.evaluation_periods).unwrap_or(i32::MAX));
    let grace = policy.scaling.grace_period.out;
    (grace < window).then(|| {
        format!(
            "GracePeriodSeconds is {} and the alarm '{}' evaluates {window} s, so that it may still be in ALARM because of data from before the scaling; set GracePeriodSeconds to {window} or more",
            grace.as_secs(),
            out.name,
            window = window.as_secs()
        )
    })
}
