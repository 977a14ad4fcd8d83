//! What cannot be right about the alarms and the policy together. CloudFormation cannot compare numbers, so that the
//! first call does.

use crate::{Alarm, ApplicationDescription, Policy};
use jiff::SignedDuration;
use scaling::{Adjustment, Sizing};

/// How near to the scale-out threshold a step in may bring the metric.
/// Measured: with less room the job is restarted over twenty times a day.
const ROOM: f64 = 0.85;

/// Refuses a scale-in threshold that is not below the scale-out threshold of the same metric.
///
/// # Errors
/// A sentence that names both thresholds and the remedy.
pub fn check_order(scale_out_above: f64, scale_in_at: f64) -> Result<(), String> {
    if scale_in_at < scale_out_above {
        return Ok(());
    }
    Err(format!(
        "ScaleInThreshold is {scale_in_at} and ScaleOutThreshold is {scale_out_above}; set ScaleInThreshold below ScaleOutThreshold"
    ))
}

/// Refuses thresholds of one metric between which a size would bounce: one step in must not bring the metric to where
/// it asks for a step out.
///
/// # Errors
/// A sentence that names both thresholds and the remedy.
pub fn check_thresholds(scale_in: Adjustment, scale_out_above: f64, scale_in_at: f64) -> Result<(), String> {
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

/// The same for whatever finds the size.
///
/// # Errors
/// A sentence that names both thresholds and the remedy.
pub fn check_sizing(sizing: &Sizing, scale_out_above: f64, scale_in_at: f64) -> Result<(), String> {
    match sizing {
        Sizing::Steps { r#in: step, .. } => check_thresholds(*step, scale_out_above, scale_in_at),
        // How near to the other threshold such a step leads depends on the breach.
        Sizing::Breach { .. } => check_order(scale_out_above, scale_in_at),
        // By demand, the alarms are only wake-up calls.
        Sizing::Demand(_) => Ok(()),
    }
}

/// The same for two alarms, which somebody may have changed in the console. Alarms on different metrics cannot be compared.
///
/// # Errors
/// A sentence that names both thresholds and the remedy.
pub fn check_alarms(policy: &Policy, out: &Alarm, r#in: &Alarm) -> Result<(), String> {
    // A lag is compared with itself; how it follows the size, no factor tells.
    if let Some(lag) = policy.scale_in_max_lag {
        check_order(out.threshold, lag)?;
    }
    let comparable = out.comparison.is_above() && !r#in.comparison.is_above() && out.queries == r#in.queries;
    if !comparable {
        return Ok(());
    }
    check_sizing(&policy.scaling.sizing, out.threshold, r#in.threshold)
}

/// What is allowed but not wise.
pub(crate) fn warning(policy: &Policy, out: &Alarm, application: &ApplicationDescription) -> Option<String> {
    let own = application.autoscaling_enabled.then(|| {
        "MSF's own autoscaling is on and moves the application, too; the next scaling switches it off"
            .to_owned()
    });
    let warnings: Vec<String> = short_grace_period(policy, out).into_iter().chain(own).collect();
    (!warnings.is_empty()).then(|| warnings.join("; "))
}

/// In a sentence, what is wrong with a grace period that ends before the scale-out alarm can have returned to OK.
#[must_use]
pub fn short_grace_period(policy: &Policy, out: &Alarm) -> Option<String> {
    let window = out.period.saturating_mul(i32::try_from(out.evaluation_periods).unwrap_or(i32::MAX));
    let grace = policy.scaling.grace_period;
    (grace < window).then(|| {
        format!(
            "GracePeriodSeconds is {} and the alarm '{}' looks at {} s; it may still be in ALARM for what was before the scaling",
            grace.as_secs(),
            out.name,
            window.max(SignedDuration::ZERO).as_secs()
        )
    })
}
